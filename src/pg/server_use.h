/*
 * server_use.h
 *	  Which server is meant, and may a role send statements to it at all?
 *
 * Asked at submit; the worker asks again before every call (route.h).
 */
#ifndef RSD_PG_SERVER_USE_H
#define RSD_PG_SERVER_USE_H

#include "foreign/foreign.h"

#include "pg/options.h"

/*
 * The server of that name; NULL: of setting rsdata.default_server.  Checks no
 * privilege.  Raises ERRCODE_NULL_VALUE_NOT_ALLOWED if neither is given and
 * ERRCODE_UNDEFINED_OBJECT if there is none.
 */
extern ForeignServer *rsd_server_find(const NameData *name);

/*
 * Raises ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION if nothing tells where
 * the keys of role come from on the server this config was read for.
 */
extern void rsd_server_require_keys(const RsdServerConfig *config, Oid role);

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
