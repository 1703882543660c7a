/*
 * load.h
 *	  The worker's side of loads: who may have a loader, its start, the rows
 *	  for it, and what it says in the end.
 */
#ifndef RSD_PG_LOAD_H
#define RSD_PG_LOAD_H

#include "pg/driver_state.h"

/*
 * Hears what loaders have said, gives free places to those that wait, and
 * passes on rows as far as there is room.  Waits for nothing; opens short
 * transactions of its own.
 */
extern void rsd_load_turn(RsdDriver *driver);

/* Gives up the loader of a statement, if it has one: it will not commit. */
extern void rsd_load_drop(RsdLive *live);

/*
 * The row has got its final status from a loader: tells who waits, publishes
 * to live->publish_to, and lets go of the statement.
 */
extern void rsd_load_settled(RsdDriver *driver, RsdLive *live);

#endif							/* RSD_PG_LOAD_H */
