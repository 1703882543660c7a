/*
 * t_turns.c
 *	  Whose turn it is: servers one after the other, on each its owners, and
 *	  whoever was served longest ago first.
 *
 * The file is compiled in here, with what it takes from a server.
 */
#include "tap.h"

#include "t_server.h"

#include "../../src/pg/turns.c"

static RsdTurns *turns;

/* The rows of a test, as they are read. */
static RsdQueued rows[16];
static int	nrows;

static void
begin(void)
{
	free(turns);
	turns = rsd_turns_create();
	nrows = 0;
}

static void
row(int64 id, Oid server, Oid owner)
{
	rows[nrows++] = (RsdQueued) {.id = id, .server = server, .owner = owner};
}

/* Their ids in order, as the digits of a number. */
static int
order(void)
{
	int			ids = 0;

	rsd_turns_order(turns, rows, nrows);
	for (int i = 0; i < nrows; i++)
		ids = ids * 10 + (int) rows[i].id;
	return ids;
}

static void
test_one_owner(void)
{
	begin();
	ok(order() == 0, "nobody waits");
	row(3, 1, 1);
	row(1, 1, 1);
	row(2, 1, 1);
	ok(order() == 123, "one owner's go as they were submitted");
}

static void
test_owners(void)
{
	begin();
	row(1, 1, 7);
	row(2, 1, 7);
	row(3, 1, 7);
	row(4, 1, 8);
	row(5, 1, 8);
	row(6, 1, 9);
	ok(order() == 146253, "one of each owner, then the second of each");
	rsd_turns_served(turns, 1, 7);
	ok(order() == 461523, "who was served stands behind who never was");
	rsd_turns_served(turns, 1, 9);
	rsd_turns_served(turns, 1, 8);
	ok(order() == 164253, "who was served longest ago comes first");
}

static void
test_servers(void)
{
	begin();
	row(1, 1, 7);
	row(2, 1, 8);
	row(3, 1, 8);
	row(4, 2, 7);
	row(5, 2, 7);
	row(6, 3, 9);
	ok(order() == 146253, "one of each server, then the second of each");
	rsd_turns_served(turns, 1, 7);
	ok(order() == 462513, "a server that was served stands behind the others");
	rsd_turns_served(turns, 3, 9);
	rsd_turns_served(turns, 2, 7);
	ok(order() == 264153, "the server that was served longest ago comes first");
}

/* The same owner on two servers has a turn on each. */
static void
test_owner_of_two(void)
{
	begin();
	row(1, 1, 7);
	row(2, 1, 8);
	row(3, 2, 7);
	row(4, 2, 8);
	rsd_turns_served(turns, 1, 7);
	rsd_turns_served(turns, 2, 8);
	ok(order() == 2314, "an owner's turn on one server is none on another");
}

/* What is forgotten is the oldest; such an owner comes first. */
static void
test_forgotten(void)
{
	begin();
	for (Oid owner = 1; owner <= 2 * MAX_TURNS; owner++)
		rsd_turns_served(turns, 1, owner);
	ok(turns->n == MAX_TURNS, "no more turns are remembered than there is room for");
	row(1, 1, 2 * MAX_TURNS);
	row(2, 1, 2);
	row(3, 1, 2 * MAX_TURNS - 1);
	ok(order() == 231, "who is forgotten was served long ago");
}

int
main(void)
{
	test_one_owner();
	test_owners();
	test_servers();
	test_owner_of_two();
	test_forgotten();
	free(turns);
	return tap_done();
}
