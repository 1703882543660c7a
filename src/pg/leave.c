/*
 * leave.c
 *	  The utility hook: leave a database before it is dropped, renamed, moved
 *	  or copied; wake after COMMIT PREPARED, and after what ddl_wake.c names.
 *
 * The caller's right is checked here as core will check it a moment later, so
 * that nobody can send the worker away by a command that he may not run.  The
 * commands themselves are left to core, whatever happens here.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/ddl_wake.h"
#include "pg/leave.h"
#include "pg/slot.h"
#include "pg/wake.h"

/* Longer than any exit takes; then core waits and reports as it always did. */
static const int leave_cap_ms = 3000;

static ProcessUtility_hook_type next_utility_hook = NULL;

/* Has this session bars of its own to remove? */
static bool have_bars = false;

/*
 * Puts up a bar and asks the worker to go.  Without a free place there is no
 * bar and no asking: core's own waiting decides, as without us.
 */
static void
bar(RsdShared *shared, Oid database)
{
	RsdSlot    *slot;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < RSD_BARS; i++)
	{
		if (OidIsValid(shared->bars[i].database))
			continue;
		shared->bars[i].database = database;
		shared->bars[i].pid = MyProcPid;
		have_bars = true;
		slot = rsd_slot_find(database);
		if (slot != NULL && (slot->pid != 0 || slot->wanted))
			slot->leave = true;
		if (slot != NULL && slot->latch != NULL)
			SetLatch(slot->latch);
		if (slot != NULL)
			rsd_slot_end_loaders(slot);
		break;
	}
	LWLockRelease(shared->lock);
}

static bool
process_present(RsdShared *shared, Oid database)
{
	RsdSlot    *slot;
	bool		present;

	LWLockAcquire(shared->lock, LW_SHARED);
	slot = rsd_slot_find(database);
	present = slot != NULL &&
		(slot->pid != 0 || rsd_slot_has_loader(slot));
	LWLockRelease(shared->lock);
	return present;
}

static void
wait_until_gone(RsdShared *shared, Oid database)
{
	static uint32 wait_event = 0;
	TimestampTz end = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
												  leave_cap_ms);
	long		left = leave_cap_ms;

	if (wait_event == 0)
		wait_event = rsd_compat_wait_event("RsdataLeave");
	ConditionVariablePrepareToSleep(&shared->gone);
	while (left > 0 && process_present(shared, database))
	{
		ConditionVariableTimedSleep(&shared->gone, left, wait_event);
		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), end);
	}
	ConditionVariableCancelSleep();
}

void
rsd_leave_database(Oid database)
{
	RsdShared  *shared = rsd_shared();

	if (shared == NULL || !OidIsValid(database))
		return;
	bar(shared, database);
	if (have_bars)
		wait_until_gone(shared, database);
}

/* The bar of one database is over: whoever was sent away may come back. */
static void
unbar(RsdShared *shared, RsdBar *over)
{
	Oid			database = over->database;
	RsdSlot    *slot = rsd_slot_find(database);

	over->database = InvalidOid;
	over->pid = 0;
	if (slot == NULL || !slot->leave || rsd_barred(database))
		return;
	slot->leave = false;
	rsd_slot_want(slot);
}

static void
at_transaction_end(XactEvent event, void *arg)
{
	RsdShared  *shared = rsd_shared();

	if (!have_bars)
		return;
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT &&
		event != XACT_EVENT_PREPARE)
		return;
	have_bars = false;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < RSD_BARS; i++)
		if (shared->bars[i].pid == MyProcPid)
			unbar(shared, &shared->bars[i]);
	rsd_launcher_wake();
	LWLockRelease(shared->lock);
}

/* Core's have_createdb_privilege(), which is not exported everywhere. */
static bool
may_create_databases(void)
{
	HeapTuple	tuple;
	bool		may;

	if (superuser())
		return true;
	tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(GetUserId()));
	if (!HeapTupleIsValid(tuple))
		return false;
	may = ((Form_pg_authid) GETSTRUCT(tuple))->rolcreatedb;
	ReleaseSysCache(tuple);
	return may;
}

