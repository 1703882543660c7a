/*
 * driver.c
 *	  The worker's turn: hear, look, write, send.
 *
 * Order matters.  What came back is heard first, so that a finished
 * statement makes room; then new work is taken; then everything that changed
 * is written, many statements in one transaction; and only what is written
 * is sent.  So a request never leaves before the row that tells of it is on
 * disk, and listeners hear of an end only with its rows.
 */
#include "postgres.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/env.h"
#include "pg/driver.h"
#include "pg/fault.h"
#include "pg/guc.h"
#include "pg/outbox.h"
#include "pg/shmem.h"
#include "pg/store.h"
#include "pg/talk.h"
#include "pg/txn.h"
#include "pg/unixtime.h"

/* What one transaction records, at most. */
#define GROUP_STATEMENTS	64
#define GROUP_BYTES			(1024 * 1024)

/* Result pages on their way at once: each may hold megabytes. */
#define MAX_RESULT_CALLS	8

/* Rows taken from the queue, or requests, in one look. */
#define TAKE_MAX			256

/* After a write that failed for a passing reason. */
#define RECORD_RETRY		USECS_PER_SEC

/* How old the knowledge of the queue's due time may get under load. */
#define QUEUE_LOOK			USECS_PER_SEC

struct RsdDriver
{
	MemoryContext cx;
	MemoryContext turn_cx;		/* reset each turn */
	RsdHttp    *http;
	RsdRoutes  *routes;
	RsdOutbox  *outbox;
	dlist_head	lives;
	int			nlives;
	int			result_calls;	/* pages on their way */
	bool		started;		/* what a former worker left is taken up */
	bool		foreign_rows;	/* a copied database: nothing is sent */
	bool		look_again;		/* the queue may have more for us */
	bool		backlog;		/* the queue waits for room */
	int64		queue_due;		/* when a queued row wants attention; 0 none */
	int64		queue_looked;
	int64		take_after;		/* after a failed look: not before */
	RsdReply	reply;			/* scratch */
	RsdNews		news;			/* scratch */
};

static int64
now_us(void)
{
	const RsdEnv *env = rsd_env_system();

	return env->wall_us(env->arg);
}

/* ---- one statement ---- */

static void call_landed(void *arg, RsdFlight *flight);

static void
keep_words(RsdLive *live, char **kept, const char *words)
{
	if (*kept != NULL)
		pfree(*kept);
	*kept = words != NULL && words[0] != '\0' ?
		MemoryContextStrdup(live->cx, words) : NULL;
}

/* When a call that failed comes again, to be shown. */
static int64
next_attempt(const RsdStmt *m)
{
	int64		due = 0;

	for (int i = 0; i < RSD_NCALL; i++)
	{
		const RsdCallState *call = &m->call[i];

		if (call->failures > 0 && !call->in_flight &&
			(due == 0 || call->due < due))
			due = call->due;
	}
	return m->wait == RSD_WAIT_NONE ? 0 : due;
}

static const char *
default_sqlstate(RsdStatus status)
{
	switch (status)
	{
		case RSD_CANCELLED:
		case RSD_TIMED_OUT:
			return "57014";		/* query canceled */
		case RSD_ORPHANED:
			return "08007";		/* transaction resolution unknown */
		case RSD_EXPIRED:
			return "55000";		/* object not in prerequisite state */
		case RSD_UNDELIVERED:
			return "22000";		/* data exception */
		default:
			return NULL;		/* Redshift's error, which names no code */
	}
}

/* Applies an event with its words; the only caller of the machine. */
static void
step(RsdLive *live, const RsdEvent *event, const char *words,
	 const char *sqlstate)
{
	RsdStep		out;
	int64		now = now_us();

	rsd_stmt_step(&live->m, event, now, rsd_env_system(),
				  rsd_guc()->submit_wait, &out);
	live->to_send |= out.send;
	if (out.send & ((1u << RSD_CALL_EXECUTE) | (1u << RSD_CALL_DESCRIBE)))
		live->wait_seconds = out.wait_seconds;
	live->dirty |= out.record;
	live->next_attempt = next_attempt(&live->m);
	if (live->m.wait != RSD_WAIT_NONE && words != NULL && words[0] != '\0')
		keep_words(live, &live->wait_detail, words);
	if (!out.ended)
		return;
	live->to_send = 0;
	live->finished_at = now;
	if (live->m.status == RSD_UNDELIVERED)
		rsd_talk_drop_page(live);
	if (live->m.status != RSD_FINISHED)
	{
		keep_words(live, &live->error,
				   words != NULL && words[0] != '\0' ? words : out.reason);
		live->sqlstate = sqlstate ? sqlstate : default_sqlstate(live->m.status);
	}
}

