/*
 * stmt_fsm.c
 *	  The life of one statement: one table, walked by one function.
 *
 * rules[status][event] names the function that applies an event in a status.
 * A rule only states facts (verdict, failures, due times, status); what to
 * send follows from the facts alone (stmt_plan.c), the same for every event.
 * So a lost reply, a restart and a timer all lead to the same next call.
 *
 * Redshift's verdict wins every race: once a verdict is known, a wish to
 * cancel or a timeout no longer changes the outcome.
 */
#include "stmt/stmt_fsm.h"

#include <stddef.h>
#include <string.h>

#include "stmt/stmt_again.h"
#include "stmt/stmt_load.h"
#include "stmt/stmt_plan.h"
#include "stmt/stmt_rerun.h"
#include "stmt/stmt_turn.h"
#include "stmt/stmt_verdict.h"

/*
 * An id the service does not know any more is asked for this often before it
 * is believed: a service of many machines may be late to know its own ids.
 */
#define GONE_LIMIT			6

/* A page that cannot be read this often in a row never will be. */
#define UNREADABLE_LIMIT	10

/* Delays after failures, milliseconds: from, to.  Denials heal slowly. */
#define LIMIT_BASE_MS		1000
#define DENIED_BASE_MS		2000
#define DENIED_CAP_MS		60000

/* A cancel that was taken but shows no effect is repeated. */
#define CANCEL_AGAIN		INT64_C(10000000)

typedef void (*Rule) (RsdTurn *t);

static void
on_claimed(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	s->status = RSD_SUBMITTING;
	s->wait = RSD_WAIT_NONE;
	if (s->first_sent_at == 0)
		s->first_sent_at = t->now;
	s->call[RSD_CALL_EXECUTE].due = t->now;
}

/* Nothing tells whether the last worker's request had effect. */
static void
on_recovered_submitting(RsdTurn *t)
{
	t->s->unsure = true;
}

/*
 * Perhaps the last page was kept already and only the details are missing.
 * The verdict of a batch, and what there is to fetch of it, is asked for
 * again.
 */
static void
on_recovered_fetching(RsdTurn *t)
{
	t->s->status = RSD_FETCHING;
	if (t->s->batch)
		return;
	t->s->verdict = RSD_VERDICT_FINISHED;
	t->s->has_result = RSD_TRI_YES;
	rsd_verdict_follow(t);
}

/* Only shown, and never in place of another reason. */
static void
on_held(RsdTurn *t)
{
	if (t->s->wait == RSD_WAIT_NONE || t->s->wait == RSD_WAIT_RATE ||
		t->s->wait == RSD_WAIT_LOADER)
		rsd_turn_show_wait(t, t->ev->wait);
}

static void
on_wish_queued(RsdTurn *t)
{
	t->s->wish = RSD_WISH_CANCEL;
	rsd_turn_end(t, RSD_CANCELLED, "cancelled before it was sent");
}

static void
on_skip(RsdTurn *t)
{
	rsd_turn_end(t, RSD_SKIPPED, NULL);
}

static void
on_wish(RsdTurn *t)
{
	if (t->s->wish != RSD_WISH_NONE)
		return;
	t->s->wish = RSD_WISH_CANCEL;
	t->step->record = true;
}

static void
on_due_queued(RsdTurn *t)
{
	if (t->s->deadline_at != 0 && t->now >= t->s->deadline_at)
		rsd_turn_end(t, RSD_EXPIRED, "its deadline passed before it could be sent");
}

/* Too late to hear about it: the service keeps results for a day. */
static bool
end_if_expired(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	if (s->expires_at == 0 || t->now < s->expires_at)
		return false;
	rsd_turn_end(t, RSD_EXPIRED, "the service no longer keeps its result");
	return true;
}

static void
on_due_running(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	if (end_if_expired(t))
		return;
	if (s->wish == RSD_WISH_NONE && s->verdict == RSD_VERDICT_NONE &&
		s->timeout_at != 0 && t->now >= s->timeout_at)
	{
		s->wish = RSD_WISH_TIMEOUT;
		t->step->record = true;
	}
}

static void
on_due_fetching(RsdTurn *t)
{
	if (!end_if_expired(t))
		rsd_load_on_due(t);
}

static void
on_alive(RsdTurn *t)
{
	RsdStmt    *s = t->s;
	bool		accepted = s->status == RSD_SUBMITTING;

	rsd_verdict_accept(t);
	if (accepted)
		t->step->record = true;
	if (t->ev->early)
		s->long_poll = false;
	if (!s->long_poll && t->ev->call == RSD_CALL_DESCRIBE)
		s->call[RSD_CALL_DESCRIBE].due = t->now + rsd_turn_poll_delay(t);
	rsd_turn_show_wait(t, s->cancel_taken ? RSD_WAIT_CANCEL_UNCONFIRMED : RSD_WAIT_NONE);
}

