/*
 * stmt_rerun.h
 *	  Running a statement again that failed in a way that may pass.
 */
#ifndef RSD_STMT_RERUN_H
#define RSD_STMT_RERUN_H

#include "stmt/stmt_fsm.h"

/* Is a failed statement to run again? */
extern bool rsd_stmt_may_rerun(const RsdStmt *stmt);

/*
 * Makes it a queued one that was never sent, to be sent after a growing delay
 * from "now"; "env" spreads it.  For rsd_stmt_step().
 */
extern void rsd_stmt_rerun(RsdStmt *stmt, int64_t now, const RsdEnv *env);

#endif							/* RSD_STMT_RERUN_H */
