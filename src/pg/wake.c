/*
 * wake.c
 *	  Wakes the worker of this database when a transaction commits.
 *
 * The callback is registered once, in the postmaster, and inherited by every
 * process.  It runs after the commit is visible to others, so the worker that
 * it wakes sees the rows.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"

#include "pg/slot.h"
#include "pg/wake.h"

/* Does the current transaction want the worker when it commits? */
static bool marked = false;

/* Only if it would not look by then, or ways were changed since. */
static struct
{
	bool		set;
	TimestampTz due;
	uint64		ways;
}			marked_by = {false, 0, 0};

/* Is the wake of another one early enough, or late enough? */
static bool
will_look(void)
{
	RsdShared  *shared = rsd_shared();
	RsdSlot    *slot;
	bool		will;

	LWLockAcquire(shared->lock, LW_SHARED);
	slot = rsd_slot_find(MyDatabaseId);
	will = slot != NULL && slot->due <= marked_by.due &&
		shared->ways == marked_by.ways;
	LWLockRelease(shared->lock);
	return will;
}

static void
at_transaction_end(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
			if (marked || (marked_by.set && !will_look()))
				rsd_wake_now();
			marked = marked_by.set = false;
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:	/* the utility hook sees COMMIT PREPARED */
			marked = marked_by.set = false;
			break;
		default:
			break;
	}
}

void
rsd_wake_init(void)
{
	Assert(process_shared_preload_libraries_in_progress);

	RegisterXactCallback(at_transaction_end, NULL);
}

void
rsd_wake_at_commit(void)
{
	marked = true;
}

void
rsd_wake_by(TimestampTz due, uint64 ways)
{
	if (!marked_by.set || due < marked_by.due)
		marked_by.due = due;
	if (!marked_by.set || ways < marked_by.ways)
		marked_by.ways = ways;
	marked_by.set = true;
}

uint64
rsd_wake_ways(void)
{
	RsdShared  *shared = rsd_shared();
	uint64		ways;

	LWLockAcquire(shared->lock, LW_SHARED);
	ways = shared->ways;
	LWLockRelease(shared->lock);
	return ways;
}

void
rsd_wake_now(void)
{
	RsdShared  *shared = rsd_shared();
	RsdSlot    *slot;

	if (shared == NULL)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = rsd_slot_make(MyDatabaseId);
	if (slot != NULL)
		rsd_slot_want(slot);
	else
	{
		shared->visit = true;
		rsd_launcher_wake();
	}
	LWLockRelease(shared->lock);
}

bool
rsd_preloaded(void)
{
	return rsd_shared() != NULL;
}

void
rsd_wake_require(void)
{
	if (!rsd_preloaded())
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("rsdata must be loaded when the server starts"),
				errhint("Add rsdata to shared_preload_libraries (for example shared_preload_libraries = 'rsdata') and restart the server."));
}
