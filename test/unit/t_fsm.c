/*
 * t_fsm.c
 *		The state machine: every status with every event, against a table of
 *		what must come of it; its promises on random walks; its races told as
 *		stories.
 */
#include "stmt/stmt_load.h"
#include "stmt/stmt_plan.h"
#include "t_fsm.h"

/* ---- the table ---- */

/* An event as the table means it, from the call usual in a status. */
static RsdEvent
usual_event(RsdEventKind kind, RsdStatus status)
{
	static const RsdCall calls[RSD_NLIVE] = {
		[RSD_QUEUED] = RSD_CALL_EXECUTE,
		[RSD_SUBMITTING] = RSD_CALL_EXECUTE,
		[RSD_RUNNING] = RSD_CALL_DESCRIBE,
		[RSD_FETCHING] = RSD_CALL_RESULT,
		[RSD_LOADING] = RSD_CALL_RESULT,
	};
	RsdEvent	ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = kind;
	ev.call = calls[status];
	ev.from_call = kind != RSD_EV_DUE && kind != RSD_EV_CLAIMED &&
		kind != RSD_EV_RECOVERED && kind != RSD_EV_HELD &&
		kind != RSD_EV_WISH && kind != RSD_EV_SKIP &&
		kind != RSD_EV_REFETCH && kind < RSD_EV_TURN;
	if (kind == RSD_EV_NOT_YET || kind == RSD_EV_NOT_THERE)
		ev.call = RSD_CALL_LOOKUP;
	if (kind == RSD_EV_CANCEL_TAKEN || kind == RSD_EV_CANCEL_LATE)
		ev.call = RSD_CALL_CANCEL;
	ev.verdict = RSD_VERDICT_FINISHED;
	ev.has_result = RSD_TRI_YES;
	ev.described = true;
	ev.not_executed = true;
	ev.wait = RSD_WAIT_BACKOFF;
	return ev;
}

/* What each event does in each status; "." leaves the status as it is. */
static const struct
{
	RsdEventKind kind;
	const char *name;
	const char *to[RSD_NLIVE];	/* queued submitting running fetching loading */
}			table[RSD_NEVENT] = {
	{RSD_EV_DUE, "due", {".", ".", ".", ".", "."}},
	{RSD_EV_CLAIMED, "claimed", {"submitting", ".", ".", ".", "."}},
	{RSD_EV_RECOVERED, "recovered", {".", ".", ".", ".", "fetching"}},
	{RSD_EV_HELD, "held", {".", ".", ".", ".", "."}},
	{RSD_EV_WISH, "wish", {"cancelled", ".", ".", ".", "."}},
	{RSD_EV_SKIP, "skip", {"skipped", ".", ".", ".", "."}},
	{RSD_EV_REFETCH, "refetch", {".", ".", ".", ".", "."}},
	{RSD_EV_ALIVE, "alive", {".", "running", ".", ".", "."}},
	{RSD_EV_ENDED, "ended", {".", "fetching", "fetching", ".", "."}},
	{RSD_EV_PAGE, "page", {".", ".", ".", ".", "."}},
	{RSD_EV_LAST_PAGE, "last page", {".", ".", ".", "finished", "."}},
	{RSD_EV_BAD_RESULT, "bad result", {".", "undelivered", "undelivered", "undelivered", "undelivered"}},
	{RSD_EV_CANCEL_TAKEN, "cancel taken", {".", ".", ".", ".", "."}},
	{RSD_EV_CANCEL_LATE, "cancel late", {".", ".", ".", ".", "."}},
	{RSD_EV_RETRY, "retry", {".", "queued", ".", ".", "."}},
	{RSD_EV_NO_LONG_POLL, "no long poll", {".", ".", ".", ".", "."}},
	{RSD_EV_DENIED, "denied", {".", "failed", ".", ".", "."}},
	{RSD_EV_GONE, "gone", {".", "failed", ".", ".", "."}},
	{RSD_EV_REFUSED, "refused", {"failed", "failed", ".", "undelivered", "undelivered"}},
	{RSD_EV_NOT_YET, "not yet", {".", ".", ".", ".", "."}},
	{RSD_EV_NOT_THERE, "not there", {".", "orphaned", ".", ".", "."}},
	{RSD_EV_TURN, "turn", {".", ".", ".", ".", "."}},
	{RSD_EV_ROOM, "room", {".", ".", ".", ".", "."}},
	{RSD_EV_LOADED, "loaded", {".", ".", ".", ".", "finished"}},
	{RSD_EV_LOAD_FAILED, "load failed", {".", ".", ".", "undelivered", "undelivered"}},
	{RSD_EV_LOAD_AGAIN, "load again", {".", ".", ".", ".", "fetching"}},
};

