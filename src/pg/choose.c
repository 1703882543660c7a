/*
 * choose.c
 *	  Which queued statements there is room for, in the order of their turns.
 *
 * Decides about servers, keys, rights and the service's limits; claims
 * nothing.
 */
#include "postgres.h"

#include "base/retry.h"
#include "pg/hand.h"
#include "pg/store_queue.h"
#include "pg/taking.h"

/* Rows of one owner that are read beyond those that there is room for. */
#define SPARE_ROWS			8

/* Rows of all owners that are read in one look, about. */
#define READ_ROWS			16384

/*
 * A statement is claimed when it can be sent within this time; the next look
 * comes when half of it has gone by.
 */
#define CLAIM_AHEAD			USECS_PER_SEC

/* Those that have to wait longer than this are shown to wait. */
#define SHOW_RATE			(2 * USECS_PER_SEC)

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
server_load(const RsdTaking *t, Oid server, const RsdQueued *claims, int nclaims)
{
	int			load = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &t->driver->lives)
	{
		const RsdLive *live = dlist_container(RsdLive, node, iter.cur);

		load += live->server == server && rsd_hand_occupies(live) &&
			!waits_for_loader(live);
	}
	for (int i = 0; i < nclaims; i++)
		load += claims[i].server == server;
	return load;
}

static void
exclude(RsdTaking *t, Oid server, Oid owner)
{
	MemoryContext old = MemoryContextSwitchTo(t->driver->turn_cx);

	t->servers = lappend_oid(t->servers, server);
	t->owners = lappend_oid(t->owners, owner);
	MemoryContextSwitchTo(old);
}

/*
 * Shows what the rows of a route wait for: a number of them now, the next
 * ones with the next look, and each only once.
 */
static void
show(RsdTaking *t, RsdRoute *route, RsdWait wait, const char *why)
{
	RsdShown   *shown = &route->shown;

	if (shown->wait != wait || strcmp(shown->detail, why) != 0)
	{
		shown->wait = wait;
		strlcpy(shown->detail, why, sizeof(shown->detail));
		shown->upto = 0;
	}
	shown->going = false;
	t->more |= rsd_store_hold(route->server, route->owner, wait, why,
							  &shown->upto);
}

/*
 * There is a way.  Rows that say otherwise are told in the same manner, also
 * those that a former worker has left so.
 */
static void
unshow(RsdTaking *t, const RsdQueued *q, RsdRoute *route)
{
	RsdShown   *shown = &route->shown;

	if (shown->wait == RSD_WAIT_PAUSED ||
		shown->wait == RSD_WAIT_CREDENTIALS ||
		(q->held && !shown->going && !t->ahead))
	{
		shown->wait = RSD_WAIT_NONE;
		shown->upto = 0;
		shown->going = true;
	}
	if (!shown->going || shown->at == t->now)
		return;
	shown->at = t->now;
	shown->going = rsd_store_let_go(route->server, route->owner,
									&shown->upto);
	t->more |= shown->going;
}

