/*
 * driver_state.h
 *	  What the files of the driver share: driver.c (the turn), take.c (work
 *	  from the tables), record.c (writing), and nobody else.
 */
#ifndef RSD_PG_DRIVER_STATE_H
#define RSD_PG_DRIVER_STATE_H

#include "pg/driver.h"
#include "pg/live.h"
#include "pg/outbox.h"
#include "pg/retention.h"
#include "pg/signer.h"
#include "pg/talk.h"

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
	RsdRetention *retention;
	RsdSigners *signers;
	dlist_head	lives;
	int			nlives;
	int			result_calls;	/* pages on their way */
	bool		started;		/* what a former worker left is taken up */
	bool		foreign_rows;	/* a copied database: nothing is sent */
	bool		look_failing;	/* the last look failed; said once */
	bool		look_again;		/* the queue may have more for us */
	bool		backlog;		/* the queue waits for room */
	int64		queue_due;		/* when a queued row wants attention; 0 none */
	int64		queue_looked;	/* when that was read */
	int64		looked;			/* the last look that went well */
	int64		take_after;		/* after a failed look: not before */
	int64		held_due;		/* rows were held: look again then; 0 none */
	int64		rate_due;		/* when queued rows get their share; 0 none wait */
	RsdReply	reply;			/* scratch */
	RsdNews		news;			/* scratch */
};

/* Wall clock, microseconds since the Unix epoch. */
extern int64 rsd_driver_now(void);

/*
 * Applies an event with its words (UTF-8, may be NULL) and SQLSTATE (static,
 * may be NULL): the only caller of the state machine.
 */
extern void rsd_driver_step(RsdLive *live, const RsdEvent *event,
							const char *words, const char *sqlstate);

/* Takes a statement that was read from the tables in hand. */
extern void rsd_driver_adopt(RsdDriver *driver, RsdLive *live,
							 RsdRoute *route);

/* Lets go of a statement, its requests and its memory. */
extern void rsd_driver_forget(RsdDriver *driver, RsdLive *live);

/*
 * Takes up what a former worker left.  Raises an error if the tables cannot
 * be read.
 */
extern void rsd_driver_start(RsdDriver *driver);

/* Looks for requests and queued rows, and claims what there is room for. */
extern void rsd_driver_take(RsdDriver *driver);

/* Writes what has changed, in groups, and lets go of what has ended. */
extern void rsd_driver_record(RsdDriver *driver);

#endif							/* RSD_PG_DRIVER_STATE_H */
