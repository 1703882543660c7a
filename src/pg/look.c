/*
 * look.c
 *	  One look at one statement.
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

/* Fills look from the row SPI holds; longer texts go to context. */
static void
take_row(RsdLook *look, MemoryContext context)
{
	char		has_result[8];
	bool		isnull;

	look->owner = DatumGetObjectId(column_value(1, &isnull));
	look->xmin = DatumGetTransactionId(column_value(2, &isnull));
	copy_text(3, look->server, sizeof(look->server));
	copy_text(4, look->status, sizeof(look->status));
	copy_text(5, has_result, sizeof(has_result));
	copy_text(6, look->sqlstate, sizeof(look->sqlstate));
	look->has_result = strcmp(has_result, "t") == 0;
	look->ended = is_ended(look->status);
	look->finished = strcmp(look->status, "finished") == 0;
	look->error = keep_text(7, context);
	look->target = keep_text(8, context);
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
			  "sqlstate, error, target FROM rsdata.statement WHERE id = $1");
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
rsd_look_undefined(int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("statement %lld does not exist", (long long) id)));
}

/* Did this transaction insert a request to cancel the statement? */
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

void
rsd_look_raise(const RsdLook *look)
{
	size_t		i = 0;

	while (i < lengthof(endings) - 1 &&
		   strcmp(endings[i].status, look->status) != 0)
		i++;
	Assert(strcmp(endings[i].status, look->status) == 0);
	if (i == 0 && look->error != NULL)
		ereport(ERROR,
				(errcode(error_code(look, endings[i].sqlstate)),
				 errmsg_internal("%s", error_text(look->error)),
				 errdetail("Statement %lld on server \"%s\" failed.",
						   (long long) look->id, look->server)));
	ereport(ERROR,
			(errcode(error_code(look, endings[i].sqlstate)),
			 errmsg("statement %lld on server \"%s\" %s",
					(long long) look->id, look->server, endings[i].phrase),
			 look->error != NULL ?
			 errdetail_internal("%s", look->error) : 0));
}
