/*
 * load_ring.h
 *	  The memory that a worker and one loader share: a queue of messages in
 *	  one direction, a verdict in the other.
 *
 * The worker never waits for the queue; the loader waits with a limit.  A
 * worker that dies leaves no END behind, so that it never looks like the end
 * of the data.  No credential is ever put in here: user code runs in the
 * loader's process.
 */
#ifndef RSD_PG_LOAD_RING_H
#define RSD_PG_LOAD_RING_H

#include "storage/dsm.h"

#include "base/slice.h"
#include "stmt/stmt_status.h"

/* What a message brings; in this order, and a part after the other. */
typedef enum RsdLoadKind
{
	RSD_LOAD_TARGET,			/* a part begins; bytes: the target's name */
	RSD_LOAD_COLUMNS,			/* ColumnMetadata of the part */
	RSD_LOAD_ROWS,				/* whole rows */
	RSD_LOAD_PART,				/* that was all of the part */
	RSD_LOAD_THEN,				/* then_sql, in the database's encoding */
	RSD_LOAD_END				/* all has been said: commit; bytes: the error
								 * of a batch that did not finish, UTF-8 */
} RsdLoadKind;

/* How the rows of a message are written. */
typedef enum RsdLoadFormat
{
	RSD_LOAD_JSON,				/* "[...],[...]" as rsd_page_chunk cuts */
	RSD_LOAD_CSV				/* lines, as it does */
} RsdLoadFormat;

/* Every message begins with this; its bytes follow. */
typedef struct RsdLoadHead
{
	int32		kind;
	int32		part;
	Oid			target;			/* TARGET; InvalidOid if it is to be made */
	int32		mode;			/* TARGET: a RsdTargetMode */
	int32		by_position;	/* TARGET */
	int32		empty_as_null;	/* TARGET: of CSV */
	int32		format;			/* ROWS */
	int32		notify;			/* END */
	int32		status;			/* END: a RsdStatus, the final one */
	int32		finished;		/* END: parts that finished */
	int32		failed;			/* END: parts that did not */
	int32		pages;			/* PART: of it; END: of all parts */
	int64		nrows;			/* ROWS: in this message; PART, END: in all */
} RsdLoadHead;

/* How far the loader is. */
typedef enum RsdLoadState
{
	RSD_LOAD_STARTING,
	RSD_LOAD_CONNECTED,			/* as the owner of the statement */
	RSD_LOAD_COMMITTED,
	RSD_LOAD_FAILED,			/* nothing was loaded, and will not be */
	RSD_LOAD_AGAIN				/* nothing was loaded, this time */
} RsdLoadState;

/* What the loader says at its end. */
typedef struct RsdLoadVerdict
{
	RsdWait		wait;			/* AGAIN: what it waits for */
	bool		no_limit;		/* AGAIN: however often */
	bool		mute;			/* AGAIN: come without NOTIFY */
	int			part;			/* that could not be loaded; 0 not a part */
	char		sqlstate[6];
	char		error[4096];	/* UTF-8 */
} RsdLoadVerdict;

/* One end of the shared memory.  Opaque. */
typedef struct RsdLoadRing RsdLoadRing;

/*
 * The worker's end, made in CurrentMemoryContext, for a loader that acts for
 * owner on a statement of this database.  Needs a transaction for its errors,
 * and outlives it.  NULL if the server has no room for it now.
 */
extern RsdLoadRing *rsd_load_ring_make(Oid owner, int64 statement);

/* What the loader's process is given to find it. */
extern dsm_handle rsd_load_ring_handle(const RsdLoadRing *ring);

/*
 * Sends without waiting.  False: no room, call again with the very same
 * message; or the loader is gone, then nothing will ever be taken.
 */
extern bool rsd_load_ring_send(RsdLoadRing *ring, const RsdLoadHead *head,
							   RsdSlice bytes);

/* How far the loader is; the verdict is complete from COMMITTED on. */
extern RsdLoadState rsd_load_ring_state(const RsdLoadRing *ring,
										const RsdLoadVerdict **verdict);

/* The loader's end; NULL if the worker is gone.  Not in a transaction. */
extern RsdLoadRing *rsd_load_ring_find(dsm_handle handle, Oid *database,
									   Oid *owner, int64 *statement);

/* Begins to receive; once, as soon as the process may stay. */
extern void rsd_load_ring_open(RsdLoadRing *ring);

/* How a wait for a message ended. */
typedef enum RsdLoadGot
{
	RSD_LOAD_GOT,
	RSD_LOAD_GONE,				/* the worker is */
	RSD_LOAD_STALLED			/* nothing came in time */
} RsdLoadGot;

/*
 * Waits at most stall_ms for the next message, which is valid until the next
 * call.  Interruptible.
 */
extern RsdLoadGot rsd_load_ring_receive(RsdLoadRing *ring, int stall_ms,
										RsdLoadHead *head, RsdSlice *bytes);

/* Says how far the loader is; verdict may be NULL. */
extern void rsd_load_ring_say(RsdLoadRing *ring, RsdLoadState state,
							  const RsdLoadVerdict *verdict);

/* Gives one end up.  The other one notices. */
extern void rsd_load_ring_free(RsdLoadRing *ring);

#endif							/* RSD_PG_LOAD_RING_H */
