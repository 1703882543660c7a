/*
 * listsessions.h
 *		ListSessions of the Redshift Data API: the request's body and the
 *		pages of its reply.
 *
 * Members are those of the service's public SDK models of 2026.  Without
 * Status the service lists sessions that are AVAILABLE or BUSY.
 */
#ifndef RSD_AWS_LISTSESSIONS_H
#define RSD_AWS_LISTSESSIONS_H

#include "aws/dataapi.h"
#include "aws/listpage.h"

#define RSD_LIST_SESSIONS_MAX 100	/* the service's limit for MaxResults */

/*
 * One call.  Strings are borrowed, UTF-8; NULL or "" = not sent.  The service
 * takes session_id only without status, database, cluster and workgroup.
 */
typedef struct RsdListSessionsCall
{
	const char *session_id;
	const char *status;			/* AVAILABLE, BUSY or CLOSED */
	const char *database;
	const char *cluster;		/* ClusterIdentifier */
	const char *workgroup;		/* WorkgroupName */
	RsdSlice	next_token;
	RsdTri		role_level;		/* UNKNOWN = not sent */
	int			max_results;	/* 0 = not sent */
} RsdListSessionsCall;

/*
 * Absent strings are "", absent times 0, absent texts NULL: bytes between
 * quotes, still escaped (rsd_json_text).
 */
typedef struct RsdListedSession
{
	char		id[RSD_ID_SIZE];
	char		status_word[32];	/* as received */
	int64_t		created_us;
	int64_t		updated_us;
	int64_t		alive_seconds;	/* SessionAliveSeconds; -1 if absent */
	int64_t		ttl_us;			/* SessionTtl: when it will be closed */
	char		statement_id[RSD_ID_SIZE];	/* CurrentStatementId */
	RsdSlice	database;
	RsdSlice	db_user;
	RsdSlice	cluster;
	RsdSlice	workgroup;
} RsdListedSession;

/* Appends the JSON body; LIMIT or MEMORY from the buffer. */
extern bool rsd_listsessions_body(const RsdListSessionsCall *call,
								  RsdBuf *body, RsdError *err) RSD_MUSTCHECK;

/* Starts reading a reply, as rsd_listpage_open. */
extern bool rsd_listsessions_open(RsdListPage *page, RsdSlice body,
								  RsdError *err) RSD_MUSTCHECK;

/*
 * The next session.  *more false: there was none left.  MALFORMED, ENCODING
 * or LIMIT if it cannot be understood; one without SessionId is MALFORMED.
 * Slices point into the body.
 */
extern bool rsd_listsessions_next(RsdListPage *page, RsdListedSession *out,
								  bool *more, RsdError *err) RSD_MUSTCHECK;

#endif							/* RSD_AWS_LISTSESSIONS_H */
