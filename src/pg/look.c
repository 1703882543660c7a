/*
 * look.c
 *	  One look at one statement, or at a part of one.
 *
 * Its plans are kept for the life of the backend, so that polling a status
 * costs an index lookup.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "pg/caller.h"
#include "pg/look.h"

/* How a statement may end otherwise than finished. */
static const struct
{
	const char *status;
	int			sqlstate;		/* if the statement itself knows none */
	const char *phrase;
}			endings[] = {
	{"failed", ERRCODE_FDW_ERROR, "failed"},
	{"cancelled", ERRCODE_QUERY_CANCELED, "was cancelled"},
	{"timed_out", ERRCODE_QUERY_CANCELED, "was cancelled because it exceeded its timeout"},
	{"undelivered", ERRCODE_DATA_EXCEPTION, "ran, but its result could not be delivered"},
	{"skipped", ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "was skipped"},
	{"expired", ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "expired"},
	{"orphaned", ERRCODE_TRANSACTION_RESOLUTION_UNKNOWN, "was sent, and it cannot be known whether it ran"},
};

static bool
is_ended(const char *status)
{
	for (size_t i = 0; i < lengthof(endings); i++)
	{
		if (strcmp(endings[i].status, status) == 0)
			return true;
	}
	return strcmp(status, "finished") == 0;
}

/* Copies a text column of the first row; false if it is NULL. */
static bool
copy_text(int column, char *dst, size_t size)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[0],
									 SPI_tuptable->tupdesc, column);

	strlcpy(dst, value == NULL ? "" : value, size);
	return value != NULL;
}

static Datum
column_value(int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
						 column, isnull);
}

/* A text column of the first row, in context; NULL for NULL. */
static char *
keep_text(int column, MemoryContext context)
{
	bool		isnull;
	Datum		value = column_value(column, &isnull);
	MemoryContext old = MemoryContextSwitchTo(context);
	char	   *copy = isnull ? NULL : TextDatumGetCString(value);

	MemoryContextSwitchTo(old);
	return copy;
}

/*
 * The outcome in the row SPI holds, in four columns from this one on; the
 * error text goes to context.
 */
static void
take_outcome(RsdLook *look, int column, MemoryContext context)
{
	char		has_result[8];

	copy_text(column, look->status, sizeof(look->status));
	copy_text(column + 1, has_result, sizeof(has_result));
	copy_text(column + 2, look->sqlstate, sizeof(look->sqlstate));
	look->has_result = strcmp(has_result, "t") == 0;
	look->ended = is_ended(look->status);
	look->finished = strcmp(look->status, "finished") == 0;
	look->error = keep_text(column + 3, context);
}

/* Fills look from the row SPI holds. */
static void
take_row(RsdLook *look, MemoryContext context)
{
	bool		isnull;
	Datum		parts;

	look->owner = DatumGetObjectId(column_value(1, &isnull));
	look->xmin = DatumGetTransactionId(column_value(2, &isnull));
	copy_text(3, look->server, sizeof(look->server));
	take_outcome(look, 4, context);
	parts = column_value(8, &isnull);
	look->parts = isnull ? 0 : DatumGetInt32(parts);
	look->ended &= !DatumGetBool(column_value(9, &isnull));
	look->target = keep_text(10, context);
}

/* A plan with one bigint parameter, prepared at its first use. */
static SPIPlanPtr
keep_plan(SPIPlanPtr *plan, const char *sql)
{
	Oid			types[] = {INT8OID};

	if (*plan == NULL)
	{
		SPIPlanPtr	made = SPI_prepare(sql, 1, types);

		if (made == NULL || SPI_keepplan(made) != 0)
			elog(ERROR, "could not prepare a look at a statement");
		*plan = made;
	}
	return *plan;
}

