/*
 * taking.c
 *	  What arrives in one look at the tables.
 *
 * Below take.c and choose.c, which decide what is to arrive.
 */
#include "postgres.h"

#include "pg/hand.h"
#include "pg/store_queue.h"
#include "pg/taking.h"

RsdArrival *
rsd_take_arrive(RsdTaking *t, RsdLive *live, RsdEventKind event)
{
	MemoryContext old = MemoryContextSwitchTo(t->driver->turn_cx);
	RsdArrival *a = palloc0(sizeof(RsdArrival));

	a->live = live;
	a->event = event;
	t->arrivals = lappend(t->arrivals, a);
	MemoryContextSwitchTo(old);
	a->route = rsd_routes_get(t->driver->routes, live->server, live->owner);
	return a;
}

bool
rsd_take_in_hand(const RsdTaking *t, int64 id)
{
	ListCell   *lc;

	foreach(lc, t->arrivals)
	{
		if (((RsdArrival *) lfirst(lc))->live->id == id)
			return true;
	}
	return rsd_hand_find(t->driver, id) != NULL;
}

RsdArrival *
rsd_take_one(RsdTaking *t, int64 id, RsdEventKind event)
{
	RsdLive    *live;

	if (rsd_take_in_hand(t, id))
		return NULL;
	live = rsd_store_one_queued(t->driver->turn_cx, id);
	t->held |= live == NULL;
	return live != NULL ? rsd_take_arrive(t, live, event) : NULL;
}
