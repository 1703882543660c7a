/*
 * stmt_proto.c
 *	  From a call to a request, from a reply to an event.
 *
 * A failed call is not a failed statement: what an error means is looked up
 * in one table by its class; the few entries that depend on the call as well
 * stand beside it.
 */
#include "stmt/stmt_proto.h"

#include <string.h>

#define SECOND_US			INT64_C(1000000)

/*
 * A long poll that returns without news this much before its time was not
 * held.
 */
#define EARLY_MARGIN_US		SECOND_US

/* Error class -> event. */
typedef struct Meaning
{
	RsdEventKind kind;
	RsdWait		wait;
	bool		not_executed;	/* the service refused before acting */
	bool		no_limit;		/* slow down rather than try harder */
} Meaning;

static const Meaning meanings[] = {
	[RSD_CLASS_THROTTLE] = {RSD_EV_RETRY, RSD_WAIT_RATE, true, true},
	[RSD_CLASS_CAPACITY] = {RSD_EV_RETRY, RSD_WAIT_SLOT, true, true},
	[RSD_CLASS_WAITERS] = {RSD_EV_NO_LONG_POLL, RSD_WAIT_NONE, true, false},
	[RSD_CLASS_NO_LONG_POLL] = {RSD_EV_NO_LONG_POLL, RSD_WAIT_NONE, true, false},
	[RSD_CLASS_TRANSIENT] = {RSD_EV_RETRY, RSD_WAIT_BACKOFF, false, false},
	[RSD_CLASS_AUTH] = {RSD_EV_DENIED, RSD_WAIT_CREDENTIALS, true, false},
	[RSD_CLASS_EXPIRED] = {RSD_EV_RETRY, RSD_WAIT_CREDENTIALS, true, true},
	[RSD_CLASS_SKEW] = {RSD_EV_RETRY, RSD_WAIT_CREDENTIALS, true, true},
	[RSD_CLASS_NOT_FOUND] = {RSD_EV_GONE, RSD_WAIT_BACKOFF, true, false},
	[RSD_CLASS_RESULT_NONE] = {RSD_EV_GONE, RSD_WAIT_BACKOFF, true, false},
	[RSD_CLASS_NOT_CANCELLABLE] = {RSD_EV_CANCEL_LATE, RSD_WAIT_NONE, true, false},
	[RSD_CLASS_SESSION_BUSY] = {RSD_EV_RETRY, RSD_WAIT_SESSION, true, true},
	[RSD_CLASS_SESSION_GONE] = {RSD_EV_RETRY, RSD_WAIT_SESSION, true, true},
	[RSD_CLASS_REFUSED] = {RSD_EV_REFUSED, RSD_WAIT_NONE, true, false},
};

RsdOp
rsd_call_op(RsdCall call, bool batch)
{
	static const RsdOp ops[RSD_NCALL] = {
		[RSD_CALL_EXECUTE] = RSD_OP_EXECUTE,
		[RSD_CALL_DESCRIBE] = RSD_OP_DESCRIBE,
		[RSD_CALL_RESULT] = RSD_OP_RESULT,
		[RSD_CALL_CANCEL] = RSD_OP_CANCEL,
		[RSD_CALL_LOOKUP] = RSD_OP_LIST_STATEMENTS,
	};

	return batch && call == RSD_CALL_EXECUTE ? RSD_OP_BATCH : ops[call];
}

/*
 * Whatever it has come to, whichever session of the role sent it: without a
 * status the service would list finished ones only.
 */
static bool
put_lookup(const RsdCallSpec *spec, RsdBuf *body, RsdError *err)
{
	RsdListStatementsCall list = {
		.statement_name = spec->name,
		.status = "ALL",
		.role_level = RSD_TRI_YES,
		.max_results = RSD_LIST_STATEMENTS_MAX,
		.next_token = spec->next_token,
	};

	return rsd_liststatements_body(&list, body, err);
}

/* Rows of CSV are asked for by another name. */
static RsdOp
spec_op(const RsdCallSpec *spec)
{
	if (spec->call == RSD_CALL_RESULT && spec->csv)
		return RSD_OP_RESULT_CSV;
	return rsd_call_op(spec->call, spec->call == RSD_CALL_EXECUTE &&
					   spec->execute->nsqls > 0);
}

