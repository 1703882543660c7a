/*
 * awserror.h
 *		What a service means by an answer that is not a success.
 *
 * One reader for all error bodies (JSON, XML, HTML, nothing) and one table
 * that classes them by operation, code, message and HTTP status.  What to
 * do about a class is decided elsewhere.
 */
#ifndef RSD_AWS_AWSERROR_H
#define RSD_AWS_AWSERROR_H

#include <stdint.h>

#include "aws/op.h"
#include "base/httpmsg.h"

/* Valid UTF-8, clipped; empty where the answer did not say. */
typedef struct RsdAwsError
{
	int			http;			/* HTTP status */
	char		code[96];		/* without namespace; else "HTTP 502" */
	char		message[2048];
	char		request_id[80];
	char		statement_id[80];	/* StatementId of
									 * ExecuteStatementException */
	int64_t		retry_after_us; /* the least wait it asks for; 0 none */
} RsdAwsError;

/* No answer may make us wait longer than this, microseconds. */
#define RSD_RETRY_AFTER_MAX (INT64_C(60) * 1000000)

typedef enum RsdErrorClass
{
	RSD_CLASS_THROTTLE,			/* too many calls: slow the operation down */
	RSD_CLASS_CAPACITY,			/* active statements or sessions exceeded */
	RSD_CLASS_WAITERS,			/* too many long polls: poll plainly */
	RSD_CLASS_NO_LONG_POLL,		/* the service does not know WaitTimeSeconds */
	RSD_CLASS_TRANSIENT,		/* 5xx, time-outs: try again */
	RSD_CLASS_AUTH,				/* credentials refused, or not allowed to */
	RSD_CLASS_EXPIRED,			/* credentials that were good once: renew them */
	RSD_CLASS_SKEW,				/* our clock differs too much */
	RSD_CLASS_NOT_FOUND,		/* no such statement, or no result (yet) */
	RSD_CLASS_RESULT_NONE,		/* the statement has no result set, or none
								 * yet: only its status tells which */
	RSD_CLASS_NOT_CANCELLABLE,	/* cancel came after the end */
	RSD_CLASS_SESSION_BUSY,		/* "Session is not available": busy, or ended */
	RSD_CLASS_SESSION_GONE,		/* a session that the service does not know */
	RSD_CLASS_REFUSED			/* permanent: this request will never do */
} RsdErrorClass;

/*
 * Reads a response whose status is not 2xx.  The code comes from the header
 * x-amzn-errortype, else "__type", else <Code>; the part before "#" and
 * from ":" on is dropped.  Never fails: unreadable bodies give the code
 * "HTTP nnn" and, if they are text, their beginning as message.  The wait
 * asked for is x-amz-retry-after (milliseconds), else Retry-After (seconds,
 * or a date, counted from the answer's own Date), RSD_RETRY_AFTER_MAX at
 * most.
 */
extern void rsd_awserror_read(const RsdResponse *resp, RsdAwsError *out);

/*
 * The class of an error of that operation.  Unknown codes: 5xx and 408, 429
 * are TRANSIENT or THROTTLE, 401 and 403 AUTH, else REFUSED.  An answer
 * without a code ("HTTP nnn") is nobody's refusal: TRANSIENT.
 */
extern RsdErrorClass rsd_awserror_class(RsdOp op, const RsdAwsError *error);

/* The word for a class, for logs and tests: "throttle", ... */
extern const char *rsd_awserror_class_name(RsdErrorClass cls);

#endif							/* RSD_AWS_AWSERROR_H */
