/*
 * stmt_turn.c
 *	  What the rules of the machine have in common.
 */
#include "stmt/stmt_turn.h"

#include "base/retry.h"

#define MS					INT64_C(1000)	/* in microseconds */

int64_t
rsd_turn_backoff(const RsdTurn *t, int failures, int64_t base_ms,
				 int64_t cap_ms)
{
	int64_t		delay = rsd_backoff_delay(t->env, failures, base_ms, cap_ms) * MS;

	return delay > t->ev->delay ? delay : t->ev->delay;
}

int64_t
rsd_turn_poll_delay(const RsdTurn *t)
{
	return rsd_poll_delay(t->env, t->s->polls++) * MS;
}

void
rsd_turn_end(RsdTurn *t, RsdStatus status, const char *reason)
{
	t->s->left = t->s->status;
	t->s->status = status;
	t->s->wait = RSD_WAIT_NONE;
	t->step->ended = true;
	t->step->record = true;
	t->step->reason = reason;
}

void
rsd_turn_show_wait(RsdTurn *t, RsdWait wait)
{
	if (t->s->wait != wait)
	{
		t->s->wait = wait;
		t->step->record = true;
	}
}
