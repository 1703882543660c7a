/*
 * check.c
 *	  rsdata_check: what a newcomer runs first.
 *
 * Walks, in the calling backend, the way that a statement takes, and tells
 * each step in a row; where it goes no further it stops with a hint.  Owns
 * the function, the order of the steps, and those that need no network.
 * What the service answers becomes a row, never an error.  Sends nothing
 * that a worker would not be allowed to send.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "net/proxy.h"
#include "pg/ask_keys.h"
#include "pg/check_state.h"
#include "pg/compat.h"
#include "pg/credconfig.h"
#include "pg/guc.h"
#include "pg/server_use.h"
#include "pg/shmem.h"
#include "pg/utf8text.h"
#include "pg/wake.h"

RSD_FUNCTION(rsdata_check);

static void
tell(RsdCheck *check, const char *step, RsdTri ok, const char *detail,
	 const char *hint)
{
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = CStringGetTextDatum(step);
	values[1] = BoolGetDatum(ok == RSD_TRI_YES);
	nulls[1] = ok == RSD_TRI_UNKNOWN;
	values[2] = CStringGetTextDatum(detail);
	values[3] = hint == NULL ? (Datum) 0 : CStringGetTextDatum(hint);
	nulls[3] = hint == NULL;
	tuplestore_putvalues(check->rows->setResult, check->rows->setDesc,
						 values, nulls);
}

static char *vformat(const char *fmt, va_list args) pg_attribute_printf(1, 0);

static char *
vformat(const char *fmt, va_list args)
{
	size_t		size = 256;

	for (;;)
	{
		char	   *text = palloc(size);
		va_list		copy;
		size_t		needed;

		va_copy(copy, args);
		needed = pvsnprintf(text, size, fmt, copy);
		va_end(copy);
		if (needed < size)
			return text;
		pfree(text);
		size = needed;
	}
}

bool
rsd_check_pass(RsdCheck *check, const char *step, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	tell(check, step, RSD_TRI_YES, vformat(fmt, args), NULL);
	va_end(args);
	return true;
}

bool
rsd_check_fail(RsdCheck *check, const char *step, const char *hint,
			   const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	tell(check, step, RSD_TRI_NO, vformat(fmt, args), hint);
	va_end(args);
	return false;
}

bool
rsd_check_unsure(RsdCheck *check, const char *step, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	tell(check, step, RSD_TRI_UNKNOWN, vformat(fmt, args), NULL);
	va_end(args);
	return true;
}

/* This database's worker as it is now; one that never was is all zero. */
static RsdSlotInfo
own_worker(void)
{
	int			max = Max(rsd_shmem_slot_count(), 1);
	RsdSlotInfo *slots = palloc(sizeof(RsdSlotInfo) * max);
	RsdSlotInfo none = {.database = MyDatabaseId};
	int			n = rsd_shmem_snapshot(slots, max);

	for (int i = 0; i < n; i++)
		if (slots[i].database == MyDatabaseId)
			return slots[i];
	return none;
}

/* Only "off" stops here: without a worker, the rest can still be tried. */
static bool
check_worker(RsdCheck *check)
{
	RsdSlotInfo worker = own_worker();

	if (!rsd_guc()->enabled)
		return rsd_check_fail(check, "preload",
							  "Set rsdata.enabled to on and reload the configuration.",
							  "setting \"rsdata.enabled\" is off: nothing is sent");
	if (!rsd_preloaded())
		rsd_check_fail(check, "preload",
					   "Add rsdata to shared_preload_libraries and restart the server.",
					   "rsdata was not loaded when the server started: no statement can be submitted");
	else if (worker.failures > 0)
		rsd_check_fail(check, "preload", "The server log says why.",
					   "the worker of this database has failed %d times in a row",
					   worker.failures);
	else
		rsd_check_pass(check, "preload",
					   "rsdata is loaded; worker of this database: %s",
					   rsd_worker_state_name(worker.state));
	return true;
}

static bool
check_server(RsdCheck *check)
{
	const RsdServerConfig *config = check->config;

	if (!config->enabled)
		return rsd_check_fail(check, "server",
							  psprintf("Run ALTER SERVER %s OPTIONS (SET enabled 'true').",
									   quote_identifier(config->name)),
							  "option \"enabled\" of \"%s\" is off: its statements are held",
							  config->name);
	return rsd_check_pass(check, "server",
						  "\"%s\": %s \"%s\" in %s, database \"%s\"",
						  config->name,
						  config->workgroup_name != NULL ? "workgroup" : "cluster",
						  config->workgroup_name != NULL ?
						  config->workgroup_name : config->cluster_identifier,
						  config->region, config->database);
}

static bool
check_usage(RsdCheck *check)
{
	const char *role = GetUserNameFromId(check->role, false);
	const char *name = check->config->name;

	if (rsd_compat_aclcheck(ForeignServerRelationId, check->config->oid,
							check->role, ACL_USAGE) != ACLCHECK_OK)
		return rsd_check_fail(check, "usage",
							  psprintf("Run GRANT USAGE ON FOREIGN SERVER %s TO %s.",
									   quote_identifier(name),
									   quote_identifier(role)),
							  "role \"%s\" may not use the server", role);
	return rsd_check_pass(check, "usage", "role \"%s\" may use the server", role);
}

