/*
 * check_state.h
 *	  What the files of rsdata_check share: check.c (the function, and what
 *	  can be told without the network), check_creds.c (keys and whose they
 *	  are), check_remote.c (the Data API), check_sns.c (topics), and nobody
 *	  else.
 */
#ifndef RSD_PG_CHECK_STATE_H
#define RSD_PG_CHECK_STATE_H

#include "nodes/execnodes.h"

#include "aws/endpoint_plan.h"
#include "aws/sigv4.h"
#include "base/tri.h"
#include "pg/ask.h"
#include "pg/options.h"
#include "stmt/stmt_proto.h"

/* One walk through the steps; freed and wiped with its memory context. */
typedef struct RsdCheck
{
	ReturnSetInfo *rows;		/* where the steps are told */
	Oid			role;			/* the caller */
	RsdServerConfig *config;	/* without secrets */
	char	   *proxy;			/* the option, with its password */
	RsdEndpointPlan plan;
	RsdEndpoint endpoint;
	RsdCreds   *creds;			/* where the keys come from */
	RsdCredentials credentials;
	RsdSigningKey key;
	RsdAsk	   *ask;
	RsdFlight  *flight;			/* how the last request ended */
	RsdFlight	unmade;			/* stands for one that could not be made */
	RsdReply	reply;			/* what it said, if it was a call */
	RsdEvent	event;			/* what that means */
	RsdTri		held;			/* does the service hold our calls? */
	char		aws_id[RSD_ID_SIZE];
	MemoryContextCallback cleanup;
} RsdCheck;

/*
 * Tell the result of a step, in words of the database's encoding: done; not
 * good, with a hint (may be NULL); not to be told.  The first returns true,
 * the second false, so that a step can end with them.
 */
extern bool rsd_check_pass(RsdCheck *check, const char *step,
						   const char *fmt,...) pg_attribute_printf(3, 4);

/* See above: this one is for a step that did not succeed. */
extern bool rsd_check_fail(RsdCheck *check, const char *step,
						   const char *hint, const char *fmt,...) pg_attribute_printf(4, 5);

/* See above: this one is for what could not be found out; returns true. */
extern bool rsd_check_unsure(RsdCheck *check, const char *step,
							 const char *fmt,...) pg_attribute_printf(3, 4);

/*
 * Where the keys come from: what was tried and where it stopped.  False: no
 * keys, it goes no further.
 */
extern bool rsd_check_credentials(RsdCheck *check);

/* Whose keys they are, as far as STS is asked; returns true. */
extern bool rsd_check_identity(RsdCheck *check);

/*
 * Runs a statement through the Data API, a step for each thing that can be
 * in the way.  False: it goes no further.
 */
extern bool rsd_check_remote(RsdCheck *check);

/*
 * The topics that outcomes go to: is the endpoint of each reachable?
 * Publishes nothing.
 */
extern bool rsd_check_sns(RsdCheck *check);

#endif							/* RSD_PG_CHECK_STATE_H */
