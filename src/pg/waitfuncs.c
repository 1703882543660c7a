/*
 * waitfuncs.c
 *	  rsdata_wait, rsdata_await and rsdata_run: until a statement has ended.
 *
 * Waiting is sleeping on a condition variable that the worker broadcasts
 * after its commit, and looking with a new snapshot each time.  The
 * procedures commit before each sleep, because what remains of the last look
 * (a portal's snapshot) would hold back vacuum for as long as they wait.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pg/caller.h"
#include "pg/compat.h"
#include "pg/look.h"
#include "pg/option_check.h"
#include "pg/shmem.h"
#include "pg/submit.h"
#include "pg/wake.h"

RSD_FUNCTION(rsdata_wait);
RSD_FUNCTION(rsdata_await);
RSD_FUNCTION(rsdata_run);

/*
 * Nobody should need these: a worker broadcasts every end, and a new one what
 * a former one may have left.  On a standby there is no worker.
 */
#define LONGEST_SLEEP_MS	60000
#define STANDBY_SLEEP_MS	5000

/* One wait for one statement. */
typedef struct Wait
{
	int64		id;
	Oid			role;			/* who waits */
	TimestampTz until;			/* DT_NOEND = no limit */
	bool		commit;			/* commit before each sleep */
} Wait;

static int64
id_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("id must not be null")));
	return PG_GETARG_INT64(0);
}

/* When a wait that begins now must end; NULL = never. */
static TimestampTz
time_limit(const Interval *timeout)
{
	int64		usec;

	if (timeout == NULL)
		return DT_NOEND;
	usec = rsd_interval_usec(timeout);
	if (usec < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("timeout must not be negative")));
	if (usec > 365 * USECS_PER_DAY)
		return DT_NOEND;
	return GetCurrentTimestamp() + usec;
}

/* Milliseconds to sleep now; 0 = the time is up. */
static long
sleep_time(TimestampTz until)
{
	long		longest = RecoveryInProgress() ? STANDBY_SLEEP_MS :
		LONGEST_SLEEP_MS;
	long		left;

	if (until == DT_NOEND)
		return longest;
	left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);
	return Min(left, longest);
}

/* A look with a new snapshot by somebody who must be allowed to. */
static void
look_again(const Wait *wait, RsdLook *look)
{
	if (!rsd_look(wait->id, true, look) ||
		!(rsd_caller_is_owner(wait->role, look->owner) ||
		  rsd_caller_sees_all(wait->role)))
		rsd_look_undefined(wait->id);
}

static void
refuse_own_work(const RsdLook *look)
{
	if (rsd_look_own_work(look))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot wait for statement %lld in the transaction that submitted, cancelled or retried it",
						(long long) look->id),
				 errhint("Nothing is sent before COMMIT. Wait in the next transaction, or use CALL rsdata_run().")));
}

/*
 * Waits until the statement has ended (true) or the time is up (false); look
 * holds the last look, its error text in CurrentMemoryContext.
 */
static bool
wait_for_end(const Wait *wait, RsdLook *look)
{
	long		ms;

	rsd_waiters_prepare(wait->id);
	for (;;)
	{
		look_again(wait, look);
		if (look->ended)
			break;
		rsd_wake_require();
		if (!wait->commit)
			refuse_own_work(look);
		ms = sleep_time(wait->until);
		if (ms <= 0)
			break;
		rsd_look_free(look);
		if (wait->commit)
			SPI_commit();
		(void) rsd_waiters_sleep(wait->id, ms);
		CHECK_FOR_INTERRUPTS();
	}
	rsd_waiters_cancel();
	return look->ended;
}

/* rsdata_wait(id bigint, timeout interval) returns text */
Datum
rsdata_wait(PG_FUNCTION_ARGS)
{
	Wait		wait;
	RsdLook		look;

	wait.id = id_argument(fcinfo);
	wait.role = GetUserId();
	wait.until = time_limit(PG_ARGISNULL(1) ? NULL : PG_GETARG_INTERVAL_P(1));
	wait.commit = false;
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rsdata_wait() cannot see a change in a transaction with isolation level %s",
						IsolationIsSerializable() ? "SERIALIZABLE" : "REPEATABLE READ"),
				 errhint("Use isolation level READ COMMITTED, or CALL rsdata_await().")));
	if (!wait_for_end(&wait, &look))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(look.status));
}

