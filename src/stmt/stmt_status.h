/*
 * stmt_status.h
 *	  The words of a statement's state: status and wait reason.
 *
 * The same words stand in the CHECK constraints of rsdata.statement.
 */
#ifndef RSD_STMT_STATUS_H
#define RSD_STMT_STATUS_H

#include <stdbool.h>

/* Status words, in the order of rsd_status_name(); the live ones first. */
typedef enum RsdStatus
{
	RSD_QUEUED,					/* not sent */
	RSD_SUBMITTING,				/* perhaps sent */
	RSD_RUNNING,				/* accepted by the service */
	RSD_FETCHING,				/* finished there, rows under way */
	RSD_LOADING,				/* a loader fills the target */
	RSD_FINISHED,
	RSD_FAILED,
	RSD_CANCELLED,
	RSD_TIMED_OUT,
	RSD_UNDELIVERED,
	RSD_SKIPPED,
	RSD_EXPIRED,
	RSD_ORPHANED
} RsdStatus;

#define RSD_NLIVE		(RSD_LOADING + 1)
#define RSD_NSTATUS		(RSD_ORPHANED + 1)

/* Why an unfinished statement does not move; words of rsd_wait_name(). */
typedef enum RsdWait
{
	RSD_WAIT_NONE,
	RSD_WAIT_SLOT,
	RSD_WAIT_RATE,
	RSD_WAIT_AFTER,
	RSD_WAIT_SESSION,
	RSD_WAIT_CREDENTIALS,
	RSD_WAIT_BACKOFF,
	RSD_WAIT_WORKER,
	RSD_WAIT_PAUSED,
	RSD_WAIT_LOADER,
	RSD_WAIT_TARGET_LOCK,
	RSD_WAIT_CANCEL_UNCONFIRMED,
	RSD_WAIT_CONNECTION
} RsdWait;

#define RSD_NWAIT		(RSD_WAIT_CONNECTION + 1)

/* May a row go from one status to another?  For assertions and tests. */
extern bool rsd_stmt_may_move(RsdStatus from, RsdStatus to);

/* Has a statement of this status ended?  Only a user's wish moves it then. */
extern bool rsd_status_is_final(RsdStatus status);

/* The word stored for a status; static. */
extern const char *rsd_status_name(RsdStatus status);

/* Reverse of rsd_status_name(); false for an unknown word. */
extern bool rsd_status_parse(const char *word, RsdStatus *status);

/* The word stored for a wait reason, NULL for RSD_WAIT_NONE; static. */
extern const char *rsd_wait_name(RsdWait wait);

#endif							/* RSD_STMT_STATUS_H */
