/*
 * stmt_verdict.h
 *	  What the service has accepted, and what follows from its verdict.
 */
#ifndef RSD_STMT_VERDICT_H
#define RSD_STMT_VERDICT_H

#include "stmt/stmt_turn.h"

/*
 * The service knows the statement: a submitting one runs from here on, its
 * timeout counts.  Changes nothing else.
 */
extern void rsd_verdict_accept(RsdTurn *t);

/* A verdict is known: goes as far as the facts in hand allow. */
extern void rsd_verdict_follow(RsdTurn *t);

/*
 * The status that the verdict leads to when all there is to do is done;
 * *reason is static, or NULL if the service has the words.
 */
extern RsdStatus rsd_verdict_status(const RsdStmt *stmt, const char **reason);

/* Ends the statement with that. */
extern void rsd_verdict_end(RsdTurn *t);

#endif							/* RSD_STMT_VERDICT_H */
