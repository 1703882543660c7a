/*
 * t_aws.c
 *		aws: credentials as values, endpoints, errors, SNS.
 */
#include "aws/awserror.h"
#include "aws/credvalue.h"
#include "aws/dataapi.h"
#include "aws/endpoint.h"
#include "aws/sns.h"
#include "tap.h"

static void
test_credentials(void)
{
	RsdCredentials a = {0};
	RsdCredentials b = {0};
	RsdError	err;

	ok(rsd_credvalue_set(&a, "id", "secret", "", 1000, &err), "set");
	ok(a.session_token == NULL, "an empty token is none");
	ok(rsd_credvalue_copy(&b, &a, &err) && strcmp(b.access_key_id, "id") == 0,
	   "copied");
	ok(!rsd_credvalue_expired(&b, 900, 50) && rsd_credvalue_expired(&b, 900, 100),
	   "expiry with margin");
	ok(!rsd_credvalue_set(&b, "id", "sec ret", NULL, 0, &err) &&
	   strstr(err.what, "sec ret") == NULL, "blanks refused, not shown");
	ok(strcmp(b.secret_access_key, "secret") == 0, "the old value stays");
	ok(!rsd_credvalue_set(&b, NULL, "x", NULL, 0, &err), "no id");
	ok(!rsd_credvalue_set(&b, "a", "x", "t\r\nEvil: 1", 0, &err), "CR LF");
	rsd_credvalue_wipe(&a);
	rsd_credvalue_wipe(&b);
	ok(a.access_key_id == NULL && !rsd_credvalue_expired(&a, 1, 0), "wiped");
}

static void
test_endpoint(void)
{
	static const struct
	{
		const char *service;
		const char *region;
		bool		fips;
		bool		dual;
		const char *host;
	}			cases[] =
	{
		{"redshift-data", "eu-west-1", false, false,
		"redshift-data.eu-west-1.amazonaws.com"},
		{"redshift-data", "us-east-1", true, false,
		"redshift-data-fips.us-east-1.amazonaws.com"},
		{"redshift-data", "us-east-1", false, true,
		"redshift-data.us-east-1.api.aws"},
		{"redshift-data", "us-east-1", true, true,
		"redshift-data-fips.us-east-1.api.aws"},
		{"redshift-data", "cn-north-1", false, false,
		"redshift-data.cn-north-1.amazonaws.com.cn"},
		{"redshift-data", "cn-north-1", false, true,
		"redshift-data.cn-north-1.api.amazonwebservices.com.cn"},
		{"redshift-data", "us-gov-west-1", true, false,
		"redshift-data-fips.us-gov-west-1.amazonaws.com"},
		{"sns", "us-gov-west-1", true, false,
		"sns.us-gov-west-1.amazonaws.com"},
		{"sns", "us-gov-west-1", true, true,
		"sns-fips.us-gov-west-1.api.aws"},
		{"sns", "us-iso-east-1", false, false, "sns.us-iso-east-1.c2s.ic.gov"},
		{"sns", "us-isob-east-1", false, false,
		"sns.us-isob-east-1.sc2s.sgov.gov"},
		{"sns", "eu-isoe-west-1", false, false,
		"sns.eu-isoe-west-1.cloud.adc-e.uk"},
		{"sns", "eusc-de-east-1", false, false,
		"sns.eusc-de-east-1.amazonaws.eu"},
		{"sns", "new-place-7", false, false, "sns.new-place-7.amazonaws.com"},
	};
	RsdEndpoint e;
	RsdError	err;
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		ok(rsd_endpoint_resolve(cases[i].service, cases[i].region, NULL,
								cases[i].fips, cases[i].dual, &e, &err),
		   "endpoint %zu", i);
		is_str(e.url.host, cases[i].host, "its host");
	}
	ok(rsd_endpoint_resolve("sns", "eu-west-1", "http://127.0.0.1:5000/x",
							false, false, &e, &err) && !e.url.https &&
	   e.url.port == 5000 && strcmp(e.region, "eu-west-1") == 0, "override");
	ok(!rsd_endpoint_resolve("sns", "eu-west-1", "http://x", true, false, &e,
							 &err), "not with FIPS: %s", err.what);
	ok(!rsd_endpoint_resolve("sns", "eu-west-1", "nonsense", false, false, &e,
							 &err), "bad override: %s", err.what);
	ok(!rsd_endpoint_resolve("sns", NULL, NULL, false, false, &e, &err) &&
	   !rsd_endpoint_resolve("sns", "eu-west-1.evil.com#", NULL, false, false,
							 &e, &err), "bad region: %s", err.what);
	ok(!rsd_region_valid("EU-west-1") && !rsd_region_valid("eu-") &&
	   !rsd_region_valid("1eu"), "region names");
}

