/*
 * load_turns.c
 *	  Whose turn it is to have a loader.
 *
 * At most rsdata.max_loaders are at work, at most half of them for one owner,
 * and those of one owner into one target follow each other in the order of
 * submit, whichever parts of a statement it is the target of.
 */
#include "postgres.h"

#include "pg/guc.h"
#include "pg/hand.h"
#include "pg/load_turns.h"
#include "pg/part_targets.h"
#include "pg/store_sql.h"
#include "pg/txn.h"
#include "stmt/stmt_load.h"

/* Who is ahead in memory; 0 nobody. */
static int64
earlier_in_hand(RsdDriver *driver, const RsdLive *live)
{
	int64		ahead = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &driver->lives)
	{
		const RsdLive *other = dlist_container(RsdLive, node, iter.cur);

		if (other->id < live->id && rsd_part_targets_meet(other, live))
			ahead = other->id;
	}
	return ahead;
}

/* The question whether an earlier one is still queued. */
typedef struct Earlier
{
	const RsdLive *live;
	int64		id;				/* 0 none */
} Earlier;

static void
find_earlier(void *arg)
{
	Earlier    *earlier = arg;
	const char **names;
	int			n = rsd_part_target_names(earlier->live, &names);
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_arg_oid(&args, earlier->live->owner);
	rsd_arg_texts(&args, names, n);
	rsd_arg_int8(&args, earlier->live->id);
	rsd_store_run(RSD_SQL_EARLIER_LOAD, &args);
	rsd_row_open(&row, 0);
	earlier->id = rsd_row_int8(&row, 0);
}

/* The statement that has to be loaded before this one; 0 none. */
static int64
who_is_ahead(RsdDriver *driver, const RsdLive *live)
{
	Earlier		earlier = {.live = live};
	ErrorData  *error;

	if (!live->m.target)
		return 0;
	earlier.id = earlier_in_hand(driver, live);
	if (earlier.id != 0)
		return earlier.id;
	error = rsd_txn_run(find_earlier, &earlier);

	/*
	 * One that is queued must not be waited for while the queue waits for
	 * room: those that wait might be what fills it.
	 */
	if (error == NULL)
		return driver->backlog ? 0 : earlier.id;
	FreeErrorData(error);
	return live->id;			/* not known: later */
}

void
rsd_load_show_waiting(RsdLive *live, const char *why)
{
	RsdEvent	event = {.kind = RSD_EV_HELD, .wait = RSD_WAIT_LOADER};

	if (live->m.wait != RSD_WAIT_NONE)
		return;
	rsd_hand_step(live, &event, why, NULL);

	/* It does not count as under way now. */
	if (live->driver->backlog)
		live->driver->look_again = true;
}

/* May it have a loader now?  If not, that is shown. */
static bool
may_have_turn(RsdDriver *driver, RsdLive *live)
{
	int			all = 0;
	int			own = 0;
	int64		ahead;
	dlist_iter	iter;
	char		why[128];

	dlist_foreach(iter, &driver->lives)
	{
		const RsdLive *other = dlist_container(RsdLive, node, iter.cur);

		all += other->m.turn;
		own += other->m.turn && other->owner == live->owner;
	}
	if (all >= rsd_guc()->max_loaders ||
		own >= Max(rsd_guc()->max_loaders / 2, 1))
	{
		rsd_load_show_waiting(live, "all loaders for this role are at work");
		return false;
	}
	if (live->load_checked == driver->changes + 1)
		return false;
	ahead = who_is_ahead(driver, live);
	if (ahead == 0)
		return true;
	live->load_checked = driver->changes + 1;
	snprintf(why, sizeof(why), "statement " INT64_FORMAT
			 " comes first for the same target", ahead);
	rsd_load_show_waiting(live, why);
	return false;
}

/* The first in the order of submit that waits, after "after". */
static RsdLive *
next_waiting(RsdDriver *driver, int64 after, int64 now)
{
	RsdLive    *first = NULL;
	dlist_iter	iter;

	dlist_foreach(iter, &driver->lives)
	{
		RsdLive    *live = dlist_container(RsdLive, node, iter.cur);

		if (live->id > after && rsd_stmt_load_wanted(&live->m, now) &&
			(first == NULL || live->id < first->id))
			first = live;
	}
	return first;
}

void
rsd_load_give_turns(RsdDriver *driver, int64 now)
{
	RsdEvent	turn = {.kind = RSD_EV_TURN};
	RsdLive    *live = NULL;

	while ((live = next_waiting(driver, live ? live->id : 0, now)) != NULL)
	{
		if (may_have_turn(driver, live))
			rsd_hand_step(live, &turn, NULL, NULL);
	}
}