static bool
is_template(Oid database)
{
	HeapTuple	tuple;
	bool		result;

	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database));
	if (!HeapTupleIsValid(tuple))
		return false;
	result = ((Form_pg_database) GETSTRUCT(tuple))->datistemplate;
	ReleaseSysCache(tuple);
	return result;
}

/* Core refuses these commands for the database one is connected to. */
static Oid
other_database(const char *name)
{
	Oid			database = get_database_oid(name, true);

	return database == MyDatabaseId ? InvalidOid : database;
}

static Oid
owned_database(const char *name)
{
	Oid			database = other_database(name);

	if (!OidIsValid(database) ||
		!rsd_compat_owns_database(database, GetUserId()))
		return InvalidOid;
	return database;
}

static DefElem *
find_option(List *options, const char *name)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, name) == 0)
			return option;
	}
	return NULL;
}

static Oid
template_of(CreatedbStmt *stmt)
{
	DefElem    *option = find_option(stmt->options, "template");
	const char *name = "template1";
	Oid			database;

	if (option != NULL && option->arg != NULL)
		name = defGetString(option);
	if (!may_create_databases())
		return InvalidOid;
	database = get_database_oid(name, true);
	if (!OidIsValid(database))
		return InvalidOid;
	if (is_template(database) ||
		rsd_compat_owns_database(database, GetUserId()))
		return database;
	return InvalidOid;
}

/*
 * The database that must be empty for this command and that the user may do
 * this to, or InvalidOid.  Commands that core does not allow inside a
 * transaction are refused before anybody has to leave.
 */
static Oid
database_to_leave(Node *command, bool is_top_level)
{
	switch (nodeTag(command))
	{
		case T_DropdbStmt:
			PreventInTransactionBlock(is_top_level, "DROP DATABASE");
			return owned_database(((DropdbStmt *) command)->dbname);
		case T_AlterDatabaseStmt:
			if (!find_option(((AlterDatabaseStmt *) command)->options,
							 "tablespace"))
				return InvalidOid;
			PreventInTransactionBlock(is_top_level,
									  "ALTER DATABASE SET TABLESPACE");
			return owned_database(((AlterDatabaseStmt *) command)->dbname);
		case T_RenameStmt:
			if (((RenameStmt *) command)->renameType != OBJECT_DATABASE ||
				!may_create_databases())
				return InvalidOid;
			return owned_database(((RenameStmt *) command)->subname);
		case T_CreatedbStmt:
			PreventInTransactionBlock(is_top_level, "CREATE DATABASE");
			return template_of((CreatedbStmt *) command);
		default:
			return InvalidOid;
	}
}

static bool
is_commit_prepared(Node *command)
{
	return IsA(command, TransactionStmt) &&
		((TransactionStmt *) command)->kind == TRANS_STMT_COMMIT_PREPARED;
}

static void
on_utility(PlannedStmt *planned, const char *query, bool read_only_tree,
		   ProcessUtilityContext context, ParamListInfo params,
		   QueryEnvironment *env, DestReceiver *dest, QueryCompletion *qc)
{
	Node	   *command = planned->utilityStmt;
	bool		is_top_level = context == PROCESS_UTILITY_TOPLEVEL;
	bool		prepared = is_commit_prepared(command);

	/* A transaction command may come in an aborted one: no lookups there. */
	if (!IsA(command, TransactionStmt))
	{
		rsd_leave_database(database_to_leave(command, is_top_level));
		rsd_ddl_wake(command);
	}

	if (next_utility_hook != NULL)
		next_utility_hook(planned, query, read_only_tree, context, params,
						  env, dest, qc);
	else
		standard_ProcessUtility(planned, query, read_only_tree, context,
								params, env, dest, qc);

	/*
	 * A prepared transaction fires no callback when it is committed, and
	 * always is in the database it was made in.  It may hold a submit: look,
	 * if the extension is here at all.
	 */
	if (prepared && OidIsValid(get_extension_oid("rsdata", true)))
		rsd_wake_now();
}

void
rsd_leave_init(void)
{
	Assert(process_shared_preload_libraries_in_progress);

	next_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = on_utility;
	RegisterXactCallback(at_transaction_end, NULL);
	rsd_ddl_wake_init();
}
