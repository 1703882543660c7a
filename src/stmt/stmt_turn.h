/*
 * stmt_turn.h
 *	  One application of an event, for the files that hold rules: stmt_fsm.c
 *	  and stmt_load.c.
 */
#ifndef RSD_STMT_TURN_H
#define RSD_STMT_TURN_H

#include "stmt/stmt_fsm.h"

/* Delays after faults, milliseconds: from, to. */
#define RSD_FAULT_BASE_MS	200
#define RSD_FAULT_CAP_MS	30000

/* What the rules read and write. */
typedef struct RsdTurn
{
	RsdStmt    *s;
	const RsdEvent *ev;
	int64_t		now;
	const RsdEnv *env;
	RsdStep    *step;
} RsdTurn;

/*
 * A spread, growing delay after failures, in microseconds: the event's own if
 * that is longer.
 */
extern int64_t rsd_turn_backoff(const RsdTurn *t, int failures,
								int64_t base_ms, int64_t cap_ms);

/* The next plain poll, where the service does not hold our calls; likewise. */
extern int64_t rsd_turn_poll_delay(const RsdTurn *t);

/* The end: nothing moves a statement from here on.  reason: static or NULL. */
extern void rsd_turn_end(RsdTurn *t, RsdStatus status, const char *reason);

/* Shows a reason to wait, or RSD_WAIT_NONE; a change is recorded. */
extern void rsd_turn_show_wait(RsdTurn *t, RsdWait wait);

#endif							/* RSD_STMT_TURN_H */