static bool
put_body(const RsdCallSpec *spec, RsdBuf *body, RsdError *err)
{
	RsdExecuteCall execute;

	switch (spec->call)
	{
		case RSD_CALL_EXECUTE:
			execute = *spec->execute;
			execute.wait_seconds = spec->wait_seconds;
			return rsd_dataapi_execute(&execute, body, err);
		case RSD_CALL_DESCRIBE:
			return rsd_dataapi_describe(spec->aws_id, spec->wait_seconds, body,
										err);
		case RSD_CALL_RESULT:
			return rsd_dataapi_result(spec->aws_id, spec->next_token, 0, body,
									  err);
		case RSD_CALL_CANCEL:
			return rsd_dataapi_cancel(spec->aws_id, body, err);
		case RSD_CALL_LOOKUP:
			return put_lookup(spec, body, err);
	}
	return false;
}

bool
rsd_stmt_request(const RsdCallSpec *spec, const RsdEndpoint *endpoint,
				 const RsdCredentials *cred, int64_t now_us,
				 RsdSigningKey *cache, RsdRequest *req, RsdError *err)
{
	if (!rsd_dataapi_request(spec_op(spec), endpoint, req, err))
		return false;
	if (put_body(spec, &req->body, err) &&
		rsd_sigv4_sign(req, cred, endpoint->region, endpoint->service, now_us,
					   cache, err))
		return true;
	rsd_request_free(req);
	return false;
}

static void
event_of(RsdEvent *event, RsdEventKind kind, RsdCall call)
{
	memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->call = call;
	event->from_call = true;
}

/* What a service status says: still alive, or a verdict. */
static void
event_of_status(RsdEvent *event, RsdCall call, RsdServiceStatus status,
				RsdTri has_result)
{
	static const RsdVerdict verdicts[] = {
		[RSD_SERVICE_FINISHED] = RSD_VERDICT_FINISHED,
		[RSD_SERVICE_FAILED] = RSD_VERDICT_FAILED,
		[RSD_SERVICE_ABORTED] = RSD_VERDICT_ABORTED,
	};

	if (!rsd_service_status_final(status))
	{
		event_of(event, RSD_EV_ALIVE, call);
		return;
	}
	event_of(event, RSD_EV_ENDED, call);
	event->verdict = verdicts[status];
	event->has_result = has_result;
	event->described = call == RSD_CALL_DESCRIBE;
}

/* A reply that cannot be read tells nothing: ask again. */
static void
event_unreadable(RsdEvent *event, RsdCall call)
{
	event_of(event, RSD_EV_RETRY, call);
	event->wait = RSD_WAIT_BACKOFF;
	event->unreadable = true;
}

static void
read_execute(RsdSlice body, RsdReply *reply, RsdEvent *event)
{
	if (rsd_dataapi_read_execute(body, &reply->execute, &reply->err))
		event_of_status(event, RSD_CALL_EXECUTE, reply->execute.status,
						reply->execute.has_result);
	else
	{
		reply->what = RSD_REPLY_UNREADABLE;
		event_unreadable(event, RSD_CALL_EXECUTE);
	}
}

static void
read_describe(RsdSlice body, int wait_seconds, int64_t took_us,
			  RsdReply *reply, RsdEvent *event)
{
	if (rsd_dataapi_read_describe(body, &reply->describe, &reply->err))
	{
		event_of_status(event, RSD_CALL_DESCRIBE, reply->describe.status,
						reply->describe.has_result);
		event->early = event->kind == RSD_EV_ALIVE &&
			(wait_seconds == 0 ||
			 took_us < wait_seconds * SECOND_US - EARLY_MARGIN_US);
	}
	else
	{
		reply->what = RSD_REPLY_UNREADABLE;
		event_unreadable(event, RSD_CALL_DESCRIBE);
	}
}

/*
 * The service delivers no more than 500 MB ("Quotas for Amazon Redshift Data
 * API"), so a higher limit of ours does not always help.
 */
