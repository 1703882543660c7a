/*
 * ask_keys.h
 *	  Keys and proxy for calls that an SQL function makes in its backend.
 */
#ifndef RSD_PG_ASK_KEYS_H
#define RSD_PG_ASK_KEYS_H

#include "aws/creds.h"
#include "aws/endpoint_plan.h"
#include "pg/ask.h"

/*
 * Makes the source of credentials that role has on a server, as the worker
 * does it; nothing is fetched yet.  NULL with err set as rsd_creds_create.
 * To be freed with rsd_creds_free, from a memory-context callback.  Raises
 * errors of reading the catalogs.
 */
extern RsdCreds *rsd_ask_source(Oid server, Oid role,
								const RsdEndpointPlan *plan, RsdError *err);

/*
 * The option "proxy" that role has for a server, with its password, so wipe
 * it after use; palloc'd, or NULL.  Raises errors of reading the catalogs.
 */
extern char *rsd_ask_server_proxy(Oid server, Oid role);

/*
 * Goes the source's way to its end, within the time of ask.  NULL: no keys,
 * rsd_creds_story says why.  Valid as rsd_creds_current.  Raises the error of
 * a cancel.
 */
extern const RsdCredentials *rsd_ask_keys(RsdAsk *ask, RsdCreds *creds);

#endif							/* RSD_PG_ASK_KEYS_H */
