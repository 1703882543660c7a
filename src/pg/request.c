/*
 * request.c
 *	  What users ask the worker to do with a statement that exists.
 *
 * A request is a row of its own.  No row of a statement is updated for it, or
 * locked against the worker, so an open transaction of one user stops nobody.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "pg/caller.h"
#include "pg/request.h"
#include "pg/wake.h"

void
rsd_request_insert(int64 id, const char *kind, Oid role, const char *func)
{
	RsdCaller	caller;
	Oid			types[] = {INT8OID, TEXTOID, OIDOID};
	Datum		values[] = {
		Int64GetDatum(id), CStringGetTextDatum(kind), ObjectIdGetDatum(role)
	};

	rsd_wake_require();
	PreventCommandDuringRecovery(func);
	PreventCommandIfReadOnly(func);
	rsd_caller_up(&caller);
	SPI_connect();
	if (SPI_execute_with_args("INSERT INTO rsdata.request "
							  "(statement, kind, requested_by) "
							  "VALUES ($1, $2, $3)",
							  3, types, values, NULL, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not insert a request");
	SPI_finish();
	rsd_caller_down(&caller);
	rsd_wake_at_commit();
}
