/*
 * t_lists.c
 *		aws/listpage, aws/listcatalog, aws/listsessions: bodies written, pages
 *		read.
 */
#include "aws/listcatalog.h"
#include "aws/listsessions.h"
#include "tap.h"

static void
is_slice(RsdSlice got, const char *expected, const char *name)
{
	char		text[256];

	snprintf(text, sizeof(text), "%.*s", (int) got.len,
			 got.data == NULL ? "" : got.data);
	is_str(text, expected, "%s", name);
}

static void
test_bodies(void)
{
	RsdListCatalogCall none = {0};
	RsdListCatalogCall all = {
		.database = "dev", .connected_database = "other", .cluster = "c",
		.workgroup = "w", .db_user = "u", .secret_arn = "s",
		.schema_pattern = "p\"%", .table_pattern = "t_", .schema = "pub",
		.table = "sales", .max_results = 5000,
	};
	RsdListSessionsCall sessions = {
		.session_id = "i", .status = "BUSY", .role_level = RSD_TRI_NO,
		.max_results = 7, .database = ""
	};
	RsdBuf		body;
	RsdError	err;

	rsd_buf_init(&body, 4096);
	ok(rsd_listcatalog_body(&none, &body, &err), "an empty call");
	is_str(rsd_buf_str(&body), "{}", "what is not given is not sent");
	rsd_buf_reset(&body);
	all.next_token = rsd_slice("a\nbc", 3);
	ok(rsd_listcatalog_body(&all, &body, &err), "a full call");
	is_str(rsd_buf_str(&body),
		   "{\"Database\":\"dev\",\"ConnectedDatabase\":\"other\","
		   "\"ClusterIdentifier\":\"c\",\"WorkgroupName\":\"w\","
		   "\"DbUser\":\"u\",\"SecretArn\":\"s\","
		   "\"SchemaPattern\":\"p\\\"%\",\"TablePattern\":\"t_\","
		   "\"Schema\":\"pub\",\"Table\":\"sales\",\"MaxResults\":1000,"
		   "\"NextToken\":\"a\\nb\"}", "its members, escaped and limited");
	rsd_buf_reset(&body);
	ok(rsd_listsessions_body(&sessions, &body, &err), "sessions");
	is_str(rsd_buf_str(&body), "{\"SessionId\":\"i\",\"Status\":\"BUSY\","
		   "\"RoleLevel\":false,\"MaxResults\":7}", "their members");
	rsd_buf_free(&body);
	rsd_buf_init(&body, 8);
	ok(!rsd_listcatalog_body(&all, &body, &err) && err.kind == RSD_ERR_LIMIT,
	   "a body that does not fit");
	rsd_buf_free(&body);
}

static void
test_names(void)
{
	RsdListPage page;
	RsdSlice	name;
	RsdError	err;
	bool		more;

	ok(rsd_listcatalog_open(&page, RSD_OP_LIST_DATABASES,
							rsd_slice_str("{\"NextToken\":\"x\\/y\","
										  "\"Databases\":[\"dev\",\"\\u00e9\"]}"),
							&err), "a page of databases");
	is_slice(page.next_token, "x/y", "its token, decoded");
	ok(rsd_listcatalog_name(&page, &name, &more, &err) && more, "one");
	is_slice(name, "dev", "its name");
	ok(rsd_listcatalog_name(&page, &name, &more, &err) && more, "another");
	is_slice(name, "\\u00e9", "still escaped");
	ok(rsd_listcatalog_name(&page, &name, &more, &err) && !more, "no more");
	ok(rsd_listcatalog_name(&page, &name, &more, &err) && !more, "for ever");
	rsd_listpage_close(&page);
	ok(rsd_listcatalog_open(&page, RSD_OP_LIST_SCHEMAS,
							rsd_slice_str("{\"Databases\":[\"d\"]}"), &err) &&
	   rsd_listcatalog_name(&page, &name, &more, &err) && !more,
	   "an array that is absent is empty");
	is_int((int) page.next_token.len, 0, "and the last page");
	rsd_listpage_close(&page);
}

static void
test_tables(void)
{
	RsdListPage page;
	RsdListedTable table;
	RsdError	err;
	bool		more;

	ok(rsd_listcatalog_open(&page, RSD_OP_LIST_TABLES,
							rsd_slice_str("{\"Tables\":[{\"name\":\"sales\","
										  "\"type\":\"TABLE\",\"schema\":\"public\",\"new\":[1]},"
										  "{\"name\":\"v\",\"schema\":null}],\"NextToken\":null}"),
							&err), "a page of tables");
	ok(rsd_listcatalog_table(&page, &table, &more, &err) && more, "one");
	is_slice(table.schema, "public", "its schema");
	is_slice(table.name, "sales", "its name");
	is_slice(table.type, "TABLE", "its type");
	ok(rsd_listcatalog_table(&page, &table, &more, &err) && more, "another");
	ok(table.schema.data == NULL && table.type.data == NULL,
	   "absent is not empty");
	ok(rsd_listcatalog_table(&page, &table, &more, &err) && !more, "the end");
	rsd_listpage_close(&page);
}

