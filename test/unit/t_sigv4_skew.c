/*
 * t_sigv4_skew.c
 *		aws/skew: which refusals move our idea of the time, and how far.
 */
#include "aws/sigv4.h"
#include "aws/skew.h"
#include "tap.h"

/* Sun, 06 Nov 1994 08:49:37 GMT */
#define NOW INT64_C(784111777000000)
#define SECOND INT64_C(1000000)

/* Learns from a reply with that code and Date (NULL: none). */
static bool
learn(const char *body, int status, const char *date, int64_t now,
	  int64_t *offset)
{
	RsdResponse resp;
	RsdAwsError error;
	bool		learned;

	rsd_response_init(&resp, 1000);
	resp.status = status;
	rsd_buf_adds(&resp.body, body);
	if (date != NULL)
		rsd_headers_add(&resp.headers, rsd_slice_str("date"),
						rsd_slice_str(date));
	rsd_awserror_read(&resp, &error);
	learned = rsd_skew_learn(&error, &resp, now, offset);
	rsd_response_free(&resp);
	return learned;
}

#define JSON(code) "{\"__type\":\"com.amazon.coral.service#" code \
	"\",\"message\":\"Signature expired: 1 is now earlier than 2\"}"
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"

static void
test_learn(void)
{
	int64_t		offset = 0;

	ok(learn(JSON("InvalidSignatureException"), 400, DATE, NOW - 600 * SECOND,
			 &offset), "we are late");
	is_int(offset, 600 * SECOND, "by ten minutes");
	ok(!learn(JSON("InvalidSignatureException"), 400, DATE,
			  NOW - 600 * SECOND, &offset), "refused again: not the clock");
	is_int(offset, 600 * SECOND, "the offset stays");
	ok(learn(JSON("RequestTimeTooSkewed"), 400, DATE, NOW, &offset),
	   "somebody has set our clock");
	is_int(offset, 0, "it is right now");
	ok(learn(JSON("RequestInTheFuture"), 403, DATE, NOW + 3600 * SECOND,
			 &offset), "we are early");
	is_int(offset, -3600 * SECOND, "by an hour");
	offset = 0;
	ok(learn("<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code>"
			 "</Error></ErrorResponse>", 403, DATE, NOW - 241 * SECOND,
			 &offset), "XML, just far enough");
}

static void
test_not(void)
{
	int64_t		offset = 0;

	ok(!learn(JSON("InvalidSignatureException"), 400, DATE,
			  NOW - 240 * SECOND, &offset), "not far enough");
	ok(!learn(JSON("InvalidSignatureException"), 400, DATE,
			  NOW + 240 * SECOND, &offset), "nor the other way");
	ok(!learn(JSON("AccessDeniedException"), 400, DATE, NOW - 600 * SECOND,
			  &offset), "another error");
	ok(!learn(JSON("RequestExpired"), 400, NULL, NOW - 600 * SECOND, &offset),
	   "no Date");
	ok(!learn(JSON("RequestExpired"), 400, "yesterday", NOW - 600 * SECOND,
			  &offset), "an unreadable Date");
	ok(!learn("", 502, DATE, 0, &offset), "an error without a code");
	is_int(offset, 0, "nothing was learned");
}

/* What it is good for: the next signature bears the service's time. */
static void
test_sign(void)
{
	RsdCredentials cred = {0};
	RsdRequest	req;
	RsdUrl		url;
	RsdError	err;
	int64_t		offset = 0;
	int64_t		now = NOW - 86400 * SECOND;

	ok(rsd_credvalue_set(&cred, "A", "B", NULL, 0, &err) &&
	   rsd_url_split(rsd_slice_str("https://localhost"), &url, &err) &&
	   learn(JSON("RequestExpired"), 400, DATE, now, &offset), "set up");
	rsd_request_init(&req, "POST", &url);
	ok(rsd_sigv4_sign(&req, &cred, "eu-west-1", "sns", now + offset, NULL,
					  &err), "signed");
	is_str(rsd_headers_get(&req.headers, "X-Amz-Date"), "19941106T084937Z",
		   "their time");
	ok(strstr(rsd_headers_get(&req.headers, "Authorization"), "A/19941106/")
	   != NULL, "their day");
	rsd_request_free(&req);
	rsd_credvalue_wipe(&cred);
}

int
main(void)
{
	test_learn();
	test_not();
	test_sign();
	return tap_done();
}
