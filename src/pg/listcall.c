/*
 * listcall.c
 *	  Calls of a list function, made from the calling backend.
 *
 * Owns who may call and with whose keys, the turn within the limits of the
 * service, what is repeated, and the errors that are raised.  Knows nothing
 * of what is listed.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "aws/awserror.h"
#include "aws/dataapi.h"
#include "aws/sigv4.h"
#include "aws/skew.h"
#include "base/env.h"
#include "base/retry.h"
#include "pg/advice.h"
#include "pg/ask_keys.h"
#include "pg/compat.h"
#include "pg/credconfig.h"
#include "pg/guc.h"
#include "pg/listcall.h"
#include "pg/server_use.h"
#include "pg/utf8text.h"

/* Attempts at one page, but for throttles, which are waited out. */
#define ATTEMPTS			3

/* Delays between attempts grow from the first to the second. */
#define RETRY_BASE_MS		100
#define RETRY_CAP_MS		2000

struct RsdListCall
{
	RsdServerConfig *config;	/* without secrets */
	Oid			role;			/* the caller */
	char	   *proxy;			/* the option, with its password */
	RsdEndpointPlan plan;
	RsdEndpoint endpoint;
	RsdAsk	   *ask;
	RsdCreds   *creds;
	RsdSigningKey key;
	int64		skew;			/* to be added to our clock, microseconds */
	bool		renewed;		/* a refusal was mended once */
	RsdRateKey	rate;			/* of the keys used last */
	RsdOp		op;				/* of the page that is being asked for: */
	int			failures;		/* faults in a row */
	int			throttles;		/* in a row */
	char		trouble[2200];	/* what the last one was, UTF-8; "" none */
	MemoryContextCallback cleanup;
};

static int64
wall_clock(const RsdListCall *call)
{
	return rsd_env_wall_us() + call->skew;
}

static void
clean_up(void *arg)
{
	RsdListCall *call = arg;

	rsd_creds_free(call->creds);
	if (call->proxy != NULL)
		rsd_wipe(call->proxy, strlen(call->proxy));
	rsd_wipe(&call->key, sizeof(call->key));
}

static void
require_usage(const ForeignServer *server, Oid role)
{
	if (rsd_compat_aclcheck(ForeignServerRelationId, server->serverid, role,
							ACL_USAGE) != ACLCHECK_OK)
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("permission denied for foreign server %s",
					   server->servername));
}

/* What keeps the worker from sending keeps us, too. */
static void
require_enabled(const RsdServerConfig *config)
{
	if (!rsd_guc()->enabled)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("rsdata sends nothing"),
				errhint("Set rsdata.enabled to on and reload the configuration."));
	if (!config->enabled)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("server \"%s\" is paused", config->name),
				errhint("Run ALTER SERVER %s OPTIONS (SET enabled 'true').",
						quote_identifier(config->name)));
}

static void
find_way(RsdListCall *call)
{
	RsdError	err;

	call->proxy = rsd_ask_server_proxy(call->config->oid, call->role);
	(void) rsd_ask_proxy(call->ask, call->proxy);
	if (!rsd_cred_config_plan(call->config, &call->plan, &err) ||
		!rsd_endpoint_plan_resolve(&call->plan, RSD_SERVICE_DATA,
								   call->config->region, &call->endpoint,
								   &err))
		ereport(ERROR,
				errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				errmsg("server \"%s\" cannot be reached: %s",
					   call->config->name, rsd_text_from_utf8(err.what)),
				errhint("Correct the options \"region\" and \"endpoint_url\"; rsdata_check tells where the endpoint comes from."));
	call->creds = rsd_ask_source(call->config->oid, call->role, &call->plan,
								 &err);
	if (call->creds == NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				errmsg("no credentials for server \"%s\": %s",
					   call->config->name, rsd_text_from_utf8(err.what)),
				errhint("Correct the options of server and user mapping."));
}

RsdListCall *
rsd_list_call_create(const NameData *server)
{
	RsdListCall *call = palloc0(sizeof(RsdListCall));
	ForeignServer *found = rsd_server_find(server);

	call->cleanup.func = clean_up;
	call->cleanup.arg = call;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &call->cleanup);
	call->role = GetUserId();
	require_usage(found, call->role);
	call->config = rsd_server_config(found->serverid, call->role, 0);
	require_enabled(call->config);
	rsd_server_require_keys(call->config, call->role);
	call->ask = rsd_ask_create(rsd_guc()->catalog_timeout);
	find_way(call);
	return call;
}

const RsdServerConfig *
rsd_list_call_config(const RsdListCall *call)
{
	return call->config;
}

