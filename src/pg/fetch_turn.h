/*
 * fetch_turn.h
 *	  Whose page is fetched next, when the service's quota lets only some go.
 */
#ifndef RSD_PG_FETCH_TURN_H
#define RSD_PG_FETCH_TURN_H

#include "pg/live.h"

/*
 * Those of the statements in the list "lives" that want a page: the smallest
 * remainder first, where waiting makes a remainder count for less.  Returns
 * how many; the array is palloc'd.
 */
extern int	rsd_fetch_order(dlist_head *lives, int64 now, RsdLive ***order);

#endif							/* RSD_PG_FETCH_TURN_H */
