/*
 * stmt_load.h
 *	  The facts of a statement that a loader ends, and the rules that change
 *	  them, for the machine.
 */
#ifndef RSD_STMT_LOAD_H
#define RSD_STMT_LOAD_H

#include "stmt/stmt_turn.h"

/*
 * Loads that failed this often for reasons that should have passed
 * are not tried again.  Locks are waited for without such a limit.
 */
#define RSD_LOAD_LIMIT		10

/*
 * A loader can do something for it from here on.  True if that is news, to be
 * recorded.
 */
extern bool rsd_stmt_load(RsdStmt *stmt);

/*
 * Do the rows that are fetched next go to a target?  Of a batch those that
 * are kept come first.
 */
extern bool rsd_stmt_load_pages(const RsdStmt *stmt);

/* Are there rows for a target at all, as far as is known? */
extern bool rsd_stmt_load_rows(const RsdStmt *stmt);

/*
 * Has the loader everything but the word to commit?  All rows and the details
 * that the final row shows are in hand.
 */
extern bool rsd_stmt_load_complete(const RsdStmt *stmt);

/* Does it wait for a loader, as far as time goes? */
extern bool rsd_stmt_load_wanted(const RsdStmt *stmt, int64_t now);

/* Rules of the machine, named after their events. */
extern void rsd_load_on_due(RsdTurn *t);
extern void rsd_load_on_recovered(RsdTurn *t);
extern void rsd_load_on_turn(RsdTurn *t);
extern void rsd_load_on_room(RsdTurn *t);
extern void rsd_load_on_loaded(RsdTurn *t);
extern void rsd_load_on_failed(RsdTurn *t);
extern void rsd_load_on_again(RsdTurn *t);

#endif							/* RSD_STMT_LOAD_H */
