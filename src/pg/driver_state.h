/*
 * driver_state.h
 *	  What the files of the driver share: driver.c (the turn), hand.c (one
 *	  statement), take.c (work from the tables), record.c (writing).
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
	bool		started;		/* what a former worker left is taken up */
	unsigned	changes;		/* looks, and statements that ended */
	bool		foreign_rows;	/* a copied database: nothing is sent */
	bool		look_failing;	/* the last look failed; said once */
	bool		look_again;		/* the queue may have more for us */
	bool		backlog;		/* the queue waits for room */
	bool		chained;		/* some wait for others to end */
	int64	   *ended;			/* ended since those were judged; in cx */
	int			nended;
	int			ended_room;		/* of that array */
	int64		queue_due;		/* when a queued row wants attention; 0 none */
	int64		queue_looked;	/* when that was read */
	int64		looked;			/* the last look that went well */
	int64		take_after;		/* after a failed look: not before */
	int64		held_due;		/* rows were held: look again then; 0 none */
	int64		rate_due;		/* when queued rows get their share; 0 none wait */
	RsdReply	reply;			/* scratch */
	RsdNews		news;			/* scratch */
};

/*
 * Takes up what a former worker left.  Raises an error if the tables cannot
 * be read.
 */
extern void rsd_driver_start(RsdDriver *driver);

/* Looks for requests and queued rows, and claims what there is room for. */
extern void rsd_driver_take(RsdDriver *driver);

/* Writes what has changed, in groups, and lets go of what has ended. */
extern void rsd_driver_record(RsdDriver *driver);

/*
 * The end of a statement is committed, by us or by its loader: tells whoever
 * waits for that, and publishes it to live->publish_to unless NULL or the row
 * is gone.  The caller lets go of it.
 */
extern void rsd_driver_ended(RsdDriver *driver, RsdLive *live);

#endif							/* RSD_PG_DRIVER_STATE_H */
