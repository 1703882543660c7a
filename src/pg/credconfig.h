/*
 * credconfig.h
 *	  From the options of server and mapping to endpoints and a
 *	  configuration of credentials.
 */
#ifndef RSD_PG_CREDCONFIG_H
#define RSD_PG_CREDCONFIG_H

#include "aws/endpoint_plan.h"
#include "pg/options.h"

/*
 * Where this server's services are.  Environment and configuration file of
 * the server process count only where its credentials come from there too:
 * a server with keys of its own is where its options say.  Reads that file.
 */
extern bool rsd_cred_config_plan(const RsdServerConfig *config,
								 RsdEndpointPlan *plan,
								 RsdError *err) RSD_MUSTCHECK;

/*
 * Fills *out for a role; config was read with RSD_CONFIG_SECRETS.  The
 * strings are borrowed from config and plan or palloc'd in
 * CurrentMemoryContext, in UTF-8.  A role session that has no name gets
 * "rsdata-" and 16 hex digits that stay the same for this installation,
 * server and role.  Needs a transaction with an active snapshot; raises an
 * error if our tables cannot be read.
 */
extern void rsd_cred_config(const RsdServerConfig *config,
							const RsdEndpointPlan *plan, Oid owner,
							RsdCredsConfig *out);

/*
 * Which STS to ask who we are.  False: none, because the Data API is
 * somewhere else than at AWS and nothing says where its STS is.
 */
extern bool rsd_cred_config_sts(const RsdServerConfig *config,
								const RsdEndpointPlan *plan,
								RsdEndpoint *out) RSD_MUSTCHECK;

#endif							/* RSD_PG_CREDCONFIG_H */
