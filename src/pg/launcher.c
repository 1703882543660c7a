/*
 * launcher.c
 *	  Starts probes and workers, and knows when the next one is due.
 *
 * Each turn: forget workers that ended, list the databases if they must be
 * visited, go on with the visit, start what is wanted, sleep.  With nothing
 * wanted and nothing due it sleeps without a time-out.
 *
 * Never connects to a database, so DROP DATABASE does not see it, and never
 * looks at a table of ours.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/guc.h"
#include "pg/launcher.h"
#include "pg/slot.h"
#include "pg/worker.h"

/* datconnlimit of a database whose DROP was interrupted: FATAL to connect. */
#define INVALID_DATABASE (-2)

/* Wait after a failed registration; doubles while no worker ends. */
static const int slots_wait_first_ms = 200;
static const int slots_wait_last_ms = 2000;

/* A worker asked for, until the postmaster says that it ended. */
typedef struct Started
{
	BackgroundWorkerHandle *handle;
	Oid			database;
} Started;

typedef struct Launcher
{
	MemoryContext context;		/* of the two lists */
	List	   *started;		/* of Started */
	List	   *to_visit;		/* oids of databases, one after the other */
	Oid			visiting;		/* the one being visited, or InvalidOid */
	TimestampTz no_slots_until; /* no place for a worker before this */
	int			no_slots_wait;	/* ms, the last such wait */
	bool		told_no_slots;	/* has said so in the log, once is enough */
	uint32		wait_event;
} Launcher;

static void
lock(void)
{
	LWLockAcquire(rsd_shared()->lock, LW_EXCLUSIVE);
}

static void
unlock(void)
{
	LWLockRelease(rsd_shared()->lock);
}

static bool
connectable(Form_pg_database database)
{
	return database->datallowconn &&
		database->datconnlimit != INVALID_DATABASE;
}

/* The databases to visit: all that can be connected to and are no template. */
static void
list_databases(Launcher *l)
{
	Relation	relation;
	TableScanDesc scan;
	HeapTuple	tuple;
	MemoryContext old;

	list_free(l->to_visit);
	l->to_visit = NIL;
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	relation = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(relation, 0, NULL);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);

		if (!connectable(database) || database->datistemplate)
			continue;
		old = MemoryContextSwitchTo(l->context);
		l->to_visit = lappend_oid(l->to_visit, database->oid);
		MemoryContextSwitchTo(old);
	}
	table_endscan(scan);
	table_close(relation, AccessShareLock);
	CommitTransactionCommand();
	pgstat_report_stat(true);
}

/* May a process connect to it at this moment? */
static bool
database_accepts(Oid oid)
{
	HeapTuple	tuple;
	bool		accepts = false;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(oid));
	if (HeapTupleIsValid(tuple))
	{
		accepts = connectable((Form_pg_database) GETSTRUCT(tuple));
		ReleaseSysCache(tuple);
	}
	CommitTransactionCommand();
	return accepts;
}

/*
 * A worker ended; if it never took its slot, it could not be started.  Its
 * successor may be on its way already: then the mark is that one's.
 */
static void
note_end(const Launcher *l, const Started *ended)
{
	RsdSlot    *slot;
	ListCell   *cell;

	foreach(cell, l->started)
	{
		const Started *other = lfirst(cell);

		if (other != ended && other->database == ended->database)
			return;
	}
	lock();
	slot = rsd_slot_find(ended->database);
	if (slot != NULL && slot->starting && slot->pid == 0)
	{
		slot->starting = false;
		rsd_slot_failed(slot, GetCurrentTimestamp());
	}
	unlock();
}

/*
 * Forgets the workers that the postmaster has reaped.  Only now their places
 * are free, so a lack of places may be over.
 */
static void
reap(Launcher *l)
{
	ListCell   *cell;

	foreach(cell, l->started)
	{
		Started    *started = lfirst(cell);
		pid_t		pid;

		if (GetBackgroundWorkerPid(started->handle, &pid) != BGWH_STOPPED)
			continue;
		note_end(l, started);
		pfree(started->handle);
		pfree(started);
		l->started = foreach_delete_current(l->started, cell);
		l->no_slots_until = 0;
		l->no_slots_wait = 0;
	}
}

/*
 * A wish that found no slot, or a due time that lost its slot and has come:
 * someone somewhere wants something.
 */
static void
visit_if_asked(Launcher *l)
{
	RsdShared  *shared = rsd_shared();
	TimestampTz now = GetCurrentTimestamp();
	bool		due;
	bool		asked;

	lock();
	due = shared->visit_due <= now;
	asked = shared->visit || due;
	shared->visit = false;
	if (due)
		shared->visit_due = DT_NOEND;
	unlock();
	if (asked)
		list_databases(l);
}

