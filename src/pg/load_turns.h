/*
 * load_turns.h
 *	  Whose turn it is to have a loader.
 */
#ifndef RSD_PG_LOAD_TURNS_H
#define RSD_PG_LOAD_TURNS_H

#include "pg/driver_state.h"

/*
 * Gives free places to those that wait, in the order of submit; shows why the
 * others wait.  Opens short transactions of its own.
 */
extern void rsd_load_give_turns(RsdDriver *driver, int64 now);

/* Shows that a statement waits for a loader, unless it shows a reason. */
extern void rsd_load_show_waiting(RsdLive *live, const char *why);

#endif							/* RSD_PG_LOAD_TURNS_H */
