/*
 * store_live.h
 *	  Rows of rsdata.statement and rsdata.part into the worker's memory.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_LIVE_H
#define RSD_PG_STORE_LIVE_H

#include "pg/live.h"
#include "pg/rowio.h"

/*
 * The n rows that the query just run returned (LIVE_COLUMNS) as a list of
 * RsdLive *; the list is palloc'd in CurrentMemoryContext, each element lives
 * in a context of its own below cx.
 */
extern List *rsd_store_read_lives(MemoryContext cx, int n);

/*
 * Reads rows a former worker left between queued and the end, in order of
 * id.  Returns a list of RsdLive *, each in a context of its own below cx.
 */
extern List *rsd_store_unfinished(MemoryContext cx);

/*
 * Which of n statements a row is of, whose next column is the id of one of
 * them.
 */
extern int	rsd_store_row_live(RsdRow *row, RsdLive *const *lives, int n);

#endif							/* RSD_PG_STORE_LIVE_H */