/* The class of SQLSTATE that a statement with this trouble would show. */
static int
sqlstate_of(const RsdError *err)
{
	switch (err->kind)
	{
		case RSD_ERR_ENCODING:
			return ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
		case RSD_ERR_LIMIT:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case RSD_ERR_MEMORY:
			return ERRCODE_OUT_OF_MEMORY;
		default:
			return ERRCODE_DATA_EXCEPTION;
	}
}

void
rsd_list_call_fail(const RsdListCall *call, RsdOp op, const RsdError *err)
{
	ereport(ERROR,
			errcode(sqlstate_of(err)),
			errmsg("%s on server \"%s\" failed: %s", rsd_op_name(op),
				   call->config->name, rsd_text_from_utf8(err->what)),
			err->doing[0] == '\0' ? 0 :
			errdetail("It happened while %s.", rsd_text_from_utf8(err->doing)));
}

static void
fail_by_time(const RsdListCall *call)
{
	ereport(ERROR,
			errcode(ERRCODE_QUERY_CANCELED),
			errmsg("%s on server \"%s\" has not ended within rsdata.catalog_timeout (%d ms)",
				   rsd_op_name(call->op), call->config->name,
				   rsd_guc()->catalog_timeout),
			call->trouble[0] == '\0' ? 0 :
			errdetail("The last attempt: %s.",
					  rsd_text_from_utf8(call->trouble)),
			errhint("A paused cluster or a workgroup that wakes up takes a while: try again. A long list needs more time, or \"max_rows\" and patterns."));
}

static void
fail_by_fault(const RsdListCall *call, const RsdFlight *flight)
{
	const char *hint = rsd_advice_fault(flight);

	ereport(ERROR,
			errcode(flight->fault == RSD_NET_TOO_LARGE ?
					ERRCODE_PROGRAM_LIMIT_EXCEEDED :
					flight->surely_not_sent ?
					ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION :
					ERRCODE_CONNECTION_FAILURE),
			errmsg("%s on server \"%s\" failed: %s", rsd_op_name(call->op),
				   call->config->name, rsd_text_from_utf8(flight->err.what)),
			hint == NULL ? 0 : errhint("%s", hint));
}

/* What to do about an error of the service; NULL if there is no advice. */
static const char *
hint_of(const RsdListCall *call, const RsdAwsError *error,
		RsdErrorClass class)
{
	if (class == RSD_CLASS_SKEW)
		return "Set the clock of the host of this database.";
	if (class == RSD_CLASS_AUTH && rsd_advice_is_denial(error))
		return rsd_advice_denied(call->config, call->op);
	if (class == RSD_CLASS_AUTH || class == RSD_CLASS_EXPIRED)
		return rsd_advice_credentials(error);
	if (rsd_advice_code_is(error, "HTTP "))
		return "What answers does not speak as the Data API does: check \"endpoint_url\" and proxies.";
	if (class == RSD_CLASS_TRANSIENT)
		return "This may pass by itself; a paused cluster takes a while. Try again.";
	return "Check the arguments, and the server's options \"region\", \"cluster_identifier\" or \"workgroup_name\", \"database\", \"db_user\" and \"secret_arn\".";
}

static void
fail_by_error(const RsdListCall *call, const RsdAwsError *error,
			  RsdErrorClass class)
{
	bool		keys = class == RSD_CLASS_AUTH || class == RSD_CLASS_EXPIRED ||
		class == RSD_CLASS_SKEW;

	ereport(ERROR,
			errcode(keys ? ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION :
					ERRCODE_FDW_ERROR),
			errmsg("%s on server \"%s\" failed: %s", rsd_op_name(call->op),
				   call->config->name, rsd_text_from_utf8(call->trouble)),
			error->request_id[0] == '\0' ? 0 :
			errdetail("The request's id is %s.",
					  rsd_text_from_utf8(error->request_id)),
			errhint("%s", hint_of(call, error, class)));
}

static const RsdCredentials *
get_keys(RsdListCall *call)
{
	const RsdCredentials *keys = rsd_ask_keys(call->ask, call->creds);

	if (keys == NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				errmsg("no credentials for server \"%s\": %s",
					   call->config->name,
					   rsd_text_from_utf8(rsd_creds_story(call->creds))));
	return keys;
}

/* Fills *req; on failure there is nothing to free. */
static bool
make_request(RsdListCall *call, const RsdCredentials *keys, RsdSlice body,
			 RsdRequest *req, RsdError *err)
{
	if (!rsd_dataapi_request(call->op, &call->endpoint, req, err))
		return false;
	rsd_buf_add(&req->body, body.data, body.len);
	if (rsd_buf_check(&req->body, "request body", err) &&
		rsd_sigv4_sign(req, keys, call->endpoint.region,
					   call->endpoint.service, wall_clock(call), &call->key,
					   err))
		return true;
	rsd_request_free(req);
	return false;
}

/*
 * One attempt.  The service logs in to the database before it answers, so
 * nothing but the time as a whole limits how long it may take.
 */
