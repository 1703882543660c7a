/*
 * stmt_plan.h
 *	  What a statement wants sent next, and when, from its facts alone.
 */
#ifndef RSD_STMT_PLAN_H
#define RSD_STMT_PLAN_H

#include "stmt/stmt_fsm.h"

/*
 * Adds to step the calls that can be made at "now" and marks them in flight.
 * "submit_wait" is the WaitTimeSeconds of ExecuteStatement.  For
 * rsd_stmt_step(), which calls it after every event.
 */
extern void rsd_stmt_plan(RsdStmt *stmt, int64_t now, int submit_wait,
						  RsdStep *step);

/* Must DescribeStatement still tell what the verdict came with? */
extern bool rsd_stmt_details_wanted(const RsdStmt *stmt);

/* When the machine next wants RSD_EV_DUE; 0 if only a reply can move it. */
extern int64_t rsd_stmt_due(const RsdStmt *stmt);

#endif							/* RSD_STMT_PLAN_H */
