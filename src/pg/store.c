/*
 * store.c
 *	  Whose tables these are, and whether there is work in them.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "miscadmin.h"

#include "pg/compat.h"
#include "pg/store.h"
#include "pg/store_sql.h"

RsdIdentity
rsd_store_identity(void)
{
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_arg_oid(&args, MyDatabaseId);
	rsd_arg_int4(&args, (int) GetWALInsertionTimeLine());
	if (rsd_store_run(RSD_SQL_IDENTITY, &args) != 1)
		return RSD_IDENTITY_COPY;
	rsd_row_open(&row, 0);
	if (!rsd_row_bool(&row, false))
		return RSD_IDENTITY_COPY;
	return rsd_row_bool(&row, false) ? RSD_IDENTITY_SAME :
		RSD_IDENTITY_PROMOTED;
}

void
rsd_store_promote(void)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_store_run(RSD_SQL_PROMOTE, NULL);
	rsd_arg_int4(&args, (int) GetWALInsertionTimeLine());
	rsd_store_run(RSD_SQL_TIMELINE, &args);
}

bool
rsd_store_has_open(void)
{
	return rsd_store_run(RSD_SQL_HAS_OPEN, NULL) > 0;
}
