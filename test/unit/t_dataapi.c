/*
 * t_dataapi.c
 *		aws/dataapi: bodies written, replies read.
 */
#include "aws/dataapi.h"
#include "tap.h"

#define UUID "d9b6c0c9-0747-4bf4-b142-e8883122f766"

static void
test_requests(void)
{
	static const RsdParam params[] = {{"a", "1"}, {"b", "x\"y"}};
	RsdExecuteCall call = {0};
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdError	err;

	call.sql = "select :a -- \xc3\xa9\n";
	call.database = "dev";
	call.workgroup = "wg";
	call.cluster = "";
	call.client_token = "tok";
	call.session_keep_alive = -1;
	call.params = params;
	call.nparams = 2;
	call.wait_seconds = 99;
	call.with_event = true;
	ok(rsd_endpoint_resolve(RSD_SERVICE_DATA, "eu-west-1", NULL, false, false,
							&endpoint, &err) &&
	   rsd_dataapi_request(RSD_OP_EXECUTE, &endpoint, &req, &err) &&
	   rsd_dataapi_execute(&call, &req.body, &err), "an execute");
	is_str(rsd_headers_get(&req.headers, "x-amz-target"),
		   "RedshiftData.ExecuteStatement", "its target");
	is_str(rsd_headers_get(&req.headers, "content-type"),
		   "application/x-amz-json-1.1", "its type");
	is_str(rsd_buf_str(&req.body),
		   "{\"Sql\":\"select :a -- \xc3\xa9\\n\",\"Database\":\"dev\","
		   "\"WorkgroupName\":\"wg\",\"ClientToken\":\"tok\","
		   "\"Parameters\":[{\"name\":\"a\",\"value\":\"1\"},"
		   "{\"name\":\"b\",\"value\":\"x\\\"y\"}],\"WithEvent\":true,"
		   "\"WaitTimeSeconds\":30}", "its body");
	rsd_buf_reset(&req.body);
	ok(rsd_dataapi_describe("i", 0, &req.body, &err), "a describe");
	is_str(rsd_buf_str(&req.body), "{\"Id\":\"i\"}", "plain");
	rsd_buf_reset(&req.body);
	ok(rsd_dataapi_result("i", "t", 5, &req.body, &err), "a result");
	is_str(rsd_buf_str(&req.body),
		   "{\"Id\":\"i\",\"NextToken\":\"t\",\"WaitTimeSeconds\":5}", "body");
	rsd_buf_reset(&req.body);
	ok(rsd_dataapi_cancel("i", &req.body, &err), "a cancel");
	is_str(rsd_buf_str(&req.body), "{\"Id\":\"i\"}", "body");
	rsd_request_free(&req);
}

static void
test_execute_reply(void)
{
	RsdExecuteReply r;
	RsdError	err;

	ok(rsd_dataapi_read_execute(rsd_slice_str(
											  "{\"ClusterIdentifier\":\"c\",\"CreatedAt\":1598306924.632,"
											  "\"DbGroups\":[\"x\"],\"HasResultSet\":true,\"Id\":\"" UUID "\","
											  "\"RedshiftPid\":1073815670,\"Status\":\"FINISHED\"}"), &r, &err),
	   "a full reply");
	is_str(r.id, UUID, "id");
	ok(r.status == RSD_SERVICE_FINISHED && r.has_result == RSD_TRI_YES, "end");
	is_int(r.pid, 1073815670, "pid");
	is_int(r.created_us, INT64_C(1598306924632000), "created");
	ok(rsd_dataapi_read_execute(rsd_slice_str(
											  "{\"Id\":\"" UUID "\",\"SecretArn\":null,\"CreatedAt\":"
											  "\"2026-11-22T10:00:00Z\",\"Status\":null}"), &r, &err),
	   "an emulator's reply");
	ok(r.status == RSD_SERVICE_ABSENT && r.has_result == RSD_TRI_UNKNOWN &&
	   r.pid == -1 && r.created_us > 0, "what it leaves open");
	ok(!rsd_dataapi_read_execute(rsd_slice_str("{\"Status\":\"X\"}"), &r,
								 &err) && err.kind == RSD_ERR_MALFORMED,
	   "no id: %s", err.what);
	ok(!rsd_dataapi_read_execute(rsd_slice_str("{\"Id\":\"\"}"), &r, &err),
	   "empty id: %s", err.what);
	ok(!rsd_dataapi_read_execute(rsd_slice_str("{\"Id\":\"a\"} x"), &r, &err),
	   "more behind: %s", err.what);
	ok(!rsd_dataapi_read_execute(rsd_slice_str("<html>"), &r, &err) &&
	   !rsd_dataapi_read_execute(rsd_slice_str(""), &r, &err) &&
	   !rsd_dataapi_read_execute(rsd_slice_str("{\"Id\":7}"), &r, &err) &&
	   !rsd_dataapi_read_execute(rsd_slice_str("null"), &r, &err), "garbage");
	is_str(err.doing, "reading the reply to ExecuteStatement", "says where");
}

