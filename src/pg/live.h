/*
 * live.h
 *	  One statement in the worker's memory, from claim to end.
 *
 * The machine's value (stmt_fsm.h) with the texts and numbers around it, as
 * rsdata.statement and rsdata.part have them.  Text that goes to or comes
 * from the service is UTF-8 here; the files store_*.c convert.
 */
#ifndef RSD_PG_LIVE_H
#define RSD_PG_LIVE_H

#include "lib/ilist.h"

#include "aws/dataapi.h"
#include "aws/resultset.h"
#include "pg/flight.h"
#include "pg/route.h"
#include "pg/target.h"
#include "stmt/stmt_proto.h"

typedef struct RsdLive
{
	int64		id;
	Oid			owner;
	Oid			server;
	RsdRoute   *route;
	MemoryContext cx;			/* holds this struct and its strings */
	RsdStmt		m;

	/* as submitted; sql and params only until the service has them */
	char	   *token;
	char	   *name;			/* StatementName: rsdata/<token>/<label> */
	char	   *sql;			/* NULL: a batch */
	char	  **sqls;			/* of a batch, as many as it has parts */
	struct RsdParts *parts;		/* of a batch (parts.h), else NULL */
	RsdParam   *params;
	int			nparams;
	bool		with_event;
	char	   *label;			/* database's encoding, like the next three */
	char	   *channel;
	char	   *success_topic;
	char	   *failure_topic;
	RsdTarget	target;			/* of a single statement; its name, like the
								 * next, in the database's encoding */
	char	   *then_sql;		/* NULL none */
	char	   *session;		/* its name, in the database's encoding, or
								 * NULL */
	int			keep_alive;		/* of that session, seconds; 0 not said */
	unsigned	retry_on;		/* RSD_CAUSE_... of option retry_on */
	bool		csv;			/* the result's format */
	bool		empty_as_null;	/* of CSV */
	int64		max_rows;		/* 0 no limit */
	int64		max_bytes;

	/* what is known of its session (rsdata.session) */
	char		session_id[RSD_ID_SIZE];	/* "" none */
	char	   *session_place;
	int64		session_expires;
	int			session_keep_alive;
	int			session_refused;	/* in a row */
	bool		session_lost;	/* is to be forgotten */

	/* as the service told */
	char		aws_id[RSD_ID_SIZE];
	char		aws_session_id[RSD_ID_SIZE];
	char		aws_status[32];
	char		query_uuid[64];
	char	   *error;			/* UTF-8, in cx */
	const char *sqlstate;		/* static, or NULL */
	char	   *wait_detail;	/* UTF-8, in cx */
	int64		pid;			/* numbers: -1 unknown */
	int64		query_id;
	int64		duration_ns;
	int64		rows_affected;
	int64		result_bytes;
	int64		last_contact;	/* Unix microseconds; 0 none */
	int64		finished_at;
	int			attempts;		/* execute requests sent */

	/* the lookup's progress, once the token is too old */
	char	   *lookup_token;	/* asks for the next page; "" the first */

	/* the result's progress; of a batch, that of the current part */
	char	   *next_token;		/* asks for the next page; "" the first */
	bool		has_part;		/* there is a row in rsdata.part */
	int			ncolumns;		/* -1 before the first page */
	int			pages_done;
	int			chunks;			/* rows of rsdata.page committed */
	int			chunks_written; /* the same with those of the open write */
	int64		rows_done;
	int64		rows_total;		/* -1 unknown */
	int64		bytes_done;

	/* a page in hand, not yet written; its slices point into body */
	bool		has_page;
	RsdBuf		body;
	RsdPage		page;

	/* a loader at work for it */
	struct RsdLoad *load;		/* NULL none */
	int64		load_after;		/* when its load wants a turn; 0 = when
								 * something happens */
	unsigned	load_checked;	/* changes of the driver when it had to wait */
	bool		mute;			/* deliver without NOTIFY */
	char		load_sqlstate[6];

	/* calls */
	RsdFlight	flight[RSD_NCALL];
	int			waits[RSD_NCALL];	/* WaitTimeSeconds asked for */
	unsigned	signed_with[RSD_NCALL]; /* the source's generation of keys */
	unsigned	mended;			/* bit per RsdCall: repeated with a better
								 * clock or better keys, and not answered well
								 * since */
	unsigned	to_send;		/* bit per RsdCall, decided but not sent */
	int			wait_seconds;	/* for the EXECUTE or DESCRIBE among them */
	int64		page_wanted;	/* since when it wants a page; 0 it does not */
	int64		page_weight;	/* scratch of fetch_turn.c */
	int64		held_since[RSD_NCALL];	/* decided, but without a token; 0 no */
	int64		held_until[RSD_NCALL];	/* when to ask for one again */

	/* the driver's bookkeeping */
	struct RsdDriver *driver;
	RsdStmt		recorded;		/* the machine as the row has it */
	char	   *spent_token;	/* of a run that failed, not yet written */
	bool		dirty;			/* the row must be written */
	bool		gone;			/* the row was not there any more */
	const char *publish_to;		/* topic its end is published to, or NULL */
	int64		kept_bytes;		/* of its result, once it has ended */
	int64		next_attempt;	/* to show: when a failed call comes again */
	int64		record_after;	/* after a failed write: not before */
	dlist_node	node;
} RsdLive;

/* A queued row that may be due for a claim. */
typedef struct RsdQueued
{
	int64		id;
	Oid			server;
	Oid			owner;
	bool		unwanted;		/* a cancel is recorded */
	bool		held;			/* its row says that there is no way */
} RsdQueued;

#endif							/* RSD_PG_LIVE_H */
