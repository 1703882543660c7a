/*
 * talk.c
 *	  Between a statement in the worker's memory and the service.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/memutils.h"

#include "aws/skew.h"
#include "pg/parts.h"
#include "pg/parts_rerun.h"
#include "pg/rate.h"
#include "pg/session.h"
#include "pg/talk.h"
#include "stmt/stmt_passing.h"

/*
 * Limits of the calls.  A request that asks to be held is answered after its
 * wait at the latest; some seconds more are for the way.  The service does
 * not publish the size of a page; 15 MB is the largest it names.
 */
#define CONNECT_MS			10000
#define ANSWER_MS			30000
#define STALL_MS			30000
#define MAX_PAGE_BODY		(32 * 1024 * 1024)
#define MAX_OTHER_BODY		(1024 * 1024)

/* A description repeats the SQL of a batch, perhaps twice and escaped. */
#define MAX_BATCH_BODY		(16 * 1024 * 1024)

/* A retry that the retry quota does not pay for waits at least so long. */
#define UNPAID_RETRY		(10 * USECS_PER_SEC)

static void
limits_of(RsdCall call, bool batch, int wait_seconds, RsdHttpLimits *limits)
{
	memset(limits, 0, sizeof(*limits));
	limits->connect_ms = CONNECT_MS;
	limits->first_byte_ms = CONNECT_MS + ANSWER_MS + wait_seconds * INT64CONST(1000);
	limits->stall_ms = STALL_MS;
	limits->max_body = call == RSD_CALL_RESULT || call == RSD_CALL_LOOKUP ?
		MAX_PAGE_BODY : batch ? MAX_BATCH_BODY : MAX_OTHER_BODY;
}

static void
tell(RsdNews *news, RsdEventKind kind, RsdCall call, bool from_call,
	 RsdWait wait, const char *words)
{
	memset(&news->event, 0, sizeof(news->event));
	news->event.kind = kind;
	news->event.call = call;
	news->event.from_call = from_call;
	news->event.wait = wait;
	news->event.not_executed = true;
	news->event.no_limit = true;
	news->sqlstate = NULL;
	strlcpy(news->words, words, sizeof(news->words));
}

/* May this statement's calls go out at all?  If not, what does it mean? */
static bool
way_is_open(const RsdLive *live, RsdCall call, RsdNews *news)
{
	const RsdRoute *route = live->route;

	switch (route->state)
	{
		case RSD_ROUTE_OK:
			return true;
		case RSD_ROUTE_PAUSED:
			if (call != RSD_CALL_EXECUTE || live->m.unsure)
				return true;
			tell(news, RSD_EV_RETRY, call, true, RSD_WAIT_PAUSED, route->problem);
			return false;
		case RSD_ROUTE_NO_KEYS:
			tell(news, RSD_EV_RETRY, call, true, RSD_WAIT_CREDENTIALS,
				 route->problem);
			return false;
		case RSD_ROUTE_DENIED:
			tell(news, RSD_EV_DENIED, call, true, RSD_WAIT_CREDENTIALS,
				 route->problem);
			news->sqlstate = "42501";
			return false;
		case RSD_ROUTE_GONE:
			tell(news, RSD_EV_REFUSED, call, false, RSD_WAIT_NONE,
				 route->problem);
			news->sqlstate = "42704";
			return false;
	}
	return false;
}

static void
fill_execute(const RsdLive *live, RsdExecuteCall *execute)
{
	const RsdRoute *route = live->route;

	memset(execute, 0, sizeof(*execute));
	execute->sql = live->sql;
	if (live->parts != NULL)
	{
		execute->sqls = (const char *const *) live->sqls;
		execute->nsqls = live->parts->n;
		execute->auto_commit = live->parts->auto_commit;
	}
	execute->database = route->database;
	execute->cluster = route->cluster;
	execute->workgroup = route->workgroup;
	execute->db_user = route->db_user;
	execute->secret_arn = route->secret_arn;
	execute->statement_name = live->name;
	execute->client_token = live->token;
	execute->session_keep_alive = -1;
	execute->params = live->params;
	execute->nparams = live->nparams;
	execute->csv = live->csv;
	execute->with_event = live->with_event;
	rsd_session_fill(live, execute);
}

/*
 * The name up to the token: all of it that is exact, since a label may have
 * been converted on its way.
 */
static const char *
name_to_token(const RsdLive *live)
{
	return psprintf("rsdata/%s", live->token);
}

/* Whose quota a call counts against; 0, no limit, while there are no keys. */
static RsdRateKey
rate_key(const RsdRoute *route, int64 now)
{
	return route->source == NULL ? 0 :
		rsd_rate_key(rsd_cred_source_key_id(route->source, now),
					 route->endpoint.region);
}

