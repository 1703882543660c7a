/*
 * catalog.c
 *		ListDatabases, ListSchemas, ListTables and DescribeTable: each call
 *		connects by itself, asks one query of the catalogs and shows a page
 *		of the answer. Owns no state.
 *
 * Members, patterns and errors: Redshift Data API Reference. A NextToken is
 * the number of rows that went before.
 */
#include "catalog.h"

#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "answer.h"
#include "encode.h"
#include "paging.h"
#include "validate.h"

#define LIST_MAX 1000

static const char databases_sql[] =
"SELECT datname FROM pg_catalog.pg_database "
"WHERE datallowconn AND NOT datistemplate ORDER BY datname COLLATE \"C\"";

static const char schemas_sql[] =
"SELECT nspname FROM pg_catalog.pg_namespace "
"WHERE nspname LIKE coalesce($1, '%') "
"AND nspname !~ '^pg_(toast|temp)' ORDER BY nspname COLLATE \"C\"";

static const char tables_sql[] =
"SELECT c.relname, CASE "
"WHEN c.relkind IN ('v', 'm') THEN 'VIEW' "
"WHEN n.nspname = 'pg_catalog' THEN 'SYSTEM TABLE' "
"WHEN c.relpersistence = 't' THEN 'LOCAL TEMPORARY' ELSE 'TABLE' END, "
"n.nspname FROM pg_catalog.pg_class c "
"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
"WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname !~ '^pg_toast' "
"AND n.nspname LIKE coalesce($1, '%') AND c.relname LIKE coalesce($2, '%') "
"ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

static const char columns_sql[] =
"SELECT a.attname, a.atttypid, a.atttypmod, t.typname, n.nspname, "
"c.relname, pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attnotnull "
"FROM pg_catalog.pg_attribute a "
"JOIN pg_catalog.pg_class c ON c.oid = a.attrelid "
"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
"JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
"LEFT JOIN pg_catalog.pg_attrdef d "
"ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
"WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 "
"AND NOT a.attisdropped AND n.nspname = coalesce($1, n.nspname) "
"AND c.relname = coalesce($2, c.relname) "
"ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\", a.attnum";

/* How one operation asks and shows. */
typedef struct Listing
{
	const char *op;
	const char *sql;
	const char *parameters[2];	/* members; NULL: one fewer */
	const char *list;			/* member of the reply */
	json_t	   *(*show) (const PGresult *result, int row);
} Listing;

static json_t *
show_name(const PGresult *result, int row)
{
	return json_string(PQgetvalue(result, row, 0));
}

static json_t *
show_table(const PGresult *result, int row)
{
	return json_pack("{s:s, s:s, s:s}", "name", PQgetvalue(result, row, 0),
					 "type", PQgetvalue(result, row, 1),
					 "schema", PQgetvalue(result, row, 2));
}

static const char *
value_or_null(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL :
		PQgetvalue(result, row, column);
}

static json_t *
show_column(const PGresult *result, int row)
{
	EmuColumnOrigin origin = {
		.type_name = PQgetvalue(result, row, 3),
		.schema = PQgetvalue(result, row, 4),
		.table = PQgetvalue(result, row, 5),
		.name = PQgetvalue(result, row, 0),
		.default_value = value_or_null(result, row, 6),
		.not_null = *PQgetvalue(result, row, 7) == 't'
	};
	EmuText		text = {0};
	json_t	   *column;

	emu_encode_column(&text, origin.name,
					  (Oid) strtoul(PQgetvalue(result, row, 1), NULL, 10),
					  atoi(PQgetvalue(result, row, 2)), &origin);
	column = json_loadb(text.data, text.len, 0, NULL);
	emu_text_free(&text);
	return column;
}

static const Listing databases = {
	"ListDatabases", databases_sql, {NULL, NULL}, "Databases", show_name
};
static const Listing schemas = {
	"ListSchemas", schemas_sql, {"SchemaPattern", NULL}, "Schemas", show_name
};
static const Listing tables = {
	"ListTables", tables_sql, {"SchemaPattern", "TablePattern"}, "Tables",
	show_table
};
static const Listing columns = {
	"DescribeTable", columns_sql, {"Schema", "Table"}, "ColumnList",
	show_column
};

