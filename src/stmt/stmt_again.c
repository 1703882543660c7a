/*
 * stmt_again.c
 *	  What is not simply sent again.
 *
 * A client token has a life.  What may have been sent before it ended is
 * looked up by its name, never sent once more: found, it goes on; on no page,
 * only a person can tell what became of it.
 */
#include "stmt/stmt_again.h"

#include <stddef.h>

void
rsd_again_notice(RsdStmt *s, int64_t now)
{
	if (s->status == RSD_SUBMITTING && !s->call[RSD_CALL_EXECUTE].in_flight &&
		now >= s->first_sent_at + RSD_TOKEN_LIFE)
		s->stale = s->unsure = true;
}

/* Not for ever: the service forgets, too. */
void
rsd_again_on_due(RsdTurn *t)
{
	if (t->s->stale && t->now >= t->s->first_sent_at + RSD_LOOKUP_LIFE)
		rsd_turn_end(t, RSD_ORPHANED, "it may have been sent, its client "
					 "token has expired since, and it could not be looked up "
					 "by its name");
}

void
rsd_again_on_not_yet(RsdTurn *t)
{
	t->s->call[RSD_CALL_LOOKUP].due = t->now;
}

void
rsd_again_on_not_there(RsdTurn *t)
{
	rsd_turn_end(t, RSD_ORPHANED, "it may have been sent, its client token "
				 "has expired since, and the service lists no statement of "
				 "its name");
}

/*
 * The rows are the service's to repeat: all begins anew, but for what is
 * known of the statement itself.
 */
void
rsd_again_on_refetch(RsdTurn *t)
{
	RsdStmt    *s = t->s;

	if (s->expires_at == 0 || t->now >= s->expires_at)
		return;
	if (s->target && s->has_result == RSD_TRI_NO)
		return;
	s->wish = RSD_WISH_NONE;
	s->wait = RSD_WAIT_NONE;
	s->described = s->fetched = false;
	s->verdict = s->batch ? RSD_VERDICT_NONE : RSD_VERDICT_FINISHED;
	t->step->record = true;
	if (s->loader && !s->target &&
		(s->has_result == RSD_TRI_NO || !s->fetch))
	{
		/* it ran, but for its local SQL, which wants no rows */
		s->status = RSD_LOADING;
		return;
	}
	s->status = RSD_FETCHING;
	s->has_result = RSD_TRI_YES;
}
