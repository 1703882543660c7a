/*
 * slot.h
 *	  Shared memory of the processes: one slot per database, the bars, the
 *	  launcher's address.
 *
 * For launcher, worker, wake, ddl_wake, leave and shmem only; everyone else uses
 * shmem.h and wake.h.
 *
 * Lock rules.  One LWLock guards everything here but the condition variables,
 * which bring their own.  It is held for a few instructions: no allocation,
 * no catalog access, no error, no waiting inside; setting a latch is allowed.
 * A Latch pointer is published and cleared under the lock by its owner and
 * used under the lock only, so nobody sets the latch of a process that has
 * taken over the same PGPROC.
 *
 * How a wish is never lost: whoever wants a worker sets "wanted" and wakes
 * either the process that will still look at it, or the launcher.  A worker
 * sets "closing" under the same lock, and only while nothing is wanted; from
 * then on wishes go to the launcher, and the exit callback wakes it again.
 *
 * Who has committed something that needs no look before a certain time may
 * rely on a "due" that is not later.  So a worker sets it to DT_NOEND before
 * each look, and to what it has read after it: who comes in between wishes.
 */
#ifndef RSD_PG_SLOT_H
#define RSD_PG_SLOT_H

#include "datatype/timestamp.h"
#include "storage/condition_variable.h"
#include "storage/latch.h"
#include "storage/lwlock.h"

#include "pg/shmem.h"

/*
 * Databases that can have a worker, a wish or a due time at once.  Workers
 * are bounded by max_worker_processes (8 by default), so this is ample.  When
 * it is not, the slot with the latest due time gives way, and a visit of all
 * databases takes the place of what was known about them.
 */
#define RSD_SLOTS 128

/* Databases being dropped, renamed, moved or copied at one moment. */
#define RSD_BARS 64

/* Loaders in one database at one moment, at most. */
#define RSD_SLOT_LOADERS 64

/* Waiting statements are spread over these by id. */
#define RSD_WAITERS 64

typedef struct RsdSlot
{
	Oid			database;		/* InvalidOid = this slot is free */

	/* What is wished for; set by anyone, taken by worker or launcher. */
	bool		wanted;			/* look at the tables */
	bool		probe;			/* only see whether there is work */
	bool		leave;			/* barred: go, and come back when it is over */
	bool		yield;			/* another database needs the place */
	TimestampTz wanted_since;	/* when "wanted" became true */
	TimestampTz due;			/* the tables are looked at then, at the
								 * latest; DT_NOEND = never, or just now */
	TimestampTz not_before;		/* no new process earlier; or 0 */

	/* The process; set by launcher ("starting") and by the worker itself. */
	bool		starting;		/* registered, has not taken the slot yet */
	bool		visited;		/* a probe has looked, since the launcher
								 * asked */
	bool		ready;			/* connected, in its loop */
	bool		closing;		/* has taken its last look, will not again */
	int			pid;			/* 0 = none */
	Latch	   *latch;			/* of pid; NULL = none */
	int			loaders[RSD_SLOT_LOADERS];	/* pids, 0 = free; each enters and
											 * leaves by itself */

	/* Facts for people. */
	TimestampTz started_at;
	TimestampTz idle_since;		/* 0 = busy */
	TimestampTz last_error_at;
	int			in_flight;
	int			failures;		/* abnormal exits in a row */
	int64		starts;
	char		last_error[RSD_ERROR_LEN];
} RsdSlot;

/* A session keeps us out of a database until its transaction ends. */
typedef struct RsdBar
{
	Oid			database;		/* InvalidOid = free */
	int			pid;			/* the session */
} RsdBar;

typedef struct RsdShared
{
	LWLock	   *lock;
	Latch	   *launcher;		/* NULL = no launcher at the moment */
	bool		visit;			/* a wish found no slot: visit all */
	TimestampTz visit_due;		/* visit all then; DT_NOEND = never */
	uint64		ways;			/* changes of servers, keys and rights, of all
								 * databases */
	ConditionVariable gone;		/* some worker has left its database */
	ConditionVariable waiters[RSD_WAITERS];
	RsdBar		bars[RSD_BARS];
	RsdSlot		slots[RSD_SLOTS];
} RsdShared;

/* The shared state; NULL without preload. */
extern RsdShared *rsd_shared(void);

/* Hands over the shared state of this process; from the start-up hook. */
extern void rsd_shared_set(RsdShared *shared);

/* All below: the lock is held by the caller, exclusively if it writes. */

/* The slot of a database, or NULL. */
extern RsdSlot *rsd_slot_find(Oid database);

/*
 * The slot of a database, made if there is none.  If all are in use it takes
 * over one that has neither process nor wish, with the latest due time at
 * best none.  NULL if there is no such.
 */
extern RsdSlot *rsd_slot_make(Oid database);

/*
 * Wishes for a worker of the slot's database and wakes who must know: the
 * worker if it will still look, else the launcher.
 */
extern void rsd_slot_want(RsdSlot *slot);

/*
 * The process of the slot is gone, or could not be started: back-off that
 * doubles from one second to one minute.
 */
extern void rsd_slot_failed(RsdSlot *slot, TimestampTz now);

/* Is there a loader of ours in the slot's database? */
extern bool rsd_slot_has_loader(const RsdSlot *slot);

/*
 * Asks the loaders of the slot's database to end now, whatever they are
 * doing.
 */
extern void rsd_slot_end_loaders(RsdSlot *slot);

/* Sets the launcher's latch, if there is a launcher. */
extern void rsd_launcher_wake(void);

/* Is some session keeping us out of this database? */
extern bool rsd_barred(Oid database);

#endif							/* RSD_PG_SLOT_H */