static void
step_kind(RsdLive *live, RsdEventKind kind)
{
	RsdEvent	event = {.kind = kind};

	step(live, &event, NULL, NULL);
}

static void
call_landed(void *arg, RsdFlight *flight)
{
	RsdLive    *live = arg;
	RsdDriver  *driver = live->driver;
	RsdCall		call = (RsdCall) (flight - live->flight);

	if (call == RSD_CALL_RESULT)
		driver->result_calls--;
	rsd_talk_hear(live, call, flight, now_us(), &driver->reply, &driver->news);
	rsd_fault(call == RSD_CALL_EXECUTE ? "after-reply" :
			  call == RSD_CALL_RESULT ? "page-in-hand" : "described");
	step(live, &driver->news.event, driver->news.words, driver->news.sqlstate);
}

/* Takes a statement that was read from the tables under our wing. */
static void
adopt(RsdDriver *driver, RsdLive *live, RsdRoute *route)
{
	live->driver = driver;
	live->route = route;
	live->m.long_poll = rsd_guc()->submit_wait > 0 && !route->no_long_poll;
	live->m.describe_always = route->describe_always;
	live->recorded = live->m;
	for (int i = 0; i < RSD_NCALL; i++)
	{
		live->flight[i].landed = call_landed;
		live->flight[i].arg = live;
	}
	dlist_push_tail(&driver->lives, &live->node);
	driver->nlives++;
}

static void
forget(RsdDriver *driver, RsdLive *live)
{
	for (int i = 0; i < RSD_NCALL; i++)
	{
		if (i == RSD_CALL_RESULT && live->flight[i].in_flight)
			driver->result_calls--;
		rsd_flight_drop(driver->http, &live->flight[i]);
	}
	rsd_talk_drop_page(live);
	dlist_delete(&live->node);
	driver->nlives--;
	MemoryContextDelete(live->cx);
	if (driver->backlog)
		driver->look_again = true;
}

static RsdLive *
find(RsdDriver *driver, int64 id)
{
	dlist_iter	iter;

	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if (live->id == id)
			return live;
	}
	return NULL;
}

/* ---- taking work ---- */

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
	List	   *servers;		/* pairs that get nothing now */
	List	   *owners;
	bool		more;			/* look again at once */
	bool		backlog;
} Taking;

static void
arrive(Taking *t, RsdLive *live, RsdEventKind event)
{
	MemoryContext old = MemoryContextSwitchTo(t->driver->turn_cx);
	Arrival    *a = palloc0(sizeof(Arrival));

	a->live = live;
	a->event = event;
	t->arrivals = lappend(t->arrivals, a);
	MemoryContextSwitchTo(old);
	a->route = rsd_routes_get(t->driver->routes, live->server, live->owner);
}

static void
take_one(Taking *t, int64 id, RsdEventKind event)
{
	RsdLive    *live = rsd_store_one_queued(t->driver->cx, id);

	if (live != NULL)
		arrive(t, live, event);
}

/* Requests to cancel: of a statement in hand, or of one still queued. */
static void
take_cancels(Taking *t)
{
	int64	   *ids;
	int			n = rsd_store_take_cancels(TAKE_MAX, &ids);

	for (int i = 0; i < n; i++)
	{
		RsdLive    *live = find(t->driver, ids[i]);

		if (live != NULL)
		{
			MemoryContext old = MemoryContextSwitchTo(t->driver->turn_cx);

			t->cancelled = lappend(t->cancelled, live);
			MemoryContextSwitchTo(old);
		}
		else
			take_one(t, ids[i], RSD_EV_WISH);
	}
	t->more |= n == TAKE_MAX;
}

