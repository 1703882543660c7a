/*
 * txn.c
 *	  One short transaction at a time, its error as a value.
 *
 * See txn.h.  What is read here of the extension is its row in pg_extension
 * only; our tables are the business of fn.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lock.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"

#include "pg/compat.h"
#include "pg/guc.h"
#include "pg/txn.h"

/* The extension this process works for. */
typedef struct Epoch
{
	Oid			extension;		/* InvalidOid = not bound */
	bool		lost;			/* it is gone or another one now */
} Epoch;

static Epoch epoch = {InvalidOid, false};

/*
 * ALTER ROLE and ALTER DATABASE settings apply to background workers too
 * (process_settings in postinit.c), so what our code relies on is set here.
 */
static const char *const pinned[][2] = {
	{"role", "none"},
	{"search_path", "pg_catalog, pg_temp"},
	{"default_transaction_isolation", "read committed"},
	{"default_transaction_read_only", "off"},
	{"default_transaction_deferrable", "off"},
	{"session_replication_role", "origin"},
	{"row_security", "off"},
	{"lock_timeout", "1s"},
	{"statement_timeout", "0"},
	{"idle_in_transaction_session_timeout", "0"},
#ifdef RSD_HAVE_TRANSACTION_TIMEOUT
	{"transaction_timeout", "0"},
#endif
	{"standard_conforming_strings", "on"},
	{"bytea_output", "hex"},
	{"DateStyle", "ISO, YMD"},
	{"IntervalStyle", "postgres"},
	{"TimeZone", "UTC"},
	{"extra_float_digits", "1"},
	{"jit", "off"},
	{"max_parallel_workers_per_gather", "0"},

	/*
	 * Every query of ours has an index that bounds it, so a plan is made
	 * once, and never the one that fits a table that is still small.
	 */
	{"plan_cache_mode", "force_generic_plan"},
	{"enable_seqscan", "off"},
	{"enable_bitmapscan", "off"},
#ifdef USE_LZ4
	/* kept pages, which come fast and stay for days */
	{"default_toast_compression", "lz4"},
#endif
};

void
rsd_txn_pin(const char *const (*settings)[2], int n)
{
	Assert(!IsTransactionState());

	for (int i = 0; i < n; i++)
		SetConfigOption(settings[i][0], settings[i][1],
						PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("synchronous_commit",
					GetConfigOption("rsdata.synchronous_commit", false, false),
					PGC_SUSET, PGC_S_OVERRIDE);
}

void
rsd_txn_pin_settings(void)
{
	rsd_txn_pin(pinned, lengthof(pinned));
}

static void
begin(void)
{
	Assert(!IsTransactionState());

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	pgstat_report_activity(STATE_RUNNING, NULL);
}

static void
commit(void)
{
	CommitTransactionCommand();
	pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
}

/*
 * Holds the extension for this transaction, and raises an error if it is not
 * the one we are bound to.  Never waits: DROP EXTENSION holds its lock to the
 * end of a transaction that may be long, and a caller can come again.
 */
static void
hold_extension(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId,
					   epoch.extension, 0);
	if (LockAcquire(&tag, AccessShareLock, false, true) ==
		LOCKACQUIRE_NOT_AVAIL)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("extension \"%s\" is being changed", "rsdata"));
	AcceptInvalidationMessages();
	if (get_extension_oid("rsdata", true) != epoch.extension)
	{
		epoch.lost = true;
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("extension \"%s\" was dropped", "rsdata"));
	}
}

bool
rsd_txn_bind(void)
{
	begin();
	epoch.extension = get_extension_oid("rsdata", true);
	epoch.lost = false;
	commit();
	return OidIsValid(epoch.extension);
}

bool
rsd_txn_bound(void)
{
	return OidIsValid(epoch.extension) && !epoch.lost;
}

/* The transaction itself; leaves by an error or committed. */
static void
run(void (*fn) (void *arg), void *arg)
{
	begin();
	if (OidIsValid(epoch.extension))
		hold_extension();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	PushActiveSnapshot(GetTransactionSnapshot());
	fn(arg);
	PopActiveSnapshot();
	SPI_finish();
	commit();
}

ErrorData *
rsd_txn_run(void (*fn) (void *arg), void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	ErrorData  *volatile error = NULL;

	Assert(caller != ErrorContext);
	PG_TRY();
	{
		run(fn, arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		AbortCurrentTransaction();
		pgstat_report_stat(false);
		pgstat_report_activity(STATE_IDLE, NULL);
	}
	PG_END_TRY();

	MemoryContextSwitchTo(caller);
	Assert(!IsTransactionState() && !ActiveSnapshotSet());
	return error;
}
