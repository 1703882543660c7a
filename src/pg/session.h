/*
 * session.h
 *	  The session at the service that a statement runs in: whether to open or
 *	  to reuse one, and what a refusal means.
 *
 * Touches no table (store_session.h does) and makes no call.
 */
#ifndef RSD_PG_SESSION_H
#define RSD_PG_SESSION_H

#include "pg/live.h"

/*
 * Makes *execute reuse the statement's session, or open one.  With SessionId
 * nothing is said about database, user and target: they are the session's.
 */
extern void rsd_session_fill(const RsdLive *live, RsdExecuteCall *execute);

/* The service has accepted the statement and told its session. */
extern void rsd_session_accepted(RsdLive *live);

/*
 * The service refuses the session ("gone": does not know it at all), at
 * "now".  Returns what to say about it, a static text.
 */
extern const char *rsd_session_refused(RsdLive *live, bool gone, int64 now);

/*
 * What a session is bound to on its route, palloc'd: one that was opened
 * elsewhere is not reused.
 */
extern char *rsd_session_place(const RsdRoute *route);

#endif							/* RSD_PG_SESSION_H */
