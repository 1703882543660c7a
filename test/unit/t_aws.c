/*
 * t_aws.c
 *		aws: signing against golden values, endpoints, errors, SNS.
 */
#include "aws/awserror.h"
#include "aws/endpoint.h"
#include "aws/dataapi.h"
#include "aws/sigv4.h"
#include "aws/sns.h"
#include "tap.h"

#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
/* 2025-01-02 03:04:05 UTC */
#define NOW INT64_C(1735787045000000)

/*
 * Computed with botocore's signer for the same request, time and keys.
 */
typedef struct Golden
{
	const char *url;
	const char *token;
	const char *canonical_hash;
	const char *signature;
} Golden;

static const Golden golden[] =
{
	{NULL, NULL,
		"7b6172daecddde43b9bb5ffec37e73ebbfcc8a3678e6278d39bc2e7c59d9a5b2",
	"5c40758dd0ba89318ea9ba127e49d1ec30ffb07a46e574e44e2cdf3c879cb480"},
	{NULL, "TOKEN+/=",
		"c62dd32d37b017077cccfcd79e1016ebab4f904103771fe324bc1a817f79d14d",
	"5e0cc29934c3406df982ce2ef1411dccc2f679d0a2f2e25943836370a8317eaf"},
	{"http://127.0.0.1:5000", NULL,
		"bbb5e1ae6e5ee4f691a24aa10e1cc2ca0a637e9410c5850ee54685be6e9bb529",
	"c21b525869c5ab9b05983424885a4c19be780d64882661a398de6cb5000f4fe4"},
};

static void
sign_golden(const Golden *g, RsdSigningKey *cache)
{
	static const char body[] =
	"{\"Sql\":\"select 1\",\"Database\":\"dev\",\"WorkgroupName\":\"wg-1\"}";
	RsdCredentials cred = {0};
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdBuf		canonical;
	RsdBuf		names;
	RsdError	err;
	uint8_t		hash[RSD_SHA256_LEN];
	char		hex[RSD_SHA256_HEX];
	const char *value;

	rsd_buf_init(&canonical, 10000);
	rsd_buf_init(&names, 1000);
	ok(rsd_credvalue_set(&cred, "AKIDEXAMPLE", SECRET, g->token, 0, &err) &&
	   rsd_endpoint_resolve(RSD_SERVICE_DATA, "eu-west-1", g->url, false,
							false, &endpoint, &err) &&
	   rsd_dataapi_request(RSD_OP_EXECUTE, &endpoint, &req, &err), "set up");
	rsd_buf_adds(&req.body, body);
	ok(rsd_sigv4_sign(&req, &cred, "eu-west-1", RSD_SERVICE_DATA, NOW, cache,
					  &err), "signed");
	/* once more: an attempt later replaces what the first one set */
	ok(rsd_sigv4_sign(&req, &cred, endpoint.region, endpoint.service, NOW,
					  cache, &err), "signed again");
	ok(rsd_sigv4_canonical(&req, &canonical, &names, &err) &&
	   rsd_sha256(rsd_buf_slice(&canonical), hash), "canonical request");
	rsd_hex(hash, sizeof(hash), hex);
	is_str(hex, g->canonical_hash, "hash of the canonical request");
	value = rsd_headers_get(&req.headers, "Authorization");
	ok(value != NULL && strlen(value) > 64, "authorization");
	is_str(value + strlen(value) - 64, g->signature, "signature");
	ok(strstr(value, g->token == NULL
			  ? "SignedHeaders=content-type;host;x-amz-date;x-amz-target,"
			  : "SignedHeaders=content-type;host;x-amz-date;"
			  "x-amz-security-token;x-amz-target,") != NULL,
	   "signed headers");
	ok(strstr(value, "Credential=AKIDEXAMPLE/20250102/eu-west-1/redshift-data/"
			  "aws4_request,") != NULL, "scope");
	rsd_request_free(&req);
	rsd_credvalue_wipe(&cred);
	rsd_buf_free(&canonical);
	rsd_buf_free(&names);
}

