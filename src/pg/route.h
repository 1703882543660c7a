/*
 * route.h
 *	  How the worker reaches a server on behalf of a role: endpoint, keys and
 *	  what was learnt about it.
 *
 * Routes are read from the catalogs in a transaction and used outside of one.
 * USAGE on the server is checked with each reading; routes are read anew
 * after any change of servers, mappings or roles.  Keys are those of a source
 * that routes share (credsource.h), and never leave this process.
 */
#ifndef RSD_PG_ROUTE_H
#define RSD_PG_ROUTE_H

#include "nodes/pg_list.h"

#include "aws/endpoint_plan.h"
#include "aws/sigv4.h"
#include "pg/credsource.h"
#include "pg/options.h"
#include "stmt/stmt_status.h"

typedef struct RsdRoutes RsdRoutes;

/* Can statements of this role go to this server? */
typedef enum RsdRouteState
{
	RSD_ROUTE_OK,
	RSD_ROUTE_PAUSED,			/* the server's option "enabled" is off */
	RSD_ROUTE_NO_KEYS,			/* no usable credentials; may come */
	RSD_ROUTE_DENIED,			/* no USAGE; may come back */
	RSD_ROUTE_GONE				/* server or role dropped, options unusable */
} RsdRouteState;

/* What the queued rows of a route are shown to wait for. */
typedef struct RsdShown
{
	RsdWait		wait;			/* that there is no way, or the rate; NONE
								 * neither */
	char		detail[256];
	int64		upto;			/* their ids, up to this one */
	bool		going;			/* others still say that there is no way */
	int64		at;				/* the look that told some of them */
} RsdShown;

/*
 * One role's way to one server.  Strings are in the database's encoding, but
 * for those that go to the service: they are UTF-8.
 */
typedef struct RsdRoute
{
	Oid			server;
	Oid			owner;
	RsdRouteState state;
	char		problem[256];	/* why it is not OK */
	const char *cluster;		/* NULL if a workgroup is named */
	const char *workgroup;
	const char *database;		/* UTF-8 */
	const char *db_user;		/* UTF-8 */
	const char *secret_arn;
	int			max_in_flight;	/* of the server */
	double		quota_share;	/* of the server; 0 no limit */
	bool		describe_always;
	bool		sns_error_text; /* messages bear the error's text */
	RsdEndpoint endpoint;		/* of the Data API */
	RsdEndpointPlan plan;		/* for SNS, in a topic's own region */
	char	   *proxy;			/* the option, with its password; NULL: the
								 * environment decides */
	RsdCredSource *source;		/* of keys; NULL unless OK or PAUSED */
	int64		skew;			/* the service's clock minus ours,
								 * microseconds */
	int64		sns_skew;
	RsdSigningKey key;			/* cache for the Data API */
	RsdSigningKey sns_key;		/* cache for SNS */
	bool		no_long_poll;	/* the service refused WaitTimeSeconds */
	RsdShown	shown;

	/* private */
	MemoryContext cx;
	bool		fresh;
} RsdRoute;

/* Makes the empty set in CurrentMemoryContext. */
extern RsdRoutes *rsd_routes_create(RsdCredSources *sources);

/*
 * The route of a role to a server, read if need be.  Needs a transaction.
 * Valid for the life of the process; its content changes with
 * rsd_routes_refresh().
 */
extern RsdRoute *rsd_routes_get(RsdRoutes *routes, Oid server, Oid owner);

/*
 * Reads again what a change in the catalogs has made doubtful.  Needs a
 * transaction.
 */
extern void rsd_routes_refresh(RsdRoutes *routes);

/* A look was rolled back, and what it showed with it: all is shown again. */
extern void rsd_routes_show_anew(RsdRoutes *routes);

#endif							/* RSD_PG_ROUTE_H */
