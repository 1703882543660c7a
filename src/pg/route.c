/*
 * route.c
 *	  Servers and credentials as the worker uses them.
 *
 * There are few routes, one for each server and role with statements since
 * the worker started, so a list will do.  A route is never freed while the
 * process lives: statements and requests in flight point to it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_foreign_server.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "pg/compat.h"
#include "pg/credconfig.h"
#include "pg/options.h"
#include "pg/route.h"
#include "pg/utf8text.h"

struct RsdRoutes
{
	MemoryContext cx;
	RsdCredSources *sources;
	List	   *list;			/* of RsdRoute * */
	bool		stale;			/* set by the invalidation callback */
};

static void
on_catalog_change(Datum arg, int cacheid, uint32 hashvalue)
{
	RsdRoutes  *routes = (RsdRoutes *) DatumGetPointer(arg);

	routes->stale = true;
}

RsdRoutes *
rsd_routes_create(RsdCredSources *sources)
{
	RsdRoutes  *routes = palloc0(sizeof(RsdRoutes));
	Datum		arg = PointerGetDatum(routes);

	routes->cx = CurrentMemoryContext;
	routes->sources = sources;
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_catalog_change, arg);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, on_catalog_change, arg);
	CacheRegisterSyscacheCallback(AUTHOID, on_catalog_change, arg);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, on_catalog_change, arg);
	return routes;
}

static void
set_problem(RsdRoute *route, RsdRouteState state, const char *problem)
{
	route->state = state;
	strlcpy(route->problem, problem, sizeof(route->problem));
}

/* Empties a route, but for what was learnt about the clock. */
static void
forget(RsdRoute *route)
{
	rsd_cred_source_release(route->source);
	route->source = NULL;
	rsd_wipe(&route->key, sizeof(route->key));
	rsd_wipe(&route->sns_key, sizeof(route->sns_key));
	if (route->proxy != NULL)
		rsd_wipe(route->proxy, strlen(route->proxy));
	route->proxy = NULL;
	MemoryContextReset(route->cx);
	set_problem(route, RSD_ROUTE_NO_KEYS, "its server could not be read");
	route->no_long_poll = false;
}

/* NULL with err set if the options of the credentials do not go together. */
static RsdCredSource *
find_source(RsdCredSources *sources, const RsdRoute *route,
			const RsdServerConfig *config, RsdError *err)
{
	RsdCredsConfig creds;
	RsdEndpoint sts;
	bool		has_sts = rsd_cred_config_sts(config, &route->plan, &sts);

	rsd_cred_config(config, &route->plan, route->owner, &creds);
	return rsd_cred_sources_get(sources, &creds, has_sts ? &sts : NULL,
								route->proxy, err);
}

/*
 * Finds the endpoints.  What is wrong with an option has to be altered; what
 * is wrong with the environment or its files is waited for as their keys are.
 */
static bool
find_endpoints(RsdRoute *route, const RsdServerConfig *config)
{
	RsdError	err;

	if (rsd_cred_config_plan(config, &route->plan, &err) &&
		rsd_endpoint_plan_resolve(&route->plan, RSD_SERVICE_DATA,
								  config->region, &route->endpoint, &err))
		return true;
	set_problem(route, config->source == RSD_CREDS_KEYS ? RSD_ROUTE_GONE :
				RSD_ROUTE_NO_KEYS, err.what);
	return false;
}

static void
take_config(RsdRoutes *routes, RsdRoute *route, RsdServerConfig *config)
{
	RsdError	err;

	route->cluster = config->cluster_identifier;
	route->workgroup = config->workgroup_name;
	route->database = rsd_text_to_utf8(config->database);
	route->db_user = rsd_text_to_utf8(config->db_user);
	route->secret_arn = config->secret_arn;
	route->max_in_flight = config->max_in_flight;
	route->quota_share = config->quota_share;
	route->describe_always = config->describe_always;
	route->sns_error_text = config->sns_error_text;
	if (config->proxy != NULL)
		route->proxy = pstrdup(config->proxy);
	if (!find_endpoints(route, config))
		return;
	if (!rsd_server_has_credentials(config))
		set_problem(route, RSD_ROUTE_NO_KEYS,
					"the user mapping has no access_key_id and secret_access_key");
	else if ((route->source = find_source(routes->sources, route, config,
										  &err)) == NULL)
		set_problem(route, RSD_ROUTE_NO_KEYS, err.what);
	else if (!config->enabled)
		set_problem(route, RSD_ROUTE_PAUSED, RSD_PAUSED_WORDS);
	else
		set_problem(route, RSD_ROUTE_OK, "");
}

static void
read_route(RsdRoutes *routes, RsdRoute *route)
{
	MemoryContext old;
	RsdServerConfig *config;

	forget(route);
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(route->owner)))
	{
		route->fresh = true;
		set_problem(route, RSD_ROUTE_GONE, "its owner was dropped");
		return;
	}
	old = MemoryContextSwitchTo(route->cx);
	config = rsd_server_config(route->server, route->owner,
							   RSD_CONFIG_MISSING_OK | RSD_CONFIG_SECRETS);
	if (config == NULL)
	{
		MemoryContextSwitchTo(old);
		route->fresh = true;
		set_problem(route, RSD_ROUTE_GONE, "its server was dropped");
		return;
	}
	take_config(routes, route, config);
	MemoryContextSwitchTo(old);
	rsd_server_config_wipe(config);
	route->fresh = true;
	if (route->state != RSD_ROUTE_GONE &&
		rsd_compat_aclcheck(ForeignServerRelationId, route->server,
							route->owner, ACL_USAGE) != ACLCHECK_OK)
		set_problem(route, RSD_ROUTE_DENIED,
					"its owner has no USAGE on the server");
}

RsdRoute *
rsd_routes_get(RsdRoutes *routes, Oid server, Oid owner)
{
	ListCell   *lc;
	MemoryContext old;
	RsdRoute   *route;

	Assert(IsTransactionState());
	foreach(lc, routes->list)
	{
		route = lfirst(lc);
		if (route->server == server && route->owner == owner)
		{
			if (!route->fresh)
				read_route(routes, route);
			return route;
		}
	}
	old = MemoryContextSwitchTo(routes->cx);
	route = palloc0(sizeof(RsdRoute));
	route->server = server;
	route->owner = owner;
	route->cx = AllocSetContextCreate(routes->cx, "rsdata route",
									  ALLOCSET_SMALL_SIZES);
	routes->list = lappend(routes->list, route);
	MemoryContextSwitchTo(old);
	read_route(routes, route);
	return route;
}

void
rsd_routes_refresh(RsdRoutes *routes)
{
	ListCell   *lc;

	Assert(IsTransactionState());
	if (routes->stale)
	{
		routes->stale = false;
		foreach(lc, routes->list)
			((RsdRoute *) lfirst(lc))->fresh = false;
	}
	foreach(lc, routes->list)
	{
		RsdRoute   *route = lfirst(lc);

		if (!route->fresh)
			read_route(routes, route);
	}
}

void
rsd_routes_show_anew(RsdRoutes *routes)
{
	ListCell   *lc;

	foreach(lc, routes->list)
		((RsdRoute *) lfirst(lc))->shown.upto = 0;
}
