/*
 * purge.c
 *	  rsdata_purge: a user's own settled statements, deleted at once.
 *
 * The same conditions hold as for what the worker forgets by itself: nothing
 * that is still to be published, fetched again or waited for is deleted.
 * Rows that somebody holds are passed over.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "pg/caller.h"
#include "pg/compat.h"
#include "pg/option_check.h"
#include "pg/rowio.h"
#include "pg/store_retention.h"
#include "pg/unixtime.h"

RSD_FUNCTION(rsdata_purge);

/* Statements of one query: between two of them an interrupt is heard. */
#define PURGE_ROWS 500

/* Those owners of statements that ended up to $1 as whom the caller may act. */
static List *
own_roles(int64 until, Oid role, MemoryContext context)
{
	Oid			types[] = {TIMESTAMPTZOID};
	RsdArgs		args = {0};
	List	   *owners = NIL;
	MemoryContext old;

	rsd_arg_time(&args, until);
	if (SPI_execute_with_args("SELECT DISTINCT owner FROM rsdata.statement "
							  "WHERE NOT open AND finished_at <= $1",
							  lengthof(types), types, args.values, args.nulls,
							  false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the owners of statements");
	old = MemoryContextSwitchTo(context);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		RsdRow		row;
		Oid			owner;

		rsd_row_open(&row, i);
		owner = rsd_row_oid(&row);
		if (rsd_caller_is_owner(role, owner))
			owners = lappend_oid(owners, owner);
	}
	MemoryContextSwitchTo(old);
	return owners;
}

/* Deletes some statements and all that belongs to them; returns how many. */
static uint64
purge_some(int64 until, const List *owners)
{
	static const char sql[] =
		"SELECT s.id FROM rsdata.statement s "
		"WHERE s.finished_at <= $1 AND s.owner = ANY ($2) AND " RSD_FORGETTABLE " "
		"ORDER BY s.finished_at LIMIT $3 FOR UPDATE SKIP LOCKED";
	Oid			types[] = {TIMESTAMPTZOID, OIDARRAYOID, INT4OID};
	RsdArgs		args = {0};

	rsd_arg_time(&args, until);
	rsd_arg_oids(&args, owners);
	rsd_arg_int4(&args, PURGE_ROWS);
	if (SPI_execute_with_args(sql, lengthof(types), types, args.values,
							  args.nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read what is to be deleted");
	return SPI_processed == 0 ? 0 : rsd_store_drop_held();
}

static int64
age_limit(const Interval *older_than)
{
	int64		age = rsd_interval_usec(older_than);

	if (age < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("older_than must not be negative")));
	return rsd_time_to_unix(GetCurrentTimestamp()) - age;
}

/* rsdata_purge(older_than interval) returns bigint */
Datum
rsdata_purge(PG_FUNCTION_ARGS)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			role = GetUserId();
	RsdCaller	caller;
	List	   *owners;
	int64		until;
	int64		purged = 0;
	uint64		n;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("older_than must not be null")));
	until = age_limit(PG_GETARG_INTERVAL_P(0));
	PreventCommandDuringRecovery("rsdata_purge()");
	PreventCommandIfReadOnly("rsdata_purge()");
	rsd_caller_up(&caller);
	SPI_connect();
	owners = own_roles(until, role, context);
	do
	{
		CHECK_FOR_INTERRUPTS();
		n = purge_some(until, owners);
		purged += n;
	} while (n > 0);
	SPI_finish();
	rsd_caller_down(&caller);
	PG_RETURN_INT64(purged);
}
