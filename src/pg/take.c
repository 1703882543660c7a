/*
 * take.c
 *	  From the tables into the worker's hands: what a former worker left,
 *	  requests of users, and queued statements as far as there is room.
 *
 * One look is one transaction.  What it reads is acted on after its commit
 * only: so a claim is on disk before its request can leave, and a look that
 * fails leaves nothing behind, for what it read is in the turn's memory until
 * it is taken in hand.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/retry.h"
#include "pg/driver_state.h"
#include "pg/fault.h"
#include "pg/guc.h"
#include "pg/hand.h"
#include "pg/shmem.h"
#include "pg/store.h"
#include "pg/store_live.h"
#include "pg/store_queue.h"
#include "pg/store_session.h"
#include "pg/taking.h"
#include "pg/txn.h"

/* How old the knowledge of the queue's due time may get under load. */
#define QUEUE_LOOK			USECS_PER_SEC

/* Requests to cancel: of a statement in hand, or of one still queued. */
static void
take_cancels(RsdTaking *t)
{
	int64	   *ids;
	bool		left;
	int			n = rsd_store_take_cancels(RSD_TAKE_MAX, &ids, &left);

	t->held |= left;
	for (int i = 0; i < n; i++)
	{
		RsdLive    *live = rsd_hand_find(t->driver, ids[i]);

		if (live != NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(t->driver->turn_cx);

			t->cancelled = lappend(t->cancelled, live);
			MemoryContextSwitchTo(old);
		}
		else
			(void) rsd_take_one(t, ids[i], RSD_EV_WISH);
	}
	t->more |= n == RSD_TAKE_MAX;
}

/* Requests for rows that were not delivered.  What is not to be had stays. */
static void
take_retries(RsdTaking *t)
{
	int64	   *ids;
	bool		left;
	ListCell   *lc;

	t->nretried = rsd_store_take_retries(RSD_RETRY_MAX, &ids, &left);
	t->held |= left;
	t->more |= t->nretried == RSD_RETRY_MAX;
	if (t->nretried == 0)
		return;
	memcpy(t->retried, ids, sizeof(int64) * t->nretried);
	foreach(lc, rsd_store_refetch(t->driver->turn_cx, ids, t->nretried, t->now))
		(void) rsd_take_arrive(t, lfirst(lc), RSD_EV_REFETCH);
}

static void
take_overdue(RsdTaking *t)
{
	int64	   *ids;
	int			n = rsd_store_overdue(t->now, RSD_TAKE_MAX, &ids);

	for (int i = 0; i < n; i++)
		(void) rsd_take_one(t, ids[i], RSD_EV_DUE);
	t->more |= n == RSD_TAKE_MAX;
}

/*
 * Those whose predecessors have ended: who may go is found in the queue, who
 * may not is skipped.
 */
static void
take_judged(RsdTaking *t)
{
	RsdDriver  *driver = t->driver;
	RsdSkip    *skips;
	bool		requests;
	int			n = rsd_store_judge(driver->ended, driver->nended, &skips);

	for (int i = 0; i < n; i++)
	{
		RsdArrival *a;

		if (skips[i].id == 0)
			t->more = true;
		else if (skips[i].words == NULL)
			t->held |= !rsd_take_in_hand(t, skips[i].id);
		else if ((a = rsd_take_one(t, skips[i].id, RSD_EV_SKIP)) != NULL)
			a->words = MemoryContextStrdup(t->driver->turn_cx,
										   skips[i].words);
	}
	rsd_store_pending(&requests, &t->chained);
}

/* How many more statements may be under way. */
static int
room(RsdDriver *driver)
{
	int			n = rsd_guc()->max_in_flight;
	dlist_iter	iter;

	dlist_foreach(iter, &driver->lives)
		n -= rsd_hand_occupies(dlist_container(RsdLive, node, iter.cur));
	return Max(Min(n, RSD_TAKE_MAX), 0);
}

static void
take_queued(RsdTaking *t)
{
	int64		ids[RSD_TAKE_MAX];
	int			n = rsd_choose(t, room(t->driver), ids);
	List	   *claimed;
	ListCell   *lc;

	if (n == 0)
		return;
	rsd_fault("before-claim");
	claimed = rsd_store_claim(t->driver->turn_cx, ids, n, t->now);
	for (int i = 0; i < n; i++)
	{
		foreach(lc, claimed)
		{
			RsdLive    *live = lfirst(lc);

			if (live->id != ids[i])
				continue;
			(void) rsd_take_arrive(t, live, RSD_EV_CLAIMED);
			rsd_turns_served(t->driver->turns, live->server, live->owner);
			break;
		}
	}
	t->claimed = list_length(claimed);
	t->held |= t->claimed < n;
}

static void
look(void *arg)
{
	RsdTaking  *t = arg;
	RsdDriver  *driver = t->driver;
	bool		requests;

	rsd_routes_refresh(driver->routes);
	if (t->ahead)
	{
		take_queued(t);
		return;
	}
	rsd_store_pending(&requests, &t->chained);
	if (requests)
	{
		take_cancels(t);
		take_retries(t);
	}
	if (driver->queue_looked == 0 ||
		(driver->queue_due != 0 && driver->queue_due <= t->now))
		take_overdue(t);
	if (t->chained)
		take_judged(t);
	take_queued(t);
	/* earlier than the last look: the clock was set back */
	if (t->now - driver->queue_looked >= QUEUE_LOOK ||
		t->now < driver->queue_looked)
	{
		driver->queue_looked = t->now;
		driver->queue_due = rsd_store_queue_due(t->now);
	}
	else
		driver->queue_due = driver->queue_looked + QUEUE_LOOK;
}

