/*
 * store_result.h
 *	  Writes results and how far they came: page, part, kept.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_RESULT_H
#define RSD_PG_STORE_RESULT_H

#include "pg/live.h"

/*
 * Writes the pages in hand of n statements, whose rows have just been written
 * in the same transaction, and their parts.
 */
extern void rsd_store_record_results(RsdLive *const *lives, int n);

/* Notes how much is kept of n ended statements, in kept_bytes too. */
extern void rsd_store_keep_results(RsdLive *const *lives, int n);

#endif							/* RSD_PG_STORE_RESULT_H */