static void
on_ended(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	rsd_verdict_accept(t);
	if (s->verdict == RSD_VERDICT_NONE)
		s->verdict = t->ev->verdict;
	if (t->ev->has_result != RSD_TRI_UNKNOWN)
		s->has_result = t->ev->has_result;
	else if (t->ev->described && s->has_result == RSD_TRI_UNKNOWN)
		s->has_result = RSD_TRI_NO;
	if (s->batch && t->ev->described && !s->described)
	{
		s->parts_left = s->fetch ? t->ev->parts_left : 0;
		s->loads = s->loads_left = s->fetch ? t->ev->loads_left : 0;
		s->part_lost |= t->ev->part_lost;
	}
	s->described |= t->ev->described;
	s->passing |= t->ev->passing;
	if (s->expires_at > t->now + RSD_RESULT_LIFE)
		s->expires_at = t->now + RSD_RESULT_LIFE;
	s->call[RSD_CALL_DESCRIBE].due = t->now;
	t->step->record |= s->status == RSD_LOADING;
	rsd_turn_show_wait(t, RSD_WAIT_NONE);
	rsd_verdict_follow(t);
}

/* Pages that we keep are recorded, those for a target are not. */
static void
on_page(RsdTurn *t)
{
	bool		into_target = rsd_stmt_load_pages(t->s);

	t->step->record |= into_target ? rsd_stmt_load(t->s) : true;
	t->s->full = into_target;
	rsd_turn_show_wait(t, RSD_WAIT_NONE);
}

/* One part of a batch is done with; the others may have rows, too. */
static void
end_part(RsdTurn *t, RsdPartEnd how)
{
	RsdStmt    *s = t->s;

	t->step->part = how;
	t->step->record = true;
	s->part_lost |= how == RSD_PART_LOST;
	if (s->parts_left > 0)
		s->parts_left--;
	else
		s->fetched = --s->loads_left == 0;
	s->call[RSD_CALL_RESULT].failures = 0;
	s->call[RSD_CALL_RESULT].due = t->now;
	rsd_turn_show_wait(t, RSD_WAIT_NONE);
	rsd_verdict_follow(t);
}

static void
on_last_page(RsdTurn *t)
{
	if (t->s->batch)
	{
		if (rsd_stmt_load_pages(t->s))
			on_page(t);
		if (t->s->parts_left > 0 || t->s->loads_left > 0)
			end_part(t, RSD_PART_FETCHED);
		return;
	}
	t->s->fetched = true;
	if (t->s->target)
		on_page(t);
	rsd_turn_show_wait(t, RSD_WAIT_NONE);
	rsd_verdict_follow(t);
}

/* Also where fetching was not recorded yet, so that the row says less. */
static void
on_bad_result(RsdTurn *t)
{
	if (t->s->parts_left > 0 || t->s->loads_left > 0)
		end_part(t, RSD_PART_LOST);
	else
		rsd_turn_end(t, RSD_UNDELIVERED, NULL);
}

/*
 * Cancelled or too late, only DescribeStatement knows, and that may be
 * parked for a while.
 */
static void
on_cancel_answered(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	s->cancel_taken |= t->ev->kind == RSD_EV_CANCEL_TAKEN;
	if (s->cancel_taken && s->verdict == RSD_VERDICT_NONE)
		rsd_turn_show_wait(t, RSD_WAIT_CANCEL_UNCONFIRMED);
	s->polls = 0;
	s->call[RSD_CALL_CANCEL].due = t->now + CANCEL_AGAIN;
	s->call[RSD_CALL_DESCRIBE].due = t->now;
}

/* The call may be made again later. */
static void
fail_call(RsdTurn *t, RsdWait wait, int64_t base_ms, int64_t cap_ms)
{
	RsdCallState *call = &t->s->call[t->ev->call];

	call->failures++;
	call->due = t->now + rsd_turn_backoff(t, call->failures, base_ms, cap_ms);
	rsd_turn_show_wait(t, t->ev->call == RSD_CALL_CANCEL ?
					   RSD_WAIT_CANCEL_UNCONFIRMED : wait);
	t->step->record = true;
}

static void
on_retry(RsdTurn *t)
{
	if (t->ev->at_once)
	{
		t->s->call[t->ev->call].due = t->now;
		return;
	}
	fail_call(t, t->ev->wait, t->ev->no_limit ? LIMIT_BASE_MS : RSD_FAULT_BASE_MS,
			  RSD_FAULT_CAP_MS);
}