/* Procedures that commit need a CALL that allows it. */
static void
require_nonatomic(FunctionCallInfo fcinfo, const char *name)
{
	if (fcinfo->context != NULL && IsA(fcinfo->context, CallContext) &&
		!castNode(CallContext, fcinfo->context)->atomic)
		return;
	ereport(ERROR,
			(errcode(IsTransactionBlock() ? ERRCODE_ACTIVE_SQL_TRANSACTION :
					 ERRCODE_INVALID_TRANSACTION_TERMINATION),
			 errmsg("%s cannot run inside a transaction block or a function",
					name),
			 errdetail("It commits before it waits."),
			 errhint("Call it outside of BEGIN and COMMIT, or use rsdata_wait().")));
}

/* The result of a procedure with INOUT arguments. */
static Datum
result_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	desc = BlessTupleDesc(desc);
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

static void
raise_unended(const RsdLook *look)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("statement %lld has not ended in time",
					(long long) look->id),
			 errdetail("Its status is \"%s\".", look->status)));
}

/*
 * Commits, waits, and raises an error for anything but finished if told to.
 * Runs inside a nonatomic SPI connection; look's text goes to context, which
 * must outlive transactions.
 */
static bool
commit_and_wait(Wait *wait, bool raise_error, MemoryContext context,
				RsdLook *look)
{
	bool		ended;

	wait->commit = true;
	SPI_commit();
	MemoryContextSwitchTo(context);
	ended = wait_for_end(wait, look);
	if (raise_error && !ended)
		raise_unended(look);
	if (raise_error && !look->finished)
		rsd_look_raise(look);
	return ended;
}

/*
 * CALL rsdata_await(id bigint, timeout interval, raise_error boolean,
 *					 INOUT status text)
 */
Datum
rsdata_await(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	Wait		wait;
	RsdLook		look;
	bool		raise_error = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	Datum		value = (Datum) 0;
	bool		isnull;

	require_nonatomic(fcinfo, "rsdata_await()");
	wait.id = id_argument(fcinfo);
	wait.role = GetUserId();
	wait.until = time_limit(PG_ARGISNULL(1) ? NULL : PG_GETARG_INTERVAL_P(1));

	SPI_connect_ext(SPI_OPT_NONATOMIC);
	isnull = !commit_and_wait(&wait, raise_error, context, &look);
	SPI_finish();
	if (!isnull)
		value = CStringGetTextDatum(look.status);
	return result_row(fcinfo, &value, &isnull);
}

/*
 * CALL rsdata_run(sql, server, params, label, target, timeout, options,
 *				   raise_error, INOUT id, INOUT status)
 */
Datum
rsdata_run(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	RsdSubmitArgs args = {0};
	Wait		wait;
	RsdLook		look;
	Datum		values[2];
	bool		nulls[2] = {false, false};
	bool		raise_error = PG_ARGISNULL(7) || PG_GETARG_BOOL(7);

	require_nonatomic(fcinfo, "rsdata_run()");
	args.sql = PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0);
	args.server = PG_ARGISNULL(1) ? NULL : PG_GETARG_NAME(1);
	args.params = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
	args.label = PG_ARGISNULL(3) ? NULL : PG_GETARG_TEXT_PP(3);
	args.target = PG_ARGISNULL(4) ? NULL : PG_GETARG_TEXT_PP(4);
	args.timeout = PG_ARGISNULL(5) ? NULL : PG_GETARG_INTERVAL_P(5);
	args.options = PG_ARGISNULL(6) ? NULL : PG_GETARG_JSONB_P(6);

	SPI_connect_ext(SPI_OPT_NONATOMIC);
	wait.id = rsd_submit(&args);
	wait.role = GetUserId();
	wait.until = DT_NOEND;
	(void) commit_and_wait(&wait, raise_error, context, &look);
	SPI_finish();
	values[0] = Int64GetDatum(wait.id);
	values[1] = CStringGetTextDatum(look.status);
	return result_row(fcinfo, values, nulls);
}