static void
test_table(void)
{
	for (int e = 0; e < RSD_NEVENT; e++)
	{
		ok((int) table[e].kind == e, "event %d stands in its place", e);
		for (int st = 0; st < RSD_NLIVE; st++)
		{
			RsdStmt		s = in_status((RsdStatus) st);
			const char *want = table[e].to[st];

			if (strcmp(want, ".") == 0)
				want = rsd_status_name((RsdStatus) st);
			step(&s, usual_event((RsdEventKind) e, (RsdStatus) st), NOW);
			is_str(rsd_status_name(s.status), want, "%s in %s",
				   table[e].name, rsd_status_name((RsdStatus) st));
		}
	}
}

/* Can its rows be asked for once more? */
static bool
may_be_fetched_again(int status, int event)
{
	return event == RSD_EV_REFETCH &&
		(status == RSD_UNDELIVERED || status == RSD_EXPIRED);
}

/* An ended statement is never touched again, but on a user's wish. */
static void
test_final(void)
{
	int			changed = 0;

	for (int st = RSD_NLIVE; st < RSD_NSTATUS; st++)
	{
		for (int e = 0; e < RSD_NEVENT; e++)
		{
			RsdStmt		s = in_status(RSD_RUNNING);
			RsdStmt		before;
			RsdStep		out;

			if (may_be_fetched_again(st, e))
				continue;
			s.status = (RsdStatus) st;
			before = s;
			out = step(&s, usual_event((RsdEventKind) e, RSD_RUNNING), NOW);
			changed += memcmp(&before, &s, sizeof(s)) != 0 || out.send != 0 ||
				out.record || out.ended;
		}
	}
	is_int(changed, 0, "no event moves an ended statement");
}

/* ---- promises, on random walks ---- */

static uint64_t dice_state = 42;

static unsigned
dice(unsigned sides)
{
	dice_state = dice_state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return (unsigned) (dice_state >> 33) % sides;
}

static RsdEvent
random_event(bool target)
{
	RsdEvent	ev;

	memset(&ev, 0, sizeof(ev));
	ev.kind = (RsdEventKind) dice(RSD_NEVENT);
	ev.call = (RsdCall) dice(RSD_NCALL);
	ev.from_call = ev.kind > RSD_EV_REFETCH && ev.kind < RSD_EV_TURN &&
		(dice(8) != 0 || ev.kind != RSD_EV_REFUSED);
	ev.not_executed = dice(2) == 0;
	ev.no_limit = dice(2) == 0;
	ev.unreadable = dice(2) == 0;
	ev.early = dice(2) == 0;
	ev.passing = dice(2) == 0;
	ev.described = ev.call == RSD_CALL_DESCRIBE;
	ev.verdict = (RsdVerdict) (1 + dice(3));
	ev.has_result = (RsdTri) dice(3);
	ev.parts_left = (int) dice(4);
	ev.loads_left = target ? (int) dice(3) : 0;
	ev.part_lost = target && dice(8) == 0;
	ev.wait = RSD_WAIT_BACKOFF;
	return ev;
}

/* A reply can only come from a call that is in flight. */
static bool
possible(const RsdStmt *s, const RsdEvent *ev)
{
	if (ev->from_call && !s->call[ev->call].in_flight)
		return false;
	if (ev->kind == RSD_EV_RECOVERED)
		return false;
	if (ev->kind == RSD_EV_TURN)
		return rsd_stmt_load_wanted(s, NOW + 1000000 * SECOND);
	if (ev->kind == RSD_EV_ROOM)
		return s->full;
	if (ev->kind == RSD_EV_LOADED)
		return rsd_stmt_load_complete(s);
	if (ev->kind > RSD_EV_ROOM)
		return s->turn;
	return ev->kind != RSD_EV_CLAIMED || s->status == RSD_QUEUED;
}

