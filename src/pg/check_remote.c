/*
 * check_remote.c
 *	  rsdata_check: a real statement through the Data API, told step by step.
 *
 * One ExecuteStatement tells whether the service is reached, what its clock
 * says, and whether signature, permission and names are right; what it
 * starts is followed to its end and its result fetched.
 */
#include "postgres.h"

#include "base/env.h"
#include "base/timefmt.h"
#include "pg/advice.h"
#include "pg/check_state.h"
#include "pg/utf8text.h"

#define CHECK_SQL			"select 1"

/* WaitTimeSeconds of our calls: long enough to see whether they are held. */
#define WAIT_SECONDS		5

/* Between two calls that were not held. */
#define PAUSE_MS			500

/* Signatures are refused from five minutes on. */
#define CLOCK_TOLERANCE_S	240

/* Whose quota our calls count against. */
static RsdRateKey
rate_key(const RsdCheck *check)
{
	return rsd_rate_key(check->credentials.access_key_id,
						check->endpoint.region);
}

/* Waits until one more call is allowed by the limits of the service. */
static bool
take_turn(RsdCheck *check, RsdOp op)
{
	if (rsd_ask_turn(check->ask, rate_key(check), op,
					 check->config->quota_share))
		return true;
	check->unmade.fault = RSD_NET_OTHER;
	check->flight = &check->unmade;
	return rsd_error_set(&check->unmade.err, RSD_ERR_LIMIT,
						 "other calls of this account have used up \"quota_share\" of its quota for the time");
}

/*
 * Makes one call and reads its answer into reply and event.  False for a
 * request that could not be made or a transport fault: flight says more.
 */
static bool
call(RsdCheck *check, const RsdCallSpec *spec)
{
	static const RsdProgress first_page = {
		.ncolumns = -1, .rows_total = -1, .token = ""
	};
	RsdRequest	req;

	if (!take_turn(check, rsd_call_op(spec->call, false)))
		return false;
	if (!rsd_stmt_request(spec, &check->endpoint, &check->credentials,
						  rsd_env_wall_us(), &check->key, &req,
						  &check->unmade.err))
	{
		check->unmade.fault = RSD_NET_OTHER;
		check->flight = &check->unmade;
		return false;
	}
	check->flight = rsd_ask_send(check->ask, &req, spec->wait_seconds * 1000);
	if (check->flight->fault != RSD_NET_NONE)
		return false;
	rsd_stmt_event_reply(spec->call, &check->flight->response,
						 spec->wait_seconds, check->flight->took, &first_page,
						 &check->reply, &check->event);
	if (check->event.kind == RSD_EV_RETRY && check->event.wait == RSD_WAIT_RATE)
		rsd_rate_throttled(rate_key(check), rsd_call_op(spec->call, false));
	return true;
}

/* How far apart are the clocks, as far as the reply's Date tells? */
static void
check_clock(RsdCheck *check)
{
	const char *date = rsd_headers_get(&check->flight->response.headers,
									   "date");
	int64		theirs;
	int64		ahead;

	if (date == NULL || !rsd_time_parse_http(rsd_slice_str(date), &theirs))
	{
		rsd_check_unsure(check, "clock", "the answer bears no date to compare with");
		return;
	}
	ahead = (rsd_env_wall_us() - theirs) / USECS_PER_SEC;
	if (ahead > CLOCK_TOLERANCE_S || ahead < -CLOCK_TOLERANCE_S)
		rsd_check_fail(check, "clock",
					   "Set the clock of the host of this database; the service refuses what is signed five minutes early or late.",
					   "this host's clock is " INT64_FORMAT " s %s that of the service",
					   ahead < 0 ? -ahead : ahead,
					   ahead < 0 ? "behind" : "ahead of");
	else
		rsd_check_pass(check, "clock",
					   "the clocks differ by less than %d minutes",
					   CLOCK_TOLERANCE_S / 60);
}

/* An error in the words of the service. */
static char *
words(const RsdAwsError *error)
{
	return rsd_text_from_utf8(error->message[0] == '\0' ? error->code :
							  psprintf("%s: %s", error->code, error->message));
}

/*
 * Tells what an error of the service stands in the way of.  "accepted": the
 * service has accepted our credentials before.
 */
