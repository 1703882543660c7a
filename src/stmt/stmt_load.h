/*
 * stmt_load.h
 *	  The facts of a statement that a loader ends, for the machine.
 */
#ifndef RSD_STMT_LOAD_H
#define RSD_STMT_LOAD_H

#include "stmt/stmt_fsm.h"

/*
 * Loads that failed this often in a row for reasons that should have passed
 * are not tried again.  Locks are waited for without such a limit.
 */
#define RSD_LOAD_LIMIT		10

/*
 * A loader can do something for it from here on.  True if that is news, to be
 * recorded.
 */
extern bool rsd_stmt_load(RsdStmt *stmt);

/*
 * Nothing of the last load remains: rows for a target are fetched again from
 * the first page on, and the statement has to wait for a turn again.
 */
extern void rsd_stmt_load_anew(RsdStmt *stmt);

/*
 * Has the loader everything but the word to commit?  All rows and the details
 * that the final row shows are in hand.
 */
extern bool rsd_stmt_load_complete(const RsdStmt *stmt);

/* Does it wait for a loader, as far as time goes? */
extern bool rsd_stmt_load_wanted(const RsdStmt *stmt, int64_t now);

#endif							/* RSD_STMT_LOAD_H */