static void
take_overdue(Taking *t)
{
	int64	   *ids;
	int			n = rsd_store_overdue(t->now, TAKE_MAX, &ids);

	for (int i = 0; i < n; i++)
		take_one(t, ids[i], RSD_EV_DUE);
	t->more |= n == TAKE_MAX;
}

/* Statements of a server that are under way, arrivals of this look too. */
static int
server_load(const Taking *t, Oid server, const RsdQueued *claims, int nclaims)
{
	int			load = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &t->driver->lives)
		load += dlist_container(RsdLive, node, iter.cur)->server == server;
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

/* A server or owner whose statements have to wait is asked about once. */
static void
hold(Taking *t, const RsdQueued *q, RsdRoute *route)
{
	rsd_store_hold(q->server, q->owner,
				   route->state == RSD_ROUTE_PAUSED ? RSD_WAIT_PAUSED :
				   RSD_WAIT_CREDENTIALS, route->problem);
	exclude(t, q->server, q->owner);
}

static void
refuse(Taking *t, const RsdQueued *q, RsdRoute *route)
{
	Arrival    *a;

	take_one(t, q->id, RSD_EV_REFUSED);
	if (t->arrivals == NIL)
		return;
	a = llast(t->arrivals);
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

	if (q->unwanted)
	{
		take_one(t, q->id, RSD_EV_WISH);
		return false;
	}
	if (is_excluded(t, q))
		return false;
	route = rsd_routes_get(t->driver->routes, q->server, q->owner);
	switch (route->state)
	{
		case RSD_ROUTE_OK:
			if (server_load(t, q->server, claims, nclaims) <
				route->max_in_flight)
				return true;
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
 * Claims what there is room for.  Looks again as long as rows were passed
 * over for a reason that the next look knows.
 */
static void
take_queued(Taking *t)
{
	int			room = rsd_guc()->max_in_flight - t->driver->nlives;
	RsdQueued  *claims = palloc(sizeof(RsdQueued) * TAKE_MAX);
	int64	   *ids = palloc(sizeof(int64) * TAKE_MAX);
	RsdQueued  *queued;
	int			n = 0;
	int			found;
	int			excluded;
	ListCell   *lc;

	do
	{
		excluded = list_length(t->servers);
		found = rsd_store_queued(t->now, t->servers, t->owners, TAKE_MAX,
								 &queued);
		for (int i = 0; i < found && n < Min(room, TAKE_MAX); i++)
		{
			bool		again = false;

			for (int j = 0; j < n; j++)
				again |= claims[j].id == queued[i].id;
			if (!again && consider(t, &queued[i], claims, n))
				claims[n++] = queued[i];
		}
	} while (found == TAKE_MAX && n < Min(room, TAKE_MAX) &&
			 list_length(t->servers) > excluded);

	t->backlog |= found > 0 && n >= room;
	t->more |= found == TAKE_MAX && n < room;
	if (n == 0)
		return;
	rsd_fault("before-claim");
	for (int i = 0; i < n; i++)
		ids[i] = claims[i].id;
	foreach(lc, rsd_store_claim(t->driver->cx, ids, n, t->now))
		arrive(t, lfirst(lc), RSD_EV_CLAIMED);
}

static void
look(void *arg)
{
	Taking	   *t = arg;
	RsdDriver  *driver = t->driver;

	rsd_routes_refresh(driver->routes);
	take_cancels(t);
	take_overdue(t);
	take_queued(t);
	if (t->now - driver->queue_looked >= QUEUE_LOOK)
	{
		driver->queue_looked = t->now;
		driver->queue_due = rsd_store_queue_due();
	}
	else
		driver->queue_due = driver->queue_looked + QUEUE_LOOK;
}

/* A row that was claimed is queued in memory no longer. */
static void
settle_arrival(RsdDriver *driver, Arrival *a)
{
	RsdEvent	event = {.kind = a->event};

	if (a->event == RSD_EV_CLAIMED)
		a->live->m.status = RSD_QUEUED;
	adopt(driver, a->live, a->route);
	step(a->live, &event, a->words, a->sqlstate);
	if (!a->live->dirty && a->live->m.status == RSD_QUEUED)
		forget(driver, a->live);
}

static void
take(RsdDriver *driver)
{
	Taking		t = {.driver = driver, .now = now_us()};
	ErrorData  *error;
	ListCell   *lc;

	driver->look_again = false;
	driver->backlog = false;
	error = rsd_txn_run(look, &t);
	if (error != NULL)
	{
		foreach(lc, t.arrivals)
			MemoryContextDelete(((Arrival *) lfirst(lc))->live->cx);
		driver->look_again = true;
		driver->take_after = t.now + RECORD_RETRY;
		ereport(LOG, errmsg("rsdata could not look for work: %s",
							error->message));
		FreeErrorData(error);
		return;
	}
	driver->look_again = t.more;
	driver->backlog = t.backlog;
	rsd_fault("after-claim");
	foreach(lc, t.cancelled)
		step_kind(lfirst(lc), RSD_EV_WISH);
	foreach(lc, t.arrivals)
		settle_arrival(driver, lfirst(lc));
}

/* ---- taking up what a former worker left ---- */

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
	foreach(lc, rsd_store_unfinished(driver->cx))
		arrive(t, lfirst(lc), RSD_EV_RECOVERED);
	foreach(lc, rsd_store_unpublished(driver->turn_cx))
	{
		RsdPost    *post = lfirst(lc);

		rsd_outbox_add(driver->outbox, post->id, post->server, post->owner,
					   post->attempts, t->now);
	}
}

static void
start(RsdDriver *driver)
{
	Taking		t = {.driver = driver, .now = now_us()};
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
				errhint("Run rsdata_adopt() to settle them and start anew."));
		return;
	}
	foreach(lc, t.arrivals)
		settle_arrival(driver, lfirst(lc));
	driver->look_again = true;
}

