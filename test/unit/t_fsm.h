/*
 * t_fsm.h
 *		What the tests of the state machine share: a clock that stands, a die
 *		that always falls on the same side, and a step.
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

static RsdStep
step(RsdStmt *s, RsdEvent ev, int64_t now)
{
	RsdStep		out;

	rsd_stmt_step(s, &ev, now, &env, 1, &out);
	return out;
}

#define SENDS(out, call)	(((out).send & (1u << (call))) != 0)
