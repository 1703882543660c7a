/*
 * txn.h
 *	  Short transactions of a background process: run, commit, or hand back
 *	  the error as a value.
 *
 * Owns the project's only PG_TRY, and the settings that hold inside such a
 * transaction whatever ALTER ROLE or ALTER DATABASE say.  It never waits for
 * anything but locks (one second) and the commit itself.
 */
#ifndef RSD_PG_TXN_H
#define RSD_PG_TXN_H

#include <stdbool.h>

#include "utils/elog.h"

/*
 * Sets n settings, pairs of name and value, for the life of this process,
 * whatever ALTER ROLE and ALTER DATABASE say, and synchronous_commit from
 * rsdata.synchronous_commit.  Call outside a transaction.
 */
extern void rsd_txn_pin(const char *const (*settings)[2], int n);

/*
 * Pins what a worker relies on: read committed, read-write, search_path
 * of pg_catalog and pg_temp, lock_timeout one second, no other time-outs,
 * synchronous_commit from rsdata.synchronous_commit, dates as ISO in UTC.
 * Call outside a transaction after connecting to a database, and again when
 * the configuration was read anew.
 */
extern void rsd_txn_pin_settings(void);

/*
 * Finds the extension in the connected database, in a transaction of its own,
 * and makes its oid the epoch of this process: from now on every transaction
 * of rsd_txn_run() starts by checking that just this extension is still
 * there, and holds it against DROP until its end.  False: not installed.
 * Raises an error only if the catalogs cannot be read.
 */
extern bool rsd_txn_bind(void);

/*
 * Is the extension that rsd_txn_bind() found still there, as far as the last
 * transaction saw?  False for good once it was gone or made anew; then the
 * process must leave.
 */
extern bool rsd_txn_bound(void);

/*
 * Runs fn(arg) in a transaction of its own with an active snapshot and SPI
 * connected, and commits.  Returns NULL when committed, else the error (a
 * copy in the caller's memory context, to be freed with FreeErrorData());
 * then nothing of the transaction remains, and nothing was logged.
 *
 * No transaction may be open.  CurrentMemoryContext inside fn is SPI's: what
 * shall survive must be allocated elsewhere.  An extension that is gone or is
 * just being dropped comes back as an error of class
 * ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE; FATAL errors end the process as
 * always.
 */
extern ErrorData *rsd_txn_run(void (*fn) (void *arg), void *arg);

#endif							/* RSD_PG_TXN_H */
