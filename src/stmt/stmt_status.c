/*
 * stmt_status.c
 *	  The words of a statement's state, and which status may follow which.
 */
#include "stmt/stmt_status.h"

#include <stddef.h>
#include <string.h>

static const char *const status_names[RSD_NSTATUS] = {
	[RSD_QUEUED] = "queued",
	[RSD_SUBMITTING] = "submitting",
	[RSD_RUNNING] = "running",
	[RSD_FETCHING] = "fetching",
	[RSD_LOADING] = "loading",
	[RSD_FINISHED] = "finished",
	[RSD_FAILED] = "failed",
	[RSD_CANCELLED] = "cancelled",
	[RSD_TIMED_OUT] = "timed_out",
	[RSD_UNDELIVERED] = "undelivered",
	[RSD_SKIPPED] = "skipped",
	[RSD_EXPIRED] = "expired",
	[RSD_ORPHANED] = "orphaned",
};

static const char *const wait_names[RSD_NWAIT] = {
	[RSD_WAIT_NONE] = NULL,
	[RSD_WAIT_SLOT] = "slot",
	[RSD_WAIT_RATE] = "rate",
	[RSD_WAIT_AFTER] = "after",
	[RSD_WAIT_SESSION] = "session",
	[RSD_WAIT_CREDENTIALS] = "credentials",
	[RSD_WAIT_BACKOFF] = "backoff",
	[RSD_WAIT_WORKER] = "worker",
	[RSD_WAIT_PAUSED] = "paused",
	[RSD_WAIT_LOADER] = "loader",
	[RSD_WAIT_TARGET_LOCK] = "target_lock",
	[RSD_WAIT_CANCEL_UNCONFIRMED] = "cancel_unconfirmed",
	[RSD_WAIT_CONNECTION] = "connection",
};

/* moves[from] has a bit for each status a row may go to. */
#define TO(status)		(1u << (status))
#define TO_ENDS_UNSENT	(TO(RSD_FAILED) | TO(RSD_CANCELLED) | TO(RSD_EXPIRED) | \
						 TO(RSD_ORPHANED))
#define TO_ENDS_SENT	(TO_ENDS_UNSENT | TO(RSD_FINISHED) | \
						 TO(RSD_TIMED_OUT) | TO(RSD_UNDELIVERED))
#define TO_ENDS_FETCHED	(TO(RSD_FINISHED) | TO(RSD_UNDELIVERED) | \
						 TO(RSD_EXPIRED) | TO(RSD_ORPHANED))

/* A batch that did not finish may have parts that did. */
#define TO_ENDS_PARTED	(TO(RSD_FAILED) | TO(RSD_CANCELLED) | \
						 TO(RSD_TIMED_OUT))

static const unsigned moves[RSD_NSTATUS] = {
	[RSD_QUEUED] = TO(RSD_SUBMITTING) | TO(RSD_SKIPPED) | TO_ENDS_UNSENT,
	[RSD_SUBMITTING] = TO(RSD_QUEUED) | TO(RSD_RUNNING) | TO(RSD_FETCHING) |
	TO(RSD_LOADING) | TO_ENDS_SENT,
	[RSD_RUNNING] = TO(RSD_QUEUED) | TO(RSD_FETCHING) | TO(RSD_LOADING) |
	TO_ENDS_SENT,
	[RSD_FETCHING] = TO(RSD_LOADING) | TO_ENDS_FETCHED | TO_ENDS_PARTED,
	[RSD_LOADING] = TO(RSD_FETCHING) | TO_ENDS_FETCHED | TO_ENDS_PARTED,
	[RSD_UNDELIVERED] = TO(RSD_FETCHING) | TO(RSD_LOADING),
	[RSD_EXPIRED] = TO(RSD_FETCHING),
};

bool
rsd_stmt_may_move(RsdStatus from, RsdStatus to)
{
	if (from == to)
		return !rsd_status_is_final(from);
	return (moves[from] & TO(to)) != 0;
}

bool
rsd_status_is_final(RsdStatus status)
{
	return status >= RSD_FINISHED;
}

const char *
rsd_status_name(RsdStatus status)
{
	return status_names[status];
}

bool
rsd_status_parse(const char *word, RsdStatus *status)
{
	for (int i = 0; i < RSD_NSTATUS; i++)
	{
		if (strcmp(word, status_names[i]) == 0)
		{
			*status = (RsdStatus) i;
			return true;
		}
	}
	return false;
}

const char *
rsd_wait_name(RsdWait wait)
{
	return wait_names[wait];
}