static const char *
broken_promise(const RsdStmt *before, const RsdStmt *s, const RsdStep *out,
			   int64_t now)
{
	bool		live = !rsd_status_is_final(s->status);
	bool		waiting = rsd_stmt_due(s) != 0 || s->full ||
		rsd_stmt_load_wanted(s, INT64_MAX) || rsd_stmt_load_complete(s);

	for (int c = 0; c < RSD_NCALL; c++)
		waiting |= s->call[c].in_flight;
	if (!rsd_stmt_may_move(before->status, s->status) &&
		before->status != s->status)
		return "a move that is not allowed";
	if (out->ended == live)
		return "ended and live at once";
	if (out->ended && !out->record)
		return "an end that is not recorded";
	if (out->ended && out->send != 0)
		return "a call after the end";
	if (before->status != s->status && !out->record &&
		s->status != RSD_SUBMITTING && s->verdict == RSD_VERDICT_NONE)
		return "a status that is not recorded";
	if ((out->send & (1u << RSD_CALL_EXECUTE)) && s->status != RSD_SUBMITTING)
		return "execute of an accepted statement";
	if ((out->send & (1u << RSD_CALL_EXECUTE)) &&
		now >= s->first_sent_at + RSD_TOKEN_LIFE)
		return "execute with a token that is too old";
	if ((out->send & (1u << RSD_CALL_LOOKUP)) && s->status != RSD_SUBMITTING)
		return "lookup of an accepted statement";
	if (s->status == RSD_QUEUED && before->stale)
		return "queued, but too old to be sent";
	if ((out->send & (1u << RSD_CALL_RESULT)) && s->batch &&
		(!s->described || s->parts_left + s->loads_left <= 0))
		return "fetch of a part that nobody knows of";
	if (s->batch && out->part != RSD_PART_GOES_ON &&
		s->parts_left + s->loads_left !=
		before->parts_left + before->loads_left - 1)
		return "a part that is not counted";
	if (!s->batch && (out->part != RSD_PART_GOES_ON || s->parts_left != 0 ||
					  s->loads_left != 0))
		return "a part of what has no parts";
	if (s->batch && out->ended && s->verdict != RSD_VERDICT_NONE &&
		(s->status == RSD_FINISHED || s->status == RSD_FAILED) &&
		(!s->described || s->parts_left > 0 || s->loads_left > 0))
		return "a batch that ends before its parts";
	if (s->batch && s->loads > 0 && out->ended && s->left != RSD_LOADING &&
		(s->status == RSD_FINISHED || s->status == RSD_FAILED ||
		 s->status == RSD_CANCELLED || s->status == RSD_TIMED_OUT))
		return "a verdict on a batch whose targets are not filled";
	if ((out->send & (1u << RSD_CALL_RESULT)) && s->status != RSD_FETCHING &&
		s->status != RSD_LOADING)
		return "fetch without a result";
	if ((out->send & (1u << RSD_CALL_RESULT)) && rsd_stmt_load_pages(s) &&
		(!s->turn || s->full))
		return "fetch for a loader that is not there, or has no room";
	if (s->status == RSD_FINISHED && s->loader && s->left != RSD_LOADING)
		return "finished without its loader";
	if (s->status == RSD_LOADING && !s->loader)
		return "loading without need";
	if ((out->send & (1u << RSD_CALL_CANCEL)) &&
		(s->status != RSD_RUNNING || s->wish == RSD_WISH_NONE))
		return "cancel that nobody asked for";
	if (out->rerun && (s->status != RSD_QUEUED || s->first_sent_at != 0 ||
					   before->reruns_left <= 0 ||
					   before->wish != RSD_WISH_NONE))
		return "a rerun that was not asked for";
	if (before->status == RSD_RUNNING && s->status == RSD_QUEUED &&
		!out->rerun)
		return "queued again under a token that is spent";
	if (s->status == RSD_QUEUED && s->unsure)
		return "queued, but perhaps sent";
	if (live && s->status != RSD_QUEUED && !waiting)
		return "stuck";
	return NULL;
}

static void
test_walks(void)
{
	const char *broken = NULL;
	int			ends[RSD_NSTATUS] = {0};

	for (int walk = 0; walk < 20000 && broken == NULL; walk++)
	{
		RsdStmt		s = in_status(RSD_QUEUED);
		int64_t		now = NOW;

		s.batch = dice(2) == 0;
		s.fetch = dice(4) != 0;
		s.target = s.fetch && dice(3) == 0;
		s.loader = s.target || dice(4) == 0;
		s.describe_always = dice(2) == 0;
		s.reruns_left = (int) dice(3);
		for (int i = 0; i < 200 && broken == NULL; i++)
		{
			RsdEvent	ev = random_event(s.target);
			RsdStmt		before = s;
			RsdStep		out;

			now += (int64_t) dice(100) == 0 ? 3600 * SECOND : SECOND / 2;
			if (!possible(&s, &ev) || rsd_status_is_final(s.status))
				continue;

			/* else few walks would come far */
			if ((ev.kind == RSD_EV_WISH || ev.kind == RSD_EV_SKIP) &&
				dice(16) != 0)
				continue;
			out = step(&s, ev, now);
			broken = broken_promise(&before, &s, &out, now);
			if (broken != NULL)
				printf("# event %d call %d in %s\n", (int) ev.kind,
					   (int) ev.call, rsd_status_name(before.status));
		}
		ends[s.status]++;
	}
	is_str(broken ? broken : "", "", "no promise is broken on random walks");
	for (int st = RSD_FINISHED; st < RSD_NSTATUS; st++)
	{
		ok(ends[st] > 0, "some walks end as %s (%d)",
		   rsd_status_name((RsdStatus) st), ends[st]);
	}
}

