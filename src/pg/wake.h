/*
 * wake.h
 *	  From a committed transaction to a worker that looks at the tables.
 *
 * A backend that wrote something for the worker calls rsd_wake_at_commit();
 * the rest happens once the rows can be seen.  Owns the transaction callback;
 * never throws at commit, never starts a process (the launcher does).
 */
#ifndef RSD_PG_WAKE_H
#define RSD_PG_WAKE_H

#include <stdbool.h>

#include "datatype/timestamp.h"

/*
 * Registers the transaction callback, once.  Only while
 * shared_preload_libraries are loaded.
 */
extern void rsd_wake_init(void);

/*
 * Marks this transaction: when it commits, the worker of this database is
 * woken or wanted.  Cheap, may be called any number of times; forgotten at
 * abort.  A rolled-back savepoint leaves the mark: one idle wake, harmless.
 * A transaction that is prepared wakes at its COMMIT PREPARED.
 */
extern void rsd_wake_at_commit(void);

/*
 * For a statement that must wait until its server is enabled: marks this
 * transaction so that the worker is woken only if it would not look at the
 * tables by "due" (DT_NOEND = it need not), or if a server, key or right was
 * changed since "ways" was asked for: by then its own wake may have been too
 * early to see the statement.
 */
extern void rsd_wake_by(TimestampTz due, uint64 ways);

/* How often servers, keys and rights were changed.  Ask before reading them. */
extern uint64 rsd_wake_ways(void);

/*
 * Wakes the worker of this database now, whatever the transaction does.
 * Never throws.
 */
extern void rsd_wake_now(void);

/* Was the library loaded by shared_preload_libraries? */
extern bool rsd_preloaded(void);

/*
 * Raises ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, with a hint what to set,
 * unless rsd_preloaded().
 */
extern void rsd_wake_require(void);

#endif							/* RSD_PG_WAKE_H */
