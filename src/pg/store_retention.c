/*
 * store_retention.c
 *	  Forgetting, little by little.
 *
 * A result is marked as removed first, which its readers see; then its pages
 * go, some megabytes at a time; statements go last, when nothing hangs on
 * them.  Rows that somebody holds are passed over.
 *
 * Who wants a statement to stay holds its row and commits a row of another
 * table, which says so.  A query that looks there and locks may have looked
 * before that commit and locked after it.  So statements are locked by one
 * query, and looked at again by what has been committed then.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "executor/spi.h"
#include "utils/snapmgr.h"

#include "base/retry.h"
#include "pg/guc.h"
#include "pg/store_retention.h"
#include "pg/store_sql.h"

/* Rows and bytes of one transaction. */
#define FORGET_ROWS		500
#define FORGET_BYTES	(16 * 1024 * 1024)

/*
 * Things get old one by one, but are forgotten together: this part of their
 * time later, though not more than an hour.
 */
#define LATENESS		100
#define MAX_LATENESS	(60 * 60)

/* Statements that ended up to here are too many, by their number. */
static const RsdStoreQuery too_many = {
	"WITH n AS MATERIALIZED (SELECT count(*) - $1 AS excess "
	"FROM rsdata.statement WHERE NOT open) "
	"SELECT finished_at FROM rsdata.statement WHERE NOT open "
	"AND (SELECT excess FROM n) > 0 ORDER BY finished_at "
	"OFFSET greatest((SELECT excess FROM n) - 1, 0) LIMIT 1",
	1, {INT8OID}
};

/* Results of up to $1, and those of owners who have $2 bytes of newer ones. */
static const RsdStoreQuery mark_results = {
	"WITH rich AS MATERIALIZED (SELECT owner FROM rsdata.kept "
	"WHERE removed_at IS NULL GROUP BY owner HAVING sum(bytes) > $2), "
	"excess AS (SELECT statement FROM (SELECT statement, bytes, "
	"sum(bytes) OVER (PARTITION BY owner "
	"ORDER BY finished_at DESC, statement DESC) AS total "
	"FROM rsdata.kept WHERE removed_at IS NULL "
	"AND owner IN (SELECT owner FROM rich)) t WHERE total - bytes >= $2), "
	"old AS (SELECT statement FROM rsdata.kept "
	"WHERE removed_at IS NULL AND finished_at <= $1 LIMIT $3) "
	"UPDATE rsdata.kept SET removed_at = now() "
	"WHERE statement IN (SELECT statement FROM rsdata.kept "
	"WHERE removed_at IS NULL AND statement IN (SELECT statement FROM excess "
	"UNION ALL SELECT statement FROM old) "
	"ORDER BY finished_at LIMIT $3 FOR UPDATE SKIP LOCKED)",
	3, {TIMESTAMPTZOID, INT8OID, INT4OID}
};

static const RsdStoreQuery drop_pages = {
	"WITH mine AS MATERIALIZED (SELECT statement FROM rsdata.kept "
	"WHERE removed_at IS NOT NULL AND bytes > 0 "
	"ORDER BY statement LIMIT $1 FOR UPDATE SKIP LOCKED), "
	"several AS (SELECT g.statement, g.part, g.page, "
	"octet_length(g.body) AS bytes FROM rsdata.page g "
	"WHERE g.statement IN (SELECT statement FROM mine) LIMIT $1), "
	"few AS (SELECT statement, part, page, row_number() OVER w AS n, "
	"sum(bytes) OVER w AS total FROM several "
	"WINDOW w AS (ORDER BY statement, part, page)) "
	"DELETE FROM rsdata.page g USING few f WHERE g.statement = f.statement "
	"AND g.part = f.part AND g.page = f.page AND (f.n = 1 OR f.total <= $2)",
	2, {INT4OID, INT8OID}
};

static const RsdStoreQuery note_dropped = {
	"UPDATE rsdata.kept SET bytes = 0 WHERE statement IN (SELECT k.statement "
	"FROM rsdata.kept k WHERE k.removed_at IS NOT NULL AND k.bytes > 0 "
	"AND NOT EXISTS (SELECT FROM rsdata.page g "
	"WHERE g.statement = k.statement) LIMIT $1 FOR UPDATE SKIP LOCKED)",
	1, {INT4OID}
};

static const RsdStoreQuery hold_statements = {
	"SELECT s.id FROM rsdata.statement s "
	"WHERE s.finished_at <= $1 AND " RSD_FORGETTABLE " "
	"AND NOT EXISTS (SELECT FROM rsdata.kept k "
	"WHERE k.statement = s.id AND k.bytes > 0) "
	"ORDER BY s.finished_at LIMIT $2 FOR UPDATE SKIP LOCKED",
	2, {TIMESTAMPTZOID, INT4OID}
};

/* The oldest statement and the oldest result. */
static const RsdStoreQuery oldest = {
	"SELECT (SELECT min(finished_at) FROM rsdata.statement WHERE NOT open), "
	"(SELECT min(finished_at) FROM rsdata.kept WHERE removed_at IS NULL)",
	0, {0}
};