static void
test_sign(void)
{
	RsdSigningKey cache = {0};
	uint8_t		key[RSD_SHA256_LEN];
	char		hex[RSD_SHA256_HEX];
	RsdError	err;
	size_t		i;

	for (i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
	{
		sign_golden(&golden[i], NULL);
		sign_golden(&golden[i], &cache);
	}
	ok(rsd_sigv4_key(SECRET, "20250102", "eu-west-1", "redshift-data", key,
					 &err), "key");
	rsd_hex(key, sizeof(key), hex);
	is_str(hex, "c28dad9c508ace3d54eb8293c854370f32f043fbb918f2499d0dabf2b08d"
		   "6230", "signing key");
}

/* A key kept for another secret, day or region must not be used. */
static void
test_cache(void)
{
	RsdSigningKey cache = {0};
	RsdCredentials cred = {0};
	RsdEndpoint endpoint;
	RsdRequest	req;
	RsdError	err;
	uint8_t		first[RSD_SHA256_LEN];

	ok(rsd_endpoint_resolve("sns", "eu-west-1", NULL, false, false, &endpoint,
							&err), "endpoint");
	rsd_request_init(&req, "POST", &endpoint.url);
	ok(rsd_credvalue_set(&cred, "A", "one", NULL, 0, &err) &&
	   rsd_sigv4_sign(&req, &cred, "eu-west-1", "sns", NOW, &cache, &err),
	   "one secret");
	memcpy(first, cache.key, sizeof(first));
	ok(rsd_credvalue_set(&cred, "A", "two", NULL, 0, &err) &&
	   rsd_sigv4_sign(&req, &cred, "eu-west-1", "sns", NOW, &cache, &err) &&
	   memcmp(first, cache.key, sizeof(first)) != 0, "another secret");
	memcpy(first, cache.key, sizeof(first));
	ok(rsd_sigv4_sign(&req, &cred, "eu-west-1", "sns",
					  NOW + INT64_C(86400000000), &cache, &err) &&
	   memcmp(first, cache.key, sizeof(first)) != 0, "another day");
	memcpy(first, cache.key, sizeof(first));
	ok(rsd_sigv4_sign(&req, &cred, "eu-west-2", "sns", NOW, &cache, &err) &&
	   memcmp(first, cache.key, sizeof(first)) != 0, "another region");
	rsd_request_free(&req);
	rsd_credvalue_wipe(&cred);
}

/* Path and query, as the public AWS signing test suite has them. */
static void
test_canonical(void)
{
	static const struct
	{
		const char *path;
		const char *query;
		const char *want;
	}			cases[] =
	{
		{"/", "", "GET\n/\n\n"},
		{"/example/..", "", "GET\n/\n\n"},
		{"/example1/example2/../..", "", "GET\n/\n\n"},
		{"/./", "", "GET\n/\n\n"}, {"/./example", "", "GET\n/example\n\n"},
		{"//example//", "", "GET\n/example/\n\n"}, {"//", "", "GET\n/\n\n"},
		{"/a%20b", "", "GET\n/a%2520b\n\n"},
		{"/\xe1\x88\xb4", "", "GET\n/%E1%88%B4\n\n"},
		{"/", "Param2=value2&Param1=value1",
		"GET\n/\nParam1=value1&Param2=value2\n"},
		{"/", "Param1=value2&Param1=Value1",
		"GET\n/\nParam1=Value1&Param1=value2\n"},
		{"/", "a-b=1&a=2", "GET\n/\na=2&a-b=1\n"},
		{"/", "flag&a=", "GET\n/\na=&flag=\n"},
	};
	RsdUrl		url;
	RsdError	err;
	size_t		i;

	ok(rsd_url_split(rsd_slice_str("https://example.amazonaws.com"), &url,
					 &err), "a URL");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		RsdRequest	req;
		RsdBuf		canonical;
		RsdBuf		names;
		char		got[200];

		strcpy(url.path, cases[i].path);
		rsd_buf_init(&canonical, 10000);
		rsd_buf_init(&names, 1000);
		rsd_request_init(&req, "GET", &url);
		rsd_buf_adds(&req.query, cases[i].query);
		ok(rsd_request_header(&req, "X-Amz-Meta",
							  rsd_slice_str("  a   b  c "), &err) &&
		   rsd_sigv4_canonical(&req, &canonical, &names, &err), "canonical");
		(void) rsd_clip(got, sizeof(got), canonical.data,
						strlen(cases[i].want));
		is_str(got, cases[i].want, "%s?%s", cases[i].path, cases[i].query);
		ok(strstr(canonical.data, "\nx-amz-meta:a b c\n\nhost;x-amz-meta\n")
		   != NULL, "header values are trimmed");
		rsd_request_free(&req);
		rsd_buf_free(&canonical);
		rsd_buf_free(&names);
	}
}

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
	test_sign();
	test_cache();
	test_canonical();
	test_credentials();
	test_endpoint();
	test_errors();
	test_publish();
	test_arn();
	return tap_done();
}
