/*
 * stmt_proto.h
 *	  Between the state machine and the service: from a call to a signed
 *	  request, from what came back to an event.
 *
 * No I/O.  The table of (error class, call) that decides what a failed call
 * means for a statement is in stmt_proto.c.
 */
#ifndef RSD_STMT_PROTO_H
#define RSD_STMT_PROTO_H

#include "aws/awserror.h"
#include "aws/dataapi.h"
#include "aws/liststatements.h"
#include "aws/resultset.h"
#include "aws/sigv4.h"
#include "stmt/stmt_fsm.h"

/* What a call says; members that do not belong to it are ignored. */
typedef struct RsdCallSpec
{
	RsdCall		call;
	const RsdExecuteCall *execute;	/* EXECUTE: all but wait_seconds */
	const char *aws_id;			/* the others; RESULT: of the part */
	bool		csv;			/* RESULT: rows of CSV */
	const char *name;			/* LOOKUP: StatementName up to the token */
	const char *next_token;		/* RESULT, LOOKUP: NULL or "" for the first
								 * page */
	int			wait_seconds;	/* EXECUTE, DESCRIBE; 0 none */
} RsdCallSpec;

/* How far the rows of a result have come, and how far they may go. */
typedef struct RsdProgress
{
	bool		batch;			/* the statement is one; for all calls */
	int			ncolumns;		/* -1 before the first page */
	int64_t		rows_done;		/* on pages before this one */
	int64_t		rows_total;		/* -1 while unknown */
	int64_t		bytes_done;
	int64_t		max_rows;		/* 0 no limit */
	int64_t		max_bytes;		/* 0 no limit */
	bool		csv;			/* rows are CSV */
	const char *token;			/* the token that asked for this page, or "" */
	const char *name;			/* LOOKUP: StatementName up to the token */
} RsdProgress;

/* Where a lookup has come to. */
typedef struct RsdLookup
{
	char		id[RSD_ID_SIZE];	/* of the statement, "" = not found */
	char		status_word[32];
	int64_t		created_us;		/* 0 unknown */
	RsdBuf		next_token;		/* for the next page, "" = there is none */
} RsdLookup;

/* What a reply said; one member counts, by call and by "what". */
typedef struct RsdReply
{
	enum
	{
		RSD_REPLY_SAID,			/* the member of the call is filled */
		RSD_REPLY_ERROR,		/* aws: the service's error */
		RSD_REPLY_UNREADABLE	/* err: what is wrong with the reply */
	}			what;
	RsdExecuteReply execute;
	RsdDescribeReply describe;
	RsdPage		page;			/* slices into the response's body */
	RsdLookup	lookup;
	RsdAwsError aws;
	RsdError	err;
} RsdReply;

/* The operation of a call about a statement or a batch. */
extern RsdOp rsd_call_op(RsdCall call, bool batch);

/*
 * Fill *req with the signed request of a call.  Errors: INVALID, LIMIT,
 * MEMORY, INTERNAL; then there is nothing to free.
 */
extern bool rsd_stmt_request(const RsdCallSpec *spec,
							 const RsdEndpoint *endpoint,
							 const RsdCredentials *cred, int64_t now_us,
							 RsdSigningKey *cache, RsdRequest *req,
							 RsdError *err) RSD_MUSTCHECK;

/*
 * From a whole HTTP response to an event.  "wait_seconds" and "took_us" are
 * what the call asked for and how long it took: a long poll that came back
 * early without news is not held by the service.  "progress" is used for
 * RESULT and LOOKUP only, but for batch; CSV is unescaped in the response.
 * *reply keeps what was said; it must
 * have been zeroed once, its page is freed with rsd_page_free,
 * lookup.next_token with rsd_buf_free.
 */
extern void rsd_stmt_event_reply(RsdCall call, RsdResponse *response,
								 int wait_seconds, int64_t took_us,
								 const RsdProgress *progress,
								 RsdReply *reply, RsdEvent *event);

/*
 * Is a result of so many rows and bytes (-1 = not known) within the limits?
 * Sets err (LIMIT) if not.
 */
extern bool rsd_stmt_check_size(int64_t rows, int64_t bytes,
								const RsdProgress *progress,
								RsdError *err) RSD_MUSTCHECK;

/*
 * From a transport fault to an event.  "not_sent": no byte of the request
 * left.  "too_large": the reply went over our ceiling.
 */
extern void rsd_stmt_event_fault(RsdCall call, bool not_sent, bool too_large,
								 RsdEvent *event);

#endif							/* RSD_STMT_PROTO_H */
