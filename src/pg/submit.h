/*
 * submit.h
 *	  Submitting one statement: what rsdata_submit, rsdata_submit_batch and
 *	  rsdata_run share.
 */
#ifndef RSD_PG_SUBMIT_H
#define RSD_PG_SUBMIT_H

#include "fmgr.h"
#include "datatype/timestamp.h"
#include "utils/array.h"
#include "utils/jsonb.h"

/* The arguments as given; NULL = SQL NULL. */
typedef struct RsdSubmitArgs
{
	bool		batch;			/* sqls and targets, not sql and target */
	text	   *sql;
	ArrayType  *sqls;
	Name		server;
	Jsonb	   *params;
	text	   *label;
	text	   *target;
	Jsonb	   *targets;
	Interval   *timeout;
	text	   *idempotency_key;
	Jsonb	   *options;
} RsdSubmitArgs;

/*
 * Checks everything that can be checked before COMMIT, inserts the statement
 * as the current role's and sees that the worker is woken at commit.  Returns
 * its id.  Raises an error for whatever is wrong; nothing is sent from here.
 */
extern int64 rsd_submit(const RsdSubmitArgs *args);

#endif							/* RSD_PG_SUBMIT_H */
