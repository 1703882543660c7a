/*
 * awserror.c
 *		Reading error answers, and the one table that classes them.
 *
 * Codes and messages are those of the services' public API references and
 * SDK models, and texts reported from live use.
 */
#include "aws/awserror.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "base/json.h"
#include "base/timefmt.h"
#include "base/utf8.h"
#include "base/xml.h"

#define ANY_OP (-1)

/* One row: all that is given must fit.  The first row that fits decides. */
typedef struct ClassRule
{
	int			op;				/* or ANY_OP */
	const char *code;			/* "*" at the end stands for any rest; NULL
								 * for any code */
	const char *message;		/* part of the message, or NULL */
	RsdErrorClass cls;
} ClassRule;

static const ClassRule rules[] =
{
	/* throttles, also those wrapped in a ValidationException */
	{ANY_OP, "Throttl*", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "TooManyRequests*", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "RequestLimitExceeded", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "RequestThrottled*", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "ProvisionedThroughputExceeded*", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "BandwidthLimitExceeded", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "LimitExceededException", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "SlowDown", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "PriorRequestNotComplete", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "EC2ThrottledException", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "TransactionInProgressException", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "KMSThrottling*", NULL, RSD_CLASS_THROTTLE},
	{ANY_OP, "ValidationException", "ThrottlingException", RSD_CLASS_THROTTLE},
	{ANY_OP, "ValidationException", "Rate exceeded", RSD_CLASS_THROTTLE},

	/* capacity */
	{ANY_OP, "ActiveStatementsExceeded*", NULL, RSD_CLASS_CAPACITY},
	{ANY_OP, "ActiveSessionsExceeded*", NULL, RSD_CLASS_CAPACITY},
	{ANY_OP, "ActiveWaitingRequestsExceeded*", NULL, RSD_CLASS_WAITERS},

	/* a service older than long polling */
	{ANY_OP, "ValidationException", "WaitTimeSeconds", RSD_CLASS_NO_LONG_POLL},
	{ANY_OP, "SerializationException", "WaitTimeSeconds",
	RSD_CLASS_NO_LONG_POLL},

	/*
	 * clocks apart: the six codes SDKs correct their clock for, if they say
	 * so
	 */
	{ANY_OP, "RequestTimeTooSkewed", NULL, RSD_CLASS_SKEW},
	{ANY_OP, "RequestInTheFuture", NULL, RSD_CLASS_SKEW},
	{ANY_OP, "RequestExpired", NULL, RSD_CLASS_SKEW},
	{ANY_OP, "InvalidSignature*", "Signature expired", RSD_CLASS_SKEW},
	{ANY_OP, "InvalidSignature*", "Signature not yet current", RSD_CLASS_SKEW},
	{ANY_OP, "SignatureDoesNotMatch", "Signature expired", RSD_CLASS_SKEW},
	{ANY_OP, "SignatureDoesNotMatch", "Signature not yet current",
	RSD_CLASS_SKEW},

	/* credentials */
	{ANY_OP, "ExpiredToken*", NULL, RSD_CLASS_EXPIRED},
	{ANY_OP, "UnrecognizedClient*", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "AccessDenied*", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "AuthFailure", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "AuthorizationError*", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "InvalidSignature*", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "SignatureDoesNotMatch", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "IncompleteSignature*", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "InvalidClientTokenId", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "InvalidAccessKeyId", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "InvalidSecurity*", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "MissingAuthenticationToken*", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "NotAuthorized*", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "OptInRequired", NULL, RSD_CLASS_AUTH},
	{ANY_OP, "KMSAccessDenied*", NULL, RSD_CLASS_AUTH},

	/* what the state of the statement explains */
	{RSD_OP_CANCEL, "ValidationException", "Could not cancel a query",
	RSD_CLASS_NOT_CANCELLABLE},
	{ANY_OP, "ValidationException", "Session is not available",
	RSD_CLASS_SESSION_BUSY},
	{ANY_OP, "ValidationException", "Session with Id", RSD_CLASS_SESSION_GONE},
	{RSD_OP_RESULT, NULL, "Query does not have result", RSD_CLASS_RESULT_NONE},
	{RSD_OP_RESULT_CSV, NULL, "Query does not have result",
	RSD_CLASS_RESULT_NONE},
	{ANY_OP, NULL, "Query does not exist", RSD_CLASS_NOT_FOUND},
	{ANY_OP, "ResourceNotFound*", NULL, RSD_CLASS_NOT_FOUND},

	/* try again */
	{ANY_OP, "InternalServer*", NULL, RSD_CLASS_TRANSIENT},
	{ANY_OP, "InternalFailure", NULL, RSD_CLASS_TRANSIENT},
	{ANY_OP, "InternalError", NULL, RSD_CLASS_TRANSIENT},
	{ANY_OP, "ServiceUnavailable*", NULL, RSD_CLASS_TRANSIENT},
	{ANY_OP, "RequestTimeout*", NULL, RSD_CLASS_TRANSIENT},
	{ANY_OP, "RequestAborted*", NULL, RSD_CLASS_TRANSIENT},
	{ANY_OP, "QueryTimeoutException", NULL, RSD_CLASS_TRANSIENT},
	{ANY_OP, "DatabaseConnectionException", NULL, RSD_CLASS_TRANSIENT},
	{ANY_OP, "IDPCommunicationError*", NULL, RSD_CLASS_TRANSIENT},
};

