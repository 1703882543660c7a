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
#include "pg/store_post.h"
#include "pg/store_queue.h"
#include "pg/store_session.h"
#include "pg/txn.h"

/* Rows taken from the queue, or requests, in one look. */
#define TAKE_MAX			256

/* Rows of one owner that are read beyond those that there is room for. */
#define SPARE_ROWS			8

/* How old the knowledge of the queue's due time may get under load. */
#define QUEUE_LOOK			USECS_PER_SEC

/*
 * A statement is claimed when it can be sent within this time; the next look
 * comes when half of it has gone by.
 */
#define CLAIM_AHEAD			USECS_PER_SEC

/*
 * Results asked for again in one look: what was kept of each is deleted in
 * its transaction.
 */
#define RETRY_MAX			8

/* Those that have to wait longer than this are shown to wait. */
#define SHOW_RATE			(2 * USECS_PER_SEC)

/* A statement read in a transaction, and what to do with it after. */
typedef struct Arrival
{
	RsdLive    *live;
	RsdRoute   *route;
	RsdEventKind event;
	const char *words;			/* for a refusal */
	const char *sqlstate;
} Arrival;

/* What one look at the tables reads and decides. */
typedef struct Taking
{
	RsdDriver  *driver;
	int64		now;
	List	   *arrivals;		/* of Arrival *, in the turn's context */
	List	   *cancelled;		/* of RsdLive * in memory */
	int			nretried;
	int64		retried[RETRY_MAX]; /* statements; those waiting are told */
	List	   *servers;		/* pairs that get nothing now */
	List	   *owners;
	bool		more;			/* look again at once */
	bool		backlog;		/* rows wait for room */
	bool		held;			/* somebody holds rows that we want */
	bool		chained;		/* some wait for others to end */
	int			claimed;		/* rows */
	int64		rate_due;		/* when more could be sent; 0 nothing waits */
} Taking;

static Arrival *
arrive(Taking *t, RsdLive *live, RsdEventKind event)
{
	MemoryContext old = MemoryContextSwitchTo(t->driver->turn_cx);
	Arrival    *a = palloc0(sizeof(Arrival));

	a->live = live;
	a->event = event;
	t->arrivals = lappend(t->arrivals, a);
	MemoryContextSwitchTo(old);
	a->route = rsd_routes_get(t->driver->routes, live->server, live->owner);
	return a;
}

/*
 * Did this statement arrive in this look, or an earlier one whose outcome is
 * not written yet?  Its row still says "queued" then.
 */
static bool
in_hand(const Taking *t, int64 id)
{
	ListCell   *lc;

	foreach(lc, t->arrivals)
	{
		if (((Arrival *) lfirst(lc))->live->id == id)
			return true;
	}
	return rsd_hand_find(t->driver, id) != NULL;
}

/* NULL if it is in hand, is queued no longer, or somebody holds its row. */
static Arrival *
take_one(Taking *t, int64 id, RsdEventKind event)
{
	RsdLive    *live;

	if (in_hand(t, id))
		return NULL;
	live = rsd_store_one_queued(t->driver->turn_cx, id);
	t->held |= live == NULL;
	return live != NULL ? arrive(t, live, event) : NULL;
}

/* Requests to cancel: of a statement in hand, or of one still queued. */
static void
take_cancels(Taking *t)
{
	int64	   *ids;
	bool		left;
	int			n = rsd_store_take_cancels(TAKE_MAX, &ids, &left);

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
			(void) take_one(t, ids[i], RSD_EV_WISH);
	}
	t->more |= n == TAKE_MAX;
}

/* Requests for rows that were not delivered.  What is not to be had stays. */
static void
take_retries(Taking *t)
{
	int64	   *ids;
	bool		left;
	ListCell   *lc;

	t->nretried = rsd_store_take_retries(RETRY_MAX, &ids, &left);
	t->held |= left;
	t->more |= t->nretried == RETRY_MAX;
	if (t->nretried == 0)
		return;
	memcpy(t->retried, ids, sizeof(int64) * t->nretried);
	foreach(lc, rsd_store_refetch(t->driver->turn_cx, ids, t->nretried, t->now))
		(void) arrive(t, lfirst(lc), RSD_EV_REFETCH);
}

static void
take_overdue(Taking *t)
{
	int64	   *ids;
	int			n = rsd_store_overdue(t->now, TAKE_MAX, &ids);

	for (int i = 0; i < n; i++)
		(void) take_one(t, ids[i], RSD_EV_DUE);
	t->more |= n == TAKE_MAX;
}

/*
 * Those whose predecessors have ended: who may go is found in the queue, who
 * may not is skipped.
 */