/* ---- stories ---- */

/* Two requests on the critical path: execute, then describe beside fetch. */
static void
test_quick_query(void)
{
	RsdStmt		s = in_status(RSD_QUEUED);
	RsdStep		out;

	out = step(&s, (RsdEvent) {.kind = RSD_EV_CLAIMED}, NOW);
	ok(out.send == 1u << RSD_CALL_EXECUTE && out.wait_seconds == 1,
	   "a claim sends execute, asking to be held");
	out = step(&s, ended(RSD_CALL_EXECUTE, RSD_VERDICT_FINISHED, RSD_TRI_YES),
			   NOW);
	ok(SENDS(out, RSD_CALL_RESULT) && SENDS(out, RSD_CALL_DESCRIBE),
	   "a finished query is fetched and described at once");
	ok(!out.record, "nothing is written in between");
	out = step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	ok(!out.ended, "rows without the description do not end it");
	out = step(&s, ended(RSD_CALL_DESCRIBE, RSD_VERDICT_FINISHED, RSD_TRI_YES),
			   NOW);
	ok(out.ended && s.status == RSD_FINISHED, "both end it");

	s = in_status(RSD_SUBMITTING);
	s.describe_always = false;
	out = step(&s, ended(RSD_CALL_EXECUTE, RSD_VERDICT_FINISHED, RSD_TRI_YES),
			   NOW);
	ok(!SENDS(out, RSD_CALL_DESCRIBE), "describe 'needed' asks for no details");
	out = step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	ok(out.ended && s.status == RSD_FINISHED, "and ends with the last page");
}

static void
test_no_result(void)
{
	RsdStmt		s = in_status(RSD_SUBMITTING);
	RsdStep		out;

	s.describe_always = false;
	out = step(&s, ended(RSD_CALL_EXECUTE, RSD_VERDICT_FINISHED, RSD_TRI_NO),
			   NOW);
	ok(SENDS(out, RSD_CALL_DESCRIBE) && !SENDS(out, RSD_CALL_RESULT),
	   "without a result set only the rows affected are asked for");
	out = step(&s, ended(RSD_CALL_DESCRIBE, RSD_VERDICT_FINISHED, RSD_TRI_NO),
			   NOW);
	is_str(rsd_status_name(s.status), "finished", "and it finishes");

	s = in_status(RSD_RUNNING);
	out = step(&s, ended(RSD_CALL_DESCRIBE, RSD_VERDICT_FAILED, RSD_TRI_UNKNOWN),
			   NOW);
	is_str(rsd_status_name(s.status), "failed", "a failure ends it");
	s = in_status(RSD_SUBMITTING);
	out = step(&s, ended(RSD_CALL_EXECUTE, RSD_VERDICT_FAILED, RSD_TRI_UNKNOWN),
			   NOW);
	ok(!out.ended && SENDS(out, RSD_CALL_DESCRIBE),
	   "a failure told by execute is asked for its words first");
}

