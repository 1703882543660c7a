/*
 * dataapi.h
 *		The control calls of the Redshift Data API (AWS JSON 1.1, API version
 *		2019-12-20): request bodies and replies.
 *
 * Members and their meaning are those of the service's public API reference
 * and SDK models.  Result pages are in aws/resultset.h, errors in
 * aws/awserror.h.  No I/O; signing is aws/sigv4.h's.
 */
#ifndef RSD_AWS_DATAAPI_H
#define RSD_AWS_DATAAPI_H

#include <stdint.h>

#include "aws/endpoint.h"
#include "aws/op.h"
#include "base/tri.h"
#include "base/httpmsg.h"

#define RSD_ID_SIZE 80			/* statement and session ids, with NUL */
#define RSD_MAX_SQL_BYTES (200 * 1024)	/* the service's limit for SQL text */
#define RSD_MAX_WAIT_SECONDS 30 /* the service's limit for WaitTimeSeconds */
#define RSD_MAX_PARTS 40		/* the service's limit for Sqls of a batch */

typedef struct RsdParam
{
	const char *name;
	const char *value;			/* the service takes no empty value */
} RsdParam;

/*
 * ExecuteStatement or, with sqls, BatchExecuteStatement.  Strings are
 * borrowed, UTF-8; NULL or "" = not sent (sql or sqls must be there).  Which
 * combination is right is the caller's concern.
 */
typedef struct RsdExecuteCall
{
	const char *sql;
	const char *const *sqls;	/* a batch's parts, in place of sql */
	int			nsqls;			/* 0 = no batch */
	bool		auto_commit;	/* a batch: each part by itself */
	const char *database;
	const char *cluster;		/* ClusterIdentifier */
	const char *workgroup;		/* WorkgroupName */
	const char *db_user;
	const char *secret_arn;
	const char *statement_name;
	const char *client_token;
	const char *session_id;
	int			session_keep_alive; /* seconds; -1 = not sent */
	const RsdParam *params;
	int			nparams;
	int			wait_seconds;	/* 0 = not sent */
	bool		with_event;
	bool		csv;			/* ResultFormat */
} RsdExecuteCall;

typedef enum RsdServiceStatus
{
	RSD_SERVICE_ABSENT,			/* the reply names none */
	RSD_SERVICE_SUBMITTED,
	RSD_SERVICE_PICKED,
	RSD_SERVICE_STARTED,
	RSD_SERVICE_FINISHED,
	RSD_SERVICE_FAILED,
	RSD_SERVICE_ABORTED,
	RSD_SERVICE_UNKNOWN			/* a word we do not know: keep waiting */
} RsdServiceStatus;

/* Absent numbers are -1, absent times 0, absent strings "". */
typedef struct RsdExecuteReply
{
	char		id[RSD_ID_SIZE];
	RsdServiceStatus status;
	char		status_word[32];	/* as received */
	RsdTri		has_result;
	int64_t		pid;
	char		session_id[RSD_ID_SIZE];
	int64_t		created_us;
} RsdExecuteReply;

/* As above.  The service's own -1 for "not known" stays -1. */
typedef struct RsdDescribeReply
{
	char		id[RSD_ID_SIZE];
	RsdServiceStatus status;
	char		status_word[32];
	char		error[8192];	/* Redshift's text, clipped */
	RsdTri		has_result;
	int64_t		result_rows;	/* returned or affected */
	int64_t		result_size;	/* bytes */
	int64_t		duration_ns;
	int64_t		pid;
	int64_t		query_id;
	char		query_uuid[64];
	char		session_id[RSD_ID_SIZE];
	int64_t		created_us;
	int64_t		updated_us;
	RsdSlice	sub_statements; /* raw JSON array in the body, or empty; read
								 * by aws/substatement.h */
} RsdDescribeReply;

/*
 * Makes req a POST of an operation to the endpoint with the protocol's
 * headers and an empty body, to be filled by one of the four below.  The
 * request is initialised here; on failure there is nothing to free.
 */
extern bool rsd_dataapi_request(RsdOp op, const RsdEndpoint *endpoint,
								RsdRequest *req, RsdError *err) RSD_MUSTCHECK;

/* Append the JSON body of one call; LIMIT or MEMORY from the buffer. */
extern bool rsd_dataapi_execute(const RsdExecuteCall *call, RsdBuf *body,
								RsdError *err) RSD_MUSTCHECK;

/* DescribeStatement; wait_seconds 0 = plain, else 1 to 30. */
extern bool rsd_dataapi_describe(const char *id, int wait_seconds,
								 RsdBuf *body, RsdError *err) RSD_MUSTCHECK;

/* GetStatementResult; next_token NULL or "" for the first page. */
extern bool rsd_dataapi_result(const char *id, const char *next_token,
							   int wait_seconds, RsdBuf *body,
							   RsdError *err) RSD_MUSTCHECK;

/* CancelStatement. */
extern bool rsd_dataapi_cancel(const char *id, RsdBuf *body,
							   RsdError *err) RSD_MUSTCHECK;

/*
 * Read the body of an HTTP 200 reply.  Unknown members are skipped, nulls
 * are absent, times may be numbers or ISO text.  MALFORMED, ENCODING or
 * LIMIT if it cannot be understood; a missing Id is MALFORMED.
 */
extern bool rsd_dataapi_read_execute(RsdSlice body, RsdExecuteReply *out,
									 RsdError *err) RSD_MUSTCHECK;

/* The same for DescribeStatement; Id and Status are required. */
extern bool rsd_dataapi_read_describe(RsdSlice body, RsdDescribeReply *out,
									  RsdError *err) RSD_MUSTCHECK;

/* The same for CancelStatement: did the service accept it? */
extern bool rsd_dataapi_read_cancel(RsdSlice body, bool *accepted,
									RsdError *err) RSD_MUSTCHECK;

/* A status word of the service; "" is ABSENT. */
extern RsdServiceStatus rsd_service_status_parse(const char *word);

/* Will a statement of this status never change again? */
extern bool rsd_service_status_final(RsdServiceStatus status);

#endif							/* RSD_AWS_DATAAPI_H */
