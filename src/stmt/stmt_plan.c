/*
 * stmt_plan.c
 *	  What to send next, and when: read off the facts of a statement.
 *
 * Nothing here depends on how the facts came about.
 */
#include "stmt/stmt_plan.h"

#include "base/retry.h"
#include "stmt/stmt_load.h"

/* Are the details of the verdict worth a DescribeStatement? */
bool
rsd_stmt_details_wanted(const RsdStmt *s)
{
	return !s->described &&
		(s->describe_always || s->batch || s->verdict != RSD_VERDICT_FINISHED ||
		 s->has_result != RSD_TRI_YES || !s->fetch);
}

/*
 * Are there pages to be asked for, and is it known of which part?  Rows for a
 * target are fetched as its loader takes them.
 */
static bool
pages_wanted(const RsdStmt *s)
{
	if (s->batch && s->parts_left > 0)
		return true;
	if (rsd_stmt_load_pages(s))
		return !s->fetched && s->turn && !s->full;
	if (s->batch)
		return false;
	return !s->fetched && s->status == RSD_FETCHING;
}

/* Can this call be made now?  If so it is in flight. */
static void
send_if_due(RsdStmt *s, RsdCall which, int64_t now, RsdStep *step)
{
	RsdCallState *call = &s->call[which];

	if (call->in_flight || now < call->due)
		return;
	call->in_flight = true;
	step->send |= 1u << which;
}

void
rsd_stmt_plan(RsdStmt *s, int64_t now, int submit_wait, RsdStep *step)
{
	switch (s->status)
	{
		case RSD_SUBMITTING:
			step->wait_seconds = s->long_poll ? submit_wait : 0;
			send_if_due(s, s->stale ? RSD_CALL_LOOKUP : RSD_CALL_EXECUTE, now,
						step);
			break;
		case RSD_RUNNING:
			step->wait_seconds = s->long_poll &&
				s->verdict == RSD_VERDICT_NONE ? RSD_DESCRIBE_WAIT : 0;
			if (s->verdict == RSD_VERDICT_NONE && s->wish != RSD_WISH_NONE)
				send_if_due(s, RSD_CALL_CANCEL, now, step);
			send_if_due(s, RSD_CALL_DESCRIBE, now, step);
			break;
		case RSD_FETCHING:
		case RSD_LOADING:
			if (pages_wanted(s))
				send_if_due(s, RSD_CALL_RESULT, now, step);
			if (rsd_stmt_details_wanted(s))
				send_if_due(s, RSD_CALL_DESCRIBE, now, step);
			break;
		default:
			break;
	}
}

static int64_t
call_due(const RsdStmt *s, RsdCall which)
{
	const RsdCallState *call = &s->call[which];

	if (call->in_flight)
		return 0;
	return call->due > 0 ? call->due : 1;
}

int64_t
rsd_stmt_due(const RsdStmt *stmt)
{
	int64_t		due = 0;

	switch (stmt->status)
	{
		case RSD_QUEUED:
			return stmt->deadline_at;
		case RSD_SUBMITTING:
			if (stmt->stale)
				return rsd_earlier(call_due(stmt, RSD_CALL_LOOKUP),
								   stmt->first_sent_at + RSD_LOOKUP_LIFE);
			return call_due(stmt, RSD_CALL_EXECUTE);
		case RSD_RUNNING:
			due = rsd_earlier(stmt->expires_at,
							  call_due(stmt, RSD_CALL_DESCRIBE));
			if (stmt->verdict != RSD_VERDICT_NONE)
				return due;
			if (stmt->wish != RSD_WISH_NONE)
				return rsd_earlier(due, call_due(stmt, RSD_CALL_CANCEL));
			return rsd_earlier(due, stmt->timeout_at);
		case RSD_FETCHING:
		case RSD_LOADING:
			due = stmt->status == RSD_FETCHING ? stmt->expires_at : 0;
			if (stmt->loader && !stmt->turn)
				due = rsd_earlier(due, stmt->load_due);
			if (pages_wanted(stmt))
				due = rsd_earlier(due, call_due(stmt, RSD_CALL_RESULT));
			if (rsd_stmt_details_wanted(stmt))
				due = rsd_earlier(due, call_due(stmt, RSD_CALL_DESCRIBE));
			return due;
		default:
			return 0;
	}
}