/* Is the visit under way over?  True also if it cannot go on for now. */
static bool
visit_over(const RsdSlot *slot)
{
	if (slot == NULL || slot->visited || slot->failures > 0)
		return true;
	if (rsd_barred(slot->database))
		return true;			/* its wish stays */
	return slot->pid == 0 && !slot->starting && !slot->wanted;
}

/*
 * Wishes for a probe of a database, unless a process is there anyhow.  False
 * if the table of slots is full.
 */
static bool
ask_for_probe(Oid database)
{
	RsdSlot    *slot = rsd_slot_make(database);

	if (slot == NULL)
		return false;
	if (slot->pid != 0 || slot->wanted)
		return true;
	slot->wanted = true;
	slot->wanted_since = GetCurrentTimestamp();
	slot->probe = true;
	slot->visited = false;
	return true;
}

/*
 * No place for a process, or no slot: ask the worker that has been idle
 * longest to leave, unless one was asked already.
 */
static void
make_room(void)
{
	RsdSlot    *slots = rsd_shared()->slots;
	RsdSlot    *idlest = NULL;

	for (int i = 0; i < RSD_SLOTS; i++)
	{
		RsdSlot    *slot = &slots[i];

		if (slot->pid == 0 || !slot->ready || slot->idle_since == 0)
			continue;
		if (slot->yield || slot->closing)
			return;
		if (idlest == NULL || slot->idle_since < idlest->idle_since)
			idlest = slot;
	}
	if (idlest == NULL)
		return;
	idlest->yield = true;
	SetLatch(idlest->latch);
}

/* One database at a time, so that a start costs the server little. */
static void
go_on_visiting(Launcher *l)
{
	lock();
	while (!OidIsValid(l->visiting) || visit_over(rsd_slot_find(l->visiting)))
	{
		l->visiting = InvalidOid;
		if (l->to_visit == NIL)
			break;
		if (!ask_for_probe(linitial_oid(l->to_visit)))
		{
			make_room();
			break;
		}
		l->visiting = linitial_oid(l->to_visit);
		l->to_visit = list_delete_first(l->to_visit);
	}
	unlock();
}

/* A due time that has come is a wish. */
static void
wish_for_due(RsdSlot *slot, TimestampTz now)
{
	if (!OidIsValid(slot->database) || slot->pid != 0 || slot->due > now)
		return;
	slot->due = DT_NOEND;
	if (!slot->wanted)
		slot->wanted_since = now;
	slot->wanted = true;
	slot->probe = false;
}

static bool
startable(const RsdSlot *slot)
{
	return OidIsValid(slot->database) && slot->wanted && slot->pid == 0 &&
		!slot->starting && !rsd_barred(slot->database);
}

/* Marks the oldest wish that can be served now as starting. */
static Oid
take_oldest_wish(TimestampTz now)
{
	RsdSlot    *slots = rsd_shared()->slots;
	RsdSlot    *oldest = NULL;
	Oid			database = InvalidOid;

	lock();
	for (int i = 0; i < RSD_SLOTS; i++)
	{
		wish_for_due(&slots[i], now);
		if (startable(&slots[i]) && slots[i].not_before <= now &&
			(oldest == NULL || slots[i].wanted_since < oldest->wanted_since))
			oldest = &slots[i];
	}
	if (oldest != NULL)
	{
		oldest->starting = true;
		database = oldest->database;
	}
	unlock();
	return database;
}

/* The database does not exist any more, or lets nobody in. */
static void
forget_database(Oid database)
{
	RsdSlot    *slot;

	lock();
	slot = rsd_slot_find(database);
	if (slot != NULL && slot->pid == 0)
		memset(slot, 0, sizeof(*slot));
	unlock();
}

static void
tell_no_place(Launcher *l, Oid database)
{
	if (l->told_no_slots)
		return;
	l->told_no_slots = true;
	ereport(LOG,
			errmsg("no free background worker slot for database %u", database),
			errdetail("Databases take turns until there is one."),
			errhint("Consider raising max_worker_processes by the number of databases that use rsdata at the same time."));
}

static void
no_place(Launcher *l, Oid database)
{
	RsdSlot    *slot;

	tell_no_place(l, database);
	l->no_slots_wait = l->no_slots_wait == 0 ? slots_wait_first_ms :
		Min(2 * l->no_slots_wait, slots_wait_last_ms);
	l->no_slots_until = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													l->no_slots_wait);
	lock();
	slot = rsd_slot_find(database);
	if (slot != NULL)
		slot->starting = false;
	make_room();
	unlock();
}

