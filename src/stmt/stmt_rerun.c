/*
 * stmt_rerun.c
 *	  Running a statement again that failed in a way that may pass.
 *
 * Redshift has ended it and committed nothing, so it may run as if it had
 * never been sent: by a token of its own, because the service would answer
 * the old one with the old failure.
 */
#include "stmt/stmt_rerun.h"

#include <string.h>

#include "base/retry.h"

/* The delay before it, milliseconds: from, to. */
#define RERUN_BASE_MS		1000
#define RERUN_CAP_MS		60000

bool
rsd_stmt_may_rerun(const RsdStmt *s)
{
	return s->passing && s->reruns_left > 0 && s->wish == RSD_WISH_NONE &&
		s->status == RSD_RUNNING;
}

void
rsd_stmt_rerun(RsdStmt *s, int64_t now, const RsdEnv *env)
{
	s->status = RSD_QUEUED;
	s->verdict = RSD_VERDICT_NONE;
	s->has_result = RSD_TRI_UNKNOWN;
	s->described = s->passing = s->cancel_taken = s->part_lost = false;
	s->polls = 0;
	s->first_sent_at = s->accepted_at = s->timeout_at = s->expires_at = 0;
	memset(s->call, 0, sizeof(s->call));
	s->reruns_left--;
	s->runs++;
	s->call[RSD_CALL_EXECUTE].failures = s->runs;
	s->call[RSD_CALL_EXECUTE].due = now +
		rsd_backoff_delay(env, s->runs, RERUN_BASE_MS, RERUN_CAP_MS) *
		INT64_C(1000);
	s->wait = RSD_WAIT_BACKOFF;
}
