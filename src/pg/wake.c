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

static void
at_transaction_end(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
			if (marked)
				rsd_wake_now();
			marked = false;
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:	/* the utility hook sees COMMIT PREPARED */
			marked = false;
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
