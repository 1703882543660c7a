/*
 * t_load.c
 *		The life of a statement that a loader ends, told as stories: rows for
 *		a target, local SQL, locks, and a worker that dies.
 */
#include "stmt/stmt_load.h"
#include "stmt/stmt_plan.h"
#include "t_fsm.h"

static RsdStep
it_ended(RsdStmt *s, RsdTri has_result, bool described)
{
	return step(s, (RsdEvent) {.kind = RSD_EV_ENDED,.from_call = true,
				.call = described ? RSD_CALL_DESCRIBE : RSD_CALL_EXECUTE,
				.verdict = RSD_VERDICT_FINISHED,.has_result = has_result,
				.described = described}, NOW);
}

/* Sent, with a target or with then_sql. */
static RsdStmt
sent(bool target)
{
	RsdStmt		s = in_status(RSD_SUBMITTING);

	s.describe_always = false;
	s.loader = true;
	s.target = target;
	return s;
}

static void
test_target(void)
{
	RsdStmt		s = sent(true);
	RsdStep		out = it_ended(&s, RSD_TRI_YES, false);

	ok(s.status == RSD_FETCHING && out.send == 0,
	   "rows for a target wait for their turn");
	ok(rsd_stmt_load_wanted(&s, NOW), "which they want");
	out = happens(&s, RSD_EV_TURN);
	ok(SENDS(out, RSD_CALL_RESULT), "with it they are fetched");
	out = page(&s, RSD_EV_PAGE);
	ok(s.status == RSD_LOADING && out.record && out.send == 0,
	   "the first page makes it loading, and is passed on first");
	out = happens(&s, RSD_EV_ROOM);
	ok(SENDS(out, RSD_CALL_RESULT), "then the next one is asked for");
	out = page(&s, RSD_EV_LAST_PAGE);
	ok(s.status == RSD_LOADING && !rsd_stmt_load_complete(&s),
	   "the last page does not end it");
	out = happens(&s, RSD_EV_ROOM);
	ok(rsd_stmt_load_complete(&s) && out.send == 0,
	   "when it is passed on the loader may commit");
	out = happens(&s, RSD_EV_LOADED);
	ok(out.ended && s.status == RSD_FINISHED, "which ends it");

	s = sent(true);
	s.describe_always = true;
	out = it_ended(&s, RSD_TRI_YES, false);
	happens(&s, RSD_EV_TURN);
	page(&s, RSD_EV_LAST_PAGE);
	happens(&s, RSD_EV_ROOM);
	ok(!rsd_stmt_load_complete(&s), "details that are asked for come first");
	out = it_ended(&s, RSD_TRI_YES, true);
	ok(out.record && rsd_stmt_load_complete(&s), "and are recorded");

	s = sent(true);
	out = it_ended(&s, RSD_TRI_NO, false);
	ok(SENDS(out, RSD_CALL_DESCRIBE), "no result: only the details");
	out = it_ended(&s, RSD_TRI_NO, true);
	ok(s.status == RSD_UNDELIVERED && out.reason != NULL,
	   "it ran, but there is nothing for the target");
}

static void
test_then_sql(void)
{
	RsdStmt		s = sent(false);
	RsdStep		out;

	it_ended(&s, RSD_TRI_NO, false);
	out = it_ended(&s, RSD_TRI_NO, true);
	ok(s.status == RSD_LOADING && out.record && out.send == 0,
	   "local SQL without rows goes to a loader");
	ok(rsd_stmt_load_wanted(&s, NOW), "in its turn");
	happens(&s, RSD_EV_TURN);
	ok(rsd_stmt_load_complete(&s), "everything is in hand");
	out = happens(&s, RSD_EV_LOAD_AGAIN);
	ok(s.status == RSD_LOADING && s.load_due > NOW &&
	   !rsd_stmt_load_wanted(&s, NOW), "again, a little later");
	is_int(rsd_stmt_due(&s), s.load_due, "with an alarm for it");
	happens(&s, RSD_EV_DUE);
	out = step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, s.load_due);
	ok(rsd_stmt_due(&s) == 0 && rsd_stmt_load_wanted(&s, NOW),
	   "that is over when it has rung");

	s = sent(false);
	out = it_ended(&s, RSD_TRI_YES, false);
	ok(SENDS(out, RSD_CALL_RESULT), "rows that are kept are fetched at once");
	page(&s, RSD_EV_PAGE);
	ok(s.status == RSD_FETCHING, "and recorded as always");
	page(&s, RSD_EV_LAST_PAGE);
	ok(s.status == RSD_LOADING, "the loader comes after the last page");
}