typedef struct ErrorCase
{
	RsdOp		op;
	int			http;
	const char *header;			/* x-amzn-errortype, or NULL */
	const char *body;
	const char *code;
	const char *message;		/* NULL: not looked at */
	RsdErrorClass cls;
} ErrorCase;

static const ErrorCase errors[] =
{
	{RSD_OP_EXECUTE, 400, NULL,
		"{\"__type\":\"com.amazonaws.redshiftdata#ValidationException\","
		"\"message\":\"no\"}", "ValidationException", "no", RSD_CLASS_REFUSED},
	{RSD_OP_EXECUTE, 400, "ThrottlingException:http://x/y#z", "{}",
	"ThrottlingException", "", RSD_CLASS_THROTTLE},
	{RSD_OP_EXECUTE, 400, "ValidationException",
		"{\"Message\":\"Service returned error code ThrottlingException "
		"(Service: RedshiftServerless, Status Code: 400)\"}",
	"ValidationException", NULL, RSD_CLASS_THROTTLE},
	{RSD_OP_EXECUTE, 400, NULL,
		"{\"__type\":\"ActiveStatementsExceededException\",\"Message\":\"m\"}",
	"ActiveStatementsExceededException", "m", RSD_CLASS_CAPACITY},
	{RSD_OP_DESCRIBE, 400, NULL,
		"{\"__type\":\"ActiveWaitingRequestsExceededException\"}",
	"ActiveWaitingRequestsExceededException", "", RSD_CLASS_WAITERS},
	{RSD_OP_DESCRIBE, 400, NULL, "{\"__type\":\"ValidationException\","
		"\"message\":\"Unknown parameter WaitTimeSeconds\"}",
	"ValidationException", NULL, RSD_CLASS_NO_LONG_POLL},
	{RSD_OP_EXECUTE, 500, NULL, "{\"__type\":\"ExecuteStatementException\","
		"\"StatementId\":\"abc\",\"Message\":\"x\"}",
	"ExecuteStatementException", "x", RSD_CLASS_TRANSIENT},
	{RSD_OP_EXECUTE, 403, NULL, "{\"__type\":\"ExpiredTokenException\"}",
	"ExpiredTokenException", "", RSD_CLASS_EXPIRED},
	{RSD_OP_EXECUTE, 403, NULL, "{\"__type\":\"InvalidSignatureException\","
		"\"message\":\"Signature expired: 1 is now earlier than 2\"}",
	"InvalidSignatureException", NULL, RSD_CLASS_SKEW},
	{RSD_OP_EXECUTE, 403, NULL, "{\"__type\":\"InvalidSignatureException\","
		"\"message\":\"The request signature we calculated\"}",
	"InvalidSignatureException", NULL, RSD_CLASS_AUTH},
	{RSD_OP_CANCEL, 400, NULL, "{\"__type\":\"ValidationException\","
		"\"message\":\"Could not cancel a query that is already in FINISHED "
		"state with ID: 1\"}", "ValidationException", NULL,
	RSD_CLASS_NOT_CANCELLABLE},
	{RSD_OP_EXECUTE, 400, NULL, "{\"__type\":\"ValidationException\","
	"\"message\":\"Session is not available\"}", "ValidationException",
	NULL, RSD_CLASS_SESSION_BUSY},
	{RSD_OP_RESULT, 400, NULL, "{\"__type\":\"ResourceNotFoundException\","
		"\"Message\":\"Query does not have result. Please check query status "
		"with DescribeStatement.\",\"ResourceId\":\"1\"}",
	"ResourceNotFoundException", NULL, RSD_CLASS_RESULT_NONE},
	{RSD_OP_DESCRIBE, 400, NULL, "{\"__type\":\"ResourceNotFoundException\","
		"\"message\":\"Query does not exist.\"}", "ResourceNotFoundException",
	"Query does not exist.", RSD_CLASS_NOT_FOUND},
	{RSD_OP_DESCRIBE, 404, NULL, "{\"__type\":\"UnknownOperationException\"}",
	"UnknownOperationException", "", RSD_CLASS_REFUSED},
	{RSD_OP_PUBLISH, 404, NULL, "<ErrorResponse xmlns=\"http://sns.amazonaws."
		"com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>NotFound</Code>"
		"<Message>Topic does not exist &lt;x&gt;</Message></Error>"
		"<RequestId>r-1</RequestId></ErrorResponse>", "NotFound",
	"Topic does not exist <x>", RSD_CLASS_REFUSED},
	{RSD_OP_EXECUTE, 403, NULL, "<ErrorResponse><Errors><Error><Code>"
		"SignatureDoesNotMatch</Code><Message>The \\u0041 key</Message>"
		"</Error></Errors></ErrorResponse>", "SignatureDoesNotMatch",
	"The \\u0041 key", RSD_CLASS_AUTH},
	{RSD_OP_PUBLISH, 400, NULL, "<ErrorResponse><Error><Code>KMSThrottling"
		"</Code></Error></ErrorResponse>", "KMSThrottling", "",
	RSD_CLASS_THROTTLE},
	{RSD_OP_EXECUTE, 502, NULL, "<html><body>Bad\nGateway</body></html>",
		"HTTP 502", "<html><body>Bad Gateway</body></html>",
	RSD_CLASS_TRANSIENT},
	{RSD_OP_EXECUTE, 500, NULL, "<!doctype html><title>x", "HTTP 500", NULL,
	RSD_CLASS_TRANSIENT},
	{RSD_OP_EXECUTE, 503, NULL, "", "HTTP 503", "", RSD_CLASS_TRANSIENT},
	{RSD_OP_EXECUTE, 429, NULL, "slow\xff", "HTTP 429", "slow\xef\xbf\xbd",
	RSD_CLASS_THROTTLE},
	{RSD_OP_EXECUTE, 403, NULL, "{\"Message\":", "HTTP 403", "{\"Message\":",
	RSD_CLASS_TRANSIENT},
	{RSD_OP_EXECUTE, 400, NULL, "[]", "HTTP 400", "[]", RSD_CLASS_TRANSIENT},
	{RSD_OP_EXECUTE, 301, NULL, "", "HTTP 301", "", RSD_CLASS_TRANSIENT},
};

