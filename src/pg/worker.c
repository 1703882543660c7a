/*
 * worker.c
 *	  The background worker of one database.
 *
 * Owns the process: its slot, its signals, its wait set, the decision to
 * leave.  What there is to do belongs to the driver, which is given a turn
 * when something happened.  No transaction, snapshot or lock is held while
 * this process waits.
 *
 * An error that reaches the top ends the process (the driver catches those of
 * single statements); the exit callback leaves a wish for a successor behind,
 * with a back-off.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/driver.h"
#include "pg/fault.h"
#include "pg/guc.h"
#include "pg/slot.h"
#include "pg/trust.h"
#include "pg/txn.h"
#include "pg/worker.h"

/* A worker that lived this long before it failed starts its back-off anew. */
static const int healthy_ms = 60 * 1000;

/* Longest wait: far below what a wait can express. */
static const long wait_cap_ms = 60 * 60 * 1000;

/* After a last look that found work the next one waits this long. */
static const int look_again_ms = 1000;

/* What the others have told us, taken from the slot. */
typedef struct Wishes
{
	bool		wanted;
	bool		leave;
	bool		yield;
} Wishes;

typedef struct Worker
{
	RsdDriver  *driver;
	WaitEventSet *set;			/* latch, postmaster death, the driver's two */
	uint32		wait_event;
	bool		look;			/* tell the driver to look at the tables */
	RsdTrust	trust;			/* what its connections go by */
	bool		distrusted;		/* that has changed */
	TimestampTz idle_since;		/* 0 = busy */
	TimestampTz stay_until;		/* no last look before this */
} Worker;

/*
 * The last error this process logged, for rsdata_worker_status().  Kept here
 * until the exit callback, because the slot's lock may be held right now.
 */
static char last_error[RSD_ERROR_LEN];
static emit_log_hook_type next_log_hook = NULL;

static void
remember_error(ErrorData *error)
{
	if (error->elevel >= ERROR && error->message != NULL)
		strlcpy(last_error, error->message, sizeof(last_error));
	if (next_log_hook != NULL)
		next_log_hook(error);
}

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

/* The slot this process holds.  The lock must be held. */
static RsdSlot *
my_slot(Oid database)
{
	RsdSlot    *slot = rsd_slot_find(database);

	return slot != NULL && slot->pid == MyProcPid ? slot : NULL;
}

static void
note_failure(RsdSlot *slot)
{
	TimestampTz now = GetCurrentTimestamp();

	if (TimestampDifferenceExceeds(slot->started_at, now, healthy_ms))
		slot->failures = 0;
	rsd_slot_failed(slot, now);
	strlcpy(slot->last_error, last_error, sizeof(slot->last_error));
	slot->last_error_at = now;
	if (!slot->wanted)
		slot->wanted_since = now;
	slot->wanted = true;
	slot->probe = false;
}

/*
 * Gives the slot back; the only place that does.  Registered before the
 * connection is made, and callbacks run last in first out: so this process is
 * out of the list of backends already, and who waits for it in DROP DATABASE
 * finds the database empty; locks and latches still work.
 */
static void
give_back(int code, Datum arg)
{
	RsdShared  *shared = rsd_shared();
	RsdSlot    *slot;

	lock();
	slot = my_slot(DatumGetObjectId(arg));
	if (slot != NULL)
	{
		if (!slot->closing)
			note_failure(slot);
		slot->pid = 0;
		slot->latch = NULL;
		slot->ready = false;
		slot->closing = false;
		slot->yield = false;
		slot->in_flight = 0;
		rsd_slot_end_loaders(slot);
		rsd_launcher_wake();
	}
	unlock();
	if (slot != NULL)
		ConditionVariableBroadcast(&shared->gone);
}

/*
 * Takes the slot, unless somebody else has it or the database is barred (then
 * the wish stays until the bar ends).
 */
static bool
take(Oid database, bool *probe)
{
	RsdSlot    *slot;
	bool		taken = false;

	lock();
	slot = rsd_slot_find(database);
	if (slot != NULL && slot->pid == 0)
	{
		slot->starting = false;
		taken = !rsd_barred(database);
	}
	if (taken)
	{
		*probe = slot->probe;
		slot->wanted = false;	/* we look first thing anyhow */
		slot->probe = false;
		slot->pid = MyProcPid;
		slot->latch = MyLatch;
		slot->due = DT_NOEND;
		slot->not_before = 0;
		slot->started_at = GetCurrentTimestamp();
		slot->idle_since = 0;
		slot->starts++;
	}
	unlock();
	return taken;
}

/* Tells the launcher, which may be visiting databases, to go on. */
static void
say_visited(void)
{
	RsdSlot    *slot;

	lock();
	slot = my_slot(MyDatabaseId);
	if (slot != NULL && !slot->visited)
	{
		slot->visited = true;
		rsd_launcher_wake();
	}
	unlock();
}

