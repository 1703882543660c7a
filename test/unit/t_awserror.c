/*
 * t_awserror.c
 *		What a failed call means for a statement: every known error code, with
 *		every operation and in every state in which it is called, under every
 *		HTTP status, against one table written down independently.
 */
#include "stmt/stmt_proto.h"
#include "t_fsm.h"

/* Calls in the states in which they are made; the columns of the table. */
typedef enum Place
{
	EXECUTE,					/* submitting, for the first time */
	AGAIN,						/* submitting, an earlier attempt in doubt */
	DESCRIBE,					/* running */
	CANCEL,						/* running, to be cancelled */
	RESULT,						/* fetching */
	DETAILS,					/* fetching, describe for the details */
	NPLACE
} Place;

static const struct
{
	const char *name;
	RsdStatus	status;
	RsdCall		call;
}			places[NPLACE] =
{
	[EXECUTE] = {"execute", RSD_SUBMITTING, RSD_CALL_EXECUTE},
	[AGAIN] = {"execute again", RSD_SUBMITTING, RSD_CALL_EXECUTE},
	[DESCRIBE] = {"describe", RSD_RUNNING, RSD_CALL_DESCRIBE},
	[CANCEL] = {"cancel", RSD_RUNNING, RSD_CALL_CANCEL},
	[RESULT] = {"result", RSD_FETCHING, RSD_CALL_RESULT},
	[DETAILS] = {"details", RSD_FETCHING, RSD_CALL_DESCRIBE},
};

/* What comes of it: the status, and after a colon the wait reason. */
typedef const char *Outcomes[NPLACE];

#define WAITS(reason, first) \
	{first, "submitting:" reason, "running:" reason, \
		"running:cancel_unconfirmed", "fetching:" reason, "fetching:" reason}

static const Outcomes throttle = WAITS("rate", "queued:rate");
static const Outcomes capacity = WAITS("slot", "queued:slot");
static const Outcomes transient = WAITS("backoff", "submitting:backoff");
static const Outcomes session = WAITS("session", "queued:session");
static const Outcomes renew = WAITS("credentials", "queued:credentials");
static const Outcomes denied = WAITS("credentials", "failed");
static const Outcomes plain_poll = {"submitting", "submitting", "running",
"running", "fetching", "fetching"};
static const Outcomes unknown = {"failed", "failed", "running:backoff",
"running:cancel_unconfirmed", "fetching:backoff", "fetching:backoff"};
static const Outcomes refused = {"failed", "failed", "running:backoff",
"running:cancel_unconfirmed", "undelivered", "fetching:backoff"};
static const Outcomes no_result = {"failed", "failed", "running:backoff",
"running:cancel_unconfirmed", "fetching:backoff", "fetching:backoff"};
static const Outcomes too_late = {"failed", "failed", "running:backoff",
"running", "undelivered", "fetching:backoff"};

/* Codes that mean the same, with a message where that decides. */
static const struct
{
	const char *codes;			/* separated by blanks */
	const char *message;
	const Outcomes *outcomes;
}			table[] =
{
	{"Throttling ThrottlingException ThrottledException "
		"RequestThrottledException TooManyRequestsException "
		"ProvisionedThroughputExceededException TransactionInProgressException "
		"RequestLimitExceeded BandwidthLimitExceeded LimitExceededException "
		"RequestThrottled SlowDown PriorRequestNotComplete "
	"EC2ThrottledException KMSThrottling KMSThrottlingException", "slow",
	&throttle},
	{"ValidationException", "Service returned error code ThrottlingException "
	"(Service: RedshiftServerless, Status Code: 400)", &throttle},
	{"ValidationException", "Rate exceeded", &throttle},
	{"ActiveStatementsExceededException ActiveSessionsExceededException",
	"many", &capacity},
	{"ActiveWaitingRequestsExceededException", "many", &plain_poll},
	{"ValidationException SerializationException",
	"unknown member WaitTimeSeconds", &plain_poll},
	{"RequestTimeout RequestTimeoutException InternalServerException "
		"InternalFailure InternalError ServiceUnavailable "
		"ServiceUnavailableException RequestAborted QueryTimeoutException "
	"DatabaseConnectionException IDPCommunicationError", "oops", &transient},
	{"ExpiredToken ExpiredTokenException", "old", &renew},
	{"RequestTimeTooSkewed RequestInTheFuture RequestExpired", "clock",
	&renew},
	{"InvalidSignatureException SignatureDoesNotMatch",
	"Signature expired: 1 is now earlier than 2", &renew},
	{"InvalidSignatureException SignatureDoesNotMatch",
	"Signature not yet current: 2 is still later than 1", &renew},
	{"AccessDenied AccessDeniedException UnrecognizedClientException "
		"AuthFailure AuthorizationErrorException InvalidSignatureException "
		"SignatureDoesNotMatch IncompleteSignature "
		"IncompleteSignatureException InvalidClientTokenId InvalidAccessKeyId "
		"InvalidSecurity MissingAuthenticationToken "
		"MissingAuthenticationTokenException NotAuthorized OptInRequired "
	"KMSAccessDeniedException", "no", &denied},
	{"ResourceNotFoundException", "Query does not exist.", &unknown},
	{"ResourceNotFoundException", "Query does not have result. Please check "
	"query status with DescribeStatement.", &unknown},
	{"ValidationException", "Query does not have result.", &no_result},
	{"ValidationException", "Session is not available", &session},
	{"ValidationException", "Session with Id: 1 is invalid", &session},
	{"ValidationException", "Could not cancel a query that is already in "
	"FINISHED state with ID: 1", &too_late},
	{"ValidationException", "Redshift endpoint doesn't exist in this region.",
	&refused},
};