bool
rsd_stmt_check_size(int64_t rows, int64_t bytes, const RsdProgress *progress,
					RsdError *err)
{
	if (progress->max_rows > 0 && rows > progress->max_rows)
		return rsd_error_set(err, RSD_ERR_LIMIT,
							 "the result has %lld rows, more than max_rows (%lld) allows; UNLOAD writes results of any size to Amazon S3",
							 (long long) rows, (long long) progress->max_rows);
	if (progress->max_bytes > 0 && bytes > progress->max_bytes)
		return rsd_error_set(err, RSD_ERR_LIMIT,
							 "the result is larger than max_bytes (%lld) allows; UNLOAD writes results of any size to Amazon S3, the Data API delivers 500 MB at most",
							 (long long) progress->max_bytes);
	return true;
}

/* Do the page's numbers agree with what is known, and with the limits? */
static bool
check_page(const RsdPage *page, int64_t bytes, const RsdProgress *progress,
		   RsdError *err)
{
	int64_t		rows = progress->rows_done + page->nrows;
	int64_t		total = page->total_rows >= 0 ? page->total_rows :
		progress->rows_total;
	bool		last = page->next_token.len == 0;

	if (!last && rsd_slice_is(rsd_buf_slice(&page->next_token),
							  progress->token))
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "the service repeats the same NextToken after %lld rows",
							 (long long) rows);
	if (total >= 0 && (rows > total || (last && rows != total)))
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "the service announced %lld rows but delivered %lld",
							 (long long) total, (long long) rows);
	return rsd_stmt_check_size(total > rows ? total : rows,
							   progress->bytes_done + bytes, progress, err);
}

/*
 * A page with text that cannot be kept, with wrong counts or over a limit
 * will be no better the next time; one that is cut off may be.
 */
static void
read_page(RsdBuf *body, const RsdProgress *progress, RsdReply *reply,
		  RsdEvent *event)
{
	bool		good = progress->csv ?
		rsd_page_read_csv(body, progress->ncolumns, &reply->page, &reply->err) :
		rsd_page_read(rsd_buf_slice(body), progress->ncolumns, &reply->page,
					  &reply->err);

	if (!good)
	{
		reply->what = RSD_REPLY_UNREADABLE;
		if (reply->err.kind == RSD_ERR_ENCODING ||
			reply->err.kind == RSD_ERR_INVALID)
			event_of(event, RSD_EV_BAD_RESULT, RSD_CALL_RESULT);
		else
			event_unreadable(event, RSD_CALL_RESULT);
	}
	else if (!check_page(&reply->page, (int64_t) body->len, progress, &reply->err))
	{
		reply->what = RSD_REPLY_UNREADABLE;
		event_of(event, RSD_EV_BAD_RESULT, RSD_CALL_RESULT);
	}
	else
		event_of(event, reply->page.next_token.len > 0 ?
				 RSD_EV_PAGE : RSD_EV_LAST_PAGE, RSD_CALL_RESULT);
}

static void
read_cancel(RsdSlice body, RsdReply *reply, RsdEvent *event)
{
	bool		taken;

	if (!rsd_dataapi_read_cancel(body, &taken, &reply->err))
	{
		reply->what = RSD_REPLY_UNREADABLE;
		event_unreadable(event, RSD_CALL_CANCEL);
	}
	else
		event_of(event, taken ? RSD_EV_CANCEL_TAKEN : RSD_EV_CANCEL_LATE,
				 RSD_CALL_CANCEL);
}

/*
 * Is this the name we gave?  The service finds prefixes: a name is the part
 * up to the token, alone or followed by the label.
 */
static bool
is_named(const char *found, const char *name)
{
	size_t		len = strlen(name);

	return strncmp(found, name, len) == 0 &&
		(found[len] == '\0' || found[len] == '/');
}

