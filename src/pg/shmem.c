/*
 * shmem.c
 *	  Reserves and initialises shared memory; waiting and the snapshot.
 *
 * What lies in it, and its lock, is described in slot.h.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/rate.h"
#include "pg/shmem.h"
#include "pg/slot.h"

static shmem_request_hook_type next_request_hook = NULL;
static shmem_startup_hook_type next_startup_hook = NULL;

static void
request(void)
{
	if (next_request_hook != NULL)
		next_request_hook();
	RequestAddinShmemSpace(MAXALIGN(sizeof(RsdShared)) +
						   rsd_rate_shmem_size());
	RequestNamedLWLockTranche("rsdata", 2);
}

static void
initialise(RsdShared *shared)
{
	memset(shared, 0, sizeof(*shared));
	shared->lock = &GetNamedLWLockTranche("rsdata")->lock;
	shared->visit_due = DT_NOEND;
	ConditionVariableInit(&shared->gone);
	for (int i = 0; i < RSD_WAITERS; i++)
		ConditionVariableInit(&shared->waiters[i]);
}

/* Runs at server start and again after a crash, with fresh memory. */
static void
startup(void)
{
	RsdShared  *shared;
	bool		found;

	if (next_startup_hook != NULL)
		next_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("rsdata", sizeof(RsdShared), &found);
	if (!found)
		initialise(shared);
	rsd_shared_set(shared);
	rsd_rate_shmem_startup(&GetNamedLWLockTranche("rsdata")[1].lock);
	LWLockRelease(AddinShmemInitLock);
}

void
rsd_shmem_init(void)
{
	Assert(process_shared_preload_libraries_in_progress);

	next_request_hook = shmem_request_hook;
	shmem_request_hook = request;
	next_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup;
}

const char *
rsd_worker_state_name(RsdWorkerState state)
{
	switch (state)
	{
		case RSD_WORKER_NONE:
			return "none";
		case RSD_WORKER_WAITING:
			return "waiting";
		case RSD_WORKER_STARTING:
			return "starting";
		case RSD_WORKER_BUSY:
			return "busy";
		case RSD_WORKER_LINGERING:
			return "lingering";
		case RSD_WORKER_LEAVING:
			return "leaving";
	}
	return "unknown";
}

static RsdWorkerState
state_of(const RsdSlot *slot)
{
	if (slot->pid == 0)
	{
		if (slot->starting)
			return RSD_WORKER_STARTING;
		return slot->wanted ? RSD_WORKER_WAITING : RSD_WORKER_NONE;
	}
	if (slot->closing || slot->leave)
		return RSD_WORKER_LEAVING;
	if (!slot->ready)
		return RSD_WORKER_STARTING;
	return slot->idle_since == 0 ? RSD_WORKER_BUSY : RSD_WORKER_LINGERING;
}

static void
describe(const RsdSlot *slot, RsdSlotInfo *info)
{
	info->database = slot->database;
	info->state = state_of(slot);
	info->pid = slot->pid;
	info->started_at = slot->started_at;
	info->idle_since = slot->idle_since;
	info->wanted_since = slot->wanted ? slot->wanted_since : 0;
	/* of a worker it is but its next look at the queue */
	info->next_due = slot->pid == 0 ? slot->due : DT_NOEND;
	info->not_before = slot->not_before;
	info->in_flight = slot->in_flight;
	info->failures = slot->failures;
	info->starts = slot->starts;
	info->last_error_at = slot->last_error_at;
	memcpy(info->last_error, slot->last_error, RSD_ERROR_LEN);
}

int
rsd_shmem_snapshot(RsdSlotInfo *out, int max)
{
	RsdShared  *shared = rsd_shared();
	int			n = 0;

	if (shared == NULL)
		return 0;
	LWLockAcquire(shared->lock, LW_SHARED);
	for (int i = 0; i < RSD_SLOTS && n < max; i++)
		if (OidIsValid(shared->slots[i].database))
			describe(&shared->slots[i], &out[n++]);
	LWLockRelease(shared->lock);
	return n;
}

int
rsd_shmem_slot_count(void)
{
	return RSD_SLOTS;
}

/*
 * Ids are numbered per database, so databases are shifted against each other;
 * ids in a row fall on variables of their own.
 */
static ConditionVariable *
variable_of(int64 id)
{
	return &rsd_shared()->waiters[((uint64) id + MyDatabaseId) % RSD_WAITERS];
}

void
rsd_waiters_prepare(int64 id)
{
	if (rsd_shared() != NULL)
		ConditionVariablePrepareToSleep(variable_of(id));
}

bool
rsd_waiters_sleep(int64 id, long timeout_ms)
{
	static uint32 wait_event = 0;

	if (rsd_shared() == NULL)
		return true;
	if (wait_event == 0)
		wait_event = rsd_compat_wait_event("RsdataWait");
	return ConditionVariableTimedSleep(variable_of(id), timeout_ms,
									   wait_event);
}

void
rsd_waiters_cancel(void)
{
	if (rsd_shared() != NULL)
		ConditionVariableCancelSleep();
}

void
rsd_waiters_broadcast_all(void)
{
	if (rsd_shared() == NULL)
		return;
	for (int i = 0; i < RSD_WAITERS; i++)
		ConditionVariableBroadcast(&rsd_shared()->waiters[i]);
}

void
rsd_waiters_broadcast(int64 id)
{
	if (rsd_shared() != NULL)
		ConditionVariableBroadcast(variable_of(id));
}