static SPIPlanPtr plans[6];

/* The end of what is too old or too many, as a time. */
static int64
statements_until(int64 now)
{
	int64		until = now - rsd_guc()->retention * USECS_PER_SEC;
	int64		other;
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_arg_int8(&args, rsd_guc()->retention_statements);
	if (rsd_store_run_query(&too_many, &plans[0], &args) == 0)
		return until;
	rsd_row_open(&row, 0);
	other = rsd_row_time(&row);
	return Max(until, other);
}

static bool
mark(int64 until)
{
	RsdArgs		args = {0};

	rsd_arg_time(&args, until);
	rsd_arg_int8(&args, rsd_guc()->result_bytes_per_owner * INT64CONST(1024));
	rsd_arg_int4(&args, FORGET_ROWS);
	return rsd_store_run_query(&mark_results, &plans[1], &args) == FORGET_ROWS;
}

/* True if there were pages: then there may be more. */
static bool
drop(void)
{
	RsdArgs		args = {0};
	RsdArgs		note = {0};
	bool		any;

	rsd_arg_int4(&args, FORGET_ROWS);
	rsd_arg_int8(&args, FORGET_BYTES);
	any = rsd_store_run_query(&drop_pages, &plans[2], &args) > 0;
	rsd_arg_int4(&note, FORGET_ROWS);
	return rsd_store_run_query(&note_dropped, &plans[3], &note) > 0 || any;
}

/* The ids of the rows that SPI has returned, as an array. */
static void
arg_of_ids(RsdArgs *args)
{
	int64	   *ids = palloc(sizeof(int64) * Max(SPI_processed, 1));

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		RsdRow		row;

		rsd_row_open(&row, i);
		ids[i] = rsd_row_int8(&row, 0);
	}
	rsd_arg_int8s(args, ids, (int) SPI_processed);
}

/*
 * Of these, the ones that may still go; their rows are locked.  The snapshot
 * is a new one even where the transaction has one for all its queries.
 */
static void
look_again(RsdArgs *ids)
{
	Oid			types[] = {INT8ARRAYOID};
	RsdArgs		left = {0};
	int			result;

	PushActiveSnapshot(GetLatestSnapshot());
	result = SPI_execute_with_args("SELECT s.id FROM rsdata.statement s "
								   "WHERE s.id = ANY ($1) AND " RSD_FORGETTABLE,
								   lengthof(types), types, ids->values,
								   ids->nulls, true, 0);
	PopActiveSnapshot();
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not look for what waits for statements");
	arg_of_ids(&left);
	*ids = left;
}

uint64
rsd_store_drop_held(void)
{
	static const char sql[] =
		"WITH pages AS (DELETE FROM rsdata.page WHERE statement = ANY ($1)), "
		"parts AS (DELETE FROM rsdata.part WHERE statement = ANY ($1)), "
		"kept AS (DELETE FROM rsdata.kept WHERE statement = ANY ($1)), "
		"requests AS (DELETE FROM rsdata.request WHERE statement = ANY ($1)) "
		"DELETE FROM rsdata.statement WHERE id = ANY ($1)";
	Oid			types[] = {INT8ARRAYOID};
	RsdArgs		ids = {0};

	arg_of_ids(&ids);
	look_again(&ids);
	if (SPI_execute_with_args(sql, lengthof(types), types, ids.values,
							  ids.nulls, false, 0) != SPI_OK_DELETE)
		elog(ERROR, "could not delete statements");
	return SPI_processed;
}

static bool
drop_old(int64 until)
{
	RsdArgs		args = {0};
	uint64		held;

	rsd_arg_time(&args, until);
	rsd_arg_int4(&args, FORGET_ROWS);
	held = rsd_store_run_query(&hold_statements, &plans[4], &args);
	return held > 0 && rsd_store_drop_held() > 0 && held == FORGET_ROWS;
}

bool
rsd_store_forget(int64 now)
{
	int64		statements;
	int64		results = now - rsd_guc()->result_retention * USECS_PER_SEC;
	bool		more;

	rsd_store_lock();
	statements = statements_until(now);
	more = mark(Max(results, statements));
	more |= drop();
	return drop_old(statements) || more;
}

/* When something that ended at this time is to be forgotten. */
static int64
due_of(int64 finished_at, int keep_s)
{
	return finished_at == 0 ? 0 : finished_at +
		(keep_s + Min(keep_s / LATENESS, MAX_LATENESS)) * USECS_PER_SEC;
}

int64
rsd_store_oldest_due(void)
{
	int64		statement;
	int64		result;
	RsdRow		row;

	rsd_store_run_query(&oldest, &plans[5], NULL);
	rsd_row_open(&row, 0);
	statement = due_of(rsd_row_time(&row), rsd_guc()->retention);
	result = due_of(rsd_row_time(&row), rsd_guc()->result_retention);
	return rsd_earlier(statement, result);
}