static void
test_cancel(void)
{
	RsdStmt		s = in_status(RSD_RUNNING);
	RsdEvent	wish = {.kind = RSD_EV_WISH};
	RsdStep		out;

	out = step(&s, wish, NOW);
	ok(out.send == 1u << RSD_CALL_CANCEL && out.record,
	   "a wish is recorded and sends cancel beside the parked describe");
	step(&s, reply(RSD_EV_CANCEL_TAKEN, RSD_CALL_CANCEL), NOW);
	is_str(rsd_status_name(s.status), "running",
		   "a cancel that was taken is not believed yet");
	step(&s, ended(RSD_CALL_DESCRIBE, RSD_VERDICT_ABORTED, RSD_TRI_UNKNOWN), NOW);
	is_str(rsd_status_name(s.status), "cancelled", "ABORTED confirms it");

	s = in_status(RSD_RUNNING);
	step(&s, wish, NOW);
	out = step(&s, reply(RSD_EV_CANCEL_LATE, RSD_CALL_CANCEL), NOW);
	out = step(&s, ended(RSD_CALL_DESCRIBE, RSD_VERDICT_FINISHED, RSD_TRI_YES),
			   NOW);
	ok(SENDS(out, RSD_CALL_RESULT), "a finish that wins the race is fetched");
	step(&s, reply(RSD_EV_LAST_PAGE, RSD_CALL_RESULT), NOW);
	is_str(rsd_status_name(s.status), "finished", "and stays finished");

	s = in_status(RSD_SUBMITTING);
	out = step(&s, wish, NOW);
	ok(out.send == 0, "nothing can be cancelled before it has an id");
	out = step(&s, reply(RSD_EV_ALIVE, RSD_CALL_EXECUTE), NOW);
	ok(SENDS(out, RSD_CALL_CANCEL), "with the id the cancel goes out");
	out = step(&s, reply(RSD_EV_CANCEL_TAKEN, RSD_CALL_CANCEL), NOW);
	step(&s, reply(RSD_EV_ALIVE, RSD_CALL_DESCRIBE), NOW + 30 * SECOND);
	is_str(rsd_wait_name(s.wait), "cancel_unconfirmed",
		   "a cancel without effect is shown");
	ok(s.call[RSD_CALL_CANCEL].in_flight, "and repeated");

	s = in_status(RSD_RUNNING);
	step(&s, ended(RSD_CALL_DESCRIBE, RSD_VERDICT_ABORTED, RSD_TRI_UNKNOWN), NOW);
	is_str(rsd_status_name(s.status), "failed",
		   "ABORTED without our wish is a failure");
}

static void
test_timeout(void)
{
	RsdStmt		s = in_status(RSD_SUBMITTING);
	RsdEvent	held = reply(RSD_EV_ALIVE, RSD_CALL_EXECUTE);
	RsdStep		out;

	held.age = SECOND;
	step(&s, held, NOW + 51 * SECOND);
	is_int(s.timeout_at, NOW + 150 * SECOND,
		   "the timeout counts from the accepted execute, not its reply");
	is_int(rsd_stmt_due(&s), NOW + 150 * SECOND, "and sets the alarm");
	out = step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, NOW + 150 * SECOND);
	ok(SENDS(out, RSD_CALL_CANCEL) && out.record, "it cancels");
	step(&s, ended(RSD_CALL_DESCRIBE, RSD_VERDICT_ABORTED, RSD_TRI_UNKNOWN),
		 NOW + 151 * SECOND);
	is_str(rsd_status_name(s.status), "timed_out", "and ends when confirmed");

	s = in_status(RSD_QUEUED);
	step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, s.deadline_at);
	is_str(rsd_status_name(s.status), "expired", "a deadline ends a queued one");
}

/* Whatever may have been sent is sent again with its token, in its time. */
static void
test_doubt(void)
{
	RsdStmt		s = in_status(RSD_SUBMITTING);
	RsdEvent	lost = reply(RSD_EV_RETRY, RSD_CALL_EXECUTE);
	RsdEvent	refused = reply(RSD_EV_RETRY, RSD_CALL_EXECUTE);
	RsdStep		out;

	refused.not_executed = true;
	step(&s, lost, NOW);
	ok(s.status == RSD_SUBMITTING && s.unsure, "a lost reply leaves a doubt");
	out = step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, NOW + 60 * SECOND);
	ok(SENDS(out, RSD_CALL_EXECUTE), "it is sent again");
	step(&s, refused, NOW + 61 * SECOND);
	ok(s.status == RSD_SUBMITTING,
	   "a later attempt that surely failed does not remove the doubt");
	out = step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, NOW + RSD_TOKEN_LIFE);
	ok(s.status == RSD_SUBMITTING && out.send == 1u << RSD_CALL_LOOKUP,
	   "after the token's life it is looked up, never sent");

	s = in_status(RSD_SUBMITTING);
	memset(s.call, 0, sizeof(s.call));
	out = step(&s, (RsdEvent) {.kind = RSD_EV_RECOVERED}, NOW + 3600 * SECOND);
	ok(SENDS(out, RSD_CALL_EXECUTE) && s.unsure, "a new worker sends it again");
	s = in_status(RSD_SUBMITTING);
	memset(s.call, 0, sizeof(s.call));
	out = step(&s, (RsdEvent) {.kind = RSD_EV_RECOVERED}, NOW + RSD_TOKEN_LIFE);
	ok(out.send == 1u << RSD_CALL_LOOKUP, "unless it comes too late");

	s = in_status(RSD_SUBMITTING);
	step(&s, refused, NOW);
	ok(s.status == RSD_QUEUED && s.first_sent_at == 0,
	   "what surely was not executed is queued again, unsent");
	s = in_status(RSD_SUBMITTING);
	step(&s, (RsdEvent) {.kind = RSD_EV_WISH}, NOW);
	step(&s, refused, NOW);
	is_str(rsd_status_name(s.status), "cancelled",
		   "and cancelled if that was wished for");
}