static bool
fail_by_error(RsdCheck *check, RsdOp op, bool accepted)
{
	const RsdAwsError *error = &check->reply.aws;
	RsdErrorClass class = rsd_awserror_class(op, error);

	if (rsd_advice_code_is(error, "HTTP "))
		return rsd_check_fail(check, "service",
							  "Check \"endpoint_url\" and proxies; a 5xx may pass by itself.",
							  "what answers does not speak as the Data API does: %s",
							  words(error));
	if (!accepted)
		rsd_check_pass(check, "service", "the Data API answers");
	if (class == RSD_CLASS_SKEW)
		return rsd_check_fail(check, "signature",
							  "Set the clock of the host of this database.",
							  "%s", words(error));
	if (class == RSD_CLASS_EXPIRED ||
		(class == RSD_CLASS_AUTH && !rsd_advice_is_denial(error)))
		return rsd_check_fail(check, "signature", rsd_advice_credentials(error),
							  "%s", words(error));
	if (class == RSD_CLASS_THROTTLE || class == RSD_CLASS_CAPACITY)
		return rsd_check_fail(check, "statement",
							  "The account's quota is used up at the moment; the worker would wait. Try again.",
							  "%s", words(error));
	if (class == RSD_CLASS_TRANSIENT &&
		!rsd_advice_code_is(error, "DatabaseConnection"))
		return rsd_check_fail(check, "statement",
							  "This should pass by itself; the worker would go on trying. Try again.",
							  "%s", words(error));
	if (!accepted)
		rsd_check_pass(check, "signature", "the service accepts the credentials");
	if (class == RSD_CLASS_AUTH)
		return rsd_check_fail(check, "permission", rsd_advice_denied(check->config, op),
							  "%s", words(error));
	return rsd_check_fail(check, accepted ? "statement" : "database",
						  "Check the server's options \"region\", \"cluster_identifier\" or \"workgroup_name\", \"database\", \"db_user\" and \"secret_arn\".",
						  "%s", words(error));
}

/* Tells of a call that did not bring what it should. */
static bool
fail_by_reply(RsdCheck *check, RsdOp op, bool accepted)
{
	if (check->reply.what == RSD_REPLY_ERROR)
		return fail_by_error(check, op, accepted);
	return rsd_check_fail(check, "service",
						  "Check \"endpoint_url\" and proxies.",
						  "the answer of %s cannot be read: %s", rsd_op_name(op),
						  rsd_text_from_utf8(check->reply.err.what));
}

static bool
fail_by_fault(RsdCheck *check, const char *step)
{
	return rsd_check_fail(check, step, rsd_advice_fault(check->flight),
						  "%s", rsd_text_from_utf8(check->flight->err.what));
}

/* Did this answer show whether the service holds calls? */
static void
note_held(RsdCheck *check, const RsdCallSpec *spec)
{
	int64		full = (spec->wait_seconds - 1) * USECS_PER_SEC;

	if (spec->wait_seconds == 0 || check->held == RSD_TRI_YES)
		return;
	if (check->event.kind == RSD_EV_NO_LONG_POLL)
		check->held = RSD_TRI_NO;
	else if (check->event.kind == RSD_EV_ALIVE)
		check->held = check->flight->took >= full ? RSD_TRI_YES : RSD_TRI_NO;
	else if (check->event.kind == RSD_EV_ENDED &&
			 spec->call == RSD_CALL_EXECUTE)
		check->held = RSD_TRI_YES;
}

/* A call that asks to be held, and is repeated if that is refused. */
static bool
call_held(RsdCheck *check, RsdCallSpec *spec)
{
	bool		came;

	spec->wait_seconds = 0;
	if (check->held != RSD_TRI_NO)
		spec->wait_seconds = Min(WAIT_SECONDS, rsd_ask_left(check->ask) / 1000);
	came = call(check, spec);
	if (came)
		note_held(check, spec);
	if (!came || check->event.kind != RSD_EV_NO_LONG_POLL)
		return came;
	spec->wait_seconds = 0;
	return call(check, spec);
}