/* Goes through a page; false if it cannot be read. */
static bool
search_page(RsdStatementList *list, const char *name, RsdLookup *lookup,
			RsdError *err)
{
	RsdListedStatement st;
	bool		more;

	do
	{
		if (!rsd_liststatements_next(list, &st, &more, err))
			return false;
	} while (more && !is_named(st.name, name));
	if (!more)
		return true;
	memcpy(lookup->id, st.id, sizeof(lookup->id));
	memcpy(lookup->status_word, st.status_word, sizeof(lookup->status_word));
	lookup->created_us = st.created_us;
	return true;
}

static bool
read_page_of_names(RsdSlice body, const char *name, RsdLookup *lookup,
				   RsdError *err)
{
	RsdStatementList list;
	bool		good;

	rsd_buf_free(&lookup->next_token);
	memset(lookup, 0, sizeof(*lookup));
	if (!rsd_liststatements_open(body, &list, err))
		return false;
	good = search_page(&list, name, lookup, err);
	lookup->next_token = list.token;
	rsd_buf_init(&list.token, 0);
	rsd_liststatements_close(&list);
	return good;
}

static void
read_lookup(RsdSlice body, const RsdProgress *progress, RsdReply *reply,
			RsdEvent *event)
{
	RsdLookup  *lookup = &reply->lookup;
	RsdSlice	next;

	if (!read_page_of_names(body, progress->name, lookup, &reply->err))
	{
		reply->what = RSD_REPLY_UNREADABLE;
		event_unreadable(event, RSD_CALL_LOOKUP);
		return;
	}
	next = rsd_buf_slice(&lookup->next_token);
	if (lookup->id[0] != '\0')
		event_of(event, RSD_EV_ALIVE, RSD_CALL_LOOKUP);
	else if (next.len == 0)
		event_of(event, RSD_EV_NOT_THERE, RSD_CALL_LOOKUP);
	else if (rsd_slice_is(next, progress->token))
	{
		rsd_error_set(&reply->err, RSD_ERR_MALFORMED,
					  "the service repeats the same NextToken");
		reply->what = RSD_REPLY_UNREADABLE;
		event_unreadable(event, RSD_CALL_LOOKUP);
	}
	else
		event_of(event, RSD_EV_NOT_YET, RSD_CALL_LOOKUP);
}

static void
read_error(RsdCall call, bool batch, const RsdResponse *response,
		   RsdReply *reply, RsdEvent *event)
{
	const Meaning *m;

	reply->what = RSD_REPLY_ERROR;
	rsd_awserror_read(response, &reply->aws);
	m = &meanings[rsd_awserror_class(rsd_call_op(call, batch), &reply->aws)];
	event_of(event, m->kind, call);
	event->wait = m->wait;
	event->not_executed = m->not_executed;
	event->no_limit = m->no_limit;
	event->delay = reply->aws.retry_after_us;
}

void
rsd_stmt_event_reply(RsdCall call, RsdResponse *response,
					 int wait_seconds, int64_t took_us,
					 const RsdProgress *progress, RsdReply *reply,
					 RsdEvent *event)
{
	RsdSlice	body = rsd_buf_slice(&response->body);

	reply->what = RSD_REPLY_SAID;
	rsd_error_clear(&reply->err);
	if (response->status < 200 || response->status > 299)
	{
		read_error(call, progress->batch, response, reply, event);
		return;
	}
	switch (call)
	{
		case RSD_CALL_EXECUTE:
			read_execute(body, reply, event);
			break;
		case RSD_CALL_DESCRIBE:
			read_describe(body, wait_seconds, took_us, reply, event);
			break;
		case RSD_CALL_RESULT:
			read_page(&response->body, progress, reply, event);
			break;
		case RSD_CALL_CANCEL:
			read_cancel(body, reply, event);
			break;
		case RSD_CALL_LOOKUP:
			read_lookup(body, progress, reply, event);
			break;
	}
}

void
rsd_stmt_event_fault(RsdCall call, bool not_sent, bool too_large,
					 RsdEvent *event)
{
	if (too_large && call == RSD_CALL_RESULT)
	{
		event_of(event, RSD_EV_BAD_RESULT, call);
		return;
	}
	event_of(event, RSD_EV_RETRY, call);
	event->wait = RSD_WAIT_CONNECTION;
	event->not_executed = not_sent;
}