/* What stands for the code of an answer that has none. */
#define NO_CODE "HTTP "

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static bool
code_fits(const char *pattern, const char *code)
{
	size_t		n = strlen(pattern);

	if (n > 0 && pattern[n - 1] == '*')
		return strncmp(pattern, code, n - 1) == 0;
	return strcmp(pattern, code) == 0;
}

static bool
rule_fits(const ClassRule *rule, RsdOp op, const RsdAwsError *error)
{
	return (rule->op == ANY_OP || rule->op == (int) op) &&
		(rule->code == NULL || code_fits(rule->code, error->code)) &&
		(rule->message == NULL ||
		 strcasestr(error->message, rule->message) != NULL);
}

/*
 * Where the code says nothing, the HTTP status speaks.  An answer without
 * any code is not the service's but some proxy's on the way: it decides
 * nothing.
 */
static RsdErrorClass
class_by_status(const RsdAwsError *error)
{
	if (error->http == 429)
		return RSD_CLASS_THROTTLE;
	if (error->http == 408 || error->http >= 500 ||
		strncmp(error->code, NO_CODE, strlen(NO_CODE)) == 0)
		return RSD_CLASS_TRANSIENT;
	if (error->http == 401 || error->http == 403)
		return RSD_CLASS_AUTH;
	return RSD_CLASS_REFUSED;
}

RsdErrorClass
rsd_awserror_class(RsdOp op, const RsdAwsError *error)
{
	size_t		i;

	for (i = 0; i < LENGTH(rules); i++)
		if (rule_fits(&rules[i], op, error))
			return rules[i].cls;
	return class_by_status(error);
}

const char *
rsd_awserror_class_name(RsdErrorClass cls)
{
	static const char *const names[] =
	{
		"throttle", "capacity", "waiters", "no_long_poll", "transient",
		"auth", "expired", "skew", "not_found", "result_none", "not_cancellable",
		"session_busy", "session_gone", "refused"
	};

	return (size_t) cls < LENGTH(names) ? names[cls] : "unknown";
}

/* "ns#Name:http://..." becomes "Name". */
static void
set_code(RsdAwsError *out, const char *text)
{
	RsdSlice	code = rsd_slice(text, strcspn(text, ":"));
	size_t		i;

	for (i = code.len; i > 0; i--)
		if (code.data[i - 1] == '#')
		{
			code = rsd_slice(code.data + i, code.len - i);
			break;
		}
	code = rsd_slice_trim(code);
	(void) rsd_clip(out->code, sizeof(out->code), code.data, code.len);
}

/* Members of a JSON error body; what cannot be read is left out. */
static bool
read_json(RsdSlice body, RsdAwsError *out, char *type, size_t type_size)
{
	char		other[sizeof(out->message)] = "";
	const RsdJsonField fields[] =
	{
		{"__type", RSD_JSON_AS_CLIPPED, type, type_size, false, NULL},
		{"Message", RSD_JSON_AS_CLIPPED, out->message, sizeof(out->message),
		false, NULL},
		{"message", RSD_JSON_AS_CLIPPED, other, sizeof(other), false, NULL},
		{"StatementId", RSD_JSON_AS_CLIPPED, out->statement_id,
		sizeof(out->statement_id), false, NULL},
	};
	RsdJsonReader reader;
	RsdError	ignored;
	bool		good;

	rsd_json_open(&reader, body);
	good = rsd_json_read_fields(&reader, fields, (int) LENGTH(fields),
								&ignored);
	if (out->message[0] == '\0')
		memcpy(out->message, other, sizeof(other));
	return good;
}

