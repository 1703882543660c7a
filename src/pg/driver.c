/*
 * driver.c
 *	  The worker's turn: hear, send, look, send, write, send.
 *
 * Order matters.  What came back is heard first, so that a finished
 * statement makes room; then new work is taken; then everything that changed
 * is written, many statements in one transaction.  Only what is written is
 * sent, so a request never leaves before the row that tells of it is on disk,
 * and listeners hear of an end only with its rows; but whatever need not be
 * written, or has been, does not wait for the next of these steps.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/memutils.h"

#include "base/retry.h"
#include "pg/driver_state.h"
#include "pg/fault.h"
#include "pg/fetch_turn.h"
#include "pg/guc.h"
#include "pg/hand.h"
#include "pg/load.h"
#include "pg/store.h"
#include "pg/store_queue.h"
#include "pg/store_retention.h"
#include "pg/txn.h"
#include "pg/unixtime.h"
#include "stmt/stmt_plan.h"

/*
 * Each statement may have a parked call, some a cancel or a publish beside it.
 * The transport's limit fits whatever rsdata.max_in_flight becomes.
 */
#define SPARE_CONNECTIONS	64

/* Result pages on their way at once: each may hold megabytes. */
#define MAX_RESULT_CALLS	16

/* A call held back for longer than this is shown to wait. */
#define SHOW_HELD			(2 * USECS_PER_SEC)

static void
step_kind(RsdLive *live, RsdEventKind kind)
{
	RsdEvent	event = {.kind = kind};

	rsd_hand_step(live, &event, NULL, NULL);
}

/* ---- sending ---- */

static void
show_held(RsdLive *live, RsdCall call, RsdWait wait)
{
	RsdEvent	event = {.kind = RSD_EV_HELD, .call = call, .wait = wait};

	rsd_hand_step(live, &event, NULL, NULL);
}

/* Holds a call back while it has no token; true if it must wait. */
static bool
hold_back(RsdLive *live, RsdCall call)
{
	int64		now = rsd_hand_now();
	int64		wait = rsd_talk_hold(live, call, now);

	if (wait == 0)
	{
		if (live->held_since[call] != 0 && live->m.wait == RSD_WAIT_RATE)
			show_held(live, call, RSD_WAIT_NONE);
		live->held_since[call] = live->held_until[call] = 0;
		return false;
	}
	live->held_until[call] = now + wait;
	if (live->held_since[call] == 0)
		live->held_since[call] = now;
	if (now + wait - live->held_since[call] >= SHOW_HELD &&
		live->m.wait == RSD_WAIT_NONE)
		show_held(live, call, RSD_WAIT_RATE);
	return true;
}

/* What cannot go now stays decided and goes with a later turn: false. */
static bool
send_call(RsdDriver *driver, RsdLive *live, RsdCall call)
{
	/* Its time has come; what else holds it back sets its own. */
	live->held_until[call] = 0;
	if (call == RSD_CALL_RESULT && driver->result_calls >= MAX_RESULT_CALLS)
		return false;
	if (rsd_talk_waits(live, rsd_hand_now()) || hold_back(live, call))
		return false;
	live->to_send &= ~(1u << call);
	if (rsd_talk_send(live, call, driver->http, rsd_hand_now(), &driver->news))
	{
		driver->result_calls += call == RSD_CALL_RESULT;
		rsd_fault("after-send");
		return true;
	}
	rsd_hand_step(live, &driver->news.event, driver->news.words, driver->news.sqlstate);
	return true;
}

static void
read_routes(void *arg)
{
	rsd_routes_refresh(arg);
}

/* Rights and keys may have changed since they were read; once a turn. */
static void
refresh_routes(RsdDriver *driver)
{
	ErrorData  *error;

	if (driver->refreshed)
		return;
	driver->refreshed = true;
	error = rsd_txn_run(read_routes, driver->routes);
	if (error == NULL)
		return;
	ereport(LOG, errmsg("rsdata could not read its servers: %s",
						error->message));
	FreeErrorData(error);
}

/*
 * Is the call decided and may it go?  What may not be sent before it is
 * written, or is held back, stays for a later turn.
 */
static bool
may_send(const RsdLive *live, RsdCall call, int64 now)
{
	return (live->to_send & (1u << call)) != 0 && !live->dirty &&
		live->held_until[call] <= now;
}

static bool
may_send_any(const RsdLive *live, int64 now)
{
	bool		any = false;

	for (int call = 0; call < RSD_NCALL; call++)
		any |= may_send(live, (RsdCall) call, now);
	return any;
}