static RsdOp
op_of(const RsdLive *live, RsdCall call)
{
	return rsd_call_op(call, live->parts != NULL);
}

int64
rsd_talk_hold(const RsdLive *live, RsdCall call, int64 now)
{
	return rsd_rate_take(rate_key(live->route, now), op_of(live, call),
						 live->route->quota_share);
}

int64
rsd_talk_new_wait(const RsdRoute *route, int before, int64 now)
{
	return rsd_rate_wait(rate_key(route, now), RSD_OP_EXECUTE, route->quota_share,
						 before);
}

bool
rsd_talk_waits(RsdLive *live, int64 now)
{
	RsdRoute   *route = live->route;

	return route->source != NULL &&
		rsd_cred_source_keys(route->source, now) == NULL &&
		rsd_cred_source_problem(route->source, now) == NULL;
}

/* Keys for a call; without them *news says what to tell the machine. */
static const RsdCredentials *
find_keys(RsdLive *live, RsdCall call, int64 now, RsdNews *news)
{
	RsdCredSource *source = live->route->source;
	const RsdCredentials *keys = rsd_cred_source_keys(source, now);
	const char *problem;

	if (keys != NULL)
	{
		live->signed_with[call] = rsd_cred_source_generation(source);
		return keys;
	}
	problem = rsd_cred_source_problem(source, now);
	tell(news, RSD_EV_RETRY, call, true, RSD_WAIT_CREDENTIALS,
		 problem != NULL ? problem : "credentials are being fetched");
	return NULL;
}

bool
rsd_talk_send(RsdLive *live, RsdCall call, RsdHttp *http, int64 now,
			  RsdNews *news)
{
	RsdRoute   *route = live->route;
	RsdExecuteCall execute;
	RsdCallSpec spec = {.call = call, .execute = &execute};
	RsdRequest	req;
	RsdHttpLimits limits;
	RsdError	err;
	const RsdCredentials *keys;
	bool		sent;

	if (!way_is_open(live, call, news))
		return false;
	keys = find_keys(live, call, now, news);
	if (keys == NULL)
		return false;
	fill_execute(live, &execute);
	spec.aws_id = call == RSD_CALL_RESULT ? rsd_parts_result_id(live) :
		live->aws_id;
	spec.name = name_to_token(live);
	spec.next_token = call == RSD_CALL_LOOKUP ? live->lookup_token :
		live->next_token;
	spec.csv = live->csv;
	if ((call == RSD_CALL_EXECUTE || call == RSD_CALL_DESCRIBE) &&
		!route->no_long_poll)
		spec.wait_seconds = live->wait_seconds;
	if (!rsd_stmt_request(&spec, &route->endpoint, keys,
						  now + route->skew, &route->key, &req, &err))
	{
		tell(news, RSD_EV_REFUSED, call, true, RSD_WAIT_NONE, err.what);
		return false;
	}
	limits_of(call, live->parts != NULL, spec.wait_seconds, &limits);
	limits.proxy = route->proxy;
	live->waits[call] = spec.wait_seconds;
	if (call == RSD_CALL_EXECUTE)
	{
		live->attempts++;
		/* a refusal by the session must be an answer to this very request */
		limits.once = execute.session_id != NULL;
	}
	sent = rsd_flight_launch(http, &live->flight[call], &req, &limits, &err);
	if (!sent)
		tell(news, RSD_EV_RETRY, call, true, RSD_WAIT_BACKOFF, err.what);
	rsd_request_free(&req);
	return sent;
}

void
rsd_talk_drop_page(RsdLive *live)
{
	rsd_page_free(&live->page);
	rsd_buf_free(&live->body);
	live->has_page = false;
}

static void
take_execute(RsdLive *live, const RsdExecuteReply *said)
{
	strlcpy(live->aws_id, said->id, sizeof(live->aws_id));
	strlcpy(live->aws_session_id, said->session_id,
			sizeof(live->aws_session_id));
	if (said->status != RSD_SERVICE_ABSENT)
		strlcpy(live->aws_status, said->status_word, sizeof(live->aws_status));
	if (said->pid >= 0)
		live->pid = said->pid;
	rsd_session_accepted(live);
}

/* What the service says about the session that was to be used. */
static void
learn_session(RsdLive *live, const RsdReply *reply, int64 now, RsdNews *news)
{
	RsdErrorClass class;

	if (live->session == NULL || reply->what != RSD_REPLY_ERROR)
		return;
	class = rsd_awserror_class(RSD_OP_EXECUTE, &reply->aws);
	if (class == RSD_CLASS_SESSION_BUSY || class == RSD_CLASS_SESSION_GONE)
		strlcpy(news->words,
				rsd_session_refused(live, class == RSD_CLASS_SESSION_GONE, now),
				sizeof(news->words));
}

