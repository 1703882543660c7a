/*
 * load_create.c
 *	  A table that fits a result: Redshift's types in PostgreSQL's words.
 *
 * Types that PostgreSQL lacks become text, and so do character types: their
 * lengths count bytes there and characters here.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "pg/load_target.h"

/* The largest precision of numeric that takes a typmod here. */
#define MAX_PRECISION		1000

/* typeName of ColumnMetadata -> our type. */
static const char *const types[][2] = {
	{"int2", "pg_catalog.int2"},
	{"int4", "pg_catalog.int4"},
	{"int8", "pg_catalog.int8"},
	{"float4", "pg_catalog.float4"},
	{"float8", "pg_catalog.float8"},
	{"bool", "pg_catalog.bool"},
	{"date", "pg_catalog.date"},
	{"time", "pg_catalog.\"time\""},
	{"timetz", "pg_catalog.timetz"},
	{"timestamp", "pg_catalog.\"timestamp\""},
	{"timestamptz", "pg_catalog.timestamptz"},
	{"super", "pg_catalog.jsonb"},
	{"varbyte", "pg_catalog.bytea"},
	{"interval", "pg_catalog.\"interval\""},
	{"intervaly2m", "pg_catalog.\"interval\""},
	{"intervald2s", "pg_catalog.\"interval\""},
};

static void
put_numeric(StringInfo sql, const RsdLoadColumn *column)
{
	appendStringInfoString(sql, "pg_catalog.\"numeric\"");
	if (column->precision > 0 && column->precision <= MAX_PRECISION &&
		column->scale >= 0 && column->scale <= column->precision)
		appendStringInfo(sql, "(%d, %d)", (int) column->precision,
						 (int) column->scale);
}

static void
put_type(StringInfo sql, const RsdLoadColumn *column)
{
	if (strcmp(column->type_name, "numeric") == 0)
	{
		put_numeric(sql, column);
		return;
	}
	for (int i = 0; i < (int) lengthof(types); i++)
	{
		if (strcmp(types[i][0], column->type_name) == 0)
		{
			appendStringInfoString(sql, types[i][1]);
			return;
		}
	}
	appendStringInfoString(sql, "pg_catalog.text");
}

/* "?column?" and other labels longer than a name are cut by the server. */
char *
rsd_load_create_sql(const char *name, const RsdLoadColumn *columns,
					int ncolumns)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	for (int i = 0; i < ncolumns; i++)
	{
		appendStringInfo(&sql, "%s%s ", i > 0 ? ", " : "",
						 quote_identifier(columns[i].name));
		put_type(&sql, &columns[i]);
		if (columns[i].not_null)
			appendStringInfoString(&sql, " NOT NULL");
	}
	appendStringInfoChar(&sql, ')');
	return sql.data;
}
