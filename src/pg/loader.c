/*
 * loader.c
 *	  The process that delivers one statement's rows as its owner.
 *
 * Connected as the role that submitted, never as a superuser switched down:
 * triggers, defaults, input functions and then_sql run here with that role's
 * rights and nothing else.  It holds no credentials and talks to nobody but
 * its worker.  Everything happens in one transaction: the rows, then_sql,
 * deferred triggers, the final status, NOTIFY.  It opens with the first
 * message in hand, and ends by the word of the worker only.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "pg/compat.h"
#include "pg/fault.h"
#include "pg/guc.h"
#include "pg/load_run.h"
#include "pg/loader.h"
#include "pg/shmem.h"
#include "pg/slot.h"
#include "pg/txn.h"
#include "pg/utf8text.h"

/* A lock is waited for this long; then somebody else may use the loader. */
#define LOCK_TIMEOUT		"2s"

/*
 * What ALTER ROLE and ALTER DATABASE may have set and a load cannot live
 * with.  The rest of a role's settings is as in any session of its.
 */
static const char *const pinned[][2] = {
	{"role", "none"},
	{"default_transaction_isolation", "read committed"},
	{"default_transaction_read_only", "off"},
	{"default_transaction_deferrable", "off"},
	{"session_replication_role", "origin"},
	{"lock_timeout", LOCK_TIMEOUT},
	{"statement_timeout", "0"},
	{"idle_in_transaction_session_timeout", "0"},
#ifdef RSD_HAVE_TRANSACTION_TIMEOUT
	{"transaction_timeout", "0"},
#endif
};

static void
pin_settings(void)
{
	rsd_txn_pin(pinned, lengthof(pinned));
	SetConfigOption("application_name", "rsdata loader",
					PGC_USERSET, PGC_S_OVERRIDE);
}

/*
 * Gives the place back, after this process is out of the list of backends:
 * see give_back() of worker.c.
 */
static void
give_back(int code, Datum arg)
{
	RsdShared  *shared = rsd_shared();
	RsdSlot    *slot;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = rsd_slot_find(DatumGetObjectId(arg));
	for (int i = 0; slot != NULL && i < RSD_SLOT_LOADERS; i++)
		if (slot->loaders[i] == MyProcPid)
			slot->loaders[i] = 0;
	LWLockRelease(shared->lock);
	ConditionVariableBroadcast(&shared->gone);
}

/* A place in the database's slot, unless it is barred or its worker is gone. */
static bool
take_place(Oid database)
{
	RsdShared  *shared = rsd_shared();
	RsdSlot    *slot;
	bool		taken = false;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = rsd_slot_find(database);
	if (slot != NULL && slot->pid != 0 && !rsd_barred(database))
	{
		for (int i = 0; i < RSD_SLOT_LOADERS && !taken; i++)
		{
			if (slot->loaders[i] != 0)
				continue;
			slot->loaders[i] = MyProcPid;
			taken = true;
		}
	}
	LWLockRelease(shared->lock);
	return taken;
}

/* The text of an error, in UTF-8: the worker can convert nothing. */
static void
convert_words(void *arg)
{
	RsdLoadVerdict *verdict = arg;
	char	   *words = rsd_text_to_utf8(verdict->error);

	strlcpy(verdict->error, words, sizeof(verdict->error));
}

static void
say_failure(RsdLoadRing *ring, RsdLoadState state, RsdLoadVerdict *verdict)
{
	ErrorData  *error = NULL;

	if (GetDatabaseEncoding() != PG_UTF8)
		error = rsd_txn_run(convert_words, verdict);
	if (error != NULL)
		strlcpy(verdict->error, "the error has no UTF-8 form",
				sizeof(verdict->error));
	verdict->error[pg_encoding_mbcliplen(PG_UTF8, verdict->error,
										 (int) strlen(verdict->error),
										 (int) sizeof(verdict->error) - 1)] = '\0';
	rsd_load_ring_say(ring, state, verdict);
}

/* One statement, from its first message to the commit. */
static void
deliver(RsdLoadRing *ring, int64 statement)
{
	RsdLoadVerdict verdict = {0};
	RsdLoadState state;

	rsd_load_ring_say(ring, RSD_LOAD_CONNECTED, NULL);
	state = rsd_load_run(ring, statement, &verdict);
	if (state == RSD_LOAD_COMMITTED)
	{
		rsd_fault("loader-committed");
		rsd_load_ring_say(ring, state, &verdict);
		rsd_waiters_broadcast(statement);
	}
	else
		say_failure(ring, state, &verdict);
}

void
rsdata_loader_main(Datum arg)
{
	RsdLoadRing *ring;
	Oid			database;
	Oid			owner;
	int64		statement;

	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();

	MemoryContextSwitchTo(TopMemoryContext);
	ring = rsd_load_ring_find(DatumGetUInt32(arg), &database, &owner,
							  &statement);
	if (ring == NULL)
		proc_exit(0);
	on_shmem_exit(give_back, ObjectIdGetDatum(database));
	if (!take_place(database))
		proc_exit(0);
	rsd_load_ring_open(ring);
	BackgroundWorkerInitializeConnectionByOid(database, owner,
											  RSD_BYPASS_LOGIN);
	pin_settings();
	Assert(GetUserId() == owner);
	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext,
												"rsdata loader",
												ALLOCSET_DEFAULT_SIZES));
	if (rsd_txn_bind())
		deliver(ring, statement);
	proc_exit(0);
}

BackgroundWorkerHandle *
rsd_loader_start(Oid database, int64 statement, dsm_handle handle)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *started;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	snprintf(worker.bgw_name, BGW_MAXLEN,
			 "rsdata loader of statement " INT64_FORMAT " in database %u",
			 statement, database);
	strlcpy(worker.bgw_type, "rsdata loader", BGW_MAXLEN);
	strlcpy(worker.bgw_library_name, "rsdata", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "rsdata_loader_main", BGW_MAXLEN);
	worker.bgw_main_arg = UInt32GetDatum(handle);
	worker.bgw_notify_pid = MyProcPid;
	return RegisterDynamicBackgroundWorker(&worker, &started) ? started : NULL;
}
