/*
 * fetch_turn.c
 *	  Whose page is fetched next.
 *
 * A small result behind a large one would wait for all its pages, so small
 * ones go first.  What is left of a result counts half after each second in
 * which it waited for a page, so that nothing waits for ever.
 */
#include "postgres.h"

#include "datatype/timestamp.h"

#include "pg/fetch_turn.h"

/* What a result counts of which nothing is known yet: bytes of a page. */
#define UNKNOWN_BYTES		(1024 * 1024)

/* Bytes that are still to come, as far as is known. */
static int64
remaining(const RsdLive *live)
{
	if (live->rows_done > 0 && live->rows_total >= live->rows_done)
		return (int64) ((double) live->bytes_done / live->rows_done *
						(live->rows_total - live->rows_done));
	if (live->result_bytes >= 0 && live->bytes_done == 0)
		return live->result_bytes;
	return UNKNOWN_BYTES;
}

static int64
weight(const RsdLive *live, int64 now)
{
	int64		waited = (now - live->page_wanted) / USECS_PER_SEC;

	return remaining(live) >> Min(Max(waited, 0), 62);
}

static int
compare(const void *a, const void *b)
{
	const RsdLive *left = *(RsdLive *const *) a;
	const RsdLive *right = *(RsdLive *const *) b;

	if (left->page_weight != right->page_weight)
		return left->page_weight < right->page_weight ? -1 : 1;
	if (left->page_wanted != right->page_wanted)
		return left->page_wanted < right->page_wanted ? -1 : 1;
	return left->id < right->id ? -1 : left->id > right->id;
}

int
rsd_fetch_order(dlist_head *lives, int64 now, RsdLive ***order)
{
	dlist_iter	iter;
	int			all = 0;
	int			n = 0;

	dlist_foreach(iter, lives)
		all++;
	*order = palloc(sizeof(RsdLive *) * Max(all, 1));
	dlist_foreach(iter, lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if ((live->to_send & (1u << RSD_CALL_RESULT)) == 0)
		{
			live->page_wanted = 0;
			continue;
		}
		if (live->page_wanted == 0)
			live->page_wanted = now;
		live->page_weight = weight(live, now);
		(*order)[n++] = live;
	}
	qsort(*order, n, sizeof(RsdLive *), compare);
	return n;
}