/* ---- writing ---- */

/* Statements written in one transaction. */
typedef struct Group
{
	int			n;
	size_t		bytes;
	bool		notify;
	bool		body_done;		/* what follows is the commit */
	RsdLive    *lives[GROUP_STATEMENTS];
} Group;

static void
write_group(void *arg)
{
	Group	   *group = arg;
	bool		ends = false;

	for (int i = 0; i < group->n; i++)
	{
		RsdLive    *live = group->lives[i];

		Assert(rsd_stmt_may_move(live->recorded.status, live->m.status));
		live->gone = !rsd_store_record(live, group->notify);
		ends |= rsd_status_is_final(live->m.status);
	}
	rsd_fault(ends ? "before-final" : "before-record");
	group->body_done = true;
}

/* After the commit: tell who waits, and let go of what has ended. */
static void
written(RsdDriver *driver, RsdLive *live)
{
	bool		ended = rsd_status_is_final(live->m.status);

	live->dirty = false;
	live->recorded = live->m;
	live->chunks = live->chunks_written;
	rsd_talk_drop_page(live);
	if (ended)
	{
		rsd_waiters_broadcast(live->id);
		if (live->publish && !live->gone)
			rsd_outbox_add(driver->outbox, live->id, live->server,
						   live->owner, 0, live->finished_at);
	}
	if (live->m.status == RSD_QUEUED && live->next_attempt != 0 &&
		(driver->queue_due == 0 || live->next_attempt < driver->queue_due))
		driver->queue_due = live->next_attempt;
	if (ended || live->gone || live->m.status == RSD_QUEUED)
		forget(driver, live);
}

static bool
is_poison(const ErrorData *error)
{
	int			class = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return class == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) ||
		class == ERRCODE_TO_CATEGORY(ERRCODE_PROGRAM_LIMIT_EXCEEDED) ||
		class == ERRCODE_TO_CATEGORY(ERRCODE_SYNTAX_ERROR);
}

/*
 * What this statement brought can never be written: go back to what the row
 * has and end it there, saying why.
 */