/*
 * Closes the slot if nobody wishes for anything: from now on wishes go to the
 * launcher.  due is when a worker is needed again.  False: stay.
 */
static bool
close_unless_wanted(TimestampTz due)
{
	RsdSlot    *slot;
	bool		closed = false;

	lock();
	slot = my_slot(MyDatabaseId);
	if (slot != NULL && !slot->wanted && !slot->leave)
	{
		slot->closing = closed = true;
		slot->due = due;
		slot->failures = 0;
	}
	unlock();
	return closed;
}

/* Leaves whatever is wished for; a successor comes when it is possible. */
static void
leave_now(void)
{
	RsdSlot    *slot;

	lock();
	slot = my_slot(MyDatabaseId);
	if (slot != NULL)
	{
		slot->closing = true;
		if (!slot->wanted)
			slot->wanted_since = GetCurrentTimestamp();
		slot->wanted = true;
	}
	unlock();
	proc_exit(0);
}

/* Takes what is wished for; who comes from now on has to wish anew. */
static Wishes
take_wishes(void)
{
	Wishes		wishes = {false, false, false};
	RsdSlot    *slot;

	lock();
	slot = my_slot(MyDatabaseId);
	if (slot != NULL)
	{
		wishes.wanted = slot->wanted;
		wishes.leave = slot->leave;
		wishes.yield = slot->yield;
		slot->wanted = false;
		slot->due = DT_NOEND;
	}
	unlock();
	return wishes;
}

/* Credentials that cannot be had: said while it lasts, kept when it is over. */
static void
show_problem(const Worker *w, RsdSlot *slot)
{
	const char *problem = rsd_driver_problem(w->driver);

	if (problem[0] == '\0' ||
		strncmp(slot->last_error, problem, sizeof(slot->last_error) - 1) == 0)
		return;
	strlcpy(slot->last_error, problem, sizeof(slot->last_error));
	slot->last_error_at = GetCurrentTimestamp();
}

/* What others may see of us, and what the launcher chooses by. */
static void
publish(const Worker *w)
{
	RsdSlot    *slot;

	lock();
	slot = my_slot(MyDatabaseId);
	if (slot != NULL)
	{
		slot->ready = true;
		slot->due = rsd_driver_look_due(w->driver);
		slot->in_flight = rsd_driver_in_flight(w->driver);
		slot->idle_since = w->idle_since;
		show_problem(w, slot);
		if (w->idle_since == 0)
			slot->yield = false;
	}
	unlock();
}

static TimestampTz
end_of_linger(const Worker *w)
{
	return TimestampTzPlusMilliseconds(w->idle_since,
									   rsd_guc()->worker_linger);
}

/*
 * How long to wait, in ms; -1 = until something happens.  An idle worker
 * wakes for the end of its linger.
 */
static long
time_to_wait(const Worker *w)
{
	long		timeout = w->look ? 0 : rsd_driver_timeout(w->driver);
	long		linger;

	if (timeout > wait_cap_ms)
		timeout = wait_cap_ms;
	if (w->idle_since == 0)
		return timeout;
	linger = TimestampDifferenceMilliseconds(GetCurrentTimestamp(),
											 Max(end_of_linger(w),
												 w->stay_until));
	return timeout < 0 ? linger : Min(timeout, linger);
}

static void
reload(Worker *w)
{
	ConfigReloadPending = false;
	ProcessConfigFile(PGC_SIGHUP);
	w->distrusted |= !rsd_trust_holds(&w->trust);
	rsd_txn_pin_settings();
	rsd_driver_settings_changed(w->driver);
}

static void
wait_for_something(Worker *w)
{
	WaitEvent	event;

	Assert(!IsTransactionState());
	Assert(!ActiveSnapshotSet() && !HaveRegisteredOrActiveSnapshot());
	(void) WaitEventSetWait(w->set, time_to_wait(w), &event, 1, w->wait_event);
	ResetLatch(MyLatch);

	/* There is no query that a cancel could mean. */
	QueryCancelPending = false;
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
		reload(w);
}

/*
 * Idle is who has no statement in hand, from the last thing that happened on.
 * Before a longer sleep the statistics go out, which the next work would
 * otherwise do.
 */
static void
note_activity(Worker *w, bool happened)
{
	bool		was_busy = w->idle_since == 0;

	if (rsd_driver_in_flight(w->driver) > 0)
		w->idle_since = 0;
	else if (happened || was_busy)
		w->idle_since = GetCurrentTimestamp();
	if (was_busy && w->idle_since != 0)
		pgstat_report_stat(true);
}