static const RsdFlight *
attempt(RsdListCall *call, RsdSlice body)
{
	const RsdCredentials *keys = get_keys(call);
	RsdRequest	req;
	RsdError	err;

	rsd_rate_learn(keys->access_key_id, rsd_creds_identity(call->creds));
	call->rate = rsd_rate_key(keys->access_key_id, call->endpoint.region);
	if (!rsd_ask_turn(call->ask, call->rate, call->op,
					  call->config->quota_share))
	{
		if (call->trouble[0] == '\0')
			strlcpy(call->trouble, "other calls have used up \"quota_share\" of the account's quota",
					sizeof(call->trouble));
		fail_by_time(call);
	}
	if (!make_request(call, keys, body, &req, &err))
		rsd_list_call_fail(call, call->op, &err);
	return rsd_ask_send(call->ask, &req, rsd_ask_left(call->ask));
}

/* Before another attempt after a fault; raises the error of time that is up. */
static void
pause_for(RsdListCall *call, int tries, int64 least_us)
{
	int64		ms = rsd_backoff_delay(rsd_env_system(), tries, RETRY_BASE_MS,
									   RETRY_CAP_MS);

	rsd_ask_pause(call->ask, Max(ms, least_us / 1000));
	if (rsd_ask_left(call->ask) == 0)
		fail_by_time(call);
}

/* May there be another attempt after a fault or a passing error? */
static bool
may_repeat(RsdListCall *call)
{
	call->failures++;
	return call->failures < ATTEMPTS &&
		rsd_rate_pay_retry(call->rate);
}

/* Would it be no better the next time? */
static bool
is_lasting(RsdNetFault fault)
{
	return fault != RSD_NET_RESOLVE && fault != RSD_NET_CONNECT &&
		fault != RSD_NET_CONNECT_TIMEOUT && fault != RSD_NET_SEND &&
		fault != RSD_NET_TIMEOUT && fault != RSD_NET_CUT;
}

/* After a request without an answer: returns if it is to be sent again. */
static void
weigh_fault(RsdListCall *call, const RsdFlight *flight)
{
	if (rsd_ask_left(call->ask) == 0)
		fail_by_time(call);
	strlcpy(call->trouble, flight->err.what, sizeof(call->trouble));
	if (is_lasting(flight->fault) || !may_repeat(call))
		fail_by_fault(call, flight);
	pause_for(call, call->failures, 0);
}

/* Can a refusal be mended, by a better clock or by newer keys? */
static bool
mend(RsdListCall *call, const RsdAwsError *error, RsdErrorClass class,
	 const RsdFlight *flight)
{
	if (call->renewed)
		return false;
	if (rsd_skew_learn(error, &flight->response, rsd_env_wall_us(),
					   &call->skew))
		return call->renewed = true;
	if (call->config->source == RSD_CREDS_KEYS &&
		call->config->role_arn == NULL)
		return false;
	if (class != RSD_CLASS_EXPIRED &&
		!rsd_advice_code_is(error, "UnrecognizedClient") &&
		!rsd_advice_code_is(error, "InvalidClientTokenId"))
		return false;
	rsd_creds_reject(call->creds, wall_clock(call), NULL);
	return call->renewed = true;
}

/* After an error of the service: returns if it is to be sent again. */
static void
weigh_error(RsdListCall *call, const RsdFlight *flight)
{
	RsdAwsError error;
	RsdErrorClass class;

	rsd_awserror_read(&flight->response, &error);
	class = rsd_awserror_class(call->op, &error);
	snprintf(call->trouble, sizeof(call->trouble), "%s%s%s", error.code,
			 error.message[0] == '\0' ? "" : ": ", error.message);
	if (class == RSD_CLASS_THROTTLE || class == RSD_CLASS_CAPACITY)
	{
		rsd_rate_throttled(call->rate, call->op);
		pause_for(call, ++call->throttles, error.retry_after_us);
		return;
	}
	if (mend(call, &error, class, flight))
		return;
	if (class != RSD_CLASS_TRANSIENT || !may_repeat(call))
		fail_by_error(call, &error, class);
	pause_for(call, call->failures, error.retry_after_us);
}

RsdSlice
rsd_list_call_send(RsdListCall *call, RsdOp op, RsdSlice body)
{
	call->op = op;
	call->failures = 0;
	call->throttles = 0;
	call->trouble[0] = '\0';
	for (;;)
	{
		const RsdFlight *flight = attempt(call, body);

		if (flight->fault != RSD_NET_NONE)
			weigh_fault(call, flight);
		else if (flight->response.status != 200)
			weigh_error(call, flight);
		else
		{
			rsd_rate_answered(call->rate, call->failures > 0);
			return rsd_buf_slice(&flight->response.body);
		}
	}
}
