/*
 * stmt_load.c
 *	  The facts of a statement that a loader ends.
 *
 * Only facts: what follows from them is in stmt_plan.c, and what happens is
 * in the table of stmt_fsm.c.
 */
#include "stmt/stmt_load.h"

#include "stmt/stmt_plan.h"

bool
rsd_stmt_load(RsdStmt *s)
{
	if (s->status == RSD_LOADING)
		return false;
	s->status = RSD_LOADING;
	return true;
}

void
rsd_stmt_load_anew(RsdStmt *s)
{
	s->turn = false;
	if (!s->target)
		return;
	s->status = RSD_FETCHING;
	s->has_result = RSD_TRI_YES;
	s->fetched = false;
	s->full = false;
	s->call[RSD_CALL_RESULT].in_flight = false;
	s->call[RSD_CALL_RESULT].failures = 0;
	s->call[RSD_CALL_RESULT].due = 0;
}

bool
rsd_stmt_load_complete(const RsdStmt *s)
{
	return s->status == RSD_LOADING && (s->fetched || !s->target) && !s->full &&
		!rsd_stmt_details_wanted(s);
}

bool
rsd_stmt_load_wanted(const RsdStmt *s, int64_t now)
{
	return s->loader && !s->turn && s->load_due <= now &&
		(s->status == RSD_LOADING || (s->status == RSD_FETCHING && s->target));
}
