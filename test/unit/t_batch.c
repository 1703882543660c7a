/*
 * t_batch.c
 *		What is said and heard about batches: the call's body, the parts in a
 *		description, markers of parameters.
 */
#include "aws/dataapi.h"
#include "aws/markers.h"
#include "aws/substatement.h"
#include "stmt/stmt_proto.h"
#include "tap.h"

#define UUID "d9b6c0c9-0747-4bf4-b142-e8883122f766"

static void
test_body(void)
{
	static const char *const sqls[] = {"select 1", "select \":a\""};
	RsdExecuteCall call = {0};
	RsdBuf		body;
	RsdError	err;

	call.sqls = sqls;
	call.nsqls = 2;
	call.session_keep_alive = -1;
	rsd_buf_init(&body, 1000);
	ok(rsd_dataapi_execute(&call, &body, &err), "a batch");
	is_str(rsd_buf_str(&body),
		   "{\"Sqls\":[\"select 1\",\"select \\\":a\\\"\"]}",
		   "in one transaction, as the service does it");
	rsd_buf_reset(&body);
	call.auto_commit = true;
	call.client_token = "t";
	ok(rsd_dataapi_execute(&call, &body, &err), "each by itself");
	is_str(rsd_buf_str(&body),
		   "{\"Sqls\":[\"select 1\",\"select \\\":a\\\"\"],"
		   "\"ExecutionMode\":\"AUTO_COMMIT\",\"ClientToken\":\"t\"}",
		   "its body");
	rsd_buf_free(&body);
	is_str(rsd_op_name(rsd_call_op(RSD_CALL_EXECUTE, true)),
		   "BatchExecuteStatement", "the call of a batch");
	is_str(rsd_op_name(rsd_call_op(RSD_CALL_EXECUTE, false)),
		   "ExecuteStatement", "of a single statement");
	is_str(rsd_op_name(rsd_call_op(RSD_CALL_DESCRIBE, true)),
		   "DescribeStatement", "the others are the same");
}

static void
test_parts(void)
{
	RsdSubStatements walk;
	RsdSubStatement s;
	RsdError	err;

	rsd_substatements_open(&walk, rsd_slice_str(
		"[{\"Id\":\"" UUID ":1\",\"Status\":\"FINISHED\",\"New\":[{}],"
		"\"HasResultSet\":true,\"ResultRows\":2,\"ResultSize\":22,"
		"\"Duration\":12345,\"RedshiftQueryId\":77,"
		"\"RedshiftQueryUuid\":\"u\"},"
		"{\"Id\":\"" UUID ":12\",\"Status\":\"FAILED\",\"Error\":\"no\","
		"\"HasResultSet\":false}, {\"Id\":\"" UUID "\"},"
		"{\"Id\":\"" UUID ":99\",\"Status\":\"NEW\"}]"));
	is_int(rsd_substatements_next(&walk, &s, &err), 1, "a part");
	is_int(s.part, 1, "its number");
	is_str(s.id, UUID ":1", "its id");
	ok(s.status == RSD_SERVICE_FINISHED && s.has_result == RSD_TRI_YES &&
	   s.result_rows == 2 && s.result_size == 22 && s.duration_ns == 12345 &&
	   s.query_id == 77, "what became of it");
	is_str(s.query_uuid, "u", "its query's uuid");
	is_int(rsd_substatements_next(&walk, &s, &err), 1, "another");
	ok(s.part == 12 && s.status == RSD_SERVICE_FAILED &&
	   s.has_result == RSD_TRI_NO && s.result_rows == -1 &&
	   s.duration_ns == -1 && s.query_id == -1, "that failed");
	is_str(s.error, "no", "its error");
	is_int(rsd_substatements_next(&walk, &s, &err), 1, "one without number");
	ok(s.part == 0 && s.status == RSD_SERVICE_ABSENT &&
	   s.has_result == RSD_TRI_UNKNOWN && s.error[0] == '\0',
	   "says nothing, and nothing is left of the one before");
	is_int(rsd_substatements_next(&walk, &s, &err), 1, "one beyond");
	ok(s.part == 0 && s.status == RSD_SERVICE_UNKNOWN,
	   "what batches can have");
	is_int(rsd_substatements_next(&walk, &s, &err), 0, "no more");
	is_int(rsd_substatements_next(&walk, &s, &err), 0, "and it stays so");
	rsd_substatements_open(&walk, rsd_slice_str(""));
	is_int(rsd_substatements_next(&walk, &s, &err), 0, "none at all");
}

