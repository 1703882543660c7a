/*
 * result_read.c
 *	  Reading a stored result row by row, with one page in memory.
 *
 * Our tables are read as the extension's owner, one page at a time; its
 * bytes are copied out before we come down, so that whatever the caller's
 * types do with the values, they do as the caller.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/base64.h"
#include "pg/caller.h"
#include "pg/column_names.h"
#include "pg/load_rows.h"
#include "pg/look.h"
#include "pg/result_read.h"

static void
corrupted(const RsdResult *result, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored result of statement %lld is damaged",
					(long long) result->id),
			 errdetail("Page %d of part %d: %s.", result->page, result->part,
					   what)));
}

/* Who may read results: the owner and who may act as the owner. */
static void
look_as_owner(int64 id, RsdLook *look)
{
	Oid			role = GetUserId();

	if (!rsd_look(id, false, look))
		rsd_look_undefined(id);
	if (rsd_caller_is_owner(role, look->owner))
		return;
	if (!rsd_caller_sees_all(role))
		rsd_look_undefined(id);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for the result of statement %lld",
					(long long) id)));
}

/* "part 2 of ", if that is what is looked at. */
static const char *
part_of(const RsdLook *look)
{
	return look->part == 0 ? "" : psprintf("part %d of ", look->part);
}

/* Of a batch the part's own status decides. */
static void
require_finished(RsdLook *look, int part)
{
	if (!look->ended)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("statement %lld has no result yet",
						(long long) look->id),
				 errdetail("Its status is \"%s\".", look->status),
				 errhint("Wait for it with rsdata_wait(%lld).",
						 (long long) look->id)));
	if (look->parts > 0)
		rsd_look_part(look, part);
	if (!look->finished)
		rsd_look_raise(look);
	if (look->target != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rows of %sstatement %lld went to its target",
						part_of(look), (long long) look->id),
				 errhint("Read them from %s.", look->target)));
}

static void
require_part(const RsdLook *look, int part)
{
	int			n = Max(look->parts, 1);

	if (part < 1 || part > n)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("statement %lld has no part %d",
						(long long) look->id, part),
				 n > 1 ? errdetail("Its parts are 1 to %d.", n) :
				 errdetail("Its only part is 1.")));
}

/* A statement or part that finished has no result set, or not kept it. */
static void
no_result(const RsdLook *look)
{
	const char *part = part_of(look);

	if (look->has_result)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("result of %sstatement %lld was not fetched",
						part, (long long) look->id)));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%sstatement %lld returned no result set",
					part, (long long) look->id)));
}

/* It was there, but too old or too much. */
static void
removed(int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("result of statement %lld is no longer kept",
					(long long) id),
			 errhint("The settings \"rsdata.result_retention\" and \"rsdata.result_bytes_per_owner\" say how long results are kept.")));
}

/* A text column of a row that SPI holds, as a C string in context. */
static char *
spi_text(uint64 row, int column, MemoryContext context)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[row],
									 SPI_tuptable->tupdesc, column);

	return MemoryContextStrdup(context, value == NULL ? "" : value);
}

/* A boolean column of a row that SPI holds; NULL is false. */
static bool
spi_true(uint64 row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row],
									  SPI_tuptable->tupdesc, column, &isnull);

	return !isnull && DatumGetBool(value);
}

/* Takes labels and types from the rows that SPI holds. */
static void
take_columns(RsdResult *result, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	int			n = (int) SPI_processed;
	char	  **names = palloc(sizeof(char *) * Max(n, 1));

	result->ncolumns = n;
	result->columns = palloc0(sizeof(RsdResultColumn) * Max(n, 1));
	result->fields = palloc0(sizeof(RsdField) * Max(n, 1));
	result->kinds = palloc0(sizeof(RsdCsvKind) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		names[i] = spi_text(i, 1, context);
		result->columns[i].type_name = spi_text(i, 2, context);
		result->kinds[i] = rsd_csv_kind(result->columns[i].type_name,
										spi_true(i, 3), spi_true(i, 4));
	}
	rsd_column_names_unique(names, n);
	for (int i = 0; i < n; i++)
		result->columns[i].name = names[i];
	MemoryContextSwitchTo(old);
}

