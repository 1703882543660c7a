/*
 * ddl_wake.h
 *	  Wakes the worker after commands that open a way for statements it holds.
 *
 * The worker does not poll: a statement held because its server is disabled
 * or has no keys goes on when the worker is told to look again.
 */
#ifndef RSD_PG_DDL_WAKE_H
#define RSD_PG_DDL_WAKE_H

#include "nodes/nodes.h"

/*
 * Registers what wakes at the end of a transaction, once.  Only while
 * shared_preload_libraries are loaded.
 */
extern void rsd_ddl_wake_init(void);

/*
 * Told of each utility command, but those about transactions, before it is
 * run.  If it changes servers, user mappings, or who may use them, the worker
 * of this database is woken when the transaction commits.  Does nothing in a
 * database without the extension.
 */
extern void rsd_ddl_wake(Node *command);

#endif							/* RSD_PG_DDL_WAKE_H */