static void
give_up_result(RsdLive *live, const ErrorData *error)
{
	RsdEvent	event = {.kind = RSD_EV_BAD_RESULT, .call = RSD_CALL_RESULT};

	live->m = live->recorded;
	for (int i = 0; i < RSD_NCALL; i++)
		live->m.call[i].in_flight = live->flight[i].in_flight;
	step(live, &event, error->message, NULL);
	live->sqlstate = "22000";
}

/* Writes a group in one transaction; false if nothing was written. */
static bool
write_together(RsdDriver *driver, Group *group, ErrorData **error)
{
	group->body_done = false;
	*error = rsd_txn_run(write_group, group);
	if (*error == NULL)
	{
		rsd_fault("after-record");
		for (int i = 0; i < group->n; i++)
			written(driver, group->lives[i]);
		return true;
	}
	return false;
}

/*
 * One statement alone.  A notification queue that is full must not cost the
 * result: then it is written without NOTIFY.
 */
static bool
write_alone(RsdDriver *driver, RsdLive *live, ErrorData **error)
{
	Group		group = {.n = 1, .notify = true, .lives = {live}};

	if (write_together(driver, &group, error))
		return true;
	if (!group.body_done ||
		(*error)->sqlerrcode != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
		return false;
	ereport(LOG,
			errmsg("rsdata drops the notification of statement " INT64_FORMAT ": %s",
				   live->id, (*error)->message));
	FreeErrorData(*error);
	group.notify = false;
	return write_together(driver, &group, error);
}

static void
write_each(RsdDriver *driver, Group *group)
{
	int64		later = now_us() + RECORD_RETRY;
	bool		locked = false;

	for (int i = 0; i < group->n; i++)
	{
		RsdLive    *live = group->lives[i];
		ErrorData  *error;

		if (locked)
			live->record_after = later;
		else if (!write_alone(driver, live, &error))
		{
			ereport(LOG,
					errmsg("rsdata could not record statement " INT64_FORMAT ": %s",
						   live->id, error->message));
			locked = error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
			if (is_poison(error) && live->has_page)
				give_up_result(live, error);
			else
				live->record_after = later;
			FreeErrorData(error);
		}
	}
}

static void
fill_group(RsdDriver *driver, int64 now, Group *group)
{
	dlist_iter	iter;

	memset(group, 0, sizeof(*group));
	group->notify = true;
	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if (!live->dirty || live->record_after > now)
			continue;
		group->lives[group->n++] = live;
		group->bytes += live->body.len;
		if (group->n == GROUP_STATEMENTS || group->bytes >= GROUP_BYTES)
			break;
	}
}

static void
record(RsdDriver *driver)
{
	int64		now = now_us();
	Group		group;
	ErrorData  *error;

	for (fill_group(driver, now, &group); group.n > 0;
		 fill_group(driver, now, &group))
	{
		if (!write_together(driver, &group, &error))
		{
			FreeErrorData(error);
			write_each(driver, &group);
		}
	}
}

/* ---- sending ---- */

static void
send_call(RsdDriver *driver, RsdLive *live, RsdCall call)
{
	if (call == RSD_CALL_RESULT && driver->result_calls >= MAX_RESULT_CALLS)
		return;					/* stays decided, goes with a later turn */
	live->to_send &= ~(1u << call);
	if (rsd_talk_send(live, call, driver->http, now_us(), &driver->news))
	{
		driver->result_calls += call == RSD_CALL_RESULT;
		rsd_fault("after-send");
		return;
	}
	step(live, &driver->news.event, driver->news.words, driver->news.sqlstate);
}

static void
refresh_routes(void *arg)
{
	rsd_routes_refresh(arg);
}

/* What may not be sent before it is written stays for a later turn. */
static bool
may_send(const RsdLive *live)
{
	return live->to_send != 0 && !live->dirty;
}

static void
send_all(RsdDriver *driver)
{
	dlist_iter	iter;
	bool		any = false;
	ErrorData  *error;

	dlist_foreach(iter, &driver->lives)
		any |= may_send(dlist_container(RsdLive, node, iter.cur));
	if (!any)
		return;

	/* Rights and keys may have changed since they were read. */
	error = rsd_txn_run(refresh_routes, driver->routes);
	if (error != NULL)
	{
		ereport(LOG, errmsg("rsdata could not read its servers: %s",
							error->message));
		FreeErrorData(error);
	}
	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		for (int call = 0; call < RSD_NCALL && may_send(live); call++)
		{
			if (live->to_send & (1u << call))
				send_call(driver, live, (RsdCall) call);
		}
	}
}