bool
rsd_look(int64 id, bool fresh, RsdLook *look)
{
	static SPIPlanPtr plan = NULL;
	MemoryContext context = CurrentMemoryContext;
	RsdCaller	caller;
	Datum		values[] = {Int64GetDatum(id)};
	bool		found;

	memset(look, 0, sizeof(*look));
	look->id = id;
	rsd_caller_up(&caller);
	SPI_connect();
	keep_plan(&plan, "SELECT owner, xmin, server_name, status, has_result, "
			  "sqlstate, error, cardinality(sqls), "
			  "finished_at IS NOT NULL AND EXISTS (SELECT "
			  "FROM rsdata.request r WHERE r.statement = s.id "
			  "AND r.kind = 'retry'), target "
			  "FROM rsdata.statement s WHERE id = $1");
	if (SPI_execute_plan(plan, values, NULL, !fresh, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look at a statement");
	found = SPI_processed == 1;
	if (found)
		take_row(look, context);
	SPI_finish();
	rsd_caller_down(&caller);
	return found;
}

void
rsd_look_free(RsdLook *look)
{
	if (look->target != NULL)
		pfree(look->target);
	if (look->error != NULL)
		pfree(look->error);
	look->target = look->error = NULL;
}

void
rsd_look_part(RsdLook *look, int part)
{
	MemoryContext context = CurrentMemoryContext;
	RsdCaller	caller;
	Oid			types[] = {INT8OID, INT4OID};
	Datum		values[] = {Int64GetDatum(look->id), Int32GetDatum(part)};

	look->part = part;
	rsd_caller_up(&caller);
	SPI_connect();
	if (SPI_execute_with_args("SELECT p.status, p.has_result, p.sqlstate, "
							  "p.error, s.targets->p.part::text->>'target' "
							  "FROM rsdata.part p "
							  "JOIN rsdata.statement s ON s.id = p.statement "
							  "WHERE p.statement = $1 AND p.part = $2",
							  2, types, values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look at a part");
	if (SPI_processed == 1)
	{
		take_outcome(look, 1, context);
		look->target = keep_text(5, context);
	}
	SPI_finish();
	rsd_caller_down(&caller);
}

void
rsd_look_undefined(int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("statement %lld does not exist", (long long) id)));
}

/* Did this transaction insert a request about the statement? */
static bool
own_request(int64 id)
{
	static SPIPlanPtr plan = NULL;
	RsdCaller	caller;
	Datum		values[] = {Int64GetDatum(id)};
	bool		own = false;

	rsd_caller_up(&caller);
	SPI_connect();
	keep_plan(&plan, "SELECT xmin FROM rsdata.request WHERE statement = $1");
	if (SPI_execute_plan(plan, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look at the requests of a statement");
	for (uint64 i = 0; i < SPI_processed && !own; i++)
	{
		bool		isnull;
		Datum		xmin = SPI_getbinval(SPI_tuptable->vals[i],
										 SPI_tuptable->tupdesc, 1, &isnull);

		own = TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xmin));
	}
	SPI_finish();
	rsd_caller_down(&caller);
	return own;
}

bool
rsd_look_own_work(const RsdLook *look)
{
	if (!TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return false;
	return TransactionIdIsCurrentTransactionId(look->xmin) ||
		own_request(look->id);
}

/* The statement's own SQLSTATE if it is one of an error. */
static int
error_code(const RsdLook *look, int otherwise)
{
	const char *s = look->sqlstate;

	if (strlen(s) != 5 ||
		strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5 ||
		strncmp(s, "00", 2) == 0 || strncmp(s, "01", 2) == 0 ||
		strncmp(s, "02", 2) == 0)
		return otherwise;
	return MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
}

/* Redshift's text without the word that ours begins with anyway. */
static const char *
error_text(const char *error)
{
	static const char word[] = "ERROR: ";

	return strncmp(error, word, strlen(word)) == 0 ? error + strlen(word) : error;
}

/* "statement 7" or "part 2 of statement 7". */
static char *
subject(const RsdLook *look)
{
	return look->part == 0 ?
		psprintf("statement %lld", (long long) look->id) :
		psprintf("part %d of statement %lld", look->part,
				 (long long) look->id);
}

void
rsd_look_raise(const RsdLook *look)
{
	size_t		i = 0;
	char	   *what = subject(look);

	while (i < lengthof(endings) - 1 &&
		   strcmp(endings[i].status, look->status) != 0)
		i++;
	Assert(strcmp(endings[i].status, look->status) == 0);
	if (i == 0 && look->error != NULL)
		ereport(ERROR,
				(errcode(error_code(look, endings[i].sqlstate)),
				 errmsg_internal("%s", error_text(look->error)),
				 errdetail("%c%s on server \"%s\" failed.",
						   pg_toupper(what[0]), what + 1, look->server)));
	ereport(ERROR,
			(errcode(error_code(look, endings[i].sqlstate)),
			 errmsg("%s on server \"%s\" %s", what, look->server,
					endings[i].phrase),
			 look->error != NULL ?
			 errdetail_internal("%s", look->error) : 0));
}
