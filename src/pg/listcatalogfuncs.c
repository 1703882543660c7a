/*
 * listcatalogfuncs.c
 *	  rsdata_list_databases, rsdata_list_schemas, rsdata_list_tables and
 *	  rsdata_describe_table: what there is on a server.
 *
 * The service connects to the database for them, which wakes a paused
 * workgroup.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "aws/listcatalog.h"
#include "pg/compat.h"
#include "pg/lister.h"
#include "pg/utf8text.h"

RSD_FUNCTION(rsdata_list_databases);
RSD_FUNCTION(rsdata_list_schemas);
RSD_FUNCTION(rsdata_list_tables);
RSD_FUNCTION(rsdata_describe_table);

/* A list of one of the four kinds. */
typedef struct Catalog
{
	RsdListCatalogCall call;	/* all but token and max_results */
	RsdOp		op;
	RsdListPage page;

	/* DescribeTable: whose columns are being numbered, still escaped. */
	StringInfoData table;
	int			position;
} Catalog;

static bool
put_body(const void *list, int max_results, RsdSlice token, RsdBuf *body,
		 RsdError *err)
{
	RsdListCatalogCall call = ((const Catalog *) list)->call;

	call.max_results = max_results;
	call.next_token = token;
	return rsd_listcatalog_body(&call, body, err);
}

static bool
open_page(void *list, RsdSlice body, RsdSlice *token, RsdError *err)
{
	Catalog    *catalog = list;

	if (!rsd_listcatalog_open(&catalog->page, catalog->op, body, err))
		return false;
	*token = catalog->page.next_token;
	return true;
}

static void
close_page(void *list)
{
	rsd_listpage_close(&((Catalog *) list)->page);
}

static bool
next_name(void *list, RsdLister *lister, bool *more, RsdError *err)
{
	Catalog    *catalog = list;
	RsdSlice	name;

	if (!rsd_listcatalog_name(&catalog->page, &name, more, err))
		return false;
	if (*more)
		rsd_list_put_text(lister, name);
	return true;
}

static bool
next_table(void *list, RsdLister *lister, bool *more, RsdError *err)
{
	Catalog    *catalog = list;
	RsdListedTable table;

	if (!rsd_listcatalog_table(&catalog->page, &table, more, err))
		return false;
	if (!*more)
		return true;
	rsd_list_put_text(lister, table.schema);
	rsd_list_put_text(lister, table.name);
	rsd_list_put_text(lister, table.type);
	return true;
}

/* The column's number in its table; those of a table come together. */
static int
number(Catalog *catalog, const RsdListedColumn *column)
{
	char	   *table = psprintf("%.*s\"%.*s",
								 (int) column->schema.len,
								 column->schema.data == NULL ? "" : column->schema.data,
								 (int) column->table.len,
								 column->table.data == NULL ? "" : column->table.data);

	if (strcmp(table, catalog->table.data) != 0)
	{
		resetStringInfo(&catalog->table);
		appendStringInfoString(&catalog->table, table);
		catalog->position = 0;
	}
	return ++catalog->position;
}

static void
put_number(RsdLister *lister, int64 value)
{
	rsd_list_put(lister, Int64GetDatum(value),
				 value == RSD_COLUMN_NUMBER_ABSENT);
}

/* JDBC's columnNoNulls, columnNullable, columnNullableUnknown. */
static void
put_nullable(RsdLister *lister, int64 value)
{
	rsd_list_put(lister, BoolGetDatum(value == 1), value != 0 && value != 1);
}

static bool
next_column(void *list, RsdLister *lister, bool *more, RsdError *err)
{
	Catalog    *catalog = list;
	RsdListedColumn column;

	if (!rsd_listcatalog_column(&catalog->page, &column, more, err))
		return false;
	if (!*more)
		return true;
	rsd_list_put_text(lister, column.schema);
	rsd_list_put_text(lister, column.table);
	rsd_list_put(lister, Int32GetDatum(number(catalog, &column)), false);
	rsd_list_put_text(lister, column.name);
	rsd_list_put_text(lister, column.type);
	put_number(lister, column.length);
	put_number(lister, column.precision);
	put_number(lister, column.scale);
	put_nullable(lister, column.nullable);
	rsd_list_put_text(lister, column.default_value);
	rsd_list_put(lister, BoolGetDatum(column.case_sensitive),
				 !column.has_case_sensitive);
	rsd_list_put(lister, BoolGetDatum(column.is_signed), !column.has_signed);
	rsd_list_put(lister, BoolGetDatum(column.currency), !column.has_currency);
	rsd_list_put_text(lister, column.label);
	return true;
}

