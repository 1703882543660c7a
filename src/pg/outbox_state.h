/*
 * outbox_state.h
 *	  What the files of the outbox share: outbox.c (sending and writing) and
 *	  outbox_fill.c (what is in memory of that which waits).
 */
#ifndef RSD_PG_OUTBOX_STATE_H
#define RSD_PG_OUTBOX_STATE_H

#include "utils/hsearch.h"

#include "pg/outbox.h"

struct RsdOutbox
{
	MemoryContext cx;
	RsdHttp    *http;
	dlist_head	posts;			/* of RsdPost */
	HTAB	   *by_id;			/* the same, by their statement */
	dlist_head	topics;			/* of RsdTopic */
	int			in_flight;
	int64		not_before;		/* after a failed read or write of ours */
};

/* Makes the list, in outbox->cx. */
extern void rsd_outbox_list(RsdOutbox *outbox);

/* The post of a statement, or NULL. */
extern RsdPost *rsd_outbox_find(const RsdOutbox *outbox, int64 id);

/* Takes a post, which is not on the wire, out of the list, and frees it. */
extern void rsd_outbox_drop(RsdPost *post);

/* Does a topic want rsd_outbox_fill()? */
extern bool rsd_outbox_wants(RsdOutbox *outbox);

/*
 * Reads more for topics of which little is left in memory, in transactions
 * of its own.  False if one failed.
 */
extern bool rsd_outbox_fill(RsdOutbox *outbox);

#endif							/* RSD_PG_OUTBOX_STATE_H */
