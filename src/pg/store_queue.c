/*
 * store_queue.c
 *	  The queue as the worker reads and claims it, and what users ask for.
 *
 * Never waits for a table lock (rsd_store_lock) or a row.
 */
#include "postgres.h"

#include "pg/store_live.h"
#include "pg/store_queue.h"
#include "pg/store_sql.h"

/* Rows that are given a reason to wait at a time. */
#define HOLD_MAX			256

int
rsd_store_queued(int64 now, int each, int max, RsdQueued **queued)
{
	RsdArgs		args = {0};
	int			n;

	rsd_arg_time(&args, now);
	rsd_arg_int4(&args, each);
	rsd_arg_int4(&args, max);
	n = rsd_store_run(RSD_SQL_QUEUED, &args);
	*queued = palloc(sizeof(RsdQueued) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		RsdRow		row;

		rsd_row_open(&row, i);
		(*queued)[i].id = rsd_row_int8(&row, 0);
		(*queued)[i].server = rsd_row_oid(&row);
		(*queued)[i].owner = rsd_row_oid(&row);
		(*queued)[i].unwanted = rsd_row_bool(&row, false);
		(*queued)[i].held = rsd_row_bool(&row, false);
	}
	return n;
}

int
rsd_store_judge(const int64 *ended, int n, RsdSkip **skips)
{
	RsdArgs		args = {0};
	int			found;

	rsd_store_lock();
	rsd_arg_int8s(&args, ended, n);
	found = rsd_store_run(RSD_SQL_JUDGE, &args);
	*skips = palloc(sizeof(RsdSkip) * Max(found, 1));
	for (int i = 0; i < found; i++)
	{
		RsdSkip    *skip = &(*skips)[i];
		RsdRow		row;
		int64		culprit;

		rsd_row_open(&row, i);
		skip->id = rsd_row_int8(&row, 0);
		culprit = rsd_row_int8(&row, 0);
		skip->words = culprit == 0 ? NULL :
			psprintf("statement " INT64_FORMAT ", which it comes after, is %s",
					 culprit, rsd_row_text(&row));
	}
	rsd_store_run(RSD_SQL_SEEN, &args);
	return found;
}

void
rsd_store_pending(bool *requests, bool *chains)
{
	RsdRow		row;

	rsd_store_lock();
	rsd_store_run(RSD_SQL_PENDING, NULL);
	rsd_row_open(&row, 0);
	*requests = rsd_row_bool(&row, false);
	*chains = rsd_row_bool(&row, false);
}

void
rsd_store_judge_anew(void)
{
	rsd_store_lock();
	rsd_store_run(RSD_SQL_UNSEEN, NULL);
}

List *
rsd_store_claim(MemoryContext cx, const int64 *ids, int n, int64 now)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_arg_int8s(&args, ids, n);
	rsd_arg_time(&args, now);
	return rsd_store_read_lives(cx, rsd_store_run(RSD_SQL_CLAIM, &args));
}

RsdLive *
rsd_store_one_queued(MemoryContext cx, int64 id)
{
	RsdArgs		args = {0};
	List	   *lives;

	rsd_store_lock();
	rsd_arg_int8(&args, id);
	lives = rsd_store_read_lives(cx, rsd_store_run(RSD_SQL_ONE_QUEUED, &args));
	return lives == NIL ? NULL : linitial(lives);
}

/* A result of one bigint column as an array, without NULLs. */
static int
read_ids(int n, int64 **ids)
{
	int			found = 0;

	*ids = palloc(sizeof(int64) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		RsdRow		row;
		int64		id;

		rsd_row_open(&row, i);
		id = rsd_row_int8(&row, 0);
		if (id != 0)
			(*ids)[found++] = id;
	}
	return found;
}

int
rsd_store_overdue(int64 now, int max, int64 **ids)
{
	RsdArgs		args = {0};

	rsd_arg_time(&args, now);
	rsd_arg_int4(&args, max);
	return read_ids(rsd_store_run(RSD_SQL_OVERDUE, &args), ids);
}

int64
rsd_store_queue_due(int64 looked)
{
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_store_lock();
	rsd_arg_time(&args, looked);
	rsd_store_run(RSD_SQL_QUEUE_DUE, &args);
	rsd_row_open(&row, 0);
	return rsd_row_time(&row);
}

/* Begins what is said to the queued rows of an owner behind one of them. */
static void
begin_held(RsdArgs *args, Oid server, Oid owner, int64 upto)
{
	rsd_store_lock();
	rsd_arg_int8(args, upto);
	rsd_arg_int4(args, HOLD_MAX);
	rsd_arg_oid(args, server);
	rsd_arg_oid(args, owner);
}

/* Says it; how far it came, and whether there may be more. */
static bool
run_held(RsdStoreSql which, RsdArgs *args, int64 *upto)
{
	RsdRow		row;
	int			n;

	rsd_store_run(which, args);
	rsd_row_open(&row, 0);
	n = rsd_row_int4(&row, 0);
	*upto = rsd_row_int8(&row, *upto);
	return n == HOLD_MAX;
}

bool
rsd_store_hold(Oid server, Oid owner, RsdWait wait, const char *detail,
			   int64 *upto)
{
	RsdArgs		args = {0};

	begin_held(&args, server, owner, *upto);
	rsd_arg_text(&args, rsd_wait_name(wait));
	rsd_arg_utf8(&args, detail);
	return run_held(RSD_SQL_HOLD, &args, upto);
}

bool
rsd_store_let_go(Oid server, Oid owner, int64 *upto)
{
	RsdArgs		args = {0};

	begin_held(&args, server, owner, *upto);
	return run_held(RSD_SQL_LET_GO, &args, upto);
}

static int
take_requests(RsdStoreSql which, int max, int64 **ids, bool *left)
{
	RsdArgs		args = {0};
	int			nrows;
	int			n;

	rsd_store_lock();
	rsd_arg_int4(&args, max);
	nrows = rsd_store_run(which, &args);
	n = read_ids(nrows, ids);
	*left = n < nrows;
	return n;
}

int
rsd_store_take_cancels(int max, int64 **ids, bool *left)
{
	return take_requests(RSD_SQL_TAKE_CANCELS, max, ids, left);
}

int
rsd_store_take_retries(int max, int64 **ids, bool *left)
{
	return take_requests(RSD_SQL_TAKE_RETRIES, max, ids, left);
}

List *
rsd_store_refetch(MemoryContext cx, const int64 *ids, int n, int64 now)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_arg_int8s(&args, ids, n);
	rsd_arg_time(&args, now);
	rsd_store_run(RSD_SQL_DROP_RESULTS, &args);
	return rsd_store_read_lives(cx, rsd_store_run(RSD_SQL_REFETCH, &args));
}
