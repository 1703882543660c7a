/*
 * credconfig.h
 *	  From the options of server and mapping to a configuration of
 *	  credentials.
 */
#ifndef RSD_PG_CREDCONFIG_H
#define RSD_PG_CREDCONFIG_H

#include "aws/endpoint.h"
#include "pg/options.h"

/*
 * Fills *out for a role; config was read with RSD_CONFIG_SECRETS.  The
 * strings are borrowed from config or palloc'd in CurrentMemoryContext, in
 * UTF-8.  A role session that has no name gets "rsdata-" and 16 hex digits
 * that stay the same for this installation, server and role.  Needs a
 * transaction with an active snapshot; raises an error if our tables cannot
 * be read.
 */
extern void rsd_cred_config(const RsdServerConfig *config, Oid owner,
							RsdCredsConfig *out);

/*
 * The endpoint of a service (RSD_SERVICE_...) for this server: a URL of the
 * options wins over FIPS and dual-stack.  region as rsd_endpoint_resolve,
 * which tells the errors.
 */
extern bool rsd_cred_config_endpoint(const RsdServerConfig *config,
									 const char *service, const char *region,
									 RsdEndpoint *out,
									 RsdError *err) RSD_MUSTCHECK;

/*
 * Which STS to ask who we are.  False: none, because the Data API is
 * somewhere else than at AWS and nothing says where its STS is.
 */
extern bool rsd_cred_config_sts(const RsdServerConfig *config,
								RsdEndpoint *out) RSD_MUSTCHECK;

#endif							/* RSD_PG_CREDCONFIG_H */
