/*
 * t_load_batch.c
 *		The life of a batch whose parts go to targets, told as stories: rows
 *		that are kept come first, then those for the loader; all or nothing.
 */
#include "stmt/stmt_load.h"
#include "stmt/stmt_passing.h"
#include "stmt/stmt_plan.h"
#include "t_fsm.h"

/* A batch that runs, to be ended by a loader. */
static RsdStmt
running(bool target)
{
	RsdStmt		s = in_status(RSD_RUNNING);

	s.batch = s.loader = true;
	s.target = target;
	return s;
}

static RsdStep
described(RsdStmt *s, RsdVerdict verdict, int parts, int loads)
{
	return step(s, (RsdEvent) {.kind = RSD_EV_ENDED,.from_call = true,
				.call = RSD_CALL_DESCRIBE,.verdict = verdict,
				.has_result = RSD_TRI_YES,.described = true,
				.parts_left = parts,.loads_left = loads}, NOW);
}

/* The last page of a part for a target, taken by the loader. */
static RsdStep
load_part(RsdStmt *s)
{
	page(s, RSD_EV_LAST_PAGE);
	return happens(s, RSD_EV_ROOM);
}

static void
test_order(void)
{
	RsdStmt		s = running(true);
	RsdStep		out = described(&s, RSD_VERDICT_FINISHED, 1, 2);

	ok(s.status == RSD_FETCHING && SENDS(out, RSD_CALL_RESULT),
	   "rows that are kept are fetched at once");
	ok(!rsd_stmt_load_wanted(&s, NOW), "before there is work for a loader");
	out = page(&s, RSD_EV_LAST_PAGE);
	ok(out.part == RSD_PART_FETCHED && !out.send && !out.ended &&
	   rsd_stmt_load_wanted(&s, NOW), "then the statement waits for its turn");
	out = happens(&s, RSD_EV_TURN);
	ok(SENDS(out, RSD_CALL_RESULT), "with it the first part to load is fetched");
	out = page(&s, RSD_EV_PAGE);
	ok(s.status == RSD_LOADING && s.full && out.part == RSD_PART_GOES_ON,
	   "a page of it waits for the loader");
	happens(&s, RSD_EV_ROOM);
	out = page(&s, RSD_EV_LAST_PAGE);
	ok(out.part == RSD_PART_FETCHED && out.send == 0 && !s.fetched,
	   "its last page, too");
	out = happens(&s, RSD_EV_ROOM);
	ok(SENDS(out, RSD_CALL_RESULT) && !rsd_stmt_load_complete(&s),
	   "then comes the next part");
	load_part(&s);
	ok(rsd_stmt_load_complete(&s), "with the last part all is in hand");
	out = happens(&s, RSD_EV_LOADED);
	ok(out.ended && s.status == RSD_FINISHED, "and the loader ends it");
}

static void
test_verdicts(void)
{
	RsdStmt		s = running(true);
	RsdStep		out;

	described(&s, RSD_VERDICT_FAILED, 0, 1);
	happens(&s, RSD_EV_TURN);
	load_part(&s);
	ok(s.status == RSD_LOADING && rsd_stmt_load_complete(&s),
	   "what finished of a failed batch is loaded");
	happens(&s, RSD_EV_LOADED);
	is_str(rsd_status_name(s.status), "failed", "then it has failed");

	s = running(true);
	happens(&s, RSD_EV_WISH);
	described(&s, RSD_VERDICT_ABORTED, 0, 1);
	happens(&s, RSD_EV_TURN);
	load_part(&s);
	happens(&s, RSD_EV_LOADED);
	is_str(rsd_status_name(s.status), "cancelled", "and so with a cancelled one");

	s = running(true);
	out = described(&s, RSD_VERDICT_FAILED, 0, 0);
	ok(out.ended && s.status == RSD_FAILED, "nothing finished, nothing to load");

	s = running(false);
	described(&s, RSD_VERDICT_FINISHED, 1, 0);
	page(&s, RSD_EV_LAST_PAGE);
	ok(s.status == RSD_LOADING && rsd_stmt_load_wanted(&s, NOW),
	   "local SQL comes after the rows that are kept");
	happens(&s, RSD_EV_TURN);
	ok(rsd_stmt_load_complete(&s), "and needs no more");
	s = running(false);
	out = described(&s, RSD_VERDICT_FAILED, 0, 0);
	ok(out.ended && s.status == RSD_FAILED, "it is not for a failure");
}

