/*
 * server_use.h
 *	  May a role send statements to a server at all?
 *
 * Asked at submit; the worker asks again before every call (route.h).
 */
#ifndef RSD_PG_SERVER_USE_H
#define RSD_PG_SERVER_USE_H

#include "pg/options.h"

/*
 * The configuration of a server for a role that may use it, palloc'd in
 * CurrentMemoryContext.  Raises ERRCODE_UNDEFINED_OBJECT if the server is
 * gone, ERRCODE_INSUFFICIENT_PRIVILEGE without USAGE, and
 * ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION without credentials.
 */
extern RsdServerConfig *rsd_server_use(Oid server, Oid role);

/*
 * Raises ERRCODE_INSUFFICIENT_PRIVILEGE unless arn (NULL = none) may be
 * published to by a statement of the role this config was read for.
 */
extern void rsd_server_use_topic(const RsdServerConfig *config,
								 const char *arn);

#endif							/* RSD_PG_SERVER_USE_H */
