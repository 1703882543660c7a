/*
 * statusfuncs.c
 *	  rsdata_status and rsdata_cancel.
 *
 * Cancelling is a request: a row that the worker acts on after COMMIT.  No
 * row of a statement is updated or locked here, so an open transaction of
 * one user stops nobody.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "pg/caller.h"
#include "pg/compat.h"
#include "pg/look.h"
#include "pg/wake.h"

RSD_FUNCTION(rsdata_status);
RSD_FUNCTION(rsdata_cancel);

/* rsdata_status(id bigint) returns text */
Datum
rsdata_status(PG_FUNCTION_ARGS)
{
	Oid			role = GetUserId();
	RsdLook		look;

	if (PG_ARGISNULL(0) || !rsd_look(PG_GETARG_INT64(0), false, &look))
		PG_RETURN_NULL();
	if (!rsd_caller_is_owner(role, look.owner) && !rsd_caller_sees_all(role))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(look.status));
}

/* May role cancel it?  Who cannot even see it learns nothing. */
static void
check_may_cancel(Oid role, const RsdLook *look)
{
	if (rsd_caller_may_cancel(role, look->owner))
		return;
	if (!rsd_caller_sees_all(role))
		rsd_look_undefined(look->id);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to cancel statement %lld",
					(long long) look->id)));
}

static void
insert_request(int64 id, Oid role)
{
	RsdCaller	caller;
	Oid			types[] = {INT8OID, OIDOID};
	Datum		values[] = {Int64GetDatum(id), ObjectIdGetDatum(role)};

	rsd_caller_up(&caller);
	SPI_connect();
	if (SPI_execute_with_args("INSERT INTO rsdata.request "
							  "(statement, kind, requested_by) "
							  "VALUES ($1, 'cancel', $2)",
							  2, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not insert a request");
	SPI_finish();
	rsd_caller_down(&caller);
}

/* rsdata_cancel(id bigint) returns boolean */
Datum
rsdata_cancel(PG_FUNCTION_ARGS)
{
	Oid			role = GetUserId();
	RsdLook		look;
	int64		id;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("id must not be null")));
	id = PG_GETARG_INT64(0);
	if (!rsd_look(id, true, &look))
		rsd_look_undefined(id);
	check_may_cancel(role, &look);
	if (look.ended)
		PG_RETURN_BOOL(false);
	rsd_wake_require();
	PreventCommandDuringRecovery("rsdata_cancel()");
	PreventCommandIfReadOnly("rsdata_cancel()");
	insert_request(id, role);
	rsd_wake_at_commit();
	PG_RETURN_BOOL(true);
}
