/*
 * stmt_again.h
 *	  What is not simply sent again: a statement whose token is too old, and
 *	  rows that were not delivered.
 */
#ifndef RSD_STMT_AGAIN_H
#define RSD_STMT_AGAIN_H

#include "stmt/stmt_turn.h"

/*
 * Notices that a statement in doubt is too old to be sent again: the service
 * would take it for a new one.  From then on it is looked up.
 */
extern void rsd_again_notice(RsdStmt *stmt, int64_t now);

/* Rules of the machine, named after their events. */
extern void rsd_again_on_due(RsdTurn *t);
extern void rsd_again_on_not_yet(RsdTurn *t);
extern void rsd_again_on_not_there(RsdTurn *t);
extern void rsd_again_on_refetch(RsdTurn *t);

#endif							/* RSD_STMT_AGAIN_H */
