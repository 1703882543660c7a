/*
 * store_sql.h
 *	  The worker's queries over our tables, by name; for the files store*.c.
 */
#ifndef RSD_PG_STORE_SQL_H
#define RSD_PG_STORE_SQL_H

#include "executor/spi.h"

#include "pg/rowio.h"

/* The text of a query and the types of its arguments. */
typedef struct RsdStoreQuery
{
	const char *text;
	int			nargs;
	Oid			args[RSD_MAX_ARGS];
} RsdStoreQuery;

typedef enum RsdStoreSql
{
	RSD_SQL_IDENTITY,
	RSD_SQL_PROMOTE,
	RSD_SQL_TIMELINE,
	RSD_SQL_HAS_OPEN,
	RSD_SQL_UNFINISHED,
	RSD_SQL_PART,
	RSD_SQL_PARTS,
	RSD_SQL_TARGETS,
	RSD_SQL_QUEUED,
	RSD_SQL_JUDGE,
	RSD_SQL_SEEN,
	RSD_SQL_UNSEEN,
	RSD_SQL_PENDING,
	RSD_SQL_FORGET_AFTER,
	RSD_SQL_CLAIM,
	RSD_SQL_ONE_QUEUED,
	RSD_SQL_OVERDUE,
	RSD_SQL_QUEUE_DUE,
	RSD_SQL_HOLD,
	RSD_SQL_LET_GO,
	RSD_SQL_TAKE_CANCELS,
	RSD_SQL_TAKE_RETRIES,
	RSD_SQL_DROP_RESULTS,
	RSD_SQL_REFETCH,
	RSD_SQL_RECORD,
	RSD_SQL_RERUN,
	RSD_SQL_SESSION,
	RSD_SQL_KEEP_SESSION,
	RSD_SQL_REFUSED_SESSION,
	RSD_SQL_DROP_SESSION,
	RSD_SQL_OLD_SESSIONS,
	RSD_SQL_RECORD_PART,
	RSD_SQL_RECORD_PAGE,
	RSD_SQL_EARLIER_LOAD,
	RSD_SQL_SETTLED,
	RSD_SQL_LOADED,
	RSD_SQL_LOADED_PART,
	RSD_SQL_FINISHED_PARTS,
	RSD_SQL_KEEP,
	RSD_SQL_UNPUBLISHED,
	RSD_SQL_UNPUBLISHED_TO,
	RSD_SQL_LETTER,
	RSD_SQL_EXISTS,
	RSD_SQL_POSTED,
	RSD_SQL_IDENTIFY,
	RSD_SQL_COUNT
} RsdStoreSql;

/*
 * Runs a query with its arguments (NULL if it has none); returns the number
 * of rows, which are in SPI_tuptable.  Its plan is kept.  Needs a
 * transaction with SPI connected; raises what the query raises.
 */
extern int	rsd_store_run(RsdStoreSql which, RsdArgs *args);

/* The same for a query of another file, which keeps *plan (at first NULL). */
extern int	rsd_store_run_query(const RsdStoreQuery *query, SPIPlanPtr *plan,
								RsdArgs *args);

/*
 * The same for a query over many rows, whose arguments are arrays: the
 * columns of "rows".  Nothing is run for no rows.
 */
extern int	rsd_store_run_rows(RsdStoreSql which, const RsdArgRows *rows);

/*
 * Locks our tables as writing them would, or raises
 * ERRCODE_LOCK_NOT_AVAILABLE at once: a lock held by somebody else must not
 * hold up the statements of all others.
 */
extern void rsd_store_lock(void);

#endif							/* RSD_PG_STORE_SQL_H */