static void
test_describe_reply(void)
{
	RsdDescribeReply r;
	RsdError	err;

	ok(rsd_dataapi_read_describe(rsd_slice_str(
											   "{\"Id\":\"" UUID "\",\"Status\":\"FAILED\",\"Error\":\"ERROR: "
											   "syntax error\\n  Position: 12\",\"Duration\":42000000,"
											   "\"HasResultSet\":false,\"ResultRows\":-1,\"ResultSize\":-1,"
											   "\"RedshiftPid\":12,\"RedshiftQueryId\":345,"
											   "\"RedshiftQueryUuid\":\"q\",\"UpdatedAt\":1.5,"
											   "\"SubStatements\":[{\"Id\":\"" UUID ":1\"}],\"New\":{\"a\":[]}}"),
								 &r, &err), "a failed statement");
	ok(r.status == RSD_SERVICE_FAILED && r.has_result == RSD_TRI_NO, "status");
	is_str(r.error, "ERROR: syntax error\n  Position: 12", "its error");
	ok(r.result_rows == -1 && r.duration_ns == 42000000 && r.query_id == 345 &&
	   r.updated_us == 1500000, "numbers");
	is_str(r.query_uuid, "q", "uuid");
	ok(rsd_slice_is(r.sub_statements, "[{\"Id\":\"" UUID ":1\"}]"), "children");
	ok(rsd_dataapi_read_describe(rsd_slice_str(
											   "{\"Id\":\"i\",\"Status\":\"PAUSED\",\"Error\":\"a\\u0000\xff\"}"),
								 &r, &err), "an unknown word, a broken text");
	ok(r.status == RSD_SERVICE_UNKNOWN && r.duration_ns == -1, "keep waiting");
	is_str(r.status_word, "PAUSED", "the word");
	is_str(r.error, "a\xef\xbf\xbd\xef\xbf\xbd", "the text for people");
	ok(rsd_dataapi_read_describe(rsd_slice_str(
											   "{\"Id\":\"i\",\"Status\":\"\"}"),
								 &r, &err) && r.status == RSD_SERVICE_UNKNOWN,
	   "an empty word");
	ok(!rsd_dataapi_read_describe(rsd_slice_str("{\"Id\":\"i\"}"), &r, &err),
	   "no status: %s", err.what);
	ok(rsd_service_status_final(RSD_SERVICE_ABORTED) &&
	   !rsd_service_status_final(RSD_SERVICE_UNKNOWN), "final");
}

static void
test_cancel_reply(void)
{
	bool		accepted;
	RsdError	err;

	ok(rsd_dataapi_read_cancel(rsd_slice_str("{\"Status\": true}"), &accepted,
							   &err) && accepted, "accepted");
	ok(rsd_dataapi_read_cancel(rsd_slice_str("{\"Status\": false}"), &accepted,
							   &err) && !accepted, "not accepted");
	ok(!rsd_dataapi_read_cancel(rsd_slice_str("{}"), &accepted, &err), "%s",
	   err.what);
}

int
main(void)
{
	test_requests();
	test_execute_reply();
	test_describe_reply();
	test_cancel_reply();
	return tap_done();
}