static void
take_describe(RsdLive *live, const RsdDescribeReply *said, RsdNews *news)
{
	strlcpy(live->aws_status, said->status_word, sizeof(live->aws_status));
	if (said->session_id[0] != '\0')
		strlcpy(live->aws_session_id, said->session_id,
				sizeof(live->aws_session_id));
	if (said->pid >= 0)
		live->pid = said->pid;
	if (live->parts != NULL)
		rsd_parts_hear(live, said, news);
	if (news->event.kind != RSD_EV_ENDED)
		return;
	live->duration_ns = said->duration_ns;
	strlcpy(news->words, said->error, sizeof(news->words));
	if (live->parts != NULL)
	{
		news->event.passing = said->status == RSD_SERVICE_FAILED &&
			rsd_parts_may_rerun(live);
		return;
	}
	live->query_id = said->query_id;
	strlcpy(live->query_uuid, said->query_uuid, sizeof(live->query_uuid));
	live->result_bytes = said->result_size;
	if (said->has_result == RSD_TRI_YES)
		live->rows_total = Max(live->rows_total, said->result_rows);
	else
		live->rows_affected = said->result_rows;
	news->event.passing = said->status == RSD_SERVICE_FAILED &&
		rsd_passing(said->error, live->retry_on);
}

/*
 * Keeps a page until it is written: its bytes change hands, so its slices
 * stay good.
 */
static void
take_page(RsdLive *live, RsdFlight *flight, RsdReply *reply)
{
	Assert(!live->has_page);
	live->body = flight->response.body;
	rsd_buf_init(&flight->response.body, 0);
	live->page = reply->page;
	memset(&reply->page, 0, sizeof(reply->page));
	live->has_page = true;
	if (live->ncolumns < 0)
		live->ncolumns = live->page.ncolumns;
	live->pages_done++;
	live->rows_done += live->page.nrows;
	live->bytes_done += live->body.len;
	if (live->page.total_rows >= 0)
		live->rows_total = live->page.total_rows;
	pfree(live->next_token);
	live->next_token = MemoryContextStrdup(live->cx,
										   rsd_buf_str(&live->page.next_token));
}

/* Found, it was accepted when the service says. */
static void
take_lookup(RsdLive *live, const RsdLookup *said, int64 now, RsdEvent *event)
{
	strlcpy(live->aws_id, said->id, sizeof(live->aws_id));
	strlcpy(live->aws_status, said->status_word, sizeof(live->aws_status));
	if (said->created_us > 0 && said->created_us < now)
		event->age = now - said->created_us;
	pfree(live->lookup_token);
	live->lookup_token = MemoryContextStrdup(live->cx,
											 rsd_buf_str(&said->next_token));
}

static void
words_of_error(const RsdAwsError *aws, RsdNews *news)
{
	snprintf(news->words, sizeof(news->words), "%s: %s", aws->code,
			 aws->message[0] != '\0' ? aws->message : "(no message)");
	if (news->event.kind == RSD_EV_DENIED)
		news->sqlstate = "28000";
}

/* The SQLSTATE under which a result that cannot be delivered is shown. */
static const char *
sqlstate_of(const RsdError *err)
{
	switch (err->kind)
	{
		case RSD_ERR_ENCODING:
			return "22021";		/* character not in repertoire */
		case RSD_ERR_LIMIT:
			return "54000";		/* program limit exceeded */
		default:
			return "22000";		/* data exception */
	}
}

static void
take_reply(RsdLive *live, RsdCall call, RsdFlight *flight, RsdReply *reply,
		   int64 now, RsdNews *news)
{
	switch (reply->what)
	{
		case RSD_REPLY_ERROR:
			words_of_error(&reply->aws, news);
			break;
		case RSD_REPLY_UNREADABLE:
			strlcpy(news->words, reply->err.what, sizeof(news->words));
			news->sqlstate = sqlstate_of(&reply->err);
			break;
		case RSD_REPLY_SAID:
			if (call == RSD_CALL_EXECUTE)
				take_execute(live, &reply->execute);
			else if (call == RSD_CALL_DESCRIBE)
				take_describe(live, &reply->describe, news);
			else if (call == RSD_CALL_RESULT)
				take_page(live, flight, reply);
			else if (call == RSD_CALL_LOOKUP)
				take_lookup(live, &reply->lookup, now, &news->event);
			break;
	}
}