static void
test_all_or_nothing(void)
{
	RsdStmt		s = running(true);
	RsdStep		out;

	described(&s, RSD_VERDICT_FINISHED, 2, 1);
	out = page(&s, RSD_EV_BAD_RESULT);
	ok(out.part == RSD_PART_LOST && !out.ended, "the other rows are kept");
	out = page(&s, RSD_EV_LAST_PAGE);
	ok(out.ended && s.status == RSD_UNDELIVERED, "but nothing is loaded");

	s = running(true);
	described(&s, RSD_VERDICT_FAILED, 0, 2);
	happens(&s, RSD_EV_TURN);
	load_part(&s);
	out = page(&s, RSD_EV_BAD_RESULT);
	ok(out.part == RSD_PART_LOST && out.ended && s.status == RSD_UNDELIVERED,
	   "a part for a target that is lost ends it, whatever the verdict");

	s = running(true);
	out = step(&s, (RsdEvent) {.kind = RSD_EV_ENDED,.from_call = true,
			   .call = RSD_CALL_DESCRIBE,.verdict = RSD_VERDICT_FINISHED,
			   .has_result = RSD_TRI_YES,.described = true,.loads_left = 1,
			   .part_lost = true}, NOW);
	ok(out.ended && s.status == RSD_UNDELIVERED,
	   "as does one that has nothing for its target");
}

static void
test_again(void)
{
	RsdStmt		s = running(true);
	RsdStep		out;

	described(&s, RSD_VERDICT_FINISHED, 0, 2);
	happens(&s, RSD_EV_TURN);
	load_part(&s);
	step(&s, (RsdEvent) {.kind = RSD_EV_LOAD_AGAIN,.no_limit = true,
		 .wait = RSD_WAIT_TARGET_LOCK}, NOW);
	ok(s.status == RSD_FETCHING && s.loads_left == 2 && !s.fetched && !s.full,
	   "a load that comes again begins with the first part");
	happens(&s, RSD_EV_TURN);
	load_part(&s);
	load_part(&s);
	out = happens(&s, RSD_EV_LOADED);
	ok(out.ended && s.status == RSD_FINISHED, "and ends as it would have");

	s = running(true);
	s.status = RSD_LOADING;
	s.call[RSD_CALL_DESCRIBE].in_flight = false;
	out = happens(&s, RSD_EV_RECOVERED);
	ok(s.status == RSD_FETCHING && out.send == 1u << RSD_CALL_DESCRIBE,
	   "a new worker asks what there is to load");
	ok(!rsd_stmt_load_wanted(&s, NOW), "before it wants a loader");
	described(&s, RSD_VERDICT_FAILED, 0, 1);
	ok(rsd_stmt_load_wanted(&s, NOW), "and loads it");
}

static void
test_commits(void)
{
	ok(rsd_passing_commits("TRUNCATE t"), "TRUNCATE commits");
	ok(rsd_passing_commits("alter table a append from b"), "APPEND commits");
	ok(rsd_passing_commits("call p()"), "a procedure may");
	ok(rsd_passing_commits("/* commit */ select 1"), "a word too many");
	ok(rsd_passing_commits(" end;"), "END is COMMIT");
	ok(!rsd_passing_commits("select case when a then 1 end from truncated"),
	   "mostly it is not");
	ok(!rsd_passing_commits("insert into recall select committed from appendix"),
	   "words that contain others");
}

int
main(void)
{
	test_order();
	test_verdicts();
	test_all_or_nothing();
	test_again();
	test_commits();
	return tap_done();
}