/* Reads the part's columns; false if it has none.  Called up, inside SPI. */
static bool
read_columns(RsdResult *result, MemoryContext context)
{
	Oid			types[] = {INT8OID, INT4OID};
	Datum		values[] = {Int64GetDatum(result->id), Int32GetDatum(result->part)};
	bool		isnull;

	if (SPI_execute_with_args("SELECT p.columns IS NOT NULL, "
							  "k.removed_at IS NOT NULL FROM rsdata.part p "
							  "LEFT JOIN rsdata.kept k USING (statement) "
							  "WHERE statement = $1 AND part = $2",
							  2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read a part");
	if (SPI_processed == 0 ||
		!DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0],
									SPI_tuptable->tupdesc, 1, &isnull)))
		return false;
	if (DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0],
								   SPI_tuptable->tupdesc, 2, &isnull)))
		removed(result->id);
	if (SPI_execute_with_args("SELECT COALESCE(NULLIF(c.meta->>'label', ''), "
							  "c.meta->>'name', ''), "
							  "COALESCE(c.meta->>'typeName', ''), "
							  "c.meta->>'nullable' = '0', "
							  "(s.options->>'empty_as_null')::boolean "
							  "FROM rsdata.part p "
							  "JOIN rsdata.statement s ON s.id = p.statement, "
							  "jsonb_array_elements(p.columns) WITH ORDINALITY "
							  "AS c(meta, position) "
							  "WHERE p.statement = $1 AND p.part = $2 "
							  "ORDER BY c.position",
							  2, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the columns of a part");
	take_columns(result, context);
	return true;
}

/* RsdBuf's memory is malloc'd: free it with the context, error or not. */
static void
free_text(void *arg)
{
	rsd_buf_free(arg);
}

static RsdResult *
make_result(int64 id, int part)
{
	RsdResult  *result = palloc0(sizeof(RsdResult));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	result->id = id;
	result->part = part;
	result->page = -1;
	rsd_buf_init(&result->text, MaxAllocSize - 1);
	callback->func = free_text;
	callback->arg = &result->text;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	result->page_context = AllocSetContextCreate(CurrentMemoryContext,
												 "rsdata page",
												 ALLOCSET_DEFAULT_SIZES);
	return result;
}

RsdResult *
rsd_result_open(int64 id, int part)
{
	MemoryContext context = CurrentMemoryContext;
	RsdCaller	caller;
	RsdResult  *result;
	RsdLook		look;
	bool		has_columns;

	look_as_owner(id, &look);
	require_part(&look, part);
	require_finished(&look, part);
	result = make_result(id, part);
	rsd_caller_up(&caller);
	SPI_connect();
	has_columns = read_columns(result, context);
	SPI_finish();
	rsd_caller_down(&caller);
	if (!has_columns)
		no_result(&look);
	return result;
}

static SPIPlanPtr
page_plan(void)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[] = {INT8OID, INT4OID, INT4OID};

	if (plan == NULL)
	{
		SPIPlanPtr	made;

		made = SPI_prepare("SELECT page, format, row_count, body "
						   "FROM rsdata.page "
						   "WHERE statement = $1 AND part = $2 AND page > $3 "
						   "ORDER BY page LIMIT 1", 3, types);
		if (made == NULL || SPI_keepplan(made) != 0)
			elog(ERROR, "could not prepare the reading of pages");
		plan = made;
	}
	return plan;
}

/* Takes the page that SPI holds; its bytes are copied to page_context. */
static void
take_page(RsdResult *result)
{
	HeapTuple	tuple = SPI_tuptable->vals[0];
	TupleDesc	desc = SPI_tuptable->tupdesc;
	MemoryContext old;
	RsdSlice	rows;
	bytea	   *body;
	bool		isnull;

	result->page = DatumGetInt32(SPI_getbinval(tuple, desc, 1, &isnull));
	result->csv = strcmp(SPI_getvalue(tuple, desc, 2), "csv") == 0;
	result->page_rows = DatumGetInt32(SPI_getbinval(tuple, desc, 3, &isnull));
	old = MemoryContextSwitchTo(result->page_context);
	body = DatumGetByteaPCopy(SPI_getbinval(tuple, desc, 4, &isnull));
	MemoryContextSwitchTo(old);
	rows = rsd_slice(VARDATA(body), VARSIZE(body) - VARHDRSZ);
	if (result->csv)
		rsd_csv_rows_open(&result->csv_rows, rows);
	else
		rsd_rows_open(&result->rows, rows);
}

