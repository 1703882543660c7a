/*
 * keys.h
 *		Credentials fetched while one waits, and the region they go with.
 */
#ifndef CALL_KEYS_H
#define CALL_KEYS_H

#include "aws/endpoint_plan.h"
#include "line.h"
#include "options.h"

/*
 * Fetches credentials as options say and prints where they come from, or
 * where it stopped; never a secret.  NULL if there are none; else the
 * caller's to rsd_creds_free.
 */
extern RsdCreds *call_keys_fetch(const CallOptions *options,
								 const RsdEndpointPlan *plan, CallLine *line);

/*
 * Where the services are, by options, environment and the profile; false
 * after a complaint.
 */
extern bool call_keys_endpoints(const CallOptions *options,
								RsdEndpointPlan *plan);

/*
 * The region to call: the option's, the environment's, the profile's; or
 * NULL after a complaint.  A static string.
 */
extern const char *call_keys_region(const CallOptions *options);

#endif							/* CALL_KEYS_H */