/*
 * To the machine a row that was claimed is queued until it hears of it, and
 * one that is fetched again is undelivered.  What was tried before counts, so
 * that the delays grow.
 */
static void
settle_arrival(RsdDriver *driver, RsdArrival *a, int64 now)
{
	RsdEvent	event = {.kind = a->event};

	rsd_hand_adopt(driver, a->live, a->route);
	if (a->event == RSD_EV_CLAIMED)
	{
		a->live->m.status = RSD_QUEUED;
		a->live->m.call[RSD_CALL_EXECUTE].failures = a->live->attempts;
		/* sent on another timeline, perhaps */
		a->live->m.unsure = a->live->m.first_sent_at < now;
	}
	if (a->event == RSD_EV_REFETCH)
	{
		a->live->m.status = RSD_UNDELIVERED;
		rsd_outbox_forget(driver->outbox, a->live->id);
	}
	rsd_hand_step(a->live, &event, a->words, a->sqlstate);
	if (!a->live->dirty && a->live->m.status == RSD_QUEUED)
		rsd_hand_forget(driver, a->live);
}

/* What a look has found out beside what it took. */
static void
take_note(RsdDriver *driver, const RsdTaking *t)
{
	driver->look_failing = false;
	driver->refreshed = true;
	driver->changes++;
	driver->look_again = t->more;
	driver->backlog = t->backlog;
	if (t->ahead)
	{
		driver->rate_due = rsd_earlier(driver->rate_due, t->rate_due);
		if (t->held)
			driver->held_due = t->now + RSD_DRIVER_PAUSE;
		return;
	}
	driver->looked = t->now;
	driver->rate_due = t->rate_due;
	driver->chained = t->chained;
	driver->nended = 0;
	driver->held_due = t->held ? t->now + RSD_DRIVER_PAUSE : 0;
}

void
rsd_driver_take(RsdDriver *driver, bool room_only)
{
	RsdTaking	t = {
		.driver = driver,
		.now = rsd_hand_now(),
		.ahead = room_only && driver->nahead > 0,
	};
	RsdEvent	wish = {.kind = RSD_EV_WISH};
	ErrorData  *error;
	ListCell   *lc;

	driver->look_again = driver->look_for_room = driver->backlog = false;
	error = rsd_txn_run(look, &t);
	if (error != NULL)
	{
		driver->nahead = 0;
		rsd_routes_show_anew(driver->routes);
		driver->look_again = true;
		driver->take_after = t.now + RSD_DRIVER_PAUSE;
		if (!driver->look_failing)
			ereport(LOG, errmsg("rsdata could not look for work: %s",
								error->message));
		driver->look_failing = true;
		FreeErrorData(error);
		return;
	}
	take_note(driver, &t);
	if (t.claimed > 0)
		rsd_fault("after-claim");
	foreach(lc, t.cancelled)
		rsd_hand_step(lfirst(lc), &wish, NULL, NULL);
	foreach(lc, t.arrivals)
		settle_arrival(driver, lfirst(lc), t.now);
	for (int i = 0; i < t.nretried; i++)
		rsd_waiters_broadcast(t.retried[i]);
}

static void
read_unfinished(void *arg)
{
	RsdTaking  *t = arg;
	RsdDriver  *driver = t->driver;
	RsdIdentity identity = rsd_store_identity();
	ListCell   *lc;

	driver->foreign_rows = identity == RSD_IDENTITY_COPY;
	if (driver->foreign_rows)
		return;
	if (identity == RSD_IDENTITY_PROMOTED)
		rsd_store_promote();
	foreach(lc, rsd_store_unfinished(driver->turn_cx))
	{
		RsdLive    *live = lfirst(lc);

		rsd_take_arrive(t, live, live->m.status == RSD_QUEUED ? RSD_EV_WISH :
						RSD_EV_RECOVERED);
	}
	rsd_store_judge_anew();
	rsd_store_old_sessions(t->now);
	rsd_outbox_recall(driver->outbox, driver->turn_cx);
}

void
rsd_driver_start(RsdDriver *driver)
{
	RsdTaking	t = {.driver = driver, .now = rsd_hand_now()};
	ErrorData  *error = rsd_txn_run(read_unfinished, &t);
	ListCell   *lc;

	/* Without its statements a worker is of no use. */
	if (error != NULL)
		ReThrowError(error);
	driver->started = true;
	if (driver->foreign_rows)
	{
		ereport(WARNING,
				errmsg("rsdata does nothing in this database, because its statements belong to another one"),
				errdetail("The database is a copy of the one in which they were submitted."),
				errhint("A superuser decides what becomes of them by calling rsdata_adopt()."));
		return;
	}
	foreach(lc, t.arrivals)
		settle_arrival(driver, lfirst(lc), t.now);
	driver->look_again = true;

	/* A former worker may have died between its commit and its broadcast. */
	rsd_waiters_broadcast_all();
}