static void
take_judged(Taking *t)
{
	RsdDriver  *driver = t->driver;
	RsdSkip    *skips;
	int			n = rsd_store_judge(driver->ended, driver->nended, &skips);

	for (int i = 0; i < n; i++)
	{
		Arrival    *a;

		if (skips[i].id == 0)
			t->more = true;
		else if (skips[i].words == NULL)
			t->held |= !in_hand(t, skips[i].id);
		else if ((a = take_one(t, skips[i].id, RSD_EV_SKIP)) != NULL)
			a->words = skips[i].words;
	}
	t->chained = rsd_store_has_chains();
}

/* Has it left Redshift, with nothing to do but to wait for a loader? */
static bool
waits_for_loader(const RsdLive *live)
{
	return live->m.wait == RSD_WAIT_LOADER && !live->m.turn;
}

/*
 * Statements of a server that are under way, arrivals of this look too.  The
 * loads of one owner must not fill the server for the others.
 */
static int
server_load(const Taking *t, Oid server, const RsdQueued *claims, int nclaims)
{
	int			load = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &t->driver->lives)
	{
		const RsdLive *live = dlist_container(RsdLive, node, iter.cur);

		load += live->server == server && !waits_for_loader(live);
	}
	for (int i = 0; i < nclaims; i++)
		load += claims[i].server == server;
	return load;
}

static void
exclude(Taking *t, Oid server, Oid owner)
{
	MemoryContext old = MemoryContextSwitchTo(t->driver->turn_cx);

	t->servers = lappend_oid(t->servers, server);
	t->owners = lappend_oid(t->owners, owner);
	MemoryContextSwitchTo(old);
}

/* Statements on a route that are claimed and not sent, of this look too. */
static int
unsent(const Taking *t, const RsdRoute *route, const RsdQueued *claims,
	   int nclaims)
{
	int			n = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &t->driver->lives)
	{
		const RsdLive *live = dlist_container(RsdLive, node, iter.cur);

		n += live->route == route &&
			(live->to_send & (1u << RSD_CALL_EXECUTE)) != 0;
	}
	for (int i = 0; i < nclaims; i++)
		n += claims[i].server == route->server &&
			claims[i].owner == route->owner;
	return n;
}

/*
 * Could one more be sent soon, by the limits of the service?  If not, it
 * stays queued: a claim only says "perhaps sent".
 */
static bool
could_send(Taking *t, const RsdQueued *q, const RsdRoute *route,
		   const RsdQueued *claims, int nclaims)
{
	int			before = unsent(t, route, claims, nclaims);
	int64		wait = rsd_talk_new_wait(route, before, t->now);
	int64		due = t->now + wait - CLAIM_AHEAD / 2;

	if (wait <= CLAIM_AHEAD)
		return true;
	t->rate_due = rsd_earlier(t->rate_due, due);
	if (rsd_talk_new_wait(route, 0, t->now) > SHOW_RATE)
		rsd_store_hold(q->server, q->owner, RSD_WAIT_RATE,
					   "the share of the account's quota is used up");
	exclude(t, q->server, q->owner);
	return false;
}

/* A server or owner whose statements have to wait is asked about once. */
static void
hold(Taking *t, const RsdQueued *q, RsdRoute *route)
{
	rsd_store_hold(q->server, q->owner,
				   route->state == RSD_ROUTE_PAUSED ? RSD_WAIT_PAUSED :
				   RSD_WAIT_CREDENTIALS, route->problem);
	exclude(t, q->server, q->owner);
}

/*
 * Are there keys to sign with?  If not, the statements wait for them; that
 * is only written once it takes its time.
 */
static bool
has_keys(Taking *t, const RsdQueued *q, RsdRoute *route)
{
	const char *problem;

	if (rsd_cred_source_keys(route->source, t->now) != NULL)
		return true;
	problem = rsd_cred_source_problem(route->source, t->now);
	if (problem != NULL)
		rsd_store_hold(q->server, q->owner, RSD_WAIT_CREDENTIALS, problem);
	exclude(t, q->server, q->owner);
	return false;
}

static void
refuse(Taking *t, const RsdQueued *q, RsdRoute *route)
{
	Arrival    *a = take_one(t, q->id, RSD_EV_REFUSED);

	if (a == NULL)
		return;
	a->words = route->problem;
	a->sqlstate = route->state == RSD_ROUTE_DENIED ? "42501" : "42704";
}

static bool
is_excluded(const Taking *t, const RsdQueued *q)
{
	ListCell   *s,
			   *o;

	forboth(s, t->servers, o, t->owners)
	{
		if (lfirst_oid(s) == q->server &&
			(lfirst_oid(o) == q->owner || !OidIsValid(lfirst_oid(o))))
			return true;
	}
	return false;
}