/* The rows are the service's to repeat, but not for ever. */
static void
on_retry_fetching(RsdTurn *t)
{
	on_retry(t);
	if (t->ev->call == RSD_CALL_RESULT && t->ev->unreadable &&
		t->s->call[RSD_CALL_RESULT].failures >= UNREADABLE_LIMIT)
		on_bad_result(t);
}

/*
 * An execute that surely had no effect leaves the statement unsent, unless
 * an earlier attempt is still in doubt, or it goes again at once.
 */
static void
on_retry_submitting(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	on_retry(t);
	if (!t->ev->not_executed)
		s->unsure = true;
	if (s->unsure || (t->ev->at_once && s->wish != RSD_WISH_CANCEL))
		return;
	s->status = RSD_QUEUED;
	s->first_sent_at = 0;
	if (s->wish == RSD_WISH_CANCEL)
		rsd_turn_end(t, RSD_CANCELLED, "cancelled before it was accepted");
}

static void
on_no_long_poll(RsdTurn *t)
{
	t->s->long_poll = false;
	t->s->call[t->ev->call].due = t->now + rsd_turn_poll_delay(t);
}

static void
on_denied(RsdTurn *t)
{
	fail_call(t, RSD_WAIT_CREDENTIALS, DENIED_BASE_MS, DENIED_CAP_MS);
}

/* Before the first accepted call a refusal is final, unless in doubt. */
static void
on_denied_submitting(RsdTurn *t)
{
	if (t->s->unsure)
		on_denied(t);
	else
		rsd_turn_end(t, RSD_FAILED, NULL);
}

static void
on_refused_early(RsdTurn *t)
{
	if ((t->ev->from_call && t->ev->call == RSD_CALL_EXECUTE) || !t->s->unsure)
		rsd_turn_end(t, RSD_FAILED, NULL);
	else
		rsd_turn_end(t, RSD_ORPHANED, NULL);
}

/*
 * The service does not know the id, or refuses to say.  A cancel leaves the
 * question to DescribeStatement.
 */
static void
on_gone_running(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	if (!t->ev->from_call)
	{
		rsd_turn_end(t, RSD_ORPHANED, NULL);
		return;
	}
	fail_call(t, RSD_WAIT_BACKOFF, RSD_FAULT_BASE_MS, RSD_FAULT_CAP_MS);
	if (t->ev->call == RSD_CALL_CANCEL)
		s->call[RSD_CALL_DESCRIBE].due = t->now;
	else if (s->call[t->ev->call].failures >= GONE_LIMIT)
		rsd_turn_end(t, RSD_ORPHANED, NULL);
}

static void
on_gone_fetching(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	fail_call(t, RSD_WAIT_BACKOFF, RSD_FAULT_BASE_MS, RSD_FAULT_CAP_MS);
	if (s->call[t->ev->call].failures < GONE_LIMIT)
		return;
	if (t->ev->call == RSD_CALL_RESULT && s->batch &&
		s->verdict != RSD_VERDICT_FINISHED)
		end_part(t, RSD_PART_LOST);
	else if (t->ev->call == RSD_CALL_RESULT || (s->batch && !s->described))
		rsd_turn_end(t, RSD_EXPIRED, NULL);
}

static void
on_refused_fetching(RsdTurn *t)
{
	if (t->ev->from_call && t->ev->call == RSD_CALL_RESULT)
		on_bad_result(t);
	else if (!t->ev->from_call)
		rsd_turn_end(t, RSD_UNDELIVERED, NULL);
	else
		on_gone_fetching(t);
}

/*
 * Everything that can happen to a statement.  An empty place means that the
 * event says nothing in that status: a reply that comes after the question
 * was settled, or a call that is never made there.
 */