/* Text of an element into a char array, if there is one. */
static void
copy_element(RsdSlice body, const char *name, char *dst, size_t size)
{
	RsdBuf		text;

	if (dst[0] != '\0')
		return;
	rsd_buf_init(&text, 8192);
	if (rsd_xml_find(body, name, &text))
		rsd_utf8_show(rsd_slice_trim(rsd_buf_slice(&text)), dst, size);
	rsd_buf_free(&text);
}

static void
read_xml(RsdSlice body, RsdAwsError *out, char *type, size_t type_size)
{
	copy_element(body, "Code", type, type_size);
	copy_element(body, "Message", out->message, sizeof(out->message));
	copy_element(body, "message", out->message, sizeof(out->message));
	copy_element(body, "RequestId", out->request_id, sizeof(out->request_id));
	copy_element(body, "RequestID", out->request_id, sizeof(out->request_id));
}

/* Is it a web page rather than an answer of the service? */
static bool
is_html(RsdSlice body)
{
	return (body.len >= 5 && strncasecmp(body.data, "<html", 5) == 0) ||
		(body.len >= 9 && strncasecmp(body.data, "<!doctype", 9) == 0);
}

/* The beginning of an unreadable body, controls as blanks. */
static void
quote_body(RsdSlice body, RsdAwsError *out)
{
	char	   *p;

	rsd_utf8_show(rsd_slice(body.data, body.len < 300 ? body.len : 300),
				  out->message, sizeof(out->message));
	for (p = out->message; *p != '\0'; p++)
		if (iscntrl((unsigned char) *p))
			*p = ' ';
}

static void
read_body(RsdSlice body, RsdAwsError *out, char *type, size_t type_size)
{
	RsdSlice	text = rsd_slice_trim(body);

	if (text.len == 0)
		return;
	if (text.data[0] == '{' && read_json(text, out, type, type_size))
		return;
	if (text.data[0] == '<' && !is_html(text))
		read_xml(text, out, type, type_size);
	if (out->message[0] == '\0' && type[0] == '\0')
		quote_body(text, out);
}

/* A header's value as valid, clipped text. */
static void
copy_header(const RsdResponse *resp, const char *name, char *dst, size_t size)
{
	const char *value = rsd_headers_get(&resp->headers, name);

	if (value != NULL)
		rsd_utf8_show(rsd_slice_str(value), dst, size);
}

/* A number in a header, times unit_us; 0 if it is none. */
static int64_t
read_wait(const char *text, int64_t unit_us)
{
	int64_t		number;

	if (!rsd_json_int64(rsd_slice_trim(rsd_slice_str(text)), &number) ||
		number <= 0)
		return 0;
	return number > RSD_RETRY_AFTER_MAX / unit_us ? RSD_RETRY_AFTER_MAX :
		number * unit_us;
}

/*
 * From the answer's own Date to the date it names: clocks that are apart do
 * no harm.
 */
static int64_t
wait_until(const RsdResponse *resp, const char *text)
{
	const char *date = rsd_headers_get(&resp->headers, "date");
	int64_t		from;
	int64_t		to;

	if (date == NULL || !rsd_time_parse_http(rsd_slice_str(date), &from) ||
		!rsd_time_parse_http(rsd_slice_trim(rsd_slice_str(text)), &to) ||
		to <= from)
		return 0;
	return to - from > RSD_RETRY_AFTER_MAX ? RSD_RETRY_AFTER_MAX : to - from;
}

static int64_t
retry_after(const RsdResponse *resp)
{
	const char *text = rsd_headers_get(&resp->headers, "x-amz-retry-after");
	int64_t		wait = text == NULL ? 0 : read_wait(text, 1000);

	if (wait > 0)
		return wait;
	text = rsd_headers_get(&resp->headers, "retry-after");
	if (text == NULL)
		return 0;
	wait = read_wait(text, 1000000);
	return wait > 0 ? wait : wait_until(resp, text);
}

void
rsd_awserror_read(const RsdResponse *resp, RsdAwsError *out)
{
	char		header[256] = "";
	char		type[256] = "";

	memset(out, 0, sizeof(*out));
	out->http = resp->status;
	out->retry_after_us = retry_after(resp);
	copy_header(resp, "x-amzn-requestid", out->request_id,
				sizeof(out->request_id));
	copy_header(resp, "x-amzn-errortype", header, sizeof(header));
	read_body(rsd_buf_slice(&resp->body), out, type, sizeof(type));
	if (header[0] != '\0')
		set_code(out, header);
	else if (type[0] != '\0')
		set_code(out, type);
	if (out->code[0] == '\0')
		snprintf(out->code, sizeof(out->code), NO_CODE "%d", resp->status);
}