/*
 * Whoever has had a turn stands behind the others, so that one that asks
 * often leaves the tokens to them in between.
 */
static void
send_calls(RsdDriver *driver, RsdLive *live, int64 now)
{
	bool		sent = false;

	for (int call = 0; call < RSD_NCALL; call++)
	{
		if (call != RSD_CALL_RESULT && may_send(live, (RsdCall) call, now))
			sent |= send_call(driver, live, (RsdCall) call);
	}
	if (!sent)
		return;
	dlist_delete(&live->node);
	dlist_push_tail(&driver->lives, &live->node);
}

/* Pages have an order of their own. */
static void
fetch_pages(RsdDriver *driver, int64 now)
{
	RsdLive   **order;
	int			n = rsd_fetch_order(&driver->lives, now, &order);

	for (int i = 0; i < n; i++)
	{
		if (may_send(order[i], RSD_CALL_RESULT, now))
			(void) send_call(driver, order[i], RSD_CALL_RESULT);
	}
	pfree(order);
}

static void
send_all(RsdDriver *driver)
{
	int64		now = rsd_hand_now();
	dlist_mutable_iter iter;
	bool		any = false;

	dlist_foreach_modify(iter, &driver->lives)
		any |= may_send_any(dlist_container(RsdLive, node, iter.cur), now);
	if (!any)
		return;

	refresh_routes(driver);
	dlist_foreach_modify(iter, &driver->lives)
		send_calls(driver, dlist_container(RsdLive, node, iter.cur), now);
	fetch_pages(driver, now);
}

/* ---- the turn ---- */

static void
run_due(RsdDriver *driver)
{
	int64		now = rsd_hand_now();
	dlist_iter	iter;

	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);
		int64		due = rsd_stmt_due(&live->m);

		if (!live->dirty && due != 0 && due <= now)
			step_kind(live, RSD_EV_DUE);
	}
}

static void
look_if_wanted(RsdDriver *driver)
{
	int64		now = rsd_hand_now();
	bool		whole = driver->look_again ||
		(driver->held_due != 0 && driver->held_due <= now) ||
		(driver->rate_due != 0 && driver->rate_due <= now) ||
		(driver->queue_due != 0 && driver->queue_due <= now);

	if (now >= driver->take_after && (whole || driver->look_for_room))
		rsd_driver_take(driver, !whole);
}

bool
rsd_driver_turn(RsdDriver *driver, bool wanted)
{
	MemoryContext old = MemoryContextSwitchTo(driver->turn_cx);

	if (!driver->started || (driver->foreign_rows && wanted))
		rsd_driver_start(driver);
	if (!driver->foreign_rows)
	{
		driver->refreshed = false;
		rsd_flight_pump(driver->http);
		run_due(driver);
		send_all(driver);
		driver->look_again |= wanted;
		driver->look_again |= rsd_cred_sources_turn(driver->sources,
													rsd_hand_now());
		look_if_wanted(driver);
		send_all(driver);
		rsd_load_turn(driver);
		rsd_driver_record(driver);
		rsd_load_turn(driver);
		rsd_signers_record(driver->signers, rsd_hand_now());
		send_all(driver);
		rsd_outbox_record(driver->outbox, rsd_hand_now());
		rsd_outbox_send(driver->outbox, driver->routes, rsd_hand_now());
		rsd_retention_turn(driver->retention, rsd_hand_now());
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(driver->turn_cx);
	return rsd_driver_in_flight(driver) > 0 || driver->look_again;
}

RsdDriver *
rsd_driver_create(void)
{
	RsdDriver  *driver = palloc0(sizeof(RsdDriver));
	RsdHttpOptions options = {
		.ca_bundle = rsd_guc()->ca_bundle,
		.user_agent = "rsdata",
		.max_connections = RSD_MAX_IN_FLIGHT + SPARE_CONNECTIONS,
	};
	RsdError	err;

	driver->cx = CurrentMemoryContext;
	driver->turn_cx = AllocSetContextCreate(driver->cx, "rsdata turn",
											ALLOCSET_DEFAULT_SIZES);
	dlist_init(&driver->lives);
	driver->http = rsd_http_create(&options, &err);
	if (driver->http == NULL)
		ereport(ERROR,
				errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				errmsg("could not start the HTTP transport: %s", err.what));
	driver->sources = rsd_cred_sources_create(driver->http);
	driver->routes = rsd_routes_create(driver->sources);
	driver->outbox = rsd_outbox_create(driver->http);
	driver->turns = rsd_turns_create();
	driver->signers = rsd_signers_create();
	driver->retention = rsd_retention_create(rsd_hand_now());
	return driver;
}

int
rsd_driver_fd(RsdDriver *driver)
{
	return rsd_http_fd(driver->http);
}

int
rsd_driver_command_fd(RsdDriver *driver)
{
	return rsd_cred_sources_fd(driver->sources);
}

const char *
rsd_driver_problem(const RsdDriver *driver)
{
	return rsd_cred_sources_problem(driver->sources);
}

int
rsd_driver_in_flight(RsdDriver *driver)
{
	return driver->nlives + rsd_outbox_in_flight(driver->outbox);
}

/* When the next thing happens by itself; 0 = never. */
static int64
own_due(RsdDriver *driver)
{
	int64		due = rsd_outbox_due(driver->outbox);
	dlist_iter	iter;

	due = rsd_earlier(due, rsd_cred_sources_due(driver->sources));
	due = rsd_earlier(due, rsd_signers_due(driver->signers));
	if (!driver->foreign_rows)
		due = rsd_earlier(due, rsd_retention_due(driver->retention));
	if (driver->look_again || driver->look_for_room)
		due = rsd_earlier(due, Max(driver->take_after, 1));
	else if (driver->queue_due != 0)
		due = rsd_earlier(due, Max(driver->queue_due, driver->take_after));
	if (driver->held_due != 0)
		due = rsd_earlier(due, Max(driver->held_due, driver->take_after));
	if (driver->rate_due != 0)
		due = rsd_earlier(due, Max(driver->rate_due, driver->take_after));
	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if (live->dirty)
		{
			due = rsd_earlier(due, Max(live->record_after, 1));
			continue;
		}
		due = rsd_earlier(due, live->load_after);
		due = rsd_earlier(due, rsd_stmt_due(&live->m));
		for (int i = 0; i < RSD_NCALL; i++)
			due = rsd_earlier(due, live->held_until[i]);
	}
	return due;
}