static void
test_errors(void)
{
	size_t		i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
	{
		const ErrorCase *c = &errors[i];
		RsdResponse resp;
		RsdAwsError e;

		rsd_response_init(&resp, 10000);
		resp.status = c->http;
		rsd_buf_adds(&resp.body, c->body);
		rsd_headers_add(&resp.headers, rsd_slice_str("X-Amzn-RequestId"),
						rsd_slice_str("req-7"));
		if (c->header != NULL)
			rsd_headers_add(&resp.headers, rsd_slice_str("x-amzn-ErrorType"),
							rsd_slice_str(c->header));
		rsd_awserror_read(&resp, &e);
		is_str(e.code, c->code, "error %zu: code", i);
		is_str(e.request_id, "req-7", "error %zu: request id", i);
		if (c->message != NULL)
			is_str(e.message, c->message, "error %zu: message", i);
		is_str(rsd_awserror_class_name(rsd_awserror_class(c->op, &e)),
			   rsd_awserror_class_name(c->cls), "error %zu: class", i);
		rsd_response_free(&resp);
	}
}

static void
test_publish(void)
{
	static const RsdSnsAttribute attributes[] =
	{{"status", "finished"}, {"label", ""}, {"server", "w h"}};
	RsdPublishCall call =
	{"arn:aws:sns:eu-west-1:123456789012:t.fifo",
		"a\nb", "m & n\xc3\xa9", attributes, 3, "g", "d"};
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdError	err;
	char		id[100];
	char		longer[300];
	RsdBuf		form;

	ok(rsd_endpoint_resolve("sns", "eu-west-1", NULL, false, false, &endpoint,
							&err) &&
	   rsd_sns_publish(&call, &endpoint, &req, &err), "a publish");
	is_str(rsd_buf_str(&req.body),
		   "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3A"
		   "eu-west-1%3A123456789012%3At.fifo&Message=m+%26+n%C3%A9&"
		   "Subject=a+b&MessageAttributes.entry.1.Name=status&"
		   "MessageAttributes.entry.1.Value.DataType=String&"
		   "MessageAttributes.entry.1.Value.StringValue=finished&"
		   "MessageAttributes.entry.2.Name=server&"
		   "MessageAttributes.entry.2.Value.DataType=String&"
		   "MessageAttributes.entry.2.Value.StringValue=w+h&"
		   "MessageGroupId=g&MessageDeduplicationId=d", "its body");
	rsd_request_free(&req);
	memset(longer, 'x', sizeof(longer));
	longer[299] = '\0';
	call.subject = longer;
	ok(rsd_sns_publish(&call, &endpoint, &req, &err), "a long subject");
	rsd_buf_init(&form, 200);
	longer[99] = '\0';
	rsd_buf_addf(&form, "&Subject=%s&", longer);
	ok(strstr(rsd_buf_str(&req.body), rsd_buf_str(&form)) != NULL,
	   "is cut to 99 characters");
	rsd_buf_free(&form);
	rsd_request_free(&req);
	ok(rsd_sns_read(rsd_slice_str("<PublishResponse xmlns='x'><PublishResult>"
								  "<MessageId>m-1</MessageId></PublishResult>"
								  "</PublishResponse>"), id, sizeof(id), &err),
	   "a reply");
	is_str(id, "m-1", "its id");
	ok(!rsd_sns_read(rsd_slice_str("<html>"), id, sizeof(id), &err) &&
	   err.kind == RSD_ERR_MALFORMED, "no reply: %s", err.what);
}

