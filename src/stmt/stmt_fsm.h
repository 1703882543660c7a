/*
 * stmt_fsm.h
 *	  The life of one statement as a pure state machine.
 *
 * The machine is a value (RsdStmt) and one function that changes it
 * (rsd_stmt_step).  It knows nothing of SQL, HTTP or tables: what happened
 * comes in as an event, what to do next goes out as a set of calls to send.
 * Everything that can happen to a statement is the one table in stmt_fsm.c.
 *
 * Times are microseconds since the Unix epoch; 0 means "none".
 */
#ifndef RSD_STMT_FSM_H
#define RSD_STMT_FSM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/env.h"
#include "base/tri.h"
#include "stmt/stmt_status.h"

/* Who wants the statement to stop. */
typedef enum RsdWish
{
	RSD_WISH_NONE,
	RSD_WISH_CANCEL,			/* a user */
	RSD_WISH_TIMEOUT			/* its timeout */
} RsdWish;

/* The service's verdict, as far as it is known. */
typedef enum RsdVerdict
{
	RSD_VERDICT_NONE,
	RSD_VERDICT_FINISHED,
	RSD_VERDICT_FAILED,
	RSD_VERDICT_ABORTED
} RsdVerdict;

/* The calls a statement makes. */
typedef enum RsdCall
{
	RSD_CALL_EXECUTE,
	RSD_CALL_DESCRIBE,
	RSD_CALL_RESULT,
	RSD_CALL_CANCEL,
	RSD_CALL_LOOKUP				/* by its name, when its token is too old */
} RsdCall;

#define RSD_NCALL		(RSD_CALL_LOOKUP + 1)

/* What can happen to a statement. */
typedef enum RsdEventKind
{
	RSD_EV_DUE,					/* time has passed: look what is due */
	RSD_EV_CLAIMED,				/* the claim is committed and flushed */
	RSD_EV_RECOVERED,			/* a new worker read the row */
	RSD_EV_HELD,				/* a call has to wait before it is sent, or
								 * (wait NONE) no longer has to */
	RSD_EV_WISH,				/* a user asks to cancel */
	RSD_EV_SKIP,				/* what it comes after ended otherwise */
	RSD_EV_REFETCH,				/* a user asks for its rows once more */
	RSD_EV_ALIVE,				/* the service says: not ended yet */
	RSD_EV_ENDED,				/* the service says: ended (verdict, ...) */
	RSD_EV_PAGE,				/* a page came, more follow */
	RSD_EV_LAST_PAGE,			/* the last page of a part came, counts agree */
	RSD_EV_BAD_RESULT,			/* rows that cannot be delivered */
	RSD_EV_CANCEL_TAKEN,		/* CancelStatement was accepted */
	RSD_EV_CANCEL_LATE,			/* CancelStatement: already ended */
	RSD_EV_RETRY,				/* a call failed in a way that may pass */
	RSD_EV_NO_LONG_POLL,		/* the service does not hold this call */
	RSD_EV_DENIED,				/* authentication or permission */
	RSD_EV_GONE,				/* id or result unknown to the service */
	RSD_EV_REFUSED,				/* a final refusal */
	RSD_EV_NOT_YET,				/* LOOKUP: not on this page, more follow */
	RSD_EV_NOT_THERE,			/* LOOKUP: on no page */
	RSD_EV_TURN,				/* there is a loader for it */
	RSD_EV_ROOM,				/* the loader has taken the page in hand */
	RSD_EV_LOADED,				/* the loader has committed */
	RSD_EV_LOAD_FAILED,			/* the loader gave up for good */
	RSD_EV_LOAD_AGAIN			/* it gave up for now; nothing was loaded */
} RsdEventKind;

#define RSD_NEVENT		(RSD_EV_LOAD_AGAIN + 1)

typedef struct RsdEvent
{
	RsdEventKind kind;
	RsdCall		call;			/* the call that brought it, if a call did */
	bool		from_call;
	bool		not_executed;	/* RETRY: the request surely had no effect */
	bool		no_limit;		/* RETRY: a capacity or rate limit, not a
								 * fault; LOAD_AGAIN: however often */
	bool		at_once;		/* RETRY: what was wrong is mended already */
	bool		unreadable;		/* RETRY: a reply came that makes no sense */
	bool		early;			/* ALIVE: the service did not hold the call */
	bool		described;		/* ENDED: by DescribeStatement, details known */
	bool		passing;		/* ENDED: failed without having committed
								 * anything, and may do when run again */
	RsdVerdict	verdict;		/* ENDED */
	RsdTri		has_result;		/* ENDED */
	int			parts_left;		/* ENDED, described, of a batch: parts whose
								 * rows are still to be fetched and kept */
	int			loads_left;		/* ENDED, described, of a batch: parts whose
								 * rows go to targets */
	bool		part_lost;		/* ENDED, described, of a batch: a part has
								 * nothing for its target */
	RsdWait		wait;			/* RETRY, DENIED, HELD, LOAD_AGAIN: the reason
								 * to show */
	int64_t		delay;			/* RETRY: least wait asked for, microseconds */
	int64_t		age;			/* microseconds since the call was sent */
} RsdEvent;