static void
test_bad_parts(void)
{
	static const char *const bad[] = {"{}", "[{\"Status\":\"FINISHED\"}]",
	"[1]", "[{\"Id\":\"x\"}", "[", "nonsense"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		RsdSubStatements walk;
		RsdSubStatement s;
		RsdError	err;
		int			got;

		rsd_substatements_open(&walk, rsd_slice_str(bad[i]));
		while ((got = rsd_substatements_next(&walk, &s, &err)) > 0)
			;
		ok(got < 0 && err.kind == RSD_ERR_MALFORMED, "not parts: %s", bad[i]);
	}
}

/* Texts, and the markers in them: sure ones as they are, others with "?". */
static const struct
{
	const char *sql;
	const char *markers;
}			texts[] = {
	{"select 1", ""},
	{"", ""},
	{"select :a", "a"},
	{":a", "a"},
	{"select :a,:b+:c(:d)=:a;", "a b c d a"},
	{"select :a::int, x::numeric(3), :b ::text", "a b"},
	{"select a=:x_1 and b<:X2", "x_1 X2"},
	{"select ':a' , 'it''s :b', '' , :c", "c"},
	{"select \":a\", \"x\"\":b\", :c", "c"},
	{"select 1 -- :a\n, :b", "b"},
	{"select 1 -- it's\n, :b", "b"},
	{"select 1 -- :a", ""},
	{"select /* :a ' */ :b /**/, :c", "b c"},
	{"select 2-:a, 4/:b", "a b"},
	{"select : a, :", ""},
	{"x := :y", "y"},

	/* not for certain */
	{"select a[:n], b[1:m], [:o", "n? m? o?"},
	{"select a[1] = :n", "n"},
	{"select a:b, c :d", "b? d"},
	{"select 1:2", "2?"},
	{"select :1", "1?"},
	{"select '12':30", "30?"},
	{"select :a:b", "a? b?"},
	{"select x:::y", "y?"},
	{"select :a$b, :\xc3\xa4, :x\xc3\xa4", "a? x?"},
	{"select \xc3\xa4:a", "a?"},
	{"select 'c:\\dir' , :a", "a?"},
	{"select 'c:\\' , ':a'", "a?"},
	{"select $$ :a $$, ':b', :c", "a? b? c?"},
	{"select $x1$ :a $x1$", "a?"},
	{"select $1, :a, a$b$:c", "a c?"},
	{"/* /* */ :a */ :b", "a? b?"},
	{"/* :a", "a?"},
	{"select ':a", "a?"},
	{"select :a, \":b", "a b?"},
};

static void
test_markers(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		RsdMarkers	walk;
		RsdSlice	name;
		RsdMarker	marker;
		char		all[200] = "";

		rsd_markers_open(&walk, rsd_slice_str(texts[i].sql));
		while ((marker = rsd_markers_next(&walk, &name)) != RSD_MARKER_END)
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%.*s%s",
					 all[0] == '\0' ? "" : " ", (int) name.len, name.data,
					 marker == RSD_MARKER_SURE ? "" : "?");
		is_str(all, texts[i].markers, "markers of text %zu", i);
	}
	ok(rsd_marker_same(rsd_slice_str("Abc"), rsd_slice_str("aBC")) &&
	   !rsd_marker_same(rsd_slice_str("ab"), rsd_slice_str("abc")) &&
	   !rsd_marker_same(rsd_slice_str("ab"), rsd_slice_str("ac")),
	   "names may differ in case");
}

int
main(void)
{
	test_body();
	test_parts();
	test_bad_parts();
	test_markers();
	return tap_done();
}
