/*
 * rsdata.c
 *	  The library's entry.
 *
 * Loads the parts in order.  Never touches libcurl or OpenSSL: this code may
 * run in the postmaster, which must stay free of threads and of state that
 * its children would share.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "pg/compat.h"
#include "pg/guc.h"
#include "pg/launcher.h"
#include "pg/leave.h"
#include "pg/shmem.h"
#include "pg/wake.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	rsd_guc_init();

	/* Under pg_upgrade nothing of ours may run. */
	if (IsBinaryUpgrade || !process_shared_preload_libraries_in_progress)
		return;

	rsd_shmem_init();
	rsd_wake_init();
	rsd_leave_init();
	rsd_launcher_register();
}