/* One kind of call of one statement. */
typedef struct RsdCallState
{
	bool		in_flight;
	int			failures;		/* in a row */
	int64_t		due;			/* not to be sent before */
} RsdCallState;

typedef struct RsdStmt
{
	RsdStatus	status;
	RsdStatus	left;			/* live status from which it ended */
	RsdWish		wish;
	RsdWait		wait;
	RsdVerdict	verdict;
	RsdTri		has_result;
	bool		unsure;			/* an execute may have had effect unseen */
	bool		batch;			/* several parts; only a description tells
								 * which of them have rows */
	bool		stale;			/* too old to be sent again: looked up */
	bool		fetch;			/* rows are wanted if there are any */
	bool		describe_always;	/* details are wanted for queries too */
	bool		described;		/* details of the verdict are in hand */
	bool		fetched;		/* the last page is in hand */
	bool		part_lost;		/* rows of a batch's part are undeliverable */
	int			parts_left;		/* of a described batch: parts to fetch */
	int			loads;			/* of a described batch: parts to load */
	int			loads_left;		/* of them, those to fetch; after the others */
	bool		long_poll;		/* the service holds our calls */
	bool		cancel_taken;
	bool		loader;			/* a loader ends it: target or then_sql */
	bool		target;			/* its rows, or some of a batch, go to one */
	bool		turn;			/* it has a loader, or may start one */
	bool		full;			/* a page waits for the loader */
	int			load_failures;	/* loads that failed */
	int			load_faults;	/* those that a limit holds for */
	int64_t		load_due;		/* no loader before */
	bool		passing;		/* the failure is one that may pass */
	int			runs;			/* that failed so */
	int			reruns_left;
	int			polls;			/* plain polls in a row */
	RsdCallState call[RSD_NCALL];
	int64_t		timeout;		/* microseconds from acceptance; 0 none */
	int64_t		first_sent_at;
	int64_t		accepted_at;	/* when the accepted execute was sent */
	int64_t		timeout_at;
	int64_t		deadline_at;
	int64_t		expires_at;		/* end of the service's patience */
} RsdStmt;

/* What a step did to the part of a batch that is being fetched. */
typedef enum RsdPartEnd
{
	RSD_PART_GOES_ON,
	RSD_PART_FETCHED,			/* its rows are in hand: go to the next */
	RSD_PART_LOST				/* they cannot be delivered: go to the next */
} RsdPartEnd;

/* What the caller has to do after a step. */
typedef struct RsdStep
{
	unsigned	send;			/* bit per RsdCall; marked in flight already */
	int			wait_seconds;	/* WaitTimeSeconds for execute or describe */
	bool		record;			/* write the row before anything is sent */
	bool		ended;			/* the status is final */
	bool		rerun;			/* it is queued to run anew, by a new token */
	RsdPartEnd	part;
	const char *reason;			/* why it ended, when the event has no words */
} RsdStep;

/* How long a parked DescribeStatement asks to be held, in seconds. */
#define RSD_DESCRIBE_WAIT	30

/*
 * A client token lives 8 hours at the service; half an hour is kept as
 * margin for a request that travels slowly.
 */
#define RSD_TOKEN_LIFE		(INT64_C(27000) * 1000000)

/*
 * Later than that after the first request a statement that could not be
 * looked up is given up.
 */
#define RSD_LOOKUP_LIFE		(INT64_C(2) * 86400 * 1000000)

/* Results live 24 hours, a statement may run 24 hours. */
#define RSD_RESULT_LIFE		(INT64_C(86400) * 1000000)

/*
 * Apply one event at time "now".  "env" only spreads delays.  "submit_wait" is
 * the WaitTimeSeconds of ExecuteStatement.
 * Calls named in step->send must be sent (after the row is written, when
 * step->record says so) and are in flight from here on.  Never fails; an
 * event that means nothing in the present state changes nothing.
 */
extern void rsd_stmt_step(RsdStmt *stmt, const RsdEvent *event, int64_t now,
						  const RsdEnv *env, int submit_wait, RsdStep *step);

#endif							/* RSD_STMT_FSM_H */