static void
remember_started(Launcher *l, BackgroundWorkerHandle *handle, Oid database)
{
	MemoryContext old = MemoryContextSwitchTo(l->context);
	Started    *started = palloc(sizeof(*started));

	started->handle = handle;
	started->database = database;
	l->started = lappend(l->started, started);
	MemoryContextSwitchTo(old);
	l->no_slots_wait = 0;
}

static void
start_wanted(Launcher *l)
{
	TimestampTz now = GetCurrentTimestamp();
	BackgroundWorkerHandle *handle;
	Oid			database;

	if (!rsd_guc()->enabled || l->no_slots_until > now)
		return;
	while (OidIsValid(database = take_oldest_wish(now)))
	{
		if (!database_accepts(database))
		{
			forget_database(database);
			continue;
		}
		handle = rsd_worker_start(database);
		if (handle == NULL)
		{
			no_place(l, database);
			return;
		}
		remember_started(l, handle, database);
	}
}

/* The next moment at which this slot needs a turn, or DT_NOEND. */
static TimestampTz
slot_next(const RsdSlot *slot)
{
	if (startable(slot))
		return slot->not_before;
	if (OidIsValid(slot->database) && slot->pid == 0 && !slot->wanted)
		return slot->due;
	return DT_NOEND;
}

/* How long to sleep, in ms; -1 = until something happens. */
static long
time_to_sleep(const Launcher *l)
{
	RsdSlot    *slots = rsd_shared()->slots;
	TimestampTz next;

	if (!rsd_guc()->enabled)
		return -1;
	if (l->to_visit != NIL && !OidIsValid(l->visiting))
		return slots_wait_last_ms;	/* the table of slots is full */
	lock();
	next = rsd_shared()->visit_due;
	for (int i = 0; i < RSD_SLOTS; i++)
		next = Min(next, slot_next(&slots[i]));
	unlock();
	if (next == DT_NOEND)
		return -1;
	/* Long sleeps end early, because a wall clock can be set. */
	next = Max(next, l->no_slots_until);
	return Min(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next),
			   (long) 60 * 60 * 1000);
}

/*
 * One turn.  When a visited database turns out to be gone, the visit goes on
 * at once: nobody would wake us for it.
 */
static void
turn(Launcher *l)
{
	Oid			visited;

	reap(l);
	visit_if_asked(l);
	do
	{
		go_on_visiting(l);
		visited = l->visiting;
		start_wanted(l);
		go_on_visiting(l);
	} while (l->visiting != visited);
}

static void
sleep_until_needed(const Launcher *l)
{
	long		timeout = time_to_sleep(l);
	int			events = WL_LATCH_SET | WL_EXIT_ON_PM_DEATH;

	Assert(!IsTransactionState());
	if (timeout >= 0)
		events |= WL_TIMEOUT;
	(void) WaitLatch(MyLatch, events, timeout, l->wait_event);
	ResetLatch(MyLatch);

	/* There is no query that a cancel could mean. */
	QueryCancelPending = false;
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

/* A launcher that died may have left "starting" behind. */
static void
take_office(void)
{
	RsdShared  *shared = rsd_shared();

	lock();
	shared->launcher = MyLatch;
	for (int i = 0; i < RSD_SLOTS; i++)
		shared->slots[i].starting = false;
	unlock();
}

static void
leave_office(int code, Datum arg)
{
	RsdShared  *shared = rsd_shared();

	lock();
	if (shared->launcher == MyLatch)
		shared->launcher = NULL;
	unlock();
}

void
rsdata_launcher_main(Datum arg)
{
	Launcher	l = {0};

	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	SetConfigOption("application_name", "rsdata launcher",
					PGC_USERSET, PGC_S_OVERRIDE);

	/* A reload between our fork and our handler went unheard. */
	ProcessConfigFile(PGC_SIGHUP);
	before_shmem_exit(leave_office, 0);
	take_office();

	l.context = AllocSetContextCreate(TopMemoryContext, "rsdata launcher",
									  ALLOCSET_DEFAULT_SIZES);
	l.wait_event = rsd_compat_wait_event("RsdataLauncher");
	list_databases(&l);
	for (;;)
	{
		turn(&l);
		sleep_until_needed(&l);
	}
}

void
rsd_launcher_register(void)
{
	BackgroundWorker worker = {0};

	/*
	 * Connected to the shared catalogs only; it asks for a connection also
	 * because only then SIGUSR1 tells it that a worker has ended.
	 */
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = 1;
	strlcpy(worker.bgw_name, "rsdata launcher", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "rsdata launcher", BGW_MAXLEN);
	strlcpy(worker.bgw_library_name, "rsdata", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "rsdata_launcher_main", BGW_MAXLEN);
	RegisterBackgroundWorker(&worker);
}
