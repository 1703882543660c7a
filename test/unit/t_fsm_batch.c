/*
 * t_fsm_batch.c
 *		The state machine's stories about batches; t_fsm.c has the table and
 *		the walks, in which batches take part.
 */
#include "stmt/stmt_plan.h"
#include "t_fsm.h"

/* A batch as it is on its usual way, its call in flight. */
static RsdStmt
batch_in(RsdStatus status)
{
	RsdStmt		s;

	memset(&s, 0, sizeof(s));
	s.batch = s.fetch = s.long_poll = true;
	s.status = status;
	s.first_sent_at = NOW;
	if (status == RSD_SUBMITTING)
	{
		s.call[RSD_CALL_EXECUTE].in_flight = true;
		return s;
	}
	s.accepted_at = NOW;
	s.expires_at = NOW + RSD_RESULT_LIFE;
	s.call[RSD_CALL_DESCRIBE].in_flight = status == RSD_RUNNING;
	if (status == RSD_FETCHING)
	{
		s.verdict = RSD_VERDICT_FINISHED;
		s.has_result = RSD_TRI_YES;
		s.described = true;
		s.parts_left = 2;
		s.call[RSD_CALL_RESULT].in_flight = true;
	}
	return s;
}

/* The description of a batch that has ended, with so many parts to fetch. */
static RsdEvent
described(RsdVerdict verdict, int parts)
{
	RsdEvent	ev = ended(RSD_CALL_DESCRIBE, verdict, parts > 0 ?
						   RSD_TRI_YES : RSD_TRI_NO);

	ev.parts_left = parts;
	return ev;
}

/* A batch: its parts are fetched one after the other. */
static void
test_batch(void)
{
	RsdStmt		s = batch_in(RSD_SUBMITTING);
	RsdStep		out;

	out = step(&s, ended(RSD_CALL_EXECUTE, RSD_VERDICT_FINISHED, RSD_TRI_YES),
			   NOW);
	ok(out.send == 1u << RSD_CALL_DESCRIBE && s.status == RSD_RUNNING,
	   "a finished batch is described before anything is fetched");
	out = step(&s, described(RSD_VERDICT_FINISHED, 2), NOW);
	ok(out.send == 1u << RSD_CALL_RESULT && out.record &&
	   s.status == RSD_FETCHING, "what is known of its parts is recorded");
	step(&s, reply(RSD_EV_PAGE, RSD_CALL_RESULT), NOW);
	out = step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	ok(out.part == RSD_PART_FETCHED && out.record && !out.ended &&
	   SENDS(out, RSD_CALL_RESULT), "one part after the other");
	out = step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	ok(out.part == RSD_PART_FETCHED && out.ended && s.status == RSD_FINISHED,
	   "the last one ends it");

	s = batch_in(RSD_RUNNING);
	out = step(&s, described(RSD_VERDICT_FINISHED, 0), NOW);
	ok(out.ended && s.status == RSD_FINISHED, "without rows it ends at once");
	s = batch_in(RSD_RUNNING);
	s.fetch = false;
	out = step(&s, described(RSD_VERDICT_FINISHED, 2), NOW);
	ok(out.ended && s.status == RSD_FINISHED, "and if nobody wants them");
	s = batch_in(RSD_RUNNING);
	step(&s, described(RSD_VERDICT_FAILED, 0), NOW);
	is_str(rsd_status_name(s.status), "failed", "or fails at once");
}

/* Parts that finished are kept, whatever becomes of the others. */
static void
test_batch_failures(void)
{
	RsdStmt		s = batch_in(RSD_RUNNING);
	RsdEvent	gone = reply(RSD_EV_GONE, RSD_CALL_RESULT);
	RsdStep		out;

	out = step(&s, described(RSD_VERDICT_FAILED, 1), NOW);
	ok(s.status == RSD_FETCHING && SENDS(out, RSD_CALL_RESULT),
	   "a failed batch is fetched as far as it finished");
	step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	is_str(rsd_status_name(s.status), "failed", "and has failed then");

	s = batch_in(RSD_RUNNING);
	step(&s, (RsdEvent) {.kind = RSD_EV_WISH}, NOW);
	out = step(&s, ended(RSD_CALL_EXECUTE, RSD_VERDICT_ABORTED, RSD_TRI_NO), NOW);
	ok(!out.ended, "a cancelled batch is described");
	s.call[RSD_CALL_DESCRIBE].in_flight = true;
	step(&s, described(RSD_VERDICT_ABORTED, 1), NOW);
	ok(s.status == RSD_FETCHING, "what finished before is fetched");
	step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	is_str(rsd_status_name(s.status), "cancelled", "and it is cancelled then");

	s = batch_in(RSD_FETCHING);
	out = step(&s, reply(RSD_EV_BAD_RESULT, RSD_CALL_RESULT), NOW);
	ok(out.part == RSD_PART_LOST && !out.ended && SENDS(out, RSD_CALL_RESULT),
	   "a part that cannot be delivered does not keep back the next");
	out = step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	ok(out.ended && s.status == RSD_UNDELIVERED, "but shows in the end");

	s = batch_in(RSD_FETCHING);
	s.verdict = RSD_VERDICT_FAILED;
	for (int i = 0; i < 12; i++)
	{
		s.call[RSD_CALL_RESULT].in_flight = true;
		out = step(&s, gone, NOW);
	}
	ok(out.ended && s.status == RSD_FAILED,
	   "results that are gone do not hide a failure");
	s = batch_in(RSD_FETCHING);
	for (int i = 0; i < 6; i++)
	{
		s.call[RSD_CALL_RESULT].in_flight = true;
		out = step(&s, gone, NOW);
	}
	is_str(rsd_status_name(s.status), "expired", "and expire otherwise");
}

/* A new worker asks again what became of the parts. */
static void
test_batch_recovered(void)
{
	RsdStmt		s = batch_in(RSD_FETCHING);
	RsdStep		out;

	s.verdict = RSD_VERDICT_NONE;
	s.described = false;
	s.parts_left = 0;
	memset(s.call, 0, sizeof(s.call));
	out = step(&s, (RsdEvent) {.kind = RSD_EV_RECOVERED}, NOW);
	ok(out.send == 1u << RSD_CALL_DESCRIBE, "a new worker has it described");
	out = step(&s, described(RSD_VERDICT_FAILED, 1), NOW);
	ok(SENDS(out, RSD_CALL_RESULT), "and fetches what is left");
	out = step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	ok(out.ended && s.status == RSD_FAILED, "to the end it had before");

	s = batch_in(RSD_FETCHING);
	s.described = false;
	s.parts_left = 0;
	for (int i = 0; i < 6; i++)
	{
		s.call[RSD_CALL_DESCRIBE].in_flight = true;
		step(&s, reply(RSD_EV_GONE, RSD_CALL_DESCRIBE), NOW);
	}
	is_str(rsd_status_name(s.status), "expired",
		   "unless the service has forgotten it");
}

int
main(void)
{
	test_batch();
	test_batch_failures();
	test_batch_recovered();
	return tap_done();
}
