/*
 * t_fetch_turn.c
 *	  The order in which results get their pages: the smallest remainder
 *	  first, and nothing waits for ever.
 *
 * The file is compiled in here, with what it takes from a server.
 */
#include "tap.h"

#include "t_server.h"

#include "../../src/pg/fetch_turn.c"

#define SECOND INT64CONST(1000000)
#define NOW (1000 * SECOND)
#define MB INT64CONST(1048576)

/* The statements of a test, by id - 1. */
static RsdLive lives[5];
static dlist_head list;

/* All of them want a page of a result of this many bytes each. */
static void
begin(const int64 *bytes, int n)
{
	memset(lives, 0, sizeof(lives));
	dlist_init(&list);
	for (int i = 0; i < n; i++)
	{
		lives[i].id = i + 1;
		lives[i].to_send = 1u << RSD_CALL_RESULT;
		lives[i].result_bytes = bytes[i];
		lives[i].rows_total = -1;
		dlist_push_tail(&list, &lives[i].node);
	}
}

/* Their ids in order, as the digits of a number. */
static int
order(int64 now)
{
	RsdLive   **turn;
	int			n = rsd_fetch_order(&list, now, &turn);
	int			ids = 0;

	for (int i = 0; i < n; i++)
		ids = ids * 10 + (int) turn[i]->id;
	free(turn);
	return ids;
}

static void
test_size(void)
{
	begin((int64[]) {50 * MB, 10, 300 * MB, 2 * MB, 1000}, 5);
	ok(order(NOW) == 25413, "the smallest first");
	begin((int64[]) {7, 7, 7}, 3);
	ok(order(NOW) == 123, "of equals the oldest statement");
	begin((int64[]) {2 * MB, -1, 1000}, 3);
	ok(order(NOW) == 321, "one of unknown size counts as a page");
}

static void
test_remainder(void)
{
	begin((int64[]) {100 * MB, 10 * MB}, 2);
	lives[0].rows_total = 1000;
	lives[0].rows_done = 990;
	lives[0].bytes_done = 99 * MB;
	ok(order(NOW) == 12, "what is left counts, not what there was");
}

static void
test_wanting(void)
{
	begin((int64[]) {30, 20, 10}, 3);
	lives[1].to_send = 1u << RSD_CALL_DESCRIBE;
	ok(order(NOW) == 31, "who wants no page gets none");
	ok(lives[1].page_wanted == 0, "and does not begin to wait");
	ok(lives[0].page_wanted == NOW, "the others do");
}

/* Small ones come again and again: a large one gets its turn. */
static void
test_waiting(void)
{
	begin((int64[]) {300 * MB, 1000}, 2);
	ok(order(NOW) == 21, "a large one waits");
	lives[1].page_wanted = 0;
	ok(order(NOW + 5 * SECOND) == 21, "and still does after 5 s");
	lives[1].page_wanted = 0;
	ok(order(NOW + 30 * SECOND) == 12, "not after 30 s");
	lives[1].page_wanted = 0;
	ok(order(NOW + 1000 * SECOND) == 12, "nor ever");
	lives[0].page_wanted = NOW + 1;
	ok(order(NOW) == 21, "a clock that was set back does no harm");
}

int
main(void)
{
	test_size();
	test_remainder();
	test_wanting();
	test_waiting();
	return tap_done();
}
