/*
 * store_record.h
 *	  Writes what the worker has learned: row, result, NOTIFY.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_RECORD_H
#define RSD_PG_STORE_RECORD_H

#include "pg/live.h"
#include "pg/store_written.h"

/*
 * Writes what has changed of n statements: the rows, pages in hand with their
 * parts; for ended ones also what is to be published and, if "notify", the
 * NOTIFYs.  What became of each is in "written" then.  The values in memory
 * are left as they are, but for chunks_written and what follows from an end
 * (publish_to, kept_bytes).
 */
extern void rsd_store_record(RsdLive *const *lives, int n, bool notify,
							 RsdWritten *written);

/*
 * NOTIFYs of a statement that ends with this transaction, so many of its
 * parts finished and failed; channel and label, in the database's encoding,
 * may be NULL.
 */
extern void rsd_store_announce(int64 id, RsdStatus status, int finished,
							   int failed, const char *channel,
							   const char *label);

#endif							/* RSD_PG_STORE_RECORD_H */