/* Nobody may rely on the last look while the tables are read for another. */
static void
forget_due(void)
{
	RsdSlot    *slot;

	lock();
	slot = my_slot(MyDatabaseId);
	if (slot != NULL)
		slot->due = DT_NOEND;
	unlock();
}

/*
 * The last look, and then the door.  Comes back if there is work after all.
 */
static void
leave_if_done(Worker *w)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz due = DT_NOEND;

	forget_due();
	if (rsd_driver_next_due(w->driver, &due) && due > now)
	{
		rsd_fault("worker_before_close");
		if (close_unless_wanted(due))
			proc_exit(0);
		return;
	}
	w->look = true;
	w->stay_until = TimestampTzPlusMilliseconds(now, look_again_ms);

	/* Not that idle after all: somebody else may be asked to make room. */
	w->idle_since = 0;
	publish(w);
}

static bool
lingered(const Worker *w, bool yield)
{
	TimestampTz now = GetCurrentTimestamp();

	if (w->idle_since == 0 || now < w->stay_until)
		return false;
	return yield || now >= end_of_linger(w);
}

static void
turn(Worker *w)
{
	Wishes		wishes = take_wishes();
	bool		look = wishes.wanted || w->look;

	if (wishes.leave || w->distrusted || !rsd_guc()->enabled)
		leave_now();
	w->look = false;
	note_activity(w, rsd_driver_turn(w->driver, look));
	if (!rsd_txn_bound())
		leave_now();			/* the successor sees what is there now */
	publish(w);
	if (lingered(w, wishes.yield))
		leave_if_done(w);
}

static void
make_wait_set(Worker *w)
{
	w->set = rsd_compat_wait_event_set(4);
	AddWaitEventToSet(w->set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(w->set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET,
					  NULL, NULL);
	AddWaitEventToSet(w->set, WL_SOCKET_READABLE,
					  rsd_driver_fd(w->driver), NULL, NULL);
	AddWaitEventToSet(w->set, WL_SOCKET_READABLE,
					  rsd_driver_command_fd(w->driver), NULL, NULL);
	w->wait_event = rsd_compat_wait_event("RsdataWorker");
}

/*
 * The loop.  MessageContext is the memory of one turn, under the name that
 * other extensions expect to be reset now and then.
 */
static void
work(void)
{
	Worker		w = {0};

	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext,
												"rsdata driver",
												ALLOCSET_DEFAULT_SIZES));
	rsd_trust_note(&w.trust);
	w.driver = rsd_driver_create();
	make_wait_set(&w);
	w.look = true;
	MessageContext = AllocSetContextCreate(TopMemoryContext, "MessageContext",
										   ALLOCSET_DEFAULT_SIZES);
	for (;;)
	{
		MemoryContextSwitchTo(MessageContext);
		turn(&w);
		MemoryContextReset(MessageContext);
		wait_for_something(&w);
	}
}

/*
 * Most databases have no extension, and most probes find no work: then this
 * process ends here, at once.  A wish that came meanwhile is for a successor
 * if the extension was missing, else for us.
 */
static void
leave_if_pointless(bool probe)
{
	bool		bound = rsd_txn_bind();
	TimestampTz due = DT_NOEND;
	bool		pointless = !bound || (probe && !rsd_driver_has_work(&due));

	say_visited();
	if (pointless && close_unless_wanted(due))
		proc_exit(0);
	if (!bound)
		leave_now();
}

void
rsdata_worker_main(Datum arg)
{
	Oid			database = DatumGetObjectId(arg);
	bool		probe = false;

	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	next_log_hook = emit_log_hook;
	emit_log_hook = remember_error;

	on_shmem_exit(give_back, arg);
	if (!take(database, &probe))
		proc_exit(0);
	rsd_fault("worker_start");
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	SetConfigOption("application_name", "rsdata worker",
					PGC_USERSET, PGC_S_OVERRIDE);

	/* A reload between our fork and our handler went unheard. */
	ProcessConfigFile(PGC_SIGHUP);
	rsd_txn_pin_settings();

	leave_if_pointless(probe);
	work();
}

BackgroundWorkerHandle *
rsd_worker_start(Oid database)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	bool		registered;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS |
		BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	snprintf(worker.bgw_name, BGW_MAXLEN, "rsdata worker of database %u",
			 database);
	strlcpy(worker.bgw_type, "rsdata worker", BGW_MAXLEN);
	strlcpy(worker.bgw_library_name, "rsdata", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "rsdata_worker_main", BGW_MAXLEN);
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	worker.bgw_notify_pid = MyProcPid;
	registered = RegisterDynamicBackgroundWorker(&worker, &handle);
	MemoryContextSwitchTo(old);
	return registered ? handle : NULL;
}
