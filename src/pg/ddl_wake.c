/*
 * ddl_wake.c
 *	  Wakes the worker after commands that open a way for statements it holds.
 *
 * It wakes later than wake.c does: a transaction callback runs before the
 * changes of the catalogs are made known to other processes, so a worker
 * woken by one could read the old options from its caches and go back to
 * sleep for good.  Resources are released after that.
 */
#include "postgres.h"

#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/resowner.h"

#include "pg/ddl_wake.h"
#include "pg/slot.h"

/* Has the current transaction changed something the worker reads? */
static bool marked = false;

/*
 * A database without a slot has had no wish since the server started, unless
 * its slot was taken over; then no place is free any more.
 */
static bool
never_wanted(void)
{
	return rsd_slot_find(MyDatabaseId) == NULL &&
		rsd_slot_find(InvalidOid) != NULL;
}

/*
 * Wakes the worker that is there or planned.  Without one, few statements can
 * be waiting: a probe is enough, which leaves at once if there is no work.
 * Never throws.
 */
static void
wake_or_probe(void)
{
	RsdShared  *shared = rsd_shared();
	RsdSlot    *slot;
	bool		probe;

	if (shared == NULL)
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->ways++;
	if (!never_wanted())
	{
		slot = rsd_slot_make(MyDatabaseId);
		if (slot != NULL)
		{
			probe = slot->pid == 0 && !slot->starting && !slot->wanted;
			rsd_slot_want(slot);
			slot->probe = probe;
		}
		else
		{
			shared->visit = true;
			rsd_launcher_wake();
		}
	}
	LWLockRelease(shared->lock);
}

/*
 * The end of a transaction is the release of its topmost owner.  PREPARE
 * TRANSACTION looks like a commit here: one idle wake, and another one comes
 * with COMMIT PREPARED.  A command that failed, or was undone with its
 * savepoint, leaves the mark: an idle wake as well, if the rest commits.
 */
static void
at_release(ResourceReleasePhase phase, bool is_commit, bool is_top_level,
		   void *arg)
{
	if (!marked || !is_top_level || phase != RESOURCE_RELEASE_AFTER_LOCKS)
		return;
	marked = false;
	if (is_commit)
		wake_or_probe();
}

/* Does this kind of object decide how, and whether, a server is reached? */
static bool
is_about(ObjectType type)
{
	return type == OBJECT_FOREIGN_SERVER || type == OBJECT_FDW;
}

static bool
changes_a_way(Node *command)
{
	switch (nodeTag(command))
	{
		case T_AlterForeignServerStmt:
		case T_CreateUserMappingStmt:
		case T_AlterUserMappingStmt:
		case T_DropUserMappingStmt:
		case T_GrantRoleStmt:
		case T_AlterRoleStmt:	/* superusers need no USAGE */
		case T_DropRoleStmt:
		case T_DropOwnedStmt:
		case T_ReassignOwnedStmt:
			return true;
		case T_GrantStmt:
			return is_about(((GrantStmt *) command)->objtype);
		case T_DropStmt:
			return is_about(((DropStmt *) command)->removeType);
		case T_AlterOwnerStmt:
			return is_about(((AlterOwnerStmt *) command)->objectType);
		default:
			return false;
	}
}

void
rsd_ddl_wake(Node *command)
{
	if (changes_a_way(command) && OidIsValid(get_extension_oid("rsdata", true)))
		marked = true;
}

void
rsd_ddl_wake_init(void)
{
	Assert(process_shared_preload_libraries_in_progress);

	RegisterResourceReleaseCallback(at_release, NULL);
}
