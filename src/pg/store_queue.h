/*
 * store_queue.h
 *	  The queue as the worker reads and claims it, and what users ask for.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_QUEUE_H
#define RSD_PG_STORE_QUEUE_H

#include "pg/live.h"

/*
 * Queued rows that are due at "now" and whose deadline has not passed, in no
 * order: the first of each owner on a server, at most "each" of one, and not
 * many more than max in all; palloc'd in CurrentMemoryContext.  Left out are
 * those that wait for others, and all of a session but its first.
 */
extern int	rsd_store_queued(int64 now, int each, int max,
							 RsdQueued **queued);

/* A statement that will be skipped; words are palloc'd, NULL: not now. */
typedef struct RsdSkip
{
	int64		id;
	char	   *words;
} RsdSkip;

/*
 * Lets those go that need not wait for others any longer: looks at new rows
 * of rsdata.dependency and at those on the ended statements (ids, n of them).
 * Returns how many are to be skipped, palloc'd in *skips; a row that somebody
 * holds is among them without words, and is looked at again next time; one
 * with id 0 says that there may be more to judge.
 */
extern int	rsd_store_judge(const int64 *ended, int n, RsdSkip **skips);

/*
 * Are there requests of users, and does any statement wait for another?  Most
 * looks find neither, and need not ask further.
 */
extern void rsd_store_pending(bool *requests, bool *chains);

/* All dependencies are to be looked at anew: for a new worker. */
extern void rsd_store_judge_anew(void);

/*
 * Turns queued rows (ids, n of them) into submitting ones, as if sent at
 * "now".  Rows that are locked or no longer queued are left out.  Returns a
 * list as rsd_store_unfinished.
 */
extern List *rsd_store_claim(MemoryContext cx, const int64 *ids, int n,
							 int64 now);

/* One queued row for an event other than a claim, or NULL. */
extern RsdLive *rsd_store_one_queued(MemoryContext cx, int64 id);

/* Ids of queued rows whose deadline has passed, at most max. */
extern int	rsd_store_overdue(int64 now, int max, int64 **ids);

/*
 * When the next queued row becomes due or overdue; 0 = no such row.  A row
 * that was due at the look at "looked" is waiting for something else than
 * time since.
 */
extern int64 rsd_store_queue_due(int64 looked);

/*
 * Gives queued rows of an owner for a server this reason to wait, with no
 * time to try again: a change of the server or its mappings wakes us.  Begins
 * behind *upto, sets it to how far it came, and returns whether there may be
 * more.
 */
extern bool rsd_store_hold(Oid server, Oid owner, RsdWait wait,
						   const char *detail, int64 *upto);

/* Takes the reason from those that say that there is no way; in the same way. */
extern bool rsd_store_let_go(Oid server, Oid owner, int64 *upto);

/*
 * Takes requests to cancel, notes the wish in the rows of unfinished
 * statements, and returns their ids, at most max.  *left: some stay, because
 * somebody holds the row.
 */
extern int	rsd_store_take_cancels(int max, int64 **ids, bool *left);

/* The same for requests to retry; nothing is noted in the rows. */
extern int	rsd_store_take_retries(int max, int64 **ids, bool *left);

/*
 * Turns those of the n statements whose result was not delivered, but is
 * still kept by the service at "now", into fetching ones, and forgets what
 * was kept of their results.  Returns a list as rsd_store_unfinished.
 */
extern List *rsd_store_refetch(MemoryContext cx, const int64 *ids, int n,
							   int64 now);

#endif							/* RSD_PG_STORE_QUEUE_H */