/*
 * What an answer says about the limits of the service.  A throttle slows the
 * bucket down, so it costs no retry.  The worker never gives up: a retry that
 * is not paid for is put off instead.
 */
static void
learn_rate(const RsdLive *live, RsdCall call, int64 now, RsdEvent *event)
{
	RsdRateKey	key = rate_key(live->route, now);

	if (event->kind != RSD_EV_RETRY)
		rsd_rate_answered(key, live->m.call[call].failures > 0);
	else if (event->wait == RSD_WAIT_RATE)
		rsd_rate_throttled(key, op_of(live, call));
	else if (!event->no_limit && !rsd_rate_pay_retry(key))
		event->delay = Max(event->delay, UNPAID_RETRY);
}

/* Were the keys too old, or unknown, and will there be others? */
static bool
keys_are_renewed(RsdLive *live, RsdCall call, int64 now,
				 const RsdAwsError *error)
{
	bool		unknown =
		strcmp(error->code, "UnrecognizedClientException") == 0 ||
		strcmp(error->code, "InvalidClientTokenId") == 0;

	if (!unknown &&
		strncmp(error->code, "ExpiredToken", strlen("ExpiredToken")) != 0)
		return false;
	return rsd_cred_source_reject(live->route->source, live->signed_with[call],
								  unknown, now);
}

/*
 * A refusal that better keys or a better clock can mend is not final: the
 * call goes again, with its token; at once, if it was not mended already.
 */
static void
mend_refusal(RsdLive *live, RsdCall call, const RsdFlight *flight, int64 now,
			 const RsdAwsError *error, RsdEvent *event)
{
	RsdRoute   *route = live->route;

	if (route->source == NULL)
		return;
	if (!rsd_skew_learn(error, &flight->response, now, &route->skew) &&
		!keys_are_renewed(live, call, now, error))
		return;
	event->kind = RSD_EV_RETRY;
	event->wait = RSD_WAIT_CREDENTIALS;
	event->not_executed = true;
	event->no_limit = true;
	event->at_once = (live->mended & (1u << call)) == 0;
	live->mended |= 1u << call;
}

/* How far its rows have come, and how far they may go. */
static RsdProgress
progress_of(const RsdLive *live, RsdCall call)
{
	RsdProgress progress = {
		.batch = live->parts != NULL,
		.ncolumns = live->ncolumns,
		.rows_done = live->rows_done,
		.rows_total = live->rows_total,
		.bytes_done = live->bytes_done,
		.max_rows = live->max_rows,
		.max_bytes = live->max_bytes,
		.csv = live->csv,
		.token = call == RSD_CALL_LOOKUP ? live->lookup_token :
		live->next_token,
		.name = name_to_token(live),
	};

	return progress;
}

bool
rsd_talk_too_large(const RsdLive *live, RsdNews *news)
{
	RsdProgress progress = progress_of(live, RSD_CALL_RESULT);
	RsdError	err;

	if (rsd_stmt_check_size(live->rows_total, live->result_bytes, &progress,
							&err))
		return false;
	tell(news, RSD_EV_BAD_RESULT, RSD_CALL_RESULT, false, RSD_WAIT_NONE,
		 err.what);
	news->sqlstate = sqlstate_of(&err);
	return true;
}

void
rsd_talk_hear(RsdLive *live, RsdCall call, RsdFlight *flight, int64 now,
			  RsdReply *reply, RsdNews *news)
{
	RsdProgress progress = progress_of(live, call);

	news->words[0] = '\0';
	news->sqlstate = NULL;
	if (flight->fault != RSD_NET_NONE)
	{
		rsd_stmt_event_fault(call, flight->surely_not_sent,
							 flight->fault == RSD_NET_TOO_LARGE, &news->event);
		learn_rate(live, call, now, &news->event);
		strlcpy(news->words, flight->err.what, sizeof(news->words));
		return;
	}
	live->last_contact = now;
	rsd_stmt_event_reply(call, &flight->response, live->waits[call],
						 flight->took, &progress, reply, &news->event);
	if (reply->what == RSD_REPLY_ERROR)
		mend_refusal(live, call, flight, now, &reply->aws, &news->event);
	else
		live->mended &= ~(1u << call);
	learn_rate(live, call, now, &news->event);
	news->event.age = flight->took;
	if (reply->what == RSD_REPLY_ERROR && call == RSD_CALL_EXECUTE &&
		rsd_awserror_class(op_of(live, call), &reply->aws) ==
		RSD_CLASS_NO_LONG_POLL)
		live->route->no_long_poll = true;
	take_reply(live, call, flight, reply, now, news);
	if (call == RSD_CALL_EXECUTE)
		learn_session(live, reply, now, news);
}
