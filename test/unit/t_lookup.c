/*
 * t_lookup.c
 *		stmt_proto: a statement looked up by its name.
 */
#include "stmt/stmt_proto.h"
#include "tap.h"

#define TOKEN	"11111111-2222-4333-8444-555555555555"
#define NAME	"rsdata/" TOKEN
#define ID(n)	"d9b6c0c9-0747-4bf4-b142-e8883122f76" n

static RsdReply said;

/* What a reply of these bytes means, having asked with this token. */
static RsdEvent
hear(const char *body, const char *token)
{
	RsdProgress progress = {.token = token,.name = NAME};
	RsdResponse response;
	RsdEvent	event;

	rsd_response_init(&response, 65536);
	response.status = 200;
	rsd_buf_adds(&response.body, body);
	rsd_stmt_event_reply(RSD_CALL_LOOKUP, &response, 0, 0, &progress, &said,
						 &event);
	rsd_response_free(&response);
	return event;
}

static void
test_request(void)
{
	RsdCallSpec spec = {.call = RSD_CALL_LOOKUP,.name = NAME,.next_token = "t"};
	RsdCredentials cred = {.access_key_id = "AKIDEXAMPLE",
	.secret_access_key = "secretexample"};
	RsdSigningKey cache = {0};
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdError	err;

	ok(rsd_endpoint_resolve(RSD_SERVICE_DATA, "eu-west-1", NULL, false, false,
							&endpoint, &err) &&
	   rsd_stmt_request(&spec, &endpoint, &cred, INT64_C(1800000000000000),
						&cache, &req, &err), "a lookup");
	is_str(rsd_headers_get(&req.headers, "x-amz-target"),
		   "RedshiftData.ListStatements", "its target");
	is_str(rsd_buf_str(&req.body),
		   "{\"StatementName\":\"" NAME "\",\"Status\":\"ALL\","
		   "\"RoleLevel\":true,\"MaxResults\":100,\"NextToken\":\"t\"}",
		   "whatever its status, whoever of the role sent it");
	rsd_request_free(&req);
}

static void
test_found(void)
{
	RsdEvent	ev;

	ev = hear("{\"Statements\":["
			  "{\"Id\":\"" ID("1") "\",\"StatementName\":\"" NAME "x\"},"
			  "{\"Id\":\"" ID("2") "\"},"
			  "{\"Id\":\"" ID("3") "\",\"StatementName\":\"" NAME "/l/m\","
			  "\"Status\":\"STARTED\",\"CreatedAt\":1598306924}]}", "");
	ok(ev.kind == RSD_EV_ALIVE && ev.from_call &&
	   ev.call == RSD_CALL_LOOKUP, "found among others");
	is_str(said.lookup.id, ID("3"), "the one of this very name");
	is_str(said.lookup.status_word, "STARTED", "its status");
	is_int(said.lookup.created_us, INT64_C(1598306924000000), "its age");
	ev = hear("{\"Statements\":[{\"Id\":\"" ID("4") "\",\"StatementName\":\""
			  NAME "\"}],\"NextToken\":\"more\"}", "");
	is_str(said.lookup.id, ID("4"), "without a label");
}

static void
test_not_found(void)
{
	RsdEvent	ev;

	ev = hear("{\"Statements\":[],\"NextToken\":\"more\"}", "");
	ok(ev.kind == RSD_EV_NOT_YET, "an empty page may be followed by others");
	is_str(rsd_buf_str(&said.lookup.next_token), "more", "its token");
	ev = hear("{\"Statements\":[],\"NextToken\":\"more\"}", "more");
	ok(ev.kind == RSD_EV_RETRY && ev.unreadable, "a page that repeats itself");
	ev = hear("{\"Statements\":[{\"Id\":\"a\",\"StatementName\":\"rsdata/"
			  "21111111-2222-4333-8444-555555555555\"}]}", "more");
	ok(ev.kind == RSD_EV_NOT_THERE && said.lookup.id[0] == '\0',
	   "another one is not it");
	ev = hear("{\"Statements\":[{}]}", "");
	ok(ev.kind == RSD_EV_RETRY && ev.unreadable, "an unreadable page");
	ev = hear("no", "");
	ok(ev.kind == RSD_EV_RETRY, "no page at all");
}

int
main(void)
{
	test_request();
	test_found();
	test_not_found();
	rsd_buf_free(&said.lookup.next_token);
	return tap_done();
}