/* Fetches the page after the last one; false if there is none. */
static bool
next_page(RsdResult *result)
{
	RsdCaller	caller;
	Datum		values[3];

	values[0] = Int64GetDatum(result->id);
	values[1] = Int32GetDatum(result->part);
	values[2] = Int32GetDatum(result->page);
	MemoryContextReset(result->page_context);
	rsd_caller_up(&caller);
	SPI_connect();
	if (SPI_execute_plan(page_plan(), values, NULL, true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read a page");
	result->in_page = SPI_processed == 1;
	if (result->in_page)
		take_page(result);
	SPI_finish();
	rsd_caller_down(&caller);
	return result->in_page;
}

bool
rsd_result_next(RsdResult *result)
{
	RsdError	err;
	int			got;

	for (;;)
	{
		if (!result->in_page && !next_page(result))
			return false;
		got = result->csv ?
			rsd_csv_rows_next(&result->csv_rows, result->kinds,
							  result->fields, result->ncolumns, &err) :
			rsd_rows_next(&result->rows, result->fields, result->ncolumns,
						  &err);
		if (got < 0)
			corrupted(result, err.what);
		if (got > 0)
			break;
		if (result->page_rows != 0)
			corrupted(result, "the number of rows differs from what was stored");
		result->in_page = false;
		CHECK_FOR_INTERRUPTS();
	}
	result->page_rows--;
	result->row_no++;
	return true;
}

/* A string's bytes as a C string in the database's encoding. */
static char *
server_text(const char *utf8, size_t len)
{
	char	   *copy = pnstrdup(utf8, len);

	return pg_any_to_server(copy, (int) len, PG_UTF8);
}

/* Is this a VARBYTE that came as hexadecimal digits? */
static bool
is_hex_varbyte(const RsdResult *result, const RsdField *field)
{
	const RsdResultColumn *column = &result->columns[field - result->fields];

	if (strcmp(column->type_name, "varbyte") != 0 || field->raw.len % 2 != 0)
		return false;
	for (size_t i = 0; i < field->raw.len; i++)
	{
		if (!isxdigit((unsigned char) field->raw.data[i]))
			return false;
	}
	return true;
}

/*
 * The service is documented to give VARBYTE as text, and seen to give it as
 * a blob; both become what bytea reads.
 */
static char *
string_text(RsdResult *result, const RsdField *field)
{
	RsdError	err;

	if (is_hex_varbyte(result, field))
		return psprintf("\\x%.*s", (int) field->raw.len, field->raw.data);
	if (!field->escaped && !field->doubled)
		return server_text(field->raw.data, field->raw.len);
	rsd_buf_reset(&result->text);
	if (field->doubled)
		rsd_csv_text(field->raw, &result->text);
	else if (!rsd_json_text(field->raw, &result->text, &err))
		corrupted(result, err.what);
	return server_text(rsd_buf_str(&result->text), result->text.len);
}

static char *
blob_text(RsdResult *result, const RsdField *field)
{
	RsdError	err;
	char	   *hex;

	rsd_buf_reset(&result->text);
	if (!rsd_base64_decode(field->raw, &result->text, &err))
		corrupted(result, err.what);
	hex = palloc(result->text.len * 2 + 3);
	strcpy(hex, "\\x");
	hex[2 + hex_encode(rsd_buf_str(&result->text), result->text.len,
					   hex + 2)] = '\0';
	return hex;
}

char *
rsd_result_text(RsdResult *result, const RsdField *field)
{
	switch (field->kind)
	{
		case RSD_FIELD_BOOL:
			return pstrdup(field->b ? "true" : "false");
		case RSD_FIELD_LONG:
		case RSD_FIELD_DOUBLE:
			return pnstrdup(field->raw.data, field->raw.len);
		case RSD_FIELD_STRING:
			return string_text(result, field);
		case RSD_FIELD_BLOB:
			return blob_text(result, field);
		case RSD_FIELD_DOUBTFUL:
			ereport(ERROR,
					(errcode(ERRCODE_DATA_EXCEPTION),
					 errmsg("in CSV an empty value is either NULL or an empty string"),
					 errhint("%s", RSD_CSV_DOUBT_HINT)));
			break;
		case RSD_FIELD_NULL:
			break;
	}
	elog(ERROR, "a field that is null has no text");
}