static RsdStmt
statement(Place place)
{
	RsdStmt		s;
	RsdStatus	status = places[place].status;

	memset(&s, 0, sizeof(s));
	s.status = status;
	s.fetch = s.describe_always = s.long_poll = true;
	s.first_sent_at = NOW;
	s.unsure = place == AGAIN;
	s.call[places[place].call].in_flight = true;
	if (status == RSD_SUBMITTING)
		return s;
	s.accepted_at = NOW;
	s.expires_at = NOW + RSD_RESULT_LIFE;
	if (place == CANCEL)
		s.wish = RSD_WISH_CANCEL;
	if (status == RSD_FETCHING)
	{
		s.verdict = RSD_VERDICT_FINISHED;
		s.has_result = RSD_TRI_YES;
	}
	return s;
}

/* From the bytes of an answer to the statement after it. */
static RsdStmt
after(Place place, RsdResponse *resp)
{
	static RsdReply said;
	RsdProgress progress = {.ncolumns = -1, .rows_total = -1, .token = ""};
	RsdStmt		s = statement(place);
	RsdEvent	event;
	RsdStep		out;

	rsd_stmt_event_reply(places[place].call, resp, 0, SECOND, &progress,
						 &said, &event);
	rsd_stmt_step(&s, &event, NOW, &env, 1, &out);
	return s;
}

static void
answer(RsdResponse *resp, int http, const char *code, size_t len,
	   const char *message)
{
	rsd_response_init(resp, 10000);
	resp->status = http;
	rsd_buf_addf(&resp->body, "{\"__type\":\"a.b#%.*s\",\"message\":\"%s\"}",
				   (int) len, code, message);
}

static void
outcome(const RsdStmt *s, char *out, size_t size)
{
	const char *wait = rsd_wait_name(s->wait);

	snprintf(out, size, "%s%s%s", rsd_status_name(s->status),
			 wait == NULL ? "" : ":", wait == NULL ? "" : wait);
}

/*
 * Statuses under which a refusal is one; then those that say something by
 * themselves, but not if the code is known to mean something else.
 */
static const int statuses[] = {400, 404, 413, 401, 403, 408, 429, 500, 503};

#define NREFUSAL 3

#define NSTATUS (sizeof(statuses) / sizeof(statuses[0]))

/* One code in one place: the same under each of the first n statuses. */
static void
check_code(const char *code, size_t len, const char *message, size_t n,
		   Place place, const char *want)
{
	char		got[80] = "";
	int			http = 0;
	bool		same = true;
	size_t		i;

	for (i = 0; i < n && same; i++)
	{
		RsdResponse resp;
		RsdStmt		s;

		http = statuses[i];
		answer(&resp, http, code, len, message);
		s = after(place, &resp);
		outcome(&s, got, sizeof(got));
		same = strcmp(got, want) == 0;
		rsd_response_free(&resp);
	}
	if (!ok(same, "%.*s (%.20s) in %s", (int) len, code, message,
			places[place].name))
		printf("#   got: %s under %d\n#  want: %s\n", got, http, want);
}

/* Refused is what no rule explains: there the status has its say. */
static bool
may_be_refusal(const Outcomes *outcomes)
{
	return outcomes == &refused || outcomes == &too_late ||
		outcomes == &no_result;
}

static void
test_codes(void)
{
	size_t		i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
	{
		const char *code = table[i].codes;

		while (*code != '\0')
		{
			size_t		len = strcspn(code, " ");

			for (int p = 0; p < NPLACE; p++)
				check_code(code, len, table[i].message,
						   may_be_refusal(table[i].outcomes) ? NREFUSAL :
						   NSTATUS, (Place) p, (*table[i].outcomes)[p]);
			code += len;
			code += strspn(code, " ");
		}
	}
}

