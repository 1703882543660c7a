/*
 * store_written.c
 *	  Why a write changed no row.
 */
#include "postgres.h"

#include "pg/store_sql.h"
#include "pg/store_written.h"

RsdWritten
rsd_store_not_written(int64 id)
{
	RsdArgs		args = {0};

	rsd_arg_int8(&args, id);
	return rsd_store_run(RSD_SQL_EXISTS, &args) > 0 ? RSD_WRITE_HELD :
		RSD_WRITE_GONE;
}
