/*
 * t_fsm_mended.c
 *		The state machine: a call that was refused for something that has been
 *		mended since goes again at once, and once only.
 */
#include "stmt/stmt_plan.h"
#include "t_fsm.h"

/* A statement with this call on its way. */
static RsdStmt
calling(RsdStatus status, RsdCall call)
{
	RsdStmt		s;

	memset(&s, 0, sizeof(s));
	s.fetch = true;
	s.status = status;
	s.deadline_at = NOW + 1000 * SECOND;
	s.first_sent_at = NOW;
	s.expires_at = status == RSD_SUBMITTING ? 0 : NOW + RSD_RESULT_LIFE;
	s.accepted_at = status == RSD_SUBMITTING ? 0 : NOW;
	s.call[call].in_flight = true;
	return s;
}

/* The refusal of a call; is it mended? */
static RsdStep
refuse(RsdStmt *s, RsdCall call, bool mended)
{
	const RsdEvent event =
	{
		.kind = RSD_EV_RETRY,.call = call,.from_call = true,
		.not_executed = true,.no_limit = true,.at_once = mended,
		.wait = RSD_WAIT_CREDENTIALS
	};
	RsdStep		out;

	rsd_stmt_step(s, &event, NOW, &env, 1, &out);
	return out;
}

int
main(void)
{
	RsdStmt		s = calling(RSD_SUBMITTING, RSD_CALL_EXECUTE);
	RsdStep		out = refuse(&s, RSD_CALL_EXECUTE, true);

	ok(s.status == RSD_SUBMITTING && out.send == 1u << RSD_CALL_EXECUTE,
	   "a mended execute goes again at once");
	ok(!s.unsure && s.wait == RSD_WAIT_NONE &&
	   s.call[RSD_CALL_EXECUTE].failures == 0,
	   "which leaves no doubt, no reason to show and no failure");
	is_int(s.first_sent_at, NOW, "and the token keeps its age");
	out = refuse(&s, RSD_CALL_EXECUTE, false);
	ok(s.status == RSD_QUEUED && out.send == 0 && s.first_sent_at == 0,
	   "then it waits its turn, as one that was never sent");

	s = calling(RSD_SUBMITTING, RSD_CALL_EXECUTE);
	s.wish = RSD_WISH_CANCEL;
	out = refuse(&s, RSD_CALL_EXECUTE, true);
	ok(s.status == RSD_CANCELLED && out.send == 0,
	   "one that is to be cancelled goes no more");

	s = calling(RSD_RUNNING, RSD_CALL_DESCRIBE);
	out = refuse(&s, RSD_CALL_DESCRIBE, true);
	ok(s.status == RSD_RUNNING && out.send == 1u << RSD_CALL_DESCRIBE,
	   "a mended describe goes again at once");
	out = refuse(&s, RSD_CALL_DESCRIBE, false);
	ok(s.status == RSD_RUNNING && out.send == 0 &&
	   s.wait == RSD_WAIT_CREDENTIALS, "then it waits");
	return tap_done();
}
