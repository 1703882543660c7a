/*
 * parts.h
 *	  The parts of a batch in the worker's memory: what became of each, and
 *	  which one's rows are being fetched.
 *
 * The machine (stmt_fsm.h) counts the parts that are left; which they are is
 * known here.  While a part is fetched, the progress of its result is in
 * RsdLive, as that of a single statement is.  No transaction, no tables:
 * store_parts.h reads and writes them.
 */
#ifndef RSD_PG_PARTS_H
#define RSD_PG_PARTS_H

#include "pg/live.h"
#include "pg/talk.h"

typedef struct RsdPart
{
	bool		known;			/* there is, or will be, a row of it */
	bool		dirty;			/* the row must be written */
	bool		fetched;		/* its last page is in hand */
	bool		lost;			/* its rows cannot be delivered */
	RsdTarget	target;			/* that its rows go to; no name: they are kept */
	RsdStatus	outcome;		/* as the service told; FETCHING: it has rows */
	RsdStatus	status;			/* as the row shows it */

	/* as the service told */
	char		aws_id[RSD_ID_SIZE];
	char		query_uuid[64];
	RsdTri		has_result;
	int64		query_id;		/* numbers: -1 unknown */
	int64		duration_ns;
	int64		rows_affected;
	int64		result_bytes;
	char	   *error;			/* UTF-8, in the statement's context */
	const char *sqlstate;		/* static, or NULL */

	/* the result's progress; of the current one RsdLive has it */
	char	   *next_token;		/* "" the first page, or none follows */
	int			ncolumns;		/* -1 before the first page */
	int			pages_done;
	int			chunks;
	int64		rows_done;
	int64		rows_total;		/* -1 unknown */
	int64		bytes_done;
} RsdPart;

typedef struct RsdParts
{
	int			n;
	int			current;		/* index of the one being fetched, or -1 */
	bool		over;			/* it is done with: go on when its page is
								 * gone */
	bool		auto_commit;
	int			blamed;			/* number of the part that a loader could not
								 * load; 0 none */
	char	   *error;			/* of the batch as a whole: UTF-8, or NULL */
	RsdPart    *part;			/* n of them */
} RsdParts;

/* The sums over all parts; numbers are -1 if unknown. */
typedef struct RsdTotals
{
	int			pages_done;
	int64		rows_done;
	int64		rows_total;
	int64		rows_affected;
	int64		result_bytes;
} RsdTotals;

/* Makes live a batch of n parts of which nothing is known. */
extern void rsd_parts_create(RsdLive *live, int n, bool auto_commit);

/*
 * Takes what a description says about the parts.  If the batch has ended,
 * completes the event of *news: parts left to fetch, result sets, the words
 * of the failure; a description that does not tell of all parts becomes one
 * to be asked for again.
 */
extern void rsd_parts_hear(RsdLive *live, const RsdDescribeReply *said,
						   RsdNews *news);

/* The current part is done with; words (UTF-8) say why it is lost. */
extern void rsd_parts_over(RsdLive *live, RsdPartEnd how, const char *words,
						   const char *sqlstate);

/*
 * The statement has ended: gives each part its final status.  Returns the
 * words for the statement (in its context, or words), and sets *sqlstate if
 * a part's is the better one.
 */
extern const char *rsd_parts_settle(RsdLive *live, const char *words,
									const char **sqlstate);

/* All of it is written: goes on to the next part if the current is over. */
extern void rsd_parts_written(RsdLive *live);

/* The page in hand was given away: goes on likewise. */
extern void rsd_parts_go_on(RsdLive *live);

/*
 * Goes to the first part whose rows are wanted, those that are kept before
 * those for targets.
 */
extern void rsd_parts_choose(RsdLive *live);

/* The id whose result is asked for: of the part, or of the statement. */
extern const char *rsd_parts_result_id(const RsdLive *live);

/* The number of the part being fetched; 1 for a single statement. */
extern int	rsd_parts_number(const RsdLive *live);

/* Copies the progress in live to the current part. */
extern void rsd_parts_sync(RsdLive *live);

/* The sums to be shown for a statement, batch or not. */
extern void rsd_parts_totals(const RsdLive *live, RsdTotals *totals);

/*
 * How many parts have finished, and how many have not, of a statement that
 * ends with this status.
 */
extern void rsd_parts_count(const RsdLive *live, RsdStatus status,
							int *finished, int *failed);

#endif							/* RSD_PG_PARTS_H */
