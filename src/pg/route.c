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
#include "pg/options.h"
#include "pg/route.h"
#include "pg/utf8text.h"

struct RsdRoutes
{
	MemoryContext cx;
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
rsd_routes_create(void)
{
	RsdRoutes  *routes = palloc0(sizeof(RsdRoutes));
	Datum		arg = PointerGetDatum(routes);

	routes->cx = CurrentMemoryContext;
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

/* Empties a route, keys first. */
static void
forget(RsdRoute *route)
{
	rsd_credvalue_wipe(&route->credentials);
	rsd_wipe(&route->key, sizeof(route->key));
	rsd_wipe(&route->sns_key, sizeof(route->sns_key));
	MemoryContextReset(route->cx);
	route->state = RSD_ROUTE_OK;
	route->problem[0] = '\0';
	route->no_long_poll = false;
}

static const char *
to_utf8(const char *text)
{
	return text == NULL ? NULL : rsd_text_to_utf8(text);
}

static void
take_config(RsdRoute *route, RsdServerConfig *config)
{
	RsdError	err;

	route->cluster = config->cluster_identifier;
	route->workgroup = config->workgroup_name;
	route->database = to_utf8(config->database);
	route->db_user = to_utf8(config->db_user);
	route->secret_arn = config->secret_arn;
	route->sns_endpoint_url = config->sns_endpoint_url;
	route->max_in_flight = config->max_in_flight;
	route->describe_always = config->describe_always;
	if (!rsd_endpoint_resolve(RSD_SERVICE_DATA, config->region,
							  config->endpoint_url, false, false,
							  &route->endpoint, &err))
		set_problem(route, RSD_ROUTE_GONE, err.what);
	else if (!config->has_keys)
		set_problem(route, RSD_ROUTE_NO_KEYS,
					"the user mapping has no access_key_id and secret_access_key");
	else if (!rsd_credvalue_set(&route->credentials, config->access_key_id,
								config->secret_access_key,
								config->session_token, 0, &err))
		set_problem(route, RSD_ROUTE_NO_KEYS, err.what);
	else if (!config->enabled)
		set_problem(route, RSD_ROUTE_PAUSED,
					"the server's option \"enabled\" is off");
}

static void
read_route(RsdRoute *route)
{
	MemoryContext old;
	RsdServerConfig *config;

	forget(route);
	route->fresh = true;
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(route->owner)))
	{
		set_problem(route, RSD_ROUTE_GONE, "its owner was dropped");
		return;
	}
	old = MemoryContextSwitchTo(route->cx);
	config = rsd_server_config(route->server, route->owner,
							   RSD_CONFIG_MISSING_OK | RSD_CONFIG_SECRETS);
	if (config == NULL)
	{
		MemoryContextSwitchTo(old);
		set_problem(route, RSD_ROUTE_GONE, "its server was dropped");
		return;
	}
	take_config(route, config);
	MemoryContextSwitchTo(old);
	rsd_server_config_wipe(config);
	if (route->state != RSD_ROUTE_GONE &&
		rsd_compat_server_aclcheck(route->server, route->owner,
								   ACL_USAGE) != ACLCHECK_OK)
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
				read_route(route);
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
	read_route(route);
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
			read_route(route);
	}
}
