/*
 * store_record.h
 *	  Writes what the worker has learned: row, part, page, NOTIFY.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_RECORD_H
#define RSD_PG_STORE_RECORD_H

#include "pg/live.h"
#include "pg/store_written.h"

/*
 * Writes what has changed: the row, a page in hand with its part; for an
 * ended one also what is to be published and, if "notify", the NOTIFYs.
 * The value in memory is left as it is, but for chunks_written.
 */
extern RsdWritten rsd_store_record(RsdLive *live, bool notify);

/*
 * NOTIFYs of a statement that ends with this transaction, so many of its
 * parts finished and failed; channel and label, in the database's encoding,
 * may be NULL.
 */
extern void rsd_store_announce(int64 id, RsdStatus status, int finished,
							   int failed, const char *channel,
							   const char *label);

#endif							/* RSD_PG_STORE_RECORD_H */