/*
 * Where the services are and the proxy on the way; says only what is wrong.
 */
static bool
find_way(RsdCheck *check)
{
	RsdError	err;

	check->proxy = rsd_ask_server_proxy(check->config->oid, check->role);
	(void) rsd_ask_proxy(check->ask, check->proxy);
	if (rsd_cred_config_plan(check->config, &check->plan, &err) &&
		rsd_endpoint_plan_resolve(&check->plan, RSD_SERVICE_DATA,
								  check->config->region, &check->endpoint,
								  &err))
		return true;
	return rsd_check_fail(check, "endpoint",
						  "Correct the options \"region\" and \"endpoint_url\"; for credentials that are not in the mapping, AWS_ENDPOINT_URL and the configuration file of the server process count too.",
						  "%s", rsd_text_from_utf8(err.what));
}

/* "(option ...)", as far as it is not the region that decides; palloc'd. */
static const char *
endpoint_place(const RsdCheck *check)
{
	const char *place = rsd_endpoint_plan_place(&check->plan,
												RSD_SERVICE_DATA);

	if (place == NULL)
		return "";
	if (strcmp(place, "option") == 0)
		return " (option \"endpoint_url\")";
	return psprintf(" (%s)", place);
}

/* The proxy to it without user and password; false with err: a bad one. */
static bool
describe_proxy(const RsdCheck *check, const char **words, RsdError *err)
{
	const char *text = rsd_flight_proxy(check->proxy, &check->endpoint.url);
	RsdProxy	proxy;

	*words = "";
	if (text == NULL)
		return true;
	if (!rsd_proxy_parse(text, &proxy, err))
		return false;
	*words = psprintf(", through proxy %s://%s:%d (%s)",
					  proxy.url.https ? "https" : "http", proxy.url.host,
					  proxy.url.port, check->proxy != NULL ?
					  "option \"proxy\"" : "environment");
	rsd_wipe(&proxy, sizeof(proxy));
	return true;
}

static bool
check_endpoint(RsdCheck *check)
{
	const RsdUrl *url = &check->endpoint.url;
	const char *proxy;
	RsdError	err;

	if (!describe_proxy(check, &proxy, &err))
		return rsd_check_fail(check, "endpoint",
							  "Correct HTTPS_PROXY in the environment of the server process.",
							  "%s", err.what);
	return rsd_check_pass(check, "endpoint", "%s://%s:%d%s%s",
						  url->https ? "https" : "http", url->host, url->port,
						  endpoint_place(check), proxy);
}

static void
clean_up(void *arg)
{
	RsdCheck   *check = arg;

	rsd_creds_free(check->creds);
	rsd_credvalue_wipe(&check->credentials);
	if (check->proxy != NULL)
		rsd_wipe(check->proxy, strlen(check->proxy));
	rsd_wipe(&check->key, sizeof(check->key));
	rsd_page_free(&check->reply.page);
}

/*
 * The server and the caller's right to ask about it.  Its owner may, too: to
 * be told that USAGE is missing.
 */
static RsdServerConfig *
find_server(FunctionCallInfo fcinfo, Oid role)
{
	ForeignServer *server = rsd_server_find(PG_ARGISNULL(0) ? NULL :
											PG_GETARG_NAME(0));

	if (rsd_compat_aclcheck(ForeignServerRelationId, server->serverid, role,
							ACL_USAGE) != ACLCHECK_OK &&
		!has_privs_of_role(role, server->owner))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("permission denied for foreign server %s",
					   server->servername));
	return rsd_server_config(server->serverid, role, 0);
}

static void
walk(FunctionCallInfo fcinfo)
{
	static bool (*const steps[]) (RsdCheck *) = {
		check_worker, check_server, check_usage, find_way,
		rsd_check_credentials, rsd_check_identity, check_endpoint,
		rsd_check_remote, rsd_check_sns,
	};
	RsdCheck   *check = palloc0(sizeof(RsdCheck));
	bool		go_on = true;

	check->cleanup.func = clean_up;
	check->cleanup.arg = check;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &check->cleanup);
	check->rows = (ReturnSetInfo *) fcinfo->resultinfo;
	check->role = GetUserId();
	check->config = find_server(fcinfo, check->role);
	check->ask = rsd_ask_create(rsd_guc()->catalog_timeout);
	for (int i = 0; i < (int) lengthof(steps) && go_on; i++)
		go_on = steps[i] (check);
}

/* rsdata_check(server name) returns table(step, ok, detail, hint) */
Datum
rsdata_check(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	MemoryContext old;

	InitMaterializedSRF(fcinfo, 0);
	context = AllocSetContextCreate(CurrentMemoryContext, "rsdata check",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	walk(fcinfo);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return (Datum) 0;
}