static const RsdListKind databases = {
	RSD_OP_LIST_DATABASES, RSD_LIST_CATALOG_MAX, true,
	put_body, open_page, next_name, close_page
};

static const RsdListKind schemas = {
	RSD_OP_LIST_SCHEMAS, RSD_LIST_CATALOG_MAX, true,
	put_body, open_page, next_name, close_page
};

static const RsdListKind tables = {
	RSD_OP_LIST_TABLES, RSD_LIST_CATALOG_MAX, true,
	put_body, open_page, next_table, close_page
};

/* MaxResults counts tables there, not columns. */
static const RsdListKind columns = {
	RSD_OP_DESCRIBE_TABLE, RSD_LIST_CATALOG_MAX, false,
	put_body, open_page, next_column, close_page
};

/* A list in that database, else the server's. */
static Catalog *
make_catalog(const RsdLister *lister, const RsdListKind *kind,
			 const char *database)
{
	const RsdServerConfig *config = rsd_list_config(lister);
	Catalog    *catalog = palloc0(sizeof(Catalog));

	catalog->op = kind->op;
	catalog->call.database = database != NULL ? database :
		rsd_text_to_utf8(config->database);
	catalog->call.cluster = config->cluster_identifier;
	catalog->call.workgroup = config->workgroup_name;
	catalog->call.db_user = rsd_text_to_utf8(config->db_user);
	catalog->call.secret_arn = config->secret_arn;
	initStringInfo(&catalog->table);
	return catalog;
}

/* rsdata_list_databases(server, database, max_rows) */
Datum
rsdata_list_databases(PG_FUNCTION_ARGS)
{
	RsdLister  *lister = rsd_list_begin(fcinfo, &databases);

	rsd_list_run(lister, make_catalog(lister, &databases,
									  rsd_list_arg(fcinfo, 1, "database")));
	return (Datum) 0;
}

/*
 * rsdata_list_schemas(server, schema_pattern, database, connected_database,
 * max_rows)
 */
Datum
rsdata_list_schemas(PG_FUNCTION_ARGS)
{
	RsdLister  *lister = rsd_list_begin(fcinfo, &schemas);
	Catalog    *catalog = make_catalog(lister, &schemas,
									   rsd_list_arg(fcinfo, 2, "database"));

	catalog->call.schema_pattern = rsd_list_arg(fcinfo, 1, "schema_pattern");
	catalog->call.connected_database = rsd_list_arg(fcinfo, 3,
													"connected_database");
	rsd_list_run(lister, catalog);
	return (Datum) 0;
}

/*
 * rsdata_list_tables(server, schema_pattern, table_pattern, database,
 * connected_database, max_rows)
 */
Datum
rsdata_list_tables(PG_FUNCTION_ARGS)
{
	RsdLister  *lister = rsd_list_begin(fcinfo, &tables);
	Catalog    *catalog = make_catalog(lister, &tables,
									   rsd_list_arg(fcinfo, 3, "database"));

	catalog->call.schema_pattern = rsd_list_arg(fcinfo, 1, "schema_pattern");
	catalog->call.table_pattern = rsd_list_arg(fcinfo, 2, "table_pattern");
	catalog->call.connected_database = rsd_list_arg(fcinfo, 4,
													"connected_database");
	rsd_list_run(lister, catalog);
	return (Datum) 0;
}

/*
 * rsdata_describe_table(server, schema_name, table_name, database,
 * connected_database, max_rows)
 */
Datum
rsdata_describe_table(PG_FUNCTION_ARGS)
{
	RsdLister  *lister = rsd_list_begin(fcinfo, &columns);
	Catalog    *catalog = make_catalog(lister, &columns,
									   rsd_list_arg(fcinfo, 3, "database"));

	catalog->call.schema = rsd_list_arg(fcinfo, 1, "schema_name");
	catalog->call.table = rsd_list_arg(fcinfo, 2, "table_name");
	catalog->call.connected_database = rsd_list_arg(fcinfo, 4,
													"connected_database");
	rsd_list_run(lister, catalog);
	return (Datum) 0;
}
