/*
 * taking.h
 *	  One look at the tables: what arrives in it, and who is chosen.
 */
#ifndef RSD_PG_TAKING_H
#define RSD_PG_TAKING_H

#include "pg/driver_state.h"

/*
 * Results asked for again in one look: what was kept of each is deleted in
 * its transaction.
 */
#define RSD_RETRY_MAX		8

/* A statement read in a transaction, and what to do with it after. */
typedef struct RsdArrival
{
	RsdLive    *live;
	RsdRoute   *route;
	RsdEventKind event;
	const char *words;			/* for a refusal; the turn's, or longer */
	const char *sqlstate;
} RsdArrival;

/* What one look at the tables reads and decides. */
typedef struct RsdTaking
{
	RsdDriver  *driver;
	int64		now;
	bool		ahead;			/* choose from what is known, read nothing */
	List	   *arrivals;		/* of RsdArrival *, in the turn's context */
	List	   *cancelled;		/* of RsdLive * in memory */
	int			nretried;
	int64		retried[RSD_RETRY_MAX]; /* statements; those waiting are told */
	List	   *servers;		/* pairs that get nothing now; owner 0: the
								 * server is full */
	List	   *owners;
	bool		more;			/* look again at once */
	bool		backlog;		/* rows wait for room */
	bool		held;			/* somebody holds rows that we want */
	bool		chained;		/* some wait for others to end */
	int			claimed;		/* rows */
	int64		rate_due;		/* when more could be sent; 0 nothing waits */
} RsdTaking;

/*
 * Notes a statement that was read, in the turn's memory, and what is to be
 * told of it after the look.
 */
extern RsdArrival *rsd_take_arrive(RsdTaking *t, RsdLive *live,
								   RsdEventKind event);

/*
 * Did this statement arrive in this look, or an earlier one whose outcome is
 * not written yet?  Its row still says "queued" then.
 */
extern bool rsd_take_in_hand(const RsdTaking *t, int64 id);

/*
 * Takes a queued statement in hand, for event.  NULL if it is in hand, is
 * queued no longer, or somebody holds its row.
 */
extern RsdArrival *rsd_take_one(RsdTaking *t, int64 id, RsdEventKind event);

/*
 * Chooses what there is room for: up to "room" rows into ids, in the order of
 * their turns; returns how many.  Reads on as long as rows were passed over
 * for a reason that the next reading knows.  What it passed over because
 * there is no room is kept in the driver.
 */
extern int	rsd_choose(RsdTaking *t, int room, int64 *ids);

#endif							/* RSD_PG_TAKING_H */
