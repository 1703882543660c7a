/*
 * t_rerun.c
 *		Running again what failed in a way that may pass: which texts count,
 *		and what the state machine makes of it.
 */
#include "stmt/stmt_passing.h"
#include "stmt/stmt_plan.h"
#include "t_fsm.h"

static RsdStmt
running(int reruns_left)
{
	RsdStmt		s = in_status(RSD_RUNNING);

	s.deadline_at = 0;
	s.reruns_left = reruns_left;
	return s;
}

static RsdEvent
failed(bool passing)
{
	RsdEvent	ev = ended(RSD_CALL_DESCRIBE, RSD_VERDICT_FAILED, RSD_TRI_NO);

	ev.passing = passing;
	return ev;
}

static void
test_again(void)
{
	RsdStmt		s = running(1);
	RsdStep		out = step(&s, failed(true), NOW);
	int64_t		due = s.call[RSD_CALL_EXECUTE].due;

	is_str(rsd_status_name(s.status), "queued", "it is queued again");
	ok(out.rerun && out.record && !out.ended && out.send == 0,
	   "which is written with a new token before anything is sent");
	ok(due > NOW && s.wait == RSD_WAIT_BACKOFF, "it waits a moment");
	ok(s.first_sent_at == 0 && s.accepted_at == 0 && s.timeout_at == 0 &&
	   s.expires_at == 0 && s.verdict == RSD_VERDICT_NONE,
	   "as if it had never been sent");
	out = step(&s, (RsdEvent) {.kind = RSD_EV_CLAIMED}, due);
	ok((out.send & (1u << RSD_CALL_EXECUTE)) != 0, "and is sent anew");
	step(&s, failed(true), due);
	is_str(rsd_status_name(s.status), "failed", "the last failure stands");
}

static void
test_not_again(void)
{
	RsdStmt		s = running(1);

	step(&s, failed(false), NOW);
	is_str(rsd_status_name(s.status), "failed", "another failure stands");
	s = running(0);
	step(&s, failed(true), NOW);
	is_str(rsd_status_name(s.status), "failed", "also if nobody asked");
	s = running(1);
	s.wish = RSD_WISH_TIMEOUT;
	step(&s, failed(true), NOW);
	is_str(rsd_status_name(s.status), "failed", "and if it was to be stopped");
}

static void
test_texts(void)
{
	static const struct
	{
		const char *words;
		unsigned	cause;		/* 0: none */
	}			table[] = {
		{"ERROR: 1023\nDETAIL: Serializable isolation violation on table - 1",
		RSD_CAUSE_SERIALIZATION},
		{"ERROR: could not serialize access due to concurrent update",
		RSD_CAUSE_SERIALIZATION},
		{"ERROR: deadlock detected", RSD_CAUSE_SERIALIZATION},
		{"FATAL: too many connections for user", RSD_CAUSE_CONNECTION},
		{"Connection refused. Check that the hostname and port are correct",
		RSD_CAUSE_CONNECTION},
		{"ERROR: server closed the connection unexpectedly", 0},
		{"An I/O error occurred while sending to the backend.", 0},
		{"ERROR: syntax error at or near \"connection\"", 0},
		{"", 0},
		{NULL, 0},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
	{
		const char *name = table[i].words ? table[i].words : "(none)";

		for (unsigned c = 1; c <= RSD_CAUSE_CONNECTION; c <<= 1)
			ok(rsd_passing(table[i].words, c) == (table[i].cause == c),
			   "cause %u: %.40s", c, name);
	}
}

int
main(void)
{
	test_again();
	test_not_again();
	test_texts();
	return tap_done();
}
