/*
 * stmt_load.c
 *	  The facts of a statement that a loader ends, and the rules that change
 *	  them.
 *
 * What is to be sent follows from the facts in stmt_plan.c; which rule is for
 * which event is in the table of stmt_fsm.c.
 */
#include "stmt/stmt_load.h"

#include "stmt/stmt_plan.h"
#include "stmt/stmt_verdict.h"

bool
rsd_stmt_load(RsdStmt *s)
{
	if (s->status == RSD_LOADING)
		return false;
	s->status = RSD_LOADING;
	return true;
}

bool
rsd_stmt_load_pages(const RsdStmt *s)
{
	return s->batch ? s->parts_left == 0 && s->loads_left > 0 : s->target;
}

bool
rsd_stmt_load_rows(const RsdStmt *s)
{
	return s->batch ? s->loads > 0 : s->target;
}

/*
 * Nothing of the last load remains: rows for a target are fetched again from
 * the first page on, and the statement has to wait for a turn again.
 */
static void
start_anew(RsdStmt *s)
{
	s->turn = false;
	if (!s->target)
		return;
	s->status = RSD_FETCHING;
	s->has_result = RSD_TRI_YES;
	s->loads_left = s->loads;
	s->fetched = false;
	s->full = false;
	s->call[RSD_CALL_RESULT].in_flight = false;
	s->call[RSD_CALL_RESULT].failures = 0;
	s->call[RSD_CALL_RESULT].due = 0;
}

bool
rsd_stmt_load_complete(const RsdStmt *s)
{
	return s->status == RSD_LOADING && (s->fetched || !rsd_stmt_load_rows(s)) &&
		!s->full && !rsd_stmt_details_wanted(s);
}

bool
rsd_stmt_load_wanted(const RsdStmt *s, int64_t now)
{
	return s->loader && !s->turn && s->load_due <= now &&
		(s->status == RSD_LOADING ||
		 (s->status == RSD_FETCHING && rsd_stmt_load_pages(s)));
}

/* A load that may have begun ends by its loader only. */
void
rsd_load_on_due(RsdTurn *t)
{
	if (t->s->load_due <= t->now)
		t->s->load_due = 0;
}

/*
 * What a dead worker's loader has not committed is loaded anew.  The verdict
 * of a batch is asked for again.
 */
void
rsd_load_on_recovered(RsdTurn *t)
{
	if (!t->s->batch)
		t->s->verdict = RSD_VERDICT_FINISHED;
	start_anew(t->s);
	t->step->record = true;
}

void
rsd_load_on_turn(RsdTurn *t)
{
	t->s->turn = true;
	rsd_turn_show_wait(t, RSD_WAIT_NONE);
}

void
rsd_load_on_room(RsdTurn *t)
{
	t->s->full = false;
}

void
rsd_load_on_loaded(RsdTurn *t)
{
	rsd_verdict_end(t);
}

void
rsd_load_on_failed(RsdTurn *t)
{
	rsd_turn_end(t, RSD_UNDELIVERED, NULL);
}

/* The target is as it was: the fetch starts again, too. */
void
rsd_load_on_again(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	s->load_failures++;
	s->load_faults += !t->ev->no_limit;
	if (s->load_faults >= RSD_LOAD_LIMIT)
	{
		rsd_turn_end(t, RSD_UNDELIVERED, NULL);
		return;
	}
	start_anew(s);
	s->load_due = t->now + rsd_turn_backoff(t, s->load_failures, RSD_FAULT_BASE_MS,
											RSD_FAULT_CAP_MS);
	rsd_turn_show_wait(t, t->ev->wait);
	t->step->record = true;
}