/* Codes nobody has heard of, and answers without one: the status speaks. */
static void
test_statuses(void)
{
	static const struct
	{
		int			http;
		const Outcomes *named;
		const Outcomes *nameless;
	}			wants[] = {
		{400, &refused, &transient}, {401, &denied, &transient},
		{403, &denied, &transient}, {404, &refused, &transient},
		{408, &transient, &transient}, {413, &refused, &transient},
		{429, &throttle, &throttle}, {500, &transient, &transient},
		{502, &transient, &transient}, {503, &transient, &transient},
		{504, &transient, &transient}, {509, &transient, &transient},
	};
	size_t		i;

	for (i = 0; i < 2 * sizeof(wants) / sizeof(wants[0]); i++)
	{
		bool		named = i % 2 == 0;
		int			http = wants[i / 2].http;

		for (int p = 0; p < NPLACE; p++)
		{
			RsdResponse resp;
			RsdStmt		s;
			char		got[80];

			answer(&resp, http, "NeverHeardOf", 12, "m");
			if (!named)
			{
				rsd_response_free(&resp);
				rsd_response_init(&resp, 100);
				resp.status = http;
			}
			s = after((Place) p, &resp);
			outcome(&s, got, sizeof(got));
			is_str(got, named ? (*wants[i / 2].named)[p] :
				   (*wants[i / 2].nameless)[p], "%s %d in %s",
				   named ? "unknown code with" : "no code but", http,
				   places[p].name);
			rsd_response_free(&resp);
		}
	}
}

/* Errors of the models and of every service that no rule names: by status. */
static void
test_unnamed(void)
{
	static const struct
	{
		const char *code;
		int			http;
		const Outcomes *outcomes;
	}			rows[] = {
		{"ExecuteStatementException", 500, &transient},
		{"BatchExecuteStatementException", 500, &transient},
		{"UnknownOperationException", 404, &refused},
		{"RequestEntityTooLargeException", 413, &refused},
		{"MalformedHttpRequestException", 400, &refused},
	};

	for (size_t i = 0; i < NPLACE * sizeof(rows) / sizeof(rows[0]); i++)
	{
		const char *code = rows[i / NPLACE].code;
		Place		place = (Place) (i % NPLACE);
		RsdResponse resp;
		RsdStmt		s;
		char		got[80];

		answer(&resp, rows[i / NPLACE].http, code, strlen(code), "m");
		s = after(place, &resp);
		outcome(&s, got, sizeof(got));
		is_str(got, (*rows[i / NPLACE].outcomes)[place], "%s in %s", code,
			   places[place].name);
		rsd_response_free(&resp);
	}
}

/* ---- how long an answer makes us wait ---- */

static int64_t
wait_asked(const char *amz, const char *standard, const char *date)
{
	RsdResponse resp;
	RsdAwsError e;

	answer(&resp, 400, "ThrottlingException", 19, "m");
	if (amz != NULL)
		rsd_headers_add(&resp.headers, rsd_slice_str("X-Amz-Retry-After"),
						rsd_slice_str(amz));
	if (standard != NULL)
		rsd_headers_add(&resp.headers, rsd_slice_str("Retry-After"),
						rsd_slice_str(standard));
	if (date != NULL)
		rsd_headers_add(&resp.headers, rsd_slice_str("Date"),
						rsd_slice_str(date));
	rsd_awserror_read(&resp, &e);
	rsd_response_free(&resp);
	return e.retry_after_us;
}

static void
test_retry_after(void)
{
	static const char noon[] = "Sun, 22 Nov 2026 12:00:00 GMT";
	RsdResponse resp;
	RsdStmt		s;

	is_int(wait_asked(NULL, NULL, NULL), 0, "no wait asked for");
	is_int(wait_asked("1500", NULL, NULL), 1500000, "milliseconds");
	is_int(wait_asked("1500", "7", NULL), 1500000, "which come first");
	is_int(wait_asked("soon", "7", NULL), 7 * SECOND, "if they are a number");
	is_int(wait_asked(NULL, "7", NULL), 7 * SECOND, "seconds");
	is_int(wait_asked(NULL, "0", NULL), 0, "none");
	is_int(wait_asked(NULL, "-3", NULL), 0, "not into the past");
	is_int(wait_asked("99999999999999999", NULL, NULL), RSD_RETRY_AFTER_MAX,
		   "not for ever");
	is_int(wait_asked(NULL, "9000000000000000000", NULL), RSD_RETRY_AFTER_MAX,
		   "nor in seconds");
	is_int(wait_asked(NULL, "Sun, 22 Nov 2026 12:00:09 GMT", noon),
		   9 * SECOND, "a date");
	is_int(wait_asked(NULL, "Sun, 22 Nov 2026 11:00:00 GMT", noon), 0,
		   "a date of the past");
	is_int(wait_asked(NULL, "Mon, 23 Nov 2026 12:00:00 GMT", noon),
		   RSD_RETRY_AFTER_MAX, "a date far away");
	is_int(wait_asked(NULL, "Sun, 22 Nov 2026 12:00:09 GMT", NULL), 0,
		   "a date without the answer's own");

	answer(&resp, 400, "ThrottlingException", 19, "m");
	rsd_headers_add(&resp.headers, rsd_slice_str("Retry-After"),
					rsd_slice_str("20"));
	s = after(DESCRIBE, &resp);
	is_int(s.call[RSD_CALL_DESCRIBE].due, NOW + 20 * SECOND,
		   "the statement waits as long as asked");
	rsd_response_free(&resp);
}

int
main(void)
{
	test_codes();
	test_statuses();
	test_unnamed();
	test_retry_after();
	return tap_done();
}