static const Rule rules[RSD_NSTATUS][RSD_NEVENT] = {
	[RSD_QUEUED] = {
		[RSD_EV_DUE] = on_due_queued,
		[RSD_EV_CLAIMED] = on_claimed,
		[RSD_EV_WISH] = on_wish_queued,
		[RSD_EV_SKIP] = on_skip,
		[RSD_EV_RETRY] = on_retry,
		[RSD_EV_DENIED] = on_denied,
		[RSD_EV_REFUSED] = on_refused_early,
	},
	[RSD_SUBMITTING] = {
		[RSD_EV_DUE] = rsd_again_on_due,
		[RSD_EV_RECOVERED] = on_recovered_submitting,
		[RSD_EV_HELD] = on_held,
		[RSD_EV_WISH] = on_wish,
		[RSD_EV_ALIVE] = on_alive,
		[RSD_EV_ENDED] = on_ended,
		[RSD_EV_BAD_RESULT] = on_bad_result,
		[RSD_EV_RETRY] = on_retry_submitting,
		[RSD_EV_NO_LONG_POLL] = on_no_long_poll,
		[RSD_EV_DENIED] = on_denied_submitting,
		[RSD_EV_GONE] = on_refused_early,
		[RSD_EV_REFUSED] = on_refused_early,
		[RSD_EV_NOT_YET] = rsd_again_on_not_yet,
		[RSD_EV_NOT_THERE] = rsd_again_on_not_there,
	},
	[RSD_RUNNING] = {
		[RSD_EV_DUE] = on_due_running,
		[RSD_EV_HELD] = on_held,
		[RSD_EV_WISH] = on_wish,
		[RSD_EV_ALIVE] = on_alive,
		[RSD_EV_ENDED] = on_ended,
		[RSD_EV_BAD_RESULT] = on_bad_result,
		[RSD_EV_CANCEL_TAKEN] = on_cancel_answered,
		[RSD_EV_CANCEL_LATE] = on_cancel_answered,
		[RSD_EV_RETRY] = on_retry,
		[RSD_EV_NO_LONG_POLL] = on_no_long_poll,
		[RSD_EV_DENIED] = on_denied,
		[RSD_EV_GONE] = on_gone_running,
		[RSD_EV_REFUSED] = on_gone_running,
	},
	[RSD_FETCHING] = {
		[RSD_EV_DUE] = on_due_fetching,
		[RSD_EV_RECOVERED] = on_recovered_fetching,
		[RSD_EV_HELD] = on_held,
		[RSD_EV_TURN] = rsd_load_on_turn,
		[RSD_EV_ENDED] = on_ended,
		[RSD_EV_PAGE] = on_page,
		[RSD_EV_LAST_PAGE] = on_last_page,
		[RSD_EV_BAD_RESULT] = on_bad_result,
		[RSD_EV_RETRY] = on_retry_fetching,
		[RSD_EV_NO_LONG_POLL] = on_no_long_poll,
		[RSD_EV_DENIED] = on_denied,
		[RSD_EV_GONE] = on_gone_fetching,
		[RSD_EV_REFUSED] = on_refused_fetching,
		/* a loader that ends before the first page comes */
		[RSD_EV_LOAD_FAILED] = rsd_load_on_failed,
		[RSD_EV_LOAD_AGAIN] = rsd_load_on_again,
	},
	[RSD_LOADING] = {
		[RSD_EV_DUE] = rsd_load_on_due,
		[RSD_EV_RECOVERED] = rsd_load_on_recovered,
		[RSD_EV_HELD] = on_held,
		[RSD_EV_TURN] = rsd_load_on_turn,
		[RSD_EV_ENDED] = on_ended,
		[RSD_EV_PAGE] = on_page,
		[RSD_EV_LAST_PAGE] = on_last_page,
		[RSD_EV_BAD_RESULT] = on_bad_result,
		[RSD_EV_RETRY] = on_retry_fetching,
		[RSD_EV_NO_LONG_POLL] = on_no_long_poll,
		[RSD_EV_DENIED] = on_denied,
		[RSD_EV_GONE] = on_gone_fetching,
		[RSD_EV_REFUSED] = on_refused_fetching,
		[RSD_EV_ROOM] = rsd_load_on_room,
		[RSD_EV_LOADED] = rsd_load_on_loaded,
		[RSD_EV_LOAD_FAILED] = rsd_load_on_failed,
		[RSD_EV_LOAD_AGAIN] = rsd_load_on_again,
	},
	/* These two alone can be taken up again. */
	[RSD_UNDELIVERED] = {
		[RSD_EV_REFETCH] = rsd_again_on_refetch,
	},
	[RSD_EXPIRED] = {
		[RSD_EV_REFETCH] = rsd_again_on_refetch,
	},
};

void
rsd_stmt_step(RsdStmt *stmt, const RsdEvent *event, int64_t now,
			  const RsdEnv *env, int submit_wait, RsdStep *step)
{
	RsdTurn		t = {stmt, event, now, env, step};
	Rule		rule;

	memset(step, 0, sizeof(*step));
	rule = rules[stmt->status][event->kind];
	if (rule == NULL && rsd_status_is_final(stmt->status))
		return;
	if (event->from_call)
	{
		RsdCallState *call = &stmt->call[event->call];

		call->in_flight = false;
		if (event->kind != RSD_EV_RETRY && event->kind != RSD_EV_DENIED &&
			event->kind != RSD_EV_GONE && event->kind != RSD_EV_REFUSED)
			call->failures = 0;
	}
	if (rule != NULL)
		rule(&t);
	rsd_again_notice(stmt, now);
	if (!step->ended)
		rsd_stmt_plan(stmt, now, submit_wait, step);
}
