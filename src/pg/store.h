/*
 * store.h
 *	  Our tables as the worker reads and writes them: all its SQL is here.
 *
 * Every function needs a transaction with SPI connected (rsd_txn_run).  No
 * function decides anything: rows become values and values become rows.
 * Times are microseconds since the Unix epoch, 0 for NULL.
 */
#ifndef RSD_PG_STORE_H
#define RSD_PG_STORE_H

#include "pg/live.h"
#include "pg/outbox.h"

/* Is this database the one whose rows these are? */
typedef enum RsdIdentity
{
	RSD_IDENTITY_SAME,
	RSD_IDENTITY_PROMOTED,		/* same, on another timeline */
	RSD_IDENTITY_COPY			/* a clone: its rows are somebody else's */
} RsdIdentity;

/* What became of the attempt to write a statement's row. */
typedef enum RsdWritten
{
	RSD_WRITTEN,
	RSD_WRITE_GONE,				/* the row is not there any more */
	RSD_WRITE_HELD				/* somebody has locked it: nothing written */
} RsdWritten;

/* Compares rsdata.meta with the database we are in. */
extern RsdIdentity rsd_store_identity(void);

/*
 * After a promotion or a recovery to a point in time nobody knows what was
 * sent since: queued rows count as perhaps sent from here on.
 */
extern void rsd_store_promote(void);

/* Is there an open row? */
extern bool rsd_store_has_open(void);

/*
 * Reads rows a former worker left between queued and the end, in order of
 * id.  Returns a list of RsdLive *, each in a context of its own below cx.
 */
extern List *rsd_store_unfinished(MemoryContext cx);

/*
 * Queued rows that are due at "now" and whose deadline has not passed, in
 * order of id, at most max; palloc'd in CurrentMemoryContext.  Left out are those of the pairs in the lists
 * "servers" and "owners" (equally long; owner InvalidOid stands for all).
 */
extern int	rsd_store_queued(int64 now, List *servers, List *owners, int max,
							 RsdQueued **queued);

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
 * Gives all queued rows of an owner for a server this reason to wait, with
 * no time to try again: a change of the server or its mappings wakes us.
 */
extern void rsd_store_hold(Oid server, Oid owner, RsdWait wait,
						   const char *detail);

/*
 * Takes requests to cancel, notes the wish in the rows of unfinished
 * statements, and returns their ids, at most max.  *left: some stay, because
 * somebody holds the row.
 */
extern int	rsd_store_take_cancels(int max, int64 **ids, bool *left);

/*
 * Writes what has changed: the row, a page in hand with its part; for an
 * ended one also what is to be published and, if "notify", the NOTIFYs.
 * The value in memory is left as it is, but for chunks_written.
 */
extern RsdWritten rsd_store_record(RsdLive *live, bool notify);

/*
 * Ended statements whose outcome is still to be published: a list of
 * RsdPost * in cx, of which id, server, owner and attempts are set.
 */
extern List *rsd_store_unpublished(MemoryContext cx);

/*
 * The words to publish about a statement, as UTF-8 in cx.  False if the row
 * is gone or has no topic.
 */
extern bool rsd_store_letter(int64 id, MemoryContext cx, RsdLetter *letter);

/* Notes how a publish went; see outbox.h. */
extern RsdWritten rsd_store_posted(const RsdPost *post);

#endif							/* RSD_PG_STORE_H */
