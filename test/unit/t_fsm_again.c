/*
 * t_fsm_again.c
 *		The state machine: a statement whose token is too old to be sent
 *		again, and one whose rows were not delivered.
 */
#include "stmt/stmt_plan.h"
#include "t_fsm.h"

static RsdEvent
lookup_says(RsdEventKind kind)
{
	return reply(kind, RSD_CALL_LOOKUP);
}

/* A statement in doubt whose token is too old, its lookup in flight. */
static RsdStmt
looked_up(void)
{
	RsdStmt		s;

	memset(&s, 0, sizeof(s));
	s.fetch = true;
	s.status = RSD_SUBMITTING;
	s.first_sent_at = NOW;
	step(&s, (RsdEvent) {.kind = RSD_EV_RECOVERED}, NOW + RSD_TOKEN_LIFE);
	return s;
}

/* By its name, on every page, for as long as it is worth while. */
static void
test_lookup(void)
{
	int64_t		late = NOW + RSD_TOKEN_LIFE;
	RsdStmt		s = looked_up();
	RsdEvent	ev = lookup_says(RSD_EV_NOT_YET);
	RsdStep		out;

	ok(s.stale && s.call[RSD_CALL_LOOKUP].in_flight, "it is looked up");
	out = step(&s, ev, late);
	ok(out.send == 1u << RSD_CALL_LOOKUP, "on the next page, too");
	ev = lookup_says(RSD_EV_ALIVE);
	ev.age = RSD_TOKEN_LIFE - SECOND;
	out = step(&s, ev, late);
	ok(s.status == RSD_RUNNING && out.record &&
	   (out.send & (1u << RSD_CALL_DESCRIBE)), "found, it is asked about");
	is_int(s.accepted_at, NOW + SECOND, "accepted when the service says");

	s = looked_up();
	ev = lookup_says(RSD_EV_RETRY);
	ev.not_executed = true;
	step(&s, ev, late);
	ok(s.status == RSD_SUBMITTING, "a lookup that failed tells nothing");
	is_int(rsd_stmt_due(&s), s.call[RSD_CALL_LOOKUP].due, "it comes again");
	out = step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, s.call[RSD_CALL_LOOKUP].due);
	ok(out.send == 1u << RSD_CALL_LOOKUP, "as a lookup");
	step(&s, lookup_says(RSD_EV_DENIED), late);
	ok(s.status == RSD_SUBMITTING, "nor one that is not allowed");
	step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, NOW + RSD_LOOKUP_LIFE);
	ok(s.status == RSD_ORPHANED, "until it is given up");

	s = looked_up();
	step(&s, lookup_says(RSD_EV_REFUSED), late);
	ok(s.status == RSD_ORPHANED, "a refused lookup leaves an orphan");
	s = looked_up();
	step(&s, (RsdEvent) {.kind = RSD_EV_WISH}, late);
	out = step(&s, lookup_says(RSD_EV_NOT_THERE), late);
	ok(s.status == RSD_ORPHANED && out.reason != NULL,
	   "not found, it is not known to be cancelled: %s", out.reason);
}

/* What was not delivered is asked for again, as long as it is kept. */
static void
test_refetch(void)
{
	static const RsdStatus ends[] = {RSD_UNDELIVERED, RSD_EXPIRED};

	for (int i = 0; i < 2; i++)
	{
		RsdStmt		s;
		RsdStep		out;

		memset(&s, 0, sizeof(s));
		s.fetch = s.describe_always = true;
		s.status = ends[i];
		s.expires_at = NOW;
		s.wish = RSD_WISH_CANCEL;
		out = step(&s, (RsdEvent) {.kind = RSD_EV_REFETCH}, s.expires_at);
		ok(s.status == ends[i] && out.send == 0, "too late");
		out = step(&s, (RsdEvent) {.kind = RSD_EV_REFETCH}, s.expires_at - 1);
		ok(s.status == RSD_FETCHING && out.record && s.wish == RSD_WISH_NONE &&
		   out.send == (1u << RSD_CALL_RESULT | 1u << RSD_CALL_DESCRIBE),
		   "fetching again");
		ok(rsd_stmt_may_move(ends[i], RSD_FETCHING) &&
		   !rsd_stmt_may_move(ends[i], ends[i]) &&
		   !rsd_stmt_may_move(ends[i], RSD_QUEUED), "that way alone");
	}
}

/* Taken up again by a user, it goes on with what there is for a loader. */
static void
test_refetch_load(void)
{
	static const struct
	{
		bool		target;
		bool		fetch;
		RsdTri		has_result;
		RsdStatus	status;
		const char *name;
	}			cases[] = {
		{false, true, RSD_TRI_NO, RSD_LOADING, "local SQL, no result"},
		{false, false, RSD_TRI_YES, RSD_LOADING, "local SQL, no rows wanted"},
		{false, true, RSD_TRI_YES, RSD_FETCHING, "local SQL, rows to keep"},
		{true, true, RSD_TRI_YES, RSD_FETCHING, "rows for a target"},
		{true, true, RSD_TRI_NO, RSD_UNDELIVERED, "none for a target"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		RsdStmt		s;
		RsdStep		out;

		memset(&s, 0, sizeof(s));
		s.status = RSD_UNDELIVERED;
		s.loader = true;
		s.target = cases[i].target;
		s.fetch = cases[i].fetch;
		s.has_result = cases[i].has_result;
		s.expires_at = NOW + 1;
		out = step(&s, (RsdEvent) {.kind = RSD_EV_REFETCH}, NOW);
		ok(s.status == cases[i].status, "%s: goes on", cases[i].name);
		ok(((out.send & (1u << RSD_CALL_RESULT)) != 0) ==
		   (s.status == RSD_FETCHING && !s.target),
		   "%s: asks for rows only if it keeps them", cases[i].name);
		if (s.status != RSD_LOADING)
			continue;
		out = step(&s, (RsdEvent) {.kind = RSD_EV_RECOVERED}, NOW);
		ok(s.status == RSD_LOADING && (out.send & (1u << RSD_CALL_RESULT)) == 0,
		   "%s: also with another worker", cases[i].name);
	}
}

int
main(void)
{
	test_lookup();
	test_refetch();
	test_refetch_load();
	return tap_done();
}
