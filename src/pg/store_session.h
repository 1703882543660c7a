/*
 * store_session.h
 *	  Sessions by name: rsdata.session.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_SESSION_H
#define RSD_PG_STORE_SESSION_H

#include "pg/live.h"

/* Reads what is known of the session of a statement; it has one. */
extern void rsd_store_read_session(RsdLive *live);

/* Writes what the statement has found out about its session. */
extern void rsd_store_record_session(const RsdLive *live);

/* Forgets the sessions that ended long before "now". */
extern void rsd_store_old_sessions(int64 now);

#endif							/* RSD_PG_STORE_SESSION_H */
