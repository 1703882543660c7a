/*
 * identity.c
 *	  Whose statements these are, and rsdata_adopt: a superuser's word that
 *	  they are ours.
 *
 * Adopting writes rows that elsewhere only the worker writes: the worker of a
 * copy does nothing until then.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"

#include "pg/caller.h"
#include "pg/compat.h"
#include "pg/identity.h"
#include "pg/rowio.h"
#include "pg/store_sql.h"
#include "pg/wake.h"

RSD_FUNCTION(rsdata_adopt);

/* Runs a query, connected and up; returns how many rows. */
static uint64
run(const char *sql, int nargs, Oid *types, RsdArgs *args)
{
	if (SPI_execute_with_args(sql, nargs, types, args ? args->values : NULL,
							  args ? args->nulls : NULL, false, 0) < 0)
		elog(ERROR, "could not run \"%s\"", sql);
	return SPI_processed;
}

/* Are the rows those of this database?  Connected and up. */
static bool
is_own(void)
{
	Oid			types[] = {INT8OID, OIDOID};
	RsdArgs		args = {0};

	rsd_arg_int8(&args, (int64) GetSystemIdentifier());
	rsd_arg_oid(&args, MyDatabaseId);
	return run("SELECT FROM rsdata.meta "
			   "WHERE system_identifier = $1 AND database = $2",
			   lengthof(types), types, &args) == 1;
}

void
rsd_identity_require(void)
{
	static bool own = false;
	RsdCaller	caller;

	if (own)
		return;
	rsd_caller_up(&caller);
	SPI_connect();
	own = is_own();
	SPI_finish();
	rsd_caller_down(&caller);
	if (!own)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rsdata does nothing in this database, because its statements belong to another one"),
				 errdetail("The database is a copy of the one in which they were submitted."),
				 errhint("A superuser must call rsdata_adopt().")));
}

static void
take_identity(void)
{
	Oid			types[] = {INT8OID, OIDOID, INT4OID};
	RsdArgs		args = {0};

	rsd_arg_int8(&args, (int64) GetSystemIdentifier());
	rsd_arg_oid(&args, MyDatabaseId);
	rsd_arg_int4(&args, (int) GetWALInsertionTimeLine());
	run("UPDATE rsdata.meta SET installation = gen_random_uuid(), "
		"system_identifier = $1, database = $2, timeline = $3",
		lengthof(types), types, &args);
}

/*
 * The original goes on with its statements, and tells how they end.  Here
 * nobody will hear of that.  What comes after one of them comes after it
 * there, and its sessions are of use to one database only.
 */
static uint64
leave_to_original(void)
{
	uint64		n;

	run("DELETE FROM rsdata.request", 0, NULL, NULL);
	run("DELETE FROM rsdata.dependency", 0, NULL, NULL);
	run("DELETE FROM rsdata.session", 0, NULL, NULL);
	run("DELETE FROM rsdata.page WHERE statement IN (SELECT id "
		"FROM rsdata.statement WHERE finished_at IS NULL)",
		0, NULL, NULL);
	run("UPDATE rsdata.statement SET open = false, sns_status = 'failed', "
		"sns_next_attempt_at = NULL, "
		"sns_error = 'left to the database that this one is a copy of' "
		"WHERE open AND finished_at IS NOT NULL", 0, NULL, NULL);
	n = run("UPDATE rsdata.statement SET status = 'orphaned', open = false, "
			"ready = false, failed_at = status, finished_at = clock_timestamp(), "
			"wait_reason = NULL, wait_detail = NULL, next_attempt_at = NULL, "
			"sqlstate = '08007', error = 'it was left to the database that "
			"this one is a copy of, which may run it' "
			"WHERE finished_at IS NULL", 0, NULL, NULL);
	return n;
}

/*
 * The original will never run again, so what it may have sent is ours, and so
 * are its sessions: it is sent again with its token, or looked up by its
 * name.  As after a promotion, what waits for others keeps waiting.
 */
static uint64
go_on(void)
{
	rsd_store_run(RSD_SQL_PROMOTE, NULL);
	return run("SELECT FROM rsdata.statement "
			   "WHERE finished_at IS NULL", 0, NULL, NULL);
}

/* rsdata_adopt(original_gone boolean) returns bigint */
Datum
rsdata_adopt(PG_FUNCTION_ARGS)
{
	bool		gone = !PG_ARGISNULL(0) && PG_GETARG_BOOL(0);
	RsdCaller	caller;
	uint64		n = 0;
	bool		own;

	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to adopt statements"),
				 errdetail("Only superusers may adopt the statements of another database.")));
	PreventCommandDuringRecovery("rsdata_adopt()");
	PreventCommandIfReadOnly("rsdata_adopt()");
	rsd_caller_up(&caller);
	SPI_connect();
	own = is_own();
	if (!own)
	{
		take_identity();
		n = gone ? go_on() : leave_to_original();
	}
	SPI_finish();
	rsd_caller_down(&caller);
	if (own)
		ereport(NOTICE,
				(errmsg("the statements of this database are its own already")));
	rsd_wake_at_commit();
	PG_RETURN_INT64((int64) n);
}
