/*
 * loader.h
 *	  The process that delivers one statement's rows as its owner.
 */
#ifndef RSD_PG_LOADER_H
#define RSD_PG_LOADER_H

#include "postmaster/bgworker.h"
#include "storage/dsm.h"

/*
 * Registers a loader that finds its work in the shared memory of this handle.
 * NULL if the server has no place for a background worker now.  The result is
 * palloc'd in CurrentMemoryContext.
 */
extern BackgroundWorkerHandle *rsd_loader_start(Oid database, int64 statement,
												dsm_handle handle);

/* Its main function; arg is the handle. */
extern PGDLLEXPORT void rsdata_loader_main(Datum arg);

#endif							/* RSD_PG_LOADER_H */
