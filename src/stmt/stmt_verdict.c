/*
 * stmt_verdict.c
 *	  What the service has accepted, and what follows from its verdict.
 *
 * Redshift's verdict wins every race: see stmt_fsm.c, whose rules call this.
 */
#include "stmt/stmt_verdict.h"

#include <stddef.h>

#include "stmt/stmt_load.h"
#include "stmt/stmt_plan.h"
#include "stmt/stmt_rerun.h"

/*
 * The service knows the statement: from now on it has an id.  The reply may
 * have been held, so the request's time is the better one to count from.
 */
void
rsd_verdict_accept(RsdTurn *t)
{
	RsdStmt    *s = t->s;
	int64_t		since = t->now - t->ev->age;

	if (s->status != RSD_SUBMITTING)
		return;
	s->status = RSD_RUNNING;
	s->unsure = false;
	s->accepted_at = since;
	s->timeout_at = s->timeout > 0 ? since + s->timeout : 0;
	s->expires_at = t->now + 2 * RSD_RESULT_LIFE;
	s->polls = 0;
}

static RsdStatus
aborted_status(const RsdStmt *s, const char **reason)
{
	switch (s->wish)
	{
		case RSD_WISH_CANCEL:
			*reason = "cancelled on request";
			return RSD_CANCELLED;
		case RSD_WISH_TIMEOUT:
			*reason = "cancelled because its timeout had passed";
			return RSD_TIMED_OUT;
		case RSD_WISH_NONE:
			break;
	}
	*reason = "aborted by Redshift or by another client";
	return RSD_FAILED;
}

RsdStatus
rsd_verdict_status(const RsdStmt *stmt, const char **reason)
{
	*reason = NULL;
	switch (stmt->verdict)
	{
		case RSD_VERDICT_FAILED:
			return RSD_FAILED;
		case RSD_VERDICT_ABORTED:
			return aborted_status(stmt, reason);
		default:
			return RSD_FINISHED;
	}
}

void
rsd_verdict_end(RsdTurn *t)
{
	const char *reason;
	RsdStatus	status = rsd_verdict_status(t->s, &reason);

	rsd_turn_end(t, status, reason);
}

static void
run_again(RsdTurn *t)
{
	rsd_stmt_rerun(t->s, t->now, t->env);
	t->step->record = t->step->rerun = true;
}

/*
 * Are there rows to wait for?  Parts of a batch may have finished though the
 * batch did not.
 */
static bool
rows_to_come(const RsdStmt *s)
{
	if (s->batch)
		return s->parts_left > 0 || (s->loads > 0 && !s->part_lost);
	return s->verdict == RSD_VERDICT_FINISHED && s->fetch &&
		s->has_result == RSD_TRI_YES && (s->target || !s->fetched);
}

/* A verdict is known: go as far as the facts in hand allow. */
void
rsd_verdict_follow(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	if (s->batch && !s->described)
		return;
	if (rows_to_come(s))
	{
		/* what is known of a batch's parts is kept before their rows come */
		t->step->record |= s->batch && s->status == RSD_RUNNING;
		if (s->status == RSD_RUNNING)
			s->status = RSD_FETCHING;
		return;
	}
	/* all targets of a statement are filled, or none; the others keep rows */
	if (s->batch && s->part_lost && s->loads > 0)
	{
		rsd_turn_end(t, RSD_UNDELIVERED, NULL);
		return;
	}
	if (s->verdict == RSD_VERDICT_ABORTED && s->wish != RSD_WISH_NONE)
	{
		rsd_verdict_end(t);
		return;
	}
	if (rsd_stmt_details_wanted(s))
		return;
	switch (s->verdict)
	{
		case RSD_VERDICT_FINISHED:
			if (s->target && !s->batch)
				rsd_turn_end(t, RSD_UNDELIVERED, "it has no result for its target");
			else if (s->part_lost)
				rsd_turn_end(t, RSD_UNDELIVERED, NULL);
			else if (s->loader)
				t->step->record |= rsd_stmt_load(s);
			else
				rsd_turn_end(t, RSD_FINISHED, NULL);
			break;
		case RSD_VERDICT_FAILED:
			if (rsd_stmt_may_rerun(s))
				run_again(t);
			else
				rsd_turn_end(t, RSD_FAILED, NULL);
			break;
		case RSD_VERDICT_ABORTED:
			rsd_verdict_end(t);
			break;
		case RSD_VERDICT_NONE:
			break;
	}
}
