/*
 * submit.h
 *	  Submitting one statement: what rsdata_submit and rsdata_run share.
 */
#ifndef RSD_PG_SUBMIT_H
#define RSD_PG_SUBMIT_H

#include "fmgr.h"
#include "datatype/timestamp.h"
#include "utils/jsonb.h"

/* The arguments as given; NULL = SQL NULL. */
typedef struct RsdSubmitArgs
{
	text	   *sql;
	Name		server;
	Jsonb	   *params;
	text	   *label;
	text	   *target;
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