/* Sends the statement and tells what its answer shows. */
static bool
execute(RsdCheck *check)
{
	const RsdServerConfig *config = check->config;
	char		token[37];
	RsdExecuteCall execute = {
		.sql = CHECK_SQL,
		.database = rsd_text_to_utf8(config->database),
		.cluster = config->cluster_identifier,
		.workgroup = config->workgroup_name,
		.db_user = rsd_text_to_utf8(config->db_user),
		.secret_arn = config->secret_arn,
		.statement_name = "rsdata_check",
		.client_token = token,
		.session_keep_alive = -1,
	};
	RsdCallSpec spec = {.call = RSD_CALL_EXECUTE, .execute = &execute};

	if (!rsd_env_uuid(rsd_env_system(), token))
		ereport(ERROR,
				errcode(ERRCODE_INTERNAL_ERROR),
				errmsg("could not generate random values"));
	if (!call_held(check, &spec))
		return fail_by_fault(check, "connection");
	rsd_check_pass(check, "connection", "%s answers",
				   check->endpoint.url.host);
	check_clock(check);
	if (check->reply.what != RSD_REPLY_SAID)
		return fail_by_reply(check, RSD_OP_EXECUTE, false);
	strlcpy(check->aws_id, check->reply.execute.id, sizeof(check->aws_id));
	rsd_check_pass(check, "service", "the Data API answers");
	rsd_check_pass(check, "signature", "the service accepts the credentials");
	return rsd_check_pass(check, "permission",
						  "redshift-data:ExecuteStatement is allowed");
}

/* Time is up, and the statement has not ended. */
static bool
fail_by_time(RsdCheck *check, bool came)
{
	const char *why = "";

	if (!came)
		why = check->flight->err.what;
	else if (check->reply.what == RSD_REPLY_ERROR)
		why = psprintf("%s: %s", check->reply.aws.code,
					   check->reply.aws.message);
	else if (check->reply.what == RSD_REPLY_SAID)
		why = psprintf("its status is %s", check->reply.describe.status_word);
	else
		why = check->reply.err.what;
	return rsd_check_fail(check, "database",
						  "A paused cluster or a workgroup that scales up takes a while, and so do queues on Redshift: try again.",
						  "the statement was accepted but has not ended in time: %s",
						  rsd_text_from_utf8(why));
}

/* Asks until the statement has ended. */
static bool
await_end(RsdCheck *check)
{
	RsdCallSpec spec = {.call = RSD_CALL_DESCRIBE, .aws_id = check->aws_id};
	bool		came;

	for (;;)
	{
		came = call_held(check, &spec);
		if (came && check->event.kind == RSD_EV_ENDED)
			return true;
		if (came && (check->event.kind == RSD_EV_DENIED ||
					 check->event.kind == RSD_EV_REFUSED))
			return fail_by_reply(check, RSD_OP_DESCRIBE, true);
		if (rsd_ask_left(check->ask) == 0)
			return fail_by_time(check, came);
		if (!came || check->event.kind != RSD_EV_ALIVE ||
			check->event.early)
			rsd_ask_pause(check->ask, PAUSE_MS);
	}
}

static bool
check_database(RsdCheck *check)
{
	const RsdDescribeReply *said = &check->reply.describe;

	if (check->event.verdict == RSD_VERDICT_FINISHED)
		return rsd_check_pass(check, "database",
							  "\"%s\" has run \"%s\"", check->config->database,
							  CHECK_SQL);
	return rsd_check_fail(check, "database",
						  "Check option \"database\", and that the identity may log in there.",
						  "the statement ended as %s: %s", said->status_word,
						  rsd_text_from_utf8(said->error));
}

static bool
check_result(RsdCheck *check)
{
	RsdCallSpec spec = {.call = RSD_CALL_RESULT, .aws_id = check->aws_id};

	if (!call(check, &spec))
		return fail_by_fault(check, "statement");
	if (check->reply.what != RSD_REPLY_SAID)
		return fail_by_reply(check, RSD_OP_RESULT, true);
	if (check->reply.page.nrows != 1 || check->reply.page.ncolumns != 1)
		return rsd_check_fail(check, "statement", NULL,
							  "\"%s\" brought " INT64_FORMAT " rows of %d columns",
							  CHECK_SQL, check->reply.page.nrows,
							  check->reply.page.ncolumns);
	return rsd_check_pass(check, "statement", "the result of \"%s\" came back",
						  CHECK_SQL);
}

static void
check_held(RsdCheck *check)
{
	if (check->held == RSD_TRI_UNKNOWN)
		rsd_check_unsure(check, "long polling",
						 "the statement ended too soon to tell");
	else
		rsd_check_pass(check, "long polling", "%s",
					   check->held == RSD_TRI_YES ?
					   "the service holds a call until there is news" :
					   "the service does not hold calls; the worker asks again and again");
}

bool
rsd_check_remote(RsdCheck *check)
{
	if (!execute(check) || !await_end(check) || !check_database(check) ||
		!check_result(check))
		return false;
	check_held(check);
	return true;
}
