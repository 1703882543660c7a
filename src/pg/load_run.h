/*
 * load_run.h
 *	  The one transaction of a loader.
 */
#ifndef RSD_PG_LOAD_RUN_H
#define RSD_PG_LOAD_RUN_H

#include "pg/load_ring.h"

/*
 * Waits for the first message, then does everything the messages say in one
 * transaction, as the current role, and commits at END.  Returns COMMITTED,
 * or what became of it with *verdict filled (in the database's encoding).
 * Needs rsd_txn_bind() before.
 */
extern RsdLoadState rsd_load_run(RsdLoadRing *ring, int64 statement,
								 RsdLoadVerdict *verdict);

#endif							/* RSD_PG_LOAD_RUN_H */
