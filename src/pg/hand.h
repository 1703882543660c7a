/*
 * hand.h
 *	  A statement in the worker's hands: taken, moved on by events, let go.
 */
#ifndef RSD_PG_HAND_H
#define RSD_PG_HAND_H

#include "pg/driver_state.h"

/* Wall clock, microseconds since the Unix epoch. */
extern int64 rsd_hand_now(void);

/*
 * Applies an event with its words (UTF-8, may be NULL) and SQLSTATE (static,
 * may be NULL): the only caller of the state machine.
 */
extern void rsd_hand_step(RsdLive *live, const RsdEvent *event,
						  const char *words, const char *sqlstate);

/*
 * Takes a statement that was read from the tables in hand: its memory, the
 * turn's until now, lives until rsd_hand_forget().
 */
extern void rsd_hand_adopt(RsdDriver *driver, RsdLive *live,
						   RsdRoute *route);

/* Lets go of a statement, its requests and its memory. */
extern void rsd_hand_forget(RsdDriver *driver, RsdLive *live);

/*
 * Does it take a place of those that there are for statements under way?  One
 * that has ended does not, unless its end cannot be written.
 */
extern bool rsd_hand_occupies(const RsdLive *live);

/* The statement in hand that has this id, or NULL. */
extern RsdLive *rsd_hand_find(RsdDriver *driver, int64 id);

#endif							/* RSD_PG_HAND_H */