long
rsd_driver_timeout(RsdDriver *driver)
{
	int64		due = own_due(driver);
	int64		transport = rsd_http_timeout_ms(driver->http);
	int64		ms = -1;

	if (!driver->started)
		return 0;
	if (due != 0)
		ms = Max((due - rsd_hand_now() + 999) / 1000, 0);
	if (transport >= 0 && (ms < 0 || transport < ms))
		ms = transport;
	return (long) Min(ms, INT_MAX);
}

static void
read_queue_due(void *arg)
{
	RsdDriver  *driver = arg;

	driver->queue_due = rsd_store_queue_due(driver->looked);
}

bool
rsd_driver_next_due(RsdDriver *driver, TimestampTz *due)
{
	ErrorData  *error;
	int64		at;

	*due = DT_NOEND;
	if (driver->foreign_rows)
		return true;
	if (driver->look_again || driver->look_for_room ||
		rsd_driver_in_flight(driver) > 0 ||
		rsd_cred_sources_busy(driver->sources) ||
		rsd_signers_waiting(driver->signers))
		return false;
	if (!rsd_retention_settled(driver->retention, rsd_hand_now()))
		return false;
	error = rsd_txn_run(read_queue_due, driver);
	if (error != NULL)
	{
		FreeErrorData(error);
		return false;
	}
	at = own_due(driver);
	if (at != 0 && at <= rsd_hand_now())
		return false;
	if (at != 0)
		*due = rsd_time_from_unix(at);
	return true;
}

TimestampTz
rsd_driver_look_due(const RsdDriver *driver)
{
	return driver->queue_due == 0 ? DT_NOEND :
		rsd_time_from_unix(driver->queue_due);
}

void
rsd_driver_settings_changed(RsdDriver *driver)
{
	driver->look_again = true;
	rsd_retention_changed(driver->retention, rsd_hand_now());
}

/* What a probe reads. */
typedef struct Probe
{
	bool		work;
	int64		due;			/* of something old; 0 none */
} Probe;

static void
read_probe(void *arg)
{
	Probe	   *probe = arg;

	if (rsd_store_identity() == RSD_IDENTITY_COPY)
		return;
	probe->work = rsd_store_has_open();
	probe->due = rsd_store_oldest_due();
}

bool
rsd_driver_has_work(TimestampTz *due)
{
	Probe		probe = {false, 0};
	ErrorData  *error = rsd_txn_run(read_probe, &probe);

	if (error != NULL)
		ReThrowError(error);
	*due = probe.due == 0 ? DT_NOEND : rsd_time_from_unix(probe.due);
	return probe.work || (probe.due != 0 && probe.due <= rsd_hand_now());
}