/* A failed call is not a failed statement. */
static void
test_patience(void)
{
	RsdStmt		s = in_status(RSD_RUNNING);
	int64_t		now = NOW;
	int64_t		longest = 0;

	for (int i = 0; i < 200; i++)
	{
		RsdEvent	denied = reply(RSD_EV_DENIED, RSD_CALL_DESCRIBE);
		int64_t		due;

		denied.wait = RSD_WAIT_CREDENTIALS;
		step(&s, denied, now);
		due = s.call[RSD_CALL_DESCRIBE].due;
		if (due - now > longest)
			longest = due - now;
		now = due;
		step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, now);
	}
	is_str(rsd_status_name(s.status), "running",
		   "denials after the id is known never end it");
	ok(longest <= 60 * SECOND, "and are asked about once a minute at least");
	s.call[RSD_CALL_DESCRIBE].in_flight = false;
	step(&s, (RsdEvent) {.kind = RSD_EV_DUE}, s.expires_at);
	is_str(rsd_status_name(s.status), "expired", "until the result is gone");

	s = in_status(RSD_RUNNING);
	for (int i = 0; i < 6; i++)
	{
		s.call[RSD_CALL_DESCRIBE].in_flight = true;
		step(&s, reply(RSD_EV_GONE, RSD_CALL_DESCRIBE), NOW);
	}
	is_str(rsd_status_name(s.status), "orphaned",
		   "an id that is unknown again and again is believed to be");
}

/* A call without a token is shown to wait, and stays decided. */
static void
test_held(void)
{
	RsdStmt		s = in_status(RSD_RUNNING);
	RsdEvent	held = {.kind = RSD_EV_HELD, .call = RSD_CALL_DESCRIBE,
	.wait = RSD_WAIT_RATE};
	RsdStep		out;

	out = step(&s, held, NOW);
	ok(s.wait == RSD_WAIT_RATE && out.record, "a held call is shown");
	ok(s.call[RSD_CALL_DESCRIBE].in_flight &&
	   s.call[RSD_CALL_DESCRIBE].failures == 0 && out.send == 0,
	   "it has not failed, and is not decided again");
	out = step(&s, held, NOW);
	ok(!out.record, "once");
	held.wait = RSD_WAIT_NONE;
	out = step(&s, held, NOW);
	ok(s.wait == RSD_WAIT_NONE && out.record, "until it is sent");
	s.wait = RSD_WAIT_CANCEL_UNCONFIRMED;
	held.wait = RSD_WAIT_RATE;
	step(&s, held, NOW);
	ok(s.wait == RSD_WAIT_CANCEL_UNCONFIRMED, "other reasons are stronger");
}

static void
test_polling(void)
{
	RsdStmt		s = in_status(RSD_RUNNING);
	RsdEvent	alive = reply(RSD_EV_ALIVE, RSD_CALL_DESCRIBE);
	RsdStep		out;

	out = step(&s, alive, NOW);
	ok(SENDS(out, RSD_CALL_DESCRIBE) && out.wait_seconds == RSD_DESCRIBE_WAIT,
	   "a held describe is repeated at once");
	alive.early = true;
	out = step(&s, alive, NOW);
	ok(out.send == 0 && s.call[RSD_CALL_DESCRIBE].due > NOW,
	   "one that was not held is polled for");
	s.call[RSD_CALL_DESCRIBE].in_flight = true;
	step(&s, reply(RSD_EV_NO_LONG_POLL, RSD_CALL_DESCRIBE), NOW);
	ok(!s.long_poll, "the service may refuse to hold");
}

int
main(void)
{
	test_table();
	test_final();
	test_walks();
	test_quick_query();
	test_no_result();
	test_cancel();
	test_timeout();
	test_doubt();
	test_patience();
	test_held();
	test_polling();
	return tap_done();
}
