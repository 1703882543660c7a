/*
 * sessions.h
 *		The sessions of the Data API: each is one database connection that
 *		statements use one after the other, until it was idle for too long.
 */
#ifndef EMU_SESSIONS_H
#define EMU_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <libpq-fe.h>

#include "options.h"
#include "statement.h"

typedef struct EmuSessions EmuSessions;

typedef enum EmuSessionState
{
	EMU_SESSION_AVAILABLE,
	EMU_SESSION_BUSY,
	EMU_SESSION_CLOSED
} EmuSessionState;

typedef enum EmuSessionClaim
{
	EMU_CLAIM_GRANTED,
	EMU_CLAIM_UNAVAILABLE,		/* busy, or closed */
	EMU_CLAIM_UNKNOWN,			/* there never was one, or it is another's */
	EMU_CLAIM_TOO_MANY			/* sessions_max are open there */
} EmuSessionClaim;

/* Make an empty store; options must outlive it. */
extern EmuSessions *emu_sessions_create(const EmuOptions *options);

/* Close all connections and free it. */
extern void emu_sessions_destroy(EmuSessions *store);

/*
 * Open a session as request wishes, for the place and owner of request, and
 * claim it; its id goes into request->session_id.
 */
extern EmuSessionClaim emu_sessions_open(EmuSessions *store,
										 EmuRequest *request);

/*
 * Claim the session that request->session_id names; the place it is at goes
 * into request. A keep-alive of the request becomes the session's.
 */
extern EmuSessionClaim emu_sessions_claim(EmuSessions *store,
										  EmuRequest *request);

/* The claim came to nothing; a session opened for it was never there. */
extern void emu_sessions_unclaim(EmuSessions *store, const char *id,
								 bool opened);

/* The claim is that of this statement. */
extern void emu_sessions_occupy(EmuSessions *store, const char *id,
								const char *statement);

/* For the executor: the claimed session's connection; NULL: make one. */
extern PGconn *emu_sessions_take(EmuSessions *store, const char *id);

/*
 * For the executor: the claim is over. conn, which may be NULL if none was
 * got, is kept; broken: the session is closed with it.
 */
extern void emu_sessions_give(EmuSessions *store, const char *id,
							  PGconn *conn, bool broken);

/*
 * Close a session now, "*" for all: one that is busy when its statement has
 * ended, whose id is then in statement, else "". False if there is no such.
 */
extern bool emu_sessions_close(EmuSessions *store, const char *id,
							   char statement[EMU_UUID_SIZE]);

/* Close all and forget them. */
extern void emu_sessions_reset(EmuSessions *store);

/*
 * All sessions of owner (NULL: everybody's), the newest first, as an array of
 * SessionData with the members "Caller" and "Number" besides.
 */
extern json_t *emu_sessions_dump(EmuSessions *store, const char *owner);

/* The service's word for a state. */
extern const char *emu_session_state_name(EmuSessionState state);

#endif							/* EMU_SESSIONS_H */
