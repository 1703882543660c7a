/*
 * turns.c
 *	  Whose turn it is, among the owners of a server and among the servers.
 *
 * Owns the memory of who was served when.  Reads and writes no table.
 */
#include "postgres.h"

#include "pg/turns.h"

/* More than these are not remembered: who was served long ago comes first. */
#define MAX_TURNS			1024

typedef struct Turn
{
	Oid			server;
	Oid			owner;			/* InvalidOid: the server as a whole */
	int64		at;
} Turn;

struct RsdTurns
{
	int64		clock;			/* claims so far */
	int			n;
	Turn		turns[MAX_TURNS];
};

/* A queued row, and where it stands in the order. */
typedef struct Place
{
	RsdQueued	queued;
	int			round;			/* how many of its owner go before it */
	int64		owner_at;		/* when that was served last; 0 never */
	int			place;			/* how many of its server go before it */
	int64		server_at;
} Place;

RsdTurns *
rsd_turns_create(void)
{
	return palloc0(sizeof(RsdTurns));
}

/* The place of a pair; a new one takes a free place, or the oldest. */
static Turn *
find_turn(RsdTurns *turns, Oid server, Oid owner)
{
	Turn	   *oldest = &turns->turns[0];
	Turn	   *turn;

	for (int i = 0; i < turns->n; i++)
	{
		turn = &turns->turns[i];
		if (turn->server == server && turn->owner == owner)
			return turn;
		if (turn->at < oldest->at)
			oldest = turn;
	}
	turn = turns->n < MAX_TURNS ? &turns->turns[turns->n++] : oldest;
	turn->server = server;
	turn->owner = owner;
	return turn;
}

void
rsd_turns_served(RsdTurns *turns, Oid server, Oid owner)
{
	int64		now = ++turns->clock;

	find_turn(turns, server, owner)->at = now;
	find_turn(turns, server, InvalidOid)->at = now;
}

/* When a pair was served last; 0 never, as far as is known. */
static int64
served_at(const RsdTurns *turns, Oid server, Oid owner)
{
	for (int i = 0; i < turns->n; i++)
	{
		const Turn *turn = &turns->turns[i];

		if (turn->server == server && turn->owner == owner)
			return turn->at;
	}
	return 0;
}

static int
compare(int64 a, int64 b)
{
	return a < b ? -1 : a > b;
}

/* Owner by owner, each one's rows as they were submitted. */
static int
by_owner(const void *a, const void *b)
{
	const Place *left = a;
	const Place *right = b;
	int			order = compare(left->queued.server, right->queued.server);

	if (order == 0)
		order = compare(left->queued.owner, right->queued.owner);
	return order != 0 ? order : compare(left->queued.id, right->queued.id);
}

/* Server by server: one of each owner, then the second of each, and so on. */
static int
by_server(const void *a, const void *b)
{
	const Place *left = a;
	const Place *right = b;
	int			order = compare(left->queued.server, right->queued.server);

	if (order == 0)
		order = compare(left->round, right->round);
	if (order == 0)
		order = compare(left->owner_at, right->owner_at);
	return order != 0 ? order : compare(left->queued.id, right->queued.id);
}

/* One of each server, then the second of each, and so on. */
static int
by_place(const void *a, const void *b)
{
	const Place *left = a;
	const Place *right = b;
	int			order = compare(left->place, right->place);

	if (order == 0)
		order = compare(left->server_at, right->server_at);
	return order != 0 ? order : compare(left->queued.id, right->queued.id);
}

static void
order_owners(const RsdTurns *turns, Place *places, int n)
{
	qsort(places, n, sizeof(Place), by_owner);
	for (int i = 0; i < n; i++)
	{
		const RsdQueued *q = &places[i].queued;
		bool		same = i > 0 && q->server == places[i - 1].queued.server &&
			q->owner == places[i - 1].queued.owner;

		places[i].round = same ? places[i - 1].round + 1 : 0;
		places[i].owner_at = same ? places[i - 1].owner_at :
			served_at(turns, q->server, q->owner);
	}
}

static void
order_servers(const RsdTurns *turns, Place *places, int n)
{
	qsort(places, n, sizeof(Place), by_server);
	for (int i = 0; i < n; i++)
	{
		Oid			server = places[i].queued.server;
		bool		same = i > 0 && server == places[i - 1].queued.server;

		places[i].place = same ? places[i - 1].place + 1 : 0;
		places[i].server_at = same ? places[i - 1].server_at :
			served_at(turns, server, InvalidOid);
	}
}

void
rsd_turns_order(const RsdTurns *turns, RsdQueued *queued, int n)
{
	Place	   *places = palloc(sizeof(Place) * Max(n, 1));

	for (int i = 0; i < n; i++)
		places[i].queued = queued[i];
	order_owners(turns, places, n);
	order_servers(turns, places, n);
	qsort(places, n, sizeof(Place), by_place);
	for (int i = 0; i < n; i++)
		queued[i] = places[i].queued;
	pfree(places);
}