static void
test_again(void)
{
	RsdStmt		s = sent(true);
	RsdEvent	locked = {.kind = RSD_EV_LOAD_AGAIN,.no_limit = true,
	.wait = RSD_WAIT_TARGET_LOCK};
	RsdStep		out;

	for (int i = 0; i < 100; i++)
	{
		if (i == 0)
			it_ended(&s, RSD_TRI_YES, false);
		happens(&s, RSD_EV_TURN);
		s.call[RSD_CALL_RESULT].in_flight = true;
		page(&s, RSD_EV_LAST_PAGE);
		out = step(&s, locked, NOW);
	}
	ok(s.status == RSD_FETCHING && !s.fetched && !s.full && !s.turn,
	   "a locked target is tried again from the first page on, for ever");
	is_str(rsd_wait_name(s.wait), "target_lock", "and says so");
	ok(out.record && s.load_due <= NOW + 30 * SECOND, "in half a minute at most");
	step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, s.expires_at);
	is_str(rsd_status_name(s.status), "expired", "until the result is gone");

	s = sent(true);
	it_ended(&s, RSD_TRI_YES, false);
	locked.no_limit = false;
	for (int i = 0; i < RSD_LOAD_LIMIT; i++)
	{
		happens(&s, RSD_EV_TURN);
		s.call[RSD_CALL_RESULT].in_flight = true;
		page(&s, RSD_EV_LAST_PAGE);
		step(&s, locked, NOW);
	}
	is_str(rsd_status_name(s.status), "undelivered",
		   "other failures are not tried for ever");
}

/* A load that ends while a page was on its way, or held back. */
static void
test_ended(void)
{
	RsdStmt		s = sent(true);
	RsdStep		out;

	it_ended(&s, RSD_TRI_YES, false);
	happens(&s, RSD_EV_TURN);
	page(&s, RSD_EV_PAGE);
	s.call[RSD_CALL_RESULT].in_flight = true;
	s.call[RSD_CALL_RESULT].failures = 3;
	s.call[RSD_CALL_RESULT].due = NOW + 1000 * SECOND;
	happens(&s, RSD_EV_LOAD_AGAIN);
	step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, s.load_due);
	out = happens(&s, RSD_EV_TURN);
	ok(SENDS(out, RSD_CALL_RESULT) && s.call[RSD_CALL_RESULT].failures == 0,
	   "the next one asks for its first page at once");
	happens(&s, RSD_EV_LOAD_AGAIN);
	ok(s.status == RSD_FETCHING && !s.turn && s.load_due > NOW,
	   "a loader that ends before it has a page is not replaced at once");
	step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, s.load_due);
	out = happens(&s, RSD_EV_TURN);
	ok(SENDS(out, RSD_CALL_RESULT), "the page is asked for again");
	page(&s, RSD_EV_PAGE);
	out = happens(&s, RSD_EV_LOAD_FAILED);
	ok(out.ended && s.status == RSD_UNDELIVERED && out.send == 0,
	   "one that has given up for good ends undelivered");
}

static void
test_recovered(void)
{
	RsdStmt		s = sent(true);
	RsdStep		out;

	memset(s.call, 0, sizeof(s.call));
	s.status = RSD_LOADING;
	s.has_result = RSD_TRI_YES;
	out = happens(&s, RSD_EV_RECOVERED);
	ok(s.status == RSD_FETCHING && out.record && out.send == 0,
	   "a new worker writes down that it starts anew");
	s = sent(false);
	s.status = RSD_LOADING;
	s.has_result = RSD_TRI_NO;
	s.described = true;
	out = happens(&s, RSD_EV_RECOVERED);
	ok(s.status == RSD_LOADING && rsd_stmt_load_wanted(&s, NOW),
	   "local SQL only wants a loader");
}

int
main(void)
{
	test_target();
	test_then_sql();
	test_again();
	test_ended();
	test_recovered();
	return tap_done();
}
