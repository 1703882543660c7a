/*
 * submit_sql.c
 *	  The SQL of a submit, checked: one text, or the parts of a batch.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"

#include "aws/dataapi.h"
#include "pg/submit_sql.h"

/*
 * Of a batch altogether.  The service does not say whether its limit is
 * meant for one part or for all, so this one is ours.
 */
#define MAX_BATCH_BYTES (1024 * 1024)

size_t
rsd_submit_utf8_length(const text *value)
{
	const char *data = VARDATA_ANY(value);
	int			len = VARSIZE_ANY_EXHDR(value);
	char	   *converted;

	if (GetDatabaseEncoding() == PG_UTF8 || len == 0)
		return len;
	converted = pg_server_to_any(data, len, PG_UTF8);
	return converted == data ? (size_t) len : strlen(converted);
}

static bool
is_blank(const text *sql)
{
	const char *data = VARDATA_ANY(sql);
	int			len = VARSIZE_ANY_EXHDR(sql);
	int			i = 0;

	while (i < len && scanner_isspace(data[i]))
		i++;
	return i == len;
}

/* One text; part is its number in a batch, or 0. */
static void
check_sql(const text *sql, int part)
{
	const char *what = part == 0 ? "sql" : psprintf("part %d of sqls", part);

	if (is_blank(sql))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be empty", what)));
	if (rsd_submit_utf8_length(sql) > RSD_MAX_SQL_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s is too long", what),
				 errdetail("It has %zu bytes in UTF-8; the Data API takes at most %d.",
						   rsd_submit_utf8_length(sql), RSD_MAX_SQL_BYTES)));
}

void
rsd_submit_sql(const text *sql)
{
	if (sql == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("sql must not be null")));
	check_sql(sql, 0);
}

static void
check_array(ArrayType *sqls)
{
	int			n;

	if (sqls == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("sqls must not be null")));
	if (ARR_NDIM(sqls) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("sqls must have one dimension")));
	n = ArrayGetNItems(ARR_NDIM(sqls), ARR_DIMS(sqls));
	if (n < 1 || n > RSD_MAX_PARTS)
		ereport(ERROR,
				(errcode(n < 1 ? ERRCODE_INVALID_PARAMETER_VALUE :
						 ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a batch must have 1 to %d parts", RSD_MAX_PARTS),
				 errdetail("It has %d.", n)));
}

text	  **
rsd_submit_sqls(ArrayType *sqls, int *n)
{
	Datum	   *elements;
	bool	   *nulls;
	text	  **parts;
	size_t		bytes = 0;

	check_array(sqls);
	deconstruct_array(sqls, TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, n);
	parts = palloc(sizeof(text *) * *n);
	for (int i = 0; i < *n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("part %d of sqls must not be null", i + 1)));
		parts[i] = DatumGetTextPP(elements[i]);
		check_sql(parts[i], i + 1);
		bytes += rsd_submit_utf8_length(parts[i]);
	}
	if (bytes > MAX_BATCH_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the batch is too long"),
				 errdetail("Its parts have %zu bytes in UTF-8; at most %d are possible.",
						   bytes, MAX_BATCH_BYTES)));
	return parts;
}
