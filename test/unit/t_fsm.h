/*
 * t_fsm.h
 *		What the tests of the state machine share: a clock that stands, a die
 *		that always falls on the same side, a step, and replies to step by.
 */
#include "stmt/stmt_fsm.h"
#include "tap.h"

#define NOW		INT64_C(1800000000000000)
#define SECOND	INT64_C(1000000)

static int64_t
no_clock(void *arg)
{
	(void) arg;
	return NOW;
}

static bool
zeros(void *arg, void *out, size_t len)
{
	(void) arg;
	memset(out, 0, len);
	return true;
}

static const RsdEnv env =
{.wall_us = no_clock,.mono_us = no_clock,.random = zeros};

static inline RsdStep
step(RsdStmt *s, RsdEvent ev, int64_t now)
{
	RsdStep		out;

	rsd_stmt_step(s, &ev, now, &env, 1, &out);
	return out;
}

/* A statement in a status as it is on its usual way, its call in flight. */
static inline RsdStmt
in_status(RsdStatus status)
{
	RsdStmt		s;

	memset(&s, 0, sizeof(s));
	s.fetch = true;
	s.describe_always = true;
	s.long_poll = true;
	s.timeout = 100 * SECOND;
	s.deadline_at = NOW + 1000 * SECOND;
	s.status = status;
	if (status == RSD_QUEUED)
		return s;
	s.first_sent_at = NOW;
	if (status == RSD_SUBMITTING)
	{
		s.call[RSD_CALL_EXECUTE].in_flight = true;
		return s;
	}
	s.accepted_at = NOW;
	s.timeout_at = NOW + s.timeout;
	s.expires_at = NOW + RSD_RESULT_LIFE;
	if (status == RSD_RUNNING)
	{
		s.call[RSD_CALL_DESCRIBE].in_flight = true;
		return s;
	}
	s.verdict = RSD_VERDICT_FINISHED;
	s.has_result = RSD_TRI_YES;
	s.described = true;
	s.call[RSD_CALL_RESULT].in_flight = true;
	s.loader = s.target = s.turn = status == RSD_LOADING;
	return s;
}

/* An event that a call has brought. */
static inline RsdEvent
reply(RsdEventKind kind, RsdCall call)
{
	RsdEvent	ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = kind;
	ev.call = call;
	ev.from_call = true;
	return ev;
}

/* Something happens that no call has brought. */
static inline RsdStep
happens(RsdStmt *s, RsdEventKind kind)
{
	return step(s, (RsdEvent) {.kind = kind}, NOW);
}

/* What the call for a page has brought. */
static inline RsdStep
page(RsdStmt *s, RsdEventKind kind)
{
	return step(s, reply(kind, RSD_CALL_RESULT), NOW);
}

/* The service says that the statement has ended. */
static inline RsdEvent
ended(RsdCall call, RsdVerdict verdict, RsdTri has_result)
{
	RsdEvent	ev = reply(RSD_EV_ENDED, call);

	ev.verdict = verdict;
	ev.has_result = has_result;
	ev.described = call == RSD_CALL_DESCRIBE;
	return ev;
}

#define SENDS(out, call)	(((out).send & (1u << (call))) != 0)