/* ---- the turn ---- */

static void
run_due(RsdDriver *driver)
{
	int64		now = now_us();
	dlist_iter	iter;

	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);
		int64		due = rsd_stmt_due(&live->m);

		if (!live->dirty && due != 0 && due <= now)
			step_kind(live, RSD_EV_DUE);
	}
}

static bool
wants_look(const RsdDriver *driver)
{
	int64		now = now_us();

	return now >= driver->take_after &&
		(driver->look_again ||
		 (driver->queue_due != 0 && driver->queue_due <= now));
}

bool
rsd_driver_turn(RsdDriver *driver, bool wanted)
{
	MemoryContext old = MemoryContextSwitchTo(driver->turn_cx);

	if (!driver->started)
		start(driver);
	if (!driver->foreign_rows)
	{
		rsd_flight_pump(driver->http);
		run_due(driver);
		driver->look_again |= wanted;
		if (wants_look(driver))
			take(driver);
		record(driver);
		send_all(driver);
		rsd_outbox_record(driver->outbox, now_us());
		rsd_outbox_send(driver->outbox, driver->routes, now_us());
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
	driver->routes = rsd_routes_create();
	driver->outbox = rsd_outbox_create(driver->http);
	return driver;
}

int
rsd_driver_fd(RsdDriver *driver)
{
	return rsd_http_fd(driver->http);
}

int
rsd_driver_in_flight(RsdDriver *driver)
{
	return driver->nlives + rsd_outbox_in_flight(driver->outbox);
}

static int64
earlier(int64 a, int64 b)
{
	if (a == 0 || (b != 0 && b < a))
		return b;
	return a;
}

/* When the next thing happens by itself; 0 = never. */
static int64
own_due(RsdDriver *driver)
{
	int64		due = rsd_outbox_due(driver->outbox);
	dlist_iter	iter;

	if (driver->look_again)
		due = earlier(due, Max(driver->take_after, 1));
	else if (driver->queue_due != 0)
		due = earlier(due, Max(driver->queue_due, driver->take_after));
	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		due = earlier(due, live->dirty ? Max(live->record_after, 1) :
					  rsd_stmt_due(&live->m));
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
		ms = Max((due - now_us() + 999) / 1000, 0);
	if (transport >= 0 && (ms < 0 || transport < ms))
		ms = transport;
	return (long) Min(ms, INT_MAX);
}

static void
read_queue_due(void *arg)
{
	RsdDriver  *driver = arg;

	driver->queue_due = rsd_store_queue_due();
}

bool
rsd_driver_next_due(RsdDriver *driver, TimestampTz *due)
{
	ErrorData  *error;
	int64		at;

	*due = DT_NOEND;
	if (driver->foreign_rows)
		return true;
	if (driver->look_again || rsd_driver_in_flight(driver) > 0)
		return false;
	error = rsd_txn_run(read_queue_due, driver);
	if (error != NULL)
	{
		FreeErrorData(error);
		return false;
	}
	at = own_due(driver);
	if (at != 0 && at <= now_us())
		return false;
	if (at != 0)
		*due = rsd_time_from_unix(at);
	return true;
}

void
rsd_driver_settings_changed(RsdDriver *driver)
{
	driver->look_again = true;
}

/* What a probe reads. */
typedef struct Probe
{
	bool		work;
} Probe;

static void
read_probe(void *arg)
{
	Probe	   *probe = arg;

	probe->work = rsd_store_has_open() &&
		rsd_store_identity() != RSD_IDENTITY_COPY;
}

bool
rsd_driver_has_work(void)
{
	Probe		probe = {false};
	ErrorData  *error = rsd_txn_run(read_probe, &probe);

	if (error != NULL)
		ReThrowError(error);
	return probe.work;
}