/* The members that all of them need; false when the reply says no. */
static bool
check_place(json_t *input, EmuReply *reply)
{
	const char *database = emu_input_text(input, "Database");
	const char *complaint = NULL;

	if (database == NULL || *database == '\0')
		complaint = "Database must be given.";
	else if ((emu_input_text(input, "ClusterIdentifier") == NULL) ==
			 (emu_input_text(input, "WorkgroupName") == NULL))
		complaint = "Exactly one of ClusterIdentifier and WorkgroupName must "
			"be given.";
	else if (emu_input_text(input, "SecretArn") != NULL &&
			 emu_input_text(input, "DbUser") != NULL)
		complaint = "SecretArn and DbUser exclude each other.";
	if (complaint != NULL)
		emu_answer_invalid(reply, complaint);
	return complaint == NULL;
}

static void
fail_database(EmuReply *reply, const char *message)
{
	emu_reply_json_error(reply, 500, "DatabaseConnectionException", message,
						 NULL);
}

/* A connection that does not outlast the service's patience with a query. */
static PGconn *
connect_database(const EmuOptions *options, const char *database)
{
	const char *keywords[] = {
		"dbname", "options", options->use_database ? "dbname" : NULL, NULL
	};
	const char *values[] = {
		options->dsn, "-c statement_timeout=60s", database, NULL
	};

	/* Only the first dbname is expanded; the later one overrides it. */
	return PQconnectdbParams(keywords, values, 1);
}

/* Connect and ask; NULL when the reply says what went wrong. */
static PGresult *
ask(EmuWorld *world, const Listing *listing, json_t *input, EmuReply *reply)
{
	const char *values[] = {NULL, NULL};
	int			nvalues = 0;
	PGconn	   *conn = connect_database(&world->options,
										emu_input_text(input, "Database"));
	PGresult   *result = NULL;

	while (nvalues < 2 && listing->parameters[nvalues] != NULL)
	{
		values[nvalues] = emu_input_text(input, listing->parameters[nvalues]);
		nvalues++;
	}
	if (PQstatus(conn) == CONNECTION_OK)
		result = PQexecParams(conn, listing->sql, nvalues, NULL, values,
							  NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
	{
		fail_database(reply, PQerrorMessage(conn));
		PQclear(result);
		result = NULL;
	}
	PQfinish(conn);
	return result;
}

static void
answer(EmuWorld *world, const Listing *listing, EmuVisit *visit,
	   EmuReply *reply)
{
	json_t	   *list = json_array();
	json_t	   *out = json_pack("{s:o}", listing->list, list);
	PGresult   *result = NULL;
	EmuPaging	paging;

	if (emu_paging_read(&paging, listing->op, LIST_MAX, visit->input,
						reply) && check_place(visit->input, reply))
		result = ask(world, listing, visit->input, reply);
	if (result == NULL)
	{
		json_decref(out);
		return;
	}
	if (paging.mark < 0)
		paging.mark = 0;
	for (int64_t row = paging.mark;
		 row < PQntuples(result) && row < paging.mark + paging.limit; row++)
		json_array_append_new(list, listing->show(result, (int) row));
	if (paging.mark + paging.limit < PQntuples(result))
		emu_paging_set_next(&paging, out, paging.mark + paging.limit);
	if (listing == &columns)
		emu_answer_set_text(out, "TableName",
							emu_input_text(visit->input, "Table"));
	PQclear(result);
	emu_reply_json(reply, out);
}

void
emu_catalog_databases(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	answer(world, &databases, visit, reply);
}

void
emu_catalog_schemas(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	answer(world, &schemas, visit, reply);
}

void
emu_catalog_tables(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	answer(world, &tables, visit, reply);
}

void
emu_catalog_describe(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	answer(world, &columns, visit, reply);
}
