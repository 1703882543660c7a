/*
 * shmem.h
 *	  What the rest of the extension may ask of shared memory: waiting for a
 *	  statement to end, and a picture of the workers.
 *
 * The parts that only launcher, worker, wake and leave touch are in slot.h.
 */
#ifndef RSD_PG_SHMEM_H
#define RSD_PG_SHMEM_H

#include "datatype/timestamp.h"

/* Length of a kept error text, with its final zero. */
#define RSD_ERROR_LEN 256

/* What a worker is doing, for people. */
typedef enum RsdWorkerState
{
	RSD_WORKER_NONE,			/* no process and no need of one */
	RSD_WORKER_WAITING,			/* wanted, not yet started (slots, back-off) */
	RSD_WORKER_STARTING,		/* asked for, or connecting */
	RSD_WORKER_BUSY,			/* statements in hand */
	RSD_WORKER_LINGERING,		/* idle, stays for a while */
	RSD_WORKER_LEAVING			/* asked to leave its database */
} RsdWorkerState;

/* One database's worker as it was at one moment.  Times are 0 where unset. */
typedef struct RsdSlotInfo
{
	Oid			database;
	RsdWorkerState state;
	int			pid;			/* 0 = no process */
	TimestampTz started_at;		/* of this process */
	TimestampTz idle_since;		/* end of its last work */
	TimestampTz wanted_since;	/* how long it has been waiting for a worker */
	TimestampTz next_due;		/* DT_NOEND = nothing planned */
	TimestampTz not_before;		/* back-off after failures, until then */
	int			in_flight;		/* statements in hand */
	int			failures;		/* abnormal exits in a row */
	int64		starts;			/* processes since the server started */
	TimestampTz last_error_at;
	char		last_error[RSD_ERROR_LEN];	/* "" = none */
} RsdSlotInfo;

/*
 * Installs the hooks that reserve and initialise shared memory.  Only while
 * shared_preload_libraries are loaded.
 */
extern void rsd_shmem_init(void);

/* The word for a state as rsdata_worker_status() shows it; a constant. */
extern const char *rsd_worker_state_name(RsdWorkerState state);

/*
 * Fills out[] with up to max slots, in no order, and returns how many.  0
 * without preload.  Does not wait for anyone but the slots' lock.
 */
extern int	rsd_shmem_snapshot(RsdSlotInfo *out, int max);

/* The largest number of slots rsd_shmem_snapshot() can return. */
extern int	rsd_shmem_slot_count(void);

/*
 * Waiting until something happens to a statement of this database.  Prepare,
 * then look, then sleep, then look again ...; cancel at the end (also done by
 * transaction abort).  A broadcast after prepare ends the next sleep at once,
 * so none is missed.  The statements of all databases share a few condition
 * variables: a sleep may end without cause.  Without preload none of these
 * does anything, and sleep returns at once.
 */
extern void rsd_waiters_prepare(int64 id);

/*
 * Sleeps until the statement is broadcast, or timeout_ms have passed: true =
 * timed out.  Interruptible (raises the error of a cancel).  Cap the time-out:
 * a worker that dies broadcasts nothing, nor does one of another server of
 * which this is the standby.
 */
extern bool rsd_waiters_sleep(int64 id, long timeout_ms);

/* Ends the waiting begun by prepare; harmless if there was none. */
extern void rsd_waiters_cancel(void);

/*
 * Wakes who waits for statement id of this database.  Call it after the
 * commit, never inside the transaction.
 */
extern void rsd_waiters_broadcast(int64 id);

/* Wakes all who wait, of all databases: to be called by a new worker. */
extern void rsd_waiters_broadcast_all(void);

#endif							/* RSD_PG_SHMEM_H */