static void
test_columns(void)
{
	RsdListPage page;
	RsdListedColumn column;
	RsdError	err;
	bool		more;

	ok(rsd_listcatalog_open(&page, RSD_OP_DESCRIBE_TABLE,
							rsd_slice_str("{\"ColumnList\":[{\"columnDefault\":\"0\","
										  "\"isCaseSensitive\":false,\"isSigned\":true,\"length\":10,"
										  "\"name\":\"n\",\"label\":\"n\",\"nullable\":1,\"precision\":10,"
										  "\"scale\":2,\"schemaName\":\"s\",\"tableName\":\"t\","
										  "\"typeName\":\"numeric\"},{\"name\":\"\"}],\"TableName\":\"t\"}"),
							&err), "a page of columns");
	ok(rsd_listcatalog_column(&page, &column, &more, &err) && more, "one");
	is_slice(column.default_value, "0", "its default");
	is_slice(column.type, "numeric", "its type");
	ok(column.length == 10 && column.precision == 10 && column.scale == 2 &&
	   column.nullable == 1, "its numbers");
	ok(column.has_signed && column.is_signed && column.has_case_sensitive &&
	   !column.case_sensitive && !column.has_currency, "its flags");
	ok(rsd_listcatalog_column(&page, &column, &more, &err) && more &&
	   column.name.data != NULL && column.name.len == 0, "an empty name");
	ok(column.length == RSD_COLUMN_NUMBER_ABSENT &&
	   column.type.data == NULL && !column.has_signed, "what it leaves open");
	rsd_listpage_close(&page);
}

static void
test_sessions(void)
{
	RsdListPage page;
	RsdListedSession session;
	RsdError	err;
	bool		more;

	ok(rsd_listsessions_open(&page,
							 rsd_slice_str("{\"Sessions\":[{\"SessionId\":\"i\",\"Status\":\"BUSY\","
										   "\"CreatedAt\":1598306924.632,\"SessionAliveSeconds\":60,"
										   "\"SessionTtl\":\"2026-11-22T10:00:00Z\",\"Database\":\"dev\","
										   "\"CurrentStatementId\":\"st\"},{\"SessionId\":\"j\"},{}]}"),
							 &err), "a page of sessions");
	ok(rsd_listsessions_next(&page, &session, &more, &err) && more, "one");
	is_str(session.id, "i", "its id");
	is_str(session.status_word, "BUSY", "its status");
	is_str(session.statement_id, "st", "its statement");
	is_slice(session.database, "dev", "its database");
	is_int(session.created_us, INT64_C(1598306924632000), "created");
	ok(session.alive_seconds == 60 && session.ttl_us > 0 &&
	   session.updated_us == 0, "times");
	ok(rsd_listsessions_next(&page, &session, &more, &err) && more &&
	   session.alive_seconds == -1 && session.cluster.data == NULL,
	   "what one leaves open");
	ok(!rsd_listsessions_next(&page, &session, &more, &err) && !more &&
	   err.kind == RSD_ERR_MALFORMED, "one without id: %s", err.what);
	is_str(err.doing, "reading the reply to ListSessions", "says where");
	rsd_listpage_close(&page);
}

static void
test_malformed(void)
{
	static const char *const bad[] = {
		"", "null", "<html>", "[]", "{\"Tables\":{}}", "{\"Tables\":[}",
		"{\"Tables\":[]} x", "{\"Tables\":[],\"NextToken\":7}",
		"{\"Tables\":[],\"NextToken\":\"\\ud800\"}"
	};
	RsdListPage page;
	RsdListedTable table;
	RsdSlice	name;
	RsdError	err;
	bool		more = true;
	size_t		i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!rsd_listcatalog_open(&page, RSD_OP_LIST_TABLES,
								 rsd_slice_str(bad[i]), &err) &&
		   rsd_slice_starts(rsd_slice_str(err.doing),
							"reading the reply to ListTables"),
		   "malformed: %s", bad[i]);
	ok(rsd_listcatalog_open(&page, RSD_OP_LIST_TABLES,
							rsd_slice_str("{\"Tables\":[{\"type\":\"x\"}]}"), &err) &&
	   !rsd_listcatalog_table(&page, &table, &more, &err) && !more &&
	   err.kind == RSD_ERR_MALFORMED, "a table without a name: %s", err.what);
	rsd_listpage_close(&page);
	ok(rsd_listcatalog_open(&page, RSD_OP_LIST_TABLES,
							rsd_slice_str("{\"Tables\":[\"x\"]}"), &err) &&
	   !rsd_listcatalog_table(&page, &table, &more, &err) && !more,
	   "a table that is no object: %s", err.what);
	rsd_listpage_close(&page);
	ok(rsd_listcatalog_open(&page, RSD_OP_LIST_SCHEMAS,
							rsd_slice_str("{\"Schemas\":[7]}"), &err) &&
	   !rsd_listcatalog_name(&page, &name, &more, &err) && !more,
	   "a name that is no string: %s", err.what);
	rsd_listpage_close(&page);
}

int
main(void)
{
	test_bodies();
	test_names();
	test_tables();
	test_columns();
	test_sessions();
	test_malformed();
	return tap_done();
}