/* Statements on a route that are claimed and not sent, of this look too. */
static int
unsent(const RsdTaking *t, const RsdRoute *route, const RsdQueued *claims,
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
could_send(RsdTaking *t, const RsdQueued *q, RsdRoute *route,
		   const RsdQueued *claims, int nclaims)
{
	int			before = unsent(t, route, claims, nclaims);
	int64		wait = rsd_talk_new_wait(route, before, t->now);
	int64		due = t->now + wait - CLAIM_AHEAD / 2;

	if (wait <= CLAIM_AHEAD)
		return true;
	t->rate_due = rsd_earlier(t->rate_due, due);
	if (rsd_talk_new_wait(route, 0, t->now) > SHOW_RATE)
		show(t, route, RSD_WAIT_RATE,
			 "the share of the account's quota is used up");
	exclude(t, q->server, q->owner);
	return false;
}

/* A server or owner whose statements have to wait is asked about once. */
static void
hold(RsdTaking *t, const RsdQueued *q, RsdRoute *route)
{
	show(t, route, route->state == RSD_ROUTE_PAUSED ? RSD_WAIT_PAUSED :
		 RSD_WAIT_CREDENTIALS, route->problem);
	exclude(t, q->server, q->owner);
}

/*
 * Are there keys to sign with?  If not, the statements wait for them; that
 * is only written once it takes its time.
 */
static bool
has_keys(RsdTaking *t, const RsdQueued *q, RsdRoute *route)
{
	const char *problem;

	if (rsd_cred_source_keys(route->source, t->now) != NULL)
		return true;
	problem = rsd_cred_source_problem(route->source, t->now);
	if (problem != NULL)
		show(t, route, RSD_WAIT_CREDENTIALS, problem);
	exclude(t, q->server, q->owner);
	return false;
}

static void
refuse(RsdTaking *t, const RsdQueued *q, RsdRoute *route)
{
	RsdArrival *a = rsd_take_one(t, q->id, RSD_EV_REFUSED);

	if (a == NULL)
		return;
	a->words = route->problem;
	a->sqlstate = route->state == RSD_ROUTE_DENIED ? "42501" : "42704";
}

/* Is this pair left out?  Owner 0: the server is full. */
static bool
is_excluded(const RsdTaking *t, Oid server, Oid owner)
{
	ListCell   *s,
			   *o;

	forboth(s, t->servers, o, t->owners)
	{
		if (lfirst_oid(s) == server && lfirst_oid(o) == owner)
			return true;
	}
	return false;
}

/* What becomes of a queued row. */
typedef enum Choice
{
	CHOICE_CLAIM,
	CHOICE_NO_ROOM,				/* its server is full, that is all */
	CHOICE_NOT
} Choice;

/*
 * Decides about one queued row.  What was read by an earlier look and is in
 * hand since then is not among those that are looked at again.
 */
static Choice
consider(RsdTaking *t, const RsdQueued *q, const RsdQueued *claims, int nclaims)
{
	RsdRoute   *route;

	if (!t->ahead && rsd_take_in_hand(t, q->id))
	{
		/* its place is taken by another one when that is written */
		t->backlog = true;
		return CHOICE_NOT;
	}
	if (q->unwanted)
	{
		(void) rsd_take_one(t, q->id, RSD_EV_WISH);
		return CHOICE_NOT;
	}
	if (is_excluded(t, q->server, q->owner))
		return CHOICE_NOT;
	if (is_excluded(t, q->server, InvalidOid))
		return CHOICE_NO_ROOM;
	route = rsd_routes_get(t->driver->routes, q->server, q->owner);
	switch (route->state)
	{
		case RSD_ROUTE_OK:
			if (!has_keys(t, q, route))
				return CHOICE_NOT;
			unshow(t, q, route);
			if (server_load(t, q->server, claims, nclaims) <
				route->max_in_flight)
				return could_send(t, q, route, claims, nclaims) ?
					CHOICE_CLAIM : CHOICE_NOT;
			exclude(t, q->server, InvalidOid);
			return CHOICE_NO_ROOM;
		case RSD_ROUTE_PAUSED:
		case RSD_ROUTE_NO_KEYS:
			hold(t, q, route);
			return CHOICE_NOT;
		case RSD_ROUTE_DENIED:
		case RSD_ROUTE_GONE:
			refuse(t, q, route);
			return CHOICE_NOT;
	}
	return CHOICE_NOT;
}

/*
 * The worker is full.  One in hand may come back to the queue for a later
 * time.
 */
static Choice
consider_later(RsdTaking *t, const RsdQueued *q)
{
	t->backlog = true;
	return is_excluded(t, q->server, q->owner) ||
		(!t->ahead && rsd_take_in_hand(t, q->id)) ?
		CHOICE_NOT : CHOICE_NO_ROOM;
}

/*
 * Chooses from what was read: how many "ids" there are then.  Whom only room
 * is missing is kept for when there is some.
 */
static int
choose_among(RsdTaking *t, const RsdQueued *queued, int found, int room,
			 int64 *ids)
{
	RsdDriver  *driver = t->driver;
	RsdQueued  *claims = palloc(sizeof(RsdQueued) * Max(room, 1));
	int			n = 0;

	driver->nahead = 0;
	for (int i = 0; i < found; i++)
	{
		Choice		choice = n < room ? consider(t, &queued[i], claims, n) :
			consider_later(t, &queued[i]);

		if (choice == CHOICE_CLAIM)
		{
			ids[n] = queued[i].id;
			claims[n++] = queued[i];
		}
		else if (choice == CHOICE_NO_ROOM && driver->nahead < RSD_TAKE_MAX)
			driver->ahead[driver->nahead++] = queued[i];
		if (n == room && driver->nahead == RSD_TAKE_MAX)
			break;
	}
	t->backlog |= driver->nahead > 0;
	return n;
}

/*
 * What an earlier look has left behind is good as long as nothing else has
 * happened than that there is room: who is next was decided then.
 */
static int
choose_ahead(RsdTaking *t, int room, int64 *ids)
{
	RsdDriver  *driver = t->driver;
	RsdQueued	queued[RSD_TAKE_MAX];
	int			found = driver->nahead;
	int			n;

	memcpy(queued, driver->ahead, sizeof(RsdQueued) * found);
	n = choose_among(t, queued, found, room, ids);
	t->more |= driver->nahead == 0;
	return n;
}

int
rsd_choose(RsdTaking *t, int room, int64 *ids)
{
	RsdQueued  *queued;
	int			each = room + SPARE_ROWS;
	int			found;
	int			n;

	if (t->ahead)
		return choose_ahead(t, room, ids);
	found = rsd_store_queued(t->now, each, READ_ROWS, &queued);
	rsd_turns_order(t->driver->turns, queued, found);
	n = choose_among(t, queued, found, room, ids);
	t->backlog |= found > 0 && n == room;

	/* there may be more of an owner of whom few were read */
	t->more |= found > each && n > 0 && n < room;
	return n;
}