/* Is a piece in the body of this publish? */
static void
body_piece(const RsdPublishCall *call, const char *piece, bool wanted,
		   const char *name)
{
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdError	err;

	ok(rsd_endpoint_resolve("sns", "eu-west-1", NULL, false, false, &endpoint,
							&err) &&
	   rsd_sns_publish(call, &endpoint, &req, &err), "a publish");
	ok((strstr(rsd_buf_str(&req.body), piece) != NULL) == wanted, "%s: %s",
	   name, rsd_buf_str(&req.body));
	rsd_request_free(&req);
}

static void
body_has(const RsdPublishCall *call, const char *piece, const char *name)
{
	body_piece(call, piece, true, name);
}

static void
body_lacks(const RsdPublishCall *call, const char *piece, const char *name)
{
	body_piece(call, piece, false, name);
}

static void
test_publish_fits(void)
{
	RsdSnsAttribute label = {"label", "a\tb\001c\xc3\xa9"};
	char		longer[300];
	RsdPublishCall call = {
		.topic_arn = "arn:aws:sns:eu-west-1:123456789012:t.fifo",
		.subject = "\n  n\xc3\xa9\xe2\x82\xac\177x",
		.message = "m",
		.attributes = &label,
		.nattributes = 1,
		.group_id = "w h\xc3\xa9",
		.dedup_id = longer,
	};

	memset(longer, 'x', sizeof(longer));
	longer[299] = '\0';
	body_has(&call, "&Subject=n%3F%3F+x&", "a subject in ASCII");
	body_has(&call, "StringValue=a%09b+c%C3%A9&", "an attribute in UTF-8");
	body_has(&call, "&MessageGroupId=w_h__&", "a group");
	memset(longer + 128, '!', 100);
	body_lacks(&call, "%21", "an id is cut at 128 characters");
	ok(rsd_sns_hint("KMSAccessDenied") != NULL &&
	   rsd_sns_hint("AuthorizationError") != NULL &&
	   rsd_sns_hint("InternalError") == NULL, "hints");
	ok(rsd_sns_blames_message("InvalidParameter") &&
	   !rsd_sns_blames_message("NotFound"), "whose fault");
	call.subject = " \n";
	body_lacks(&call, "Subject", "a blank subject is none");
}

static void
test_arn(void)
{
	static const char *bad[] =
	{"", "arn", "arn:aws:sqs:eu-west-1:123456789012:t",
		"arn:aws:sns::123456789012:t", "arn:aws:sns:eu-west-1:12345:t",
		"arn:aws:sns:eu-west-1:123456789012:",
		"arn:aws:sns:eu-west-1:123456789012:t:uuid",
	"arn:aws:sns:eu-west-1:123456789012:a b", "arn:aws:sns:EU:123456789012:t"};
	char		region[64];
	size_t		i;

	ok(rsd_sns_arn_region("arn:aws-cn:sns:cn-north-1:123456789012:a_b-C1",
						  region), "a topic");
	is_str(region, "cn-north-1", "its region");
	ok(rsd_sns_arn_valid("arn:aws:sns:eu-west-1:123456789012:t.fifo") &&
	   rsd_sns_arn_fifo("arn:aws:sns:eu-west-1:123456789012:t.fifo") &&
	   !rsd_sns_arn_fifo("arn:aws:sns:eu-west-1:123456789012:t"), "FIFO");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!rsd_sns_arn_valid(bad[i]), "not a topic: \"%s\"", bad[i]);
}

int
main(void)
{
	test_credentials();
	test_endpoint();
	test_errors();
	test_publish();
	test_publish_fits();
	test_arn();
	return tap_done();
}
