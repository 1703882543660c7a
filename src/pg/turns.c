/*
 * turns.c
 *	  Whose turn it is, among the owners of a server and among the servers.
 *
 * Owns the memory of who was served when; the order itself is made by the
 * query of the queue.  Reads and writes no table.
 */
#include "postgres.h"

#include "nodes/pg_list.h"

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

void
rsd_turns_args(const RsdTurns *turns, RsdArgs *args)
{
	List	   *servers = NIL;
	List	   *owners = NIL;
	int64	   *at = palloc(sizeof(int64) * Max(turns->n, 1));

	for (int i = 0; i < turns->n; i++)
	{
		servers = lappend_oid(servers, turns->turns[i].server);
		owners = lappend_oid(owners, turns->turns[i].owner);
		at[i] = turns->turns[i].at;
	}
	rsd_arg_oids(args, servers);
	rsd_arg_oids(args, owners);
	rsd_arg_int8s(args, at, turns->n);
}
