/*
 * worker.h
 *	  The background worker of one database: its process, its loop, its end.
 *
 * What there is to do is the driver's business.  The worker gives it turns,
 * waits in between on one wait set, and leaves when nothing is left to do.
 */
#ifndef RSD_PG_WORKER_H
#define RSD_PG_WORKER_H

#include "postmaster/bgworker.h"

#include "pg/compat.h"

/*
 * Asks the postmaster for a worker in the given database; the caller (the
 * launcher) is told of its end by SIGUSR1.  Returns a handle allocated in
 * TopMemoryContext, to be freed with pfree(), or NULL when no place is free.
 * The slot of the database must have been marked as starting.
 */
extern BackgroundWorkerHandle *rsd_worker_start(Oid database);

/* The process; called by the postmaster, by name; arg is a database's oid. */
extern PGDLLEXPORT void rsdata_worker_main(Datum arg);

#endif							/* RSD_PG_WORKER_H */
