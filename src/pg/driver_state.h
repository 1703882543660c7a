/*
 * driver_state.h
 *	  What the files of the driver share: driver.c (the turn), hand.c (one
 *	  statement), take.c and choose.c (work from the tables), record.c
 *	  (writing), ended.c (what an end sets going).
 */
#ifndef RSD_PG_DRIVER_STATE_H
#define RSD_PG_DRIVER_STATE_H

#include "pg/driver.h"
#include "pg/live.h"
#include "pg/outbox.h"
#include "pg/retention.h"
#include "pg/signer.h"
#include "pg/talk.h"
#include "pg/turns.h"

/* After a look or a write that failed for a passing reason. */
#define RSD_DRIVER_PAUSE	USECS_PER_SEC

/* Rows taken from the queue, or requests, in one look. */
#define RSD_TAKE_MAX		256

struct RsdDriver
{
	MemoryContext cx;
	MemoryContext turn_cx;		/* reset each turn */
	RsdHttp    *http;
	RsdCredSources *sources;
	RsdRoutes  *routes;
	RsdOutbox  *outbox;
	RsdTurns   *turns;
	RsdRetention *retention;
	RsdSigners *signers;
	dlist_head	lives;
	int			nlives;
	int			result_calls;	/* pages on their way */
	bool		refreshed;		/* the routes, in this turn */
	bool		started;		/* what a former worker left is taken up */
	unsigned	changes;		/* looks, and statements that ended */
	bool		foreign_rows;	/* a copied database: nothing is sent */
	bool		look_failing;	/* the last look failed; said once */
	bool		look_again;		/* the queue may have more for us */
	bool		backlog;		/* the queue waits for room */
	bool		look_for_room;	/* there is some */
	int			nahead;			/* read, and passed over for lack of room */
	RsdQueued	ahead[RSD_TAKE_MAX];
	bool		chained;		/* some wait for others to end */
	int64	   *ended;			/* ended since those were judged; in cx */
	int			nended;
	int			ended_room;		/* of that array */
	int64		queue_due;		/* when a queued row wants attention; 0 none */
	int64		queue_looked;	/* when that was read */
	int64		looked;			/* the last look that went well */
	int64		take_after;		/* after a failed look: not before */
	int64		held_due;		/* rows were held: look again then; 0 none */
	int64		rate_due;		/* when queued rows get their share; 0 none
								 * wait */
	RsdReply	reply;			/* scratch */
	RsdNews		news;			/* scratch */
};

/*
 * Takes up what a former worker left.  Raises an error if the tables cannot
 * be read.
 */
extern void rsd_driver_start(RsdDriver *driver);

/*
 * Looks for requests and queued rows, and claims what there is room for.
 * room_only: nothing has happened since the last look but that there is room,
 * so that what is known of the queue may do.
 */
extern void rsd_driver_take(RsdDriver *driver, bool room_only);

/* Writes what has changed, in groups, and lets go of what has ended. */
extern void rsd_driver_record(RsdDriver *driver);

#endif							/* RSD_PG_DRIVER_STATE_H */
