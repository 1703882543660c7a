/*
 * statusfuncs.c
 *	  rsdata_status and rsdata_cancel.
 *
 * Cancelling is a request (request.h), on which the worker acts after COMMIT.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "pg/caller.h"
#include "pg/compat.h"
#include "pg/look.h"
#include "pg/request.h"

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
	rsd_request_insert(id, "cancel", role, "rsdata_cancel()");
	PG_RETURN_BOOL(true);
}