/* Decides about one queued row; true if it is to be claimed. */
static bool
consider(Taking *t, const RsdQueued *q, const RsdQueued *claims, int nclaims)
{
	RsdRoute   *route;

	if (in_hand(t, q->id))
	{
		/* its place is taken by another one when that is written */
		t->backlog = true;
		return false;
	}
	if (q->unwanted)
	{
		(void) take_one(t, q->id, RSD_EV_WISH);
		return false;
	}
	if (is_excluded(t, q))
		return false;
	route = rsd_routes_get(t->driver->routes, q->server, q->owner);
	switch (route->state)
	{
		case RSD_ROUTE_OK:
			if (!has_keys(t, q, route))
				return false;
			if (server_load(t, q->server, claims, nclaims) <
				route->max_in_flight)
				return could_send(t, q, route, claims, nclaims);
			t->backlog = true;
			exclude(t, q->server, InvalidOid);
			return false;
		case RSD_ROUTE_PAUSED:
		case RSD_ROUTE_NO_KEYS:
			hold(t, q, route);
			return false;
		case RSD_ROUTE_DENIED:
		case RSD_ROUTE_GONE:
			refuse(t, q, route);
			return false;
	}
	return false;
}

/*
 * Chooses what there is room for: up to "room" rows into ids, in the order of
 * their turns.  Reads on as long as rows were passed over for a reason that the
 * next reading knows.
 */
static int
choose(Taking *t, int room, int64 *ids)
{
	RsdQueued  *claims = palloc(sizeof(RsdQueued) * Max(room, 1));
	RsdQueued  *queued;
	int			n = 0;
	int			found;
	int			excluded;

	do
	{
		excluded = list_length(t->servers);
		found = rsd_store_queued(t->now, t->servers, t->owners,
								 t->driver->turns, room + SPARE_ROWS,
								 TAKE_MAX, &queued);
		for (int i = 0; i < found && n < room; i++)
		{
			bool		again = false;

			for (int j = 0; j < n; j++)
				again |= ids[j] == queued[i].id;
			if (again || !consider(t, &queued[i], claims, n))
				continue;
			ids[n] = queued[i].id;
			claims[n++] = queued[i];
		}
	} while (found == TAKE_MAX && n < room &&
			 list_length(t->servers) > excluded);

	t->backlog |= found > 0 && n == room;
	t->more |= found == TAKE_MAX && n < room;
	return n;
}

static void
take_queued(Taking *t)
{
	int			room = rsd_guc()->max_in_flight - t->driver->nlives;
	int64		ids[TAKE_MAX];
	int			n = choose(t, Max(Min(room, TAKE_MAX), 0), ids);
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
			(void) arrive(t, live, RSD_EV_CLAIMED);
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
	Taking	   *t = arg;
	RsdDriver  *driver = t->driver;

	rsd_routes_refresh(driver->routes);
	take_cancels(t);
	take_retries(t);
	if (driver->queue_looked == 0 ||
		(driver->queue_due != 0 && driver->queue_due <= t->now))
		take_overdue(t);
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
settle_arrival(RsdDriver *driver, Arrival *a, int64 now)
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

void
rsd_driver_take(RsdDriver *driver)
{
	Taking		t = {.driver = driver, .now = rsd_hand_now()};
	RsdEvent	wish = {.kind = RSD_EV_WISH};
	ErrorData  *error;
	ListCell   *lc;

	driver->look_again = false;
	driver->backlog = false;
	error = rsd_txn_run(look, &t);
	if (error != NULL)
	{
		driver->look_again = true;
		driver->take_after = t.now + RSD_DRIVER_PAUSE;
		if (!driver->look_failing)
			ereport(LOG, errmsg("rsdata could not look for work: %s",
								error->message));
		driver->look_failing = true;
		FreeErrorData(error);
		return;
	}
	driver->look_failing = false;
	driver->changes++;
	driver->looked = t.now;
	driver->look_again = t.more;
	driver->backlog = t.backlog;
	driver->rate_due = t.rate_due;
	driver->chained = t.chained;
	driver->nended = 0;
	driver->held_due = t.held ? t.now + RSD_DRIVER_PAUSE : 0;
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
	Taking	   *t = arg;
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

		arrive(t, live, live->m.status == RSD_QUEUED ? RSD_EV_WISH :
			   RSD_EV_RECOVERED);
	}
	rsd_store_judge_anew();
	rsd_store_old_sessions(t->now);
	foreach(lc, rsd_store_unpublished(driver->turn_cx))
		rsd_outbox_add(driver->outbox, lfirst(lc));
}

void
rsd_driver_start(RsdDriver *driver)
{
	Taking		t = {.driver = driver, .now = rsd_hand_now()};
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
