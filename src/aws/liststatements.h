/*
 * liststatements.h
 *		ListStatements of the Redshift Data API: the request's body and the
 *		pages of its reply.
 *
 * Members are those of the service's public API reference.  The service
 * takes StatementName as a case-sensitive prefix and, without Status, lists
 * finished statements only.
 */
#ifndef RSD_AWS_LISTSTATEMENTS_H
#define RSD_AWS_LISTSTATEMENTS_H

#include "aws/dataapi.h"
#include "base/json.h"

#define RSD_LIST_STATEMENTS_MAX 100 /* the service's limit for MaxResults */

/* A StatementName has at most 2048 characters of up to 4 bytes, with NUL. */
#define RSD_STATEMENT_NAME_SIZE (4 * 2048 + 1)

/* Strings are borrowed, UTF-8; NULL or "" = not sent. */
typedef struct RsdListStatementsCall
{
	const char *statement_name; /* a prefix */
	const char *status;			/* a status word or "ALL" */
	const char *database;
	const char *cluster;		/* ClusterIdentifier */
	const char *workgroup;		/* WorkgroupName */
	const char *next_token;
	RsdTri		role_level;		/* UNKNOWN = not sent */
	int			max_results;	/* 0 = not sent */
} RsdListStatementsCall;

/* One page while it is read; its slices point into the reply's body. */
typedef struct RsdStatementList
{
	RsdSlice	next_token;		/* decoded; empty on the last page */
	RsdBuf		token;			/* holds it; to be freed by _close */
	RsdJsonReader reader;		/* opaque */
	bool		open;			/* there may be another statement */
} RsdStatementList;

/*
 * Absent strings are "", absent times 0.  The slices are strings between
 * their quotes, still escaped (rsd_json_text), or whole values.
 */
typedef struct RsdListedStatement
{
	char		id[RSD_ID_SIZE];
	char		status_word[32];	/* as received */
	char		name[RSD_STATEMENT_NAME_SIZE];	/* for people: what cannot be
												 * kept is U+FFFD */
	char		session_id[RSD_ID_SIZE];
	char		secret_arn[2049];
	char		result_format[16];
	RsdTri		is_batch;
	int64_t		created_us;
	int64_t		updated_us;
	RsdSlice	sql;			/* a string */
	RsdSlice	sqls;			/* a JSON array, of a batch */
	RsdSlice	params;			/* a JSON array */
} RsdListedStatement;

/* Appends the JSON body; LIMIT or MEMORY from the buffer. */
extern bool rsd_liststatements_body(const RsdListStatementsCall *call,
									RsdBuf *body, RsdError *err) RSD_MUSTCHECK;

/*
 * Starts reading the body of an HTTP 200 reply, which must outlive the list.
 * MALFORMED, ENCODING or LIMIT if it cannot be understood; on failure there
 * is nothing to close.
 */
extern bool rsd_liststatements_open(RsdSlice body, RsdStatementList *list,
									RsdError *err) RSD_MUSTCHECK;

/*
 * Reads the next statement into *out.  *more false: there was none left.
 * Errors as above; a statement without Id is MALFORMED.
 */
extern bool rsd_liststatements_next(RsdStatementList *list,
									RsdListedStatement *out, bool *more,
									RsdError *err) RSD_MUSTCHECK;

/* Frees what the list holds. */
extern void rsd_liststatements_close(RsdStatementList *list);

#endif							/* RSD_AWS_LISTSTATEMENTS_H */
