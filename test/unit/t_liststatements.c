/*
 * t_liststatements.c
 *		aws/liststatements: the body written, pages read.
 */
#include "aws/liststatements.h"
#include "tap.h"

#define UUID "d9b6c0c9-0747-4bf4-b142-e8883122f766"

static void
test_body(void)
{
	RsdListStatementsCall call = {0};
	RsdBuf		body;
	RsdError	err;

	rsd_buf_init(&body, 1024);
	ok(rsd_liststatements_body(&call, &body, &err), "nothing asked for");
	is_str(rsd_buf_str(&body), "{}", "an empty object");
	rsd_buf_reset(&body);
	call = (RsdListStatementsCall) {
		.statement_name = "rsdata/\"x",.status = "ALL",.database = "dev",
			.cluster = "",.workgroup = "wg",.next_token = "t",
			.role_level = RSD_TRI_YES,.max_results = 1000
	};
	ok(rsd_liststatements_body(&call, &body, &err), "everything");
	is_str(rsd_buf_str(&body),
		   "{\"StatementName\":\"rsdata/\\\"x\",\"Status\":\"ALL\","
		   "\"RoleLevel\":true,\"Database\":\"dev\",\"WorkgroupName\":\"wg\","
		   "\"MaxResults\":100,\"NextToken\":\"t\"}", "its body");
	rsd_buf_free(&body);
	rsd_buf_init(&body, 10);
	ok(!rsd_liststatements_body(&call, &body, &err) &&
	   err.kind == RSD_ERR_LIMIT, "too long: %s", err.what);
	rsd_buf_free(&body);
}

static void
test_page(void)
{
	static const char page[] =
	"{\"NextToken\":\"a\\u0062c\",\"Statements\":[{\"Id\":\"" UUID "\","
	"\"Status\":\"FINISHED\",\"StatementName\":\"rsdata/\\u0041/\\u0000\","
	"\"CreatedAt\":1598306924.5,\"UpdatedAt\":\"2026-11-22T10:00:00Z\","
	"\"QueryString\":\"select \\\"a\\\"\",\"QueryParameters\":null,"
	"\"IsBatchStatement\":false,\"ResultFormat\":\"JSON\",\"New\":[{}]},"
	"{\"Id\":\"" UUID "\",\"IsBatchStatement\":true,"
	"\"QueryStrings\":[\"a\",\"b\"],\"SessionId\":\"s\"}]}";
	RsdStatementList list;
	RsdListedStatement *st = malloc(sizeof(*st));
	RsdError	err;
	bool		more;

	ok(rsd_liststatements_open(rsd_slice_str(page), &list, &err), "a page");
	ok(rsd_slice_is(list.next_token, "abc"), "its token");
	ok(rsd_liststatements_next(&list, st, &more, &err) && more, "a statement");
	is_str(st->id, UUID, "its id");
	is_str(st->status_word, "FINISHED", "its status");
	is_str(st->name, "rsdata/A/\xef\xbf\xbd", "its name");
	is_int(st->created_us, INT64_C(1598306924500000), "its age");
	ok(st->updated_us > st->created_us, "when it changed");
	ok(rsd_slice_is(st->sql, "select \\\"a\\\""), "its text");
	ok(st->is_batch == RSD_TRI_NO && st->params.len == 0, "no batch");
	ok(rsd_liststatements_next(&list, st, &more, &err) && more, "another");
	ok(st->is_batch == RSD_TRI_YES &&
	   rsd_slice_is(st->sqls, "[\"a\",\"b\"]"), "a batch");
	ok(st->name[0] == '\0' && st->sql.len == 0 && st->created_us == 0,
	   "what it does not say");
	is_str(st->session_id, "s", "its session");
	for (int i = 0; i < 2; i++)
		ok(rsd_liststatements_next(&list, st, &more, &err) && !more, "no more");
	rsd_liststatements_close(&list);
	free(st);
}

/* Is the whole of it readable? */
static bool
reads(const char *body, RsdError *err)
{
	RsdStatementList list;
	RsdListedStatement *st;
	bool		more = true;
	bool		good = true;

	if (!rsd_liststatements_open(rsd_slice_str(body), &list, err))
		return false;
	st = malloc(sizeof(*st));
	while (good && more)
		good = rsd_liststatements_next(&list, st, &more, err);
	free(st);
	rsd_liststatements_close(&list);
	return good;
}

static void
test_bad_pages(void)
{
	static const char *const bad[] = {
		"", "null", "{}", "<html>", "{\"Statements\":{}}",
		"{\"Statements\":[]} x", "{\"Statements\":[1]}",
		"{\"Statements\":[{}]}", "{\"Statements\":[{\"Id\":null}]}",
		"{\"Statements\":[{\"Id\":\"a\"},]}", "{\"Statements\":[{\"Id\":7}]}",
		"{\"Statements\":[],\"NextToken\":\"\\ud800\"}",
		"{\"Statements\":[{\"Id\":\"a\",\"CreatedAt\":\"x\"}]}",
	};
	RsdError	err;

	ok(reads("{\"Statements\":[]}", &err), "an empty page");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		rsd_error_clear(&err);
		ok(!reads(bad[i], &err) && err.kind != RSD_ERR_NONE, "%s: %s", bad[i],
		   err.what);
	}
	is_str(err.doing, "reading the reply to ListStatements", "says where");
}

int
main(void)
{
	test_body();
	test_page();
	test_bad_pages();
	return tap_done();
}
