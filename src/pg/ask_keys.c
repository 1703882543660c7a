/*
 * ask_keys.c
 *	  Keys and proxy for calls that an SQL function makes in its backend.
 *
 * Walks the source of credentials as the worker does.  Keeps no key: they
 * are the source's, which its owner frees and thereby wipes.
 */
#include "postgres.h"

#include "base/env.h"
#include "pg/ask_keys.h"
#include "pg/credconfig.h"

RsdCreds *
rsd_ask_source(Oid server, Oid role, const RsdEndpointPlan *plan,
			   RsdError *err)
{
	RsdServerConfig *secret = rsd_server_config(server, role,
												RSD_CONFIG_SECRETS);
	RsdCredsConfig config;
	RsdCreds   *creds;

	rsd_cred_config(secret, plan, role, &config);
	creds = rsd_creds_create(&config, err);
	rsd_server_config_wipe(secret);
	return creds;
}

char *
rsd_ask_server_proxy(Oid server, Oid role)
{
	RsdServerConfig *secret = rsd_server_config(server, role,
												RSD_CONFIG_SECRETS);
	char	   *proxy = NULL;

	if (secret->proxy != NULL)
		proxy = pstrdup(secret->proxy);
	rsd_server_config_wipe(secret);
	return proxy;
}

/* Sends what a source asks for and tells it the answer. */
static void
ask_for(RsdAsk *ask, RsdCreds *creds, RsdCredsAsk *wanted)
{
	const char *proxy = rsd_ask_proxy(ask, NULL);
	const RsdFlight *flight;

	(void) rsd_ask_proxy(ask, wanted->local ? RSD_NO_PROXY : proxy);
	flight = rsd_ask_send(ask, &wanted->request, 0);
	(void) rsd_ask_proxy(ask, proxy);
	if (flight->fault == RSD_NET_NONE)
		rsd_creds_feed_response(creds, rsd_env_wall_us(), &flight->response);
	else
		rsd_creds_feed_fault(creds, rsd_env_wall_us(), flight->err.what,
							 flight->fault == RSD_NET_TIMEOUT);
}

/* Tells the source how its program ended. */
static void
command_ended(void *arg, const RsdCommandEnd *end)
{
	RsdCreds   *creds = arg;

	if (end->problem != NULL)
		rsd_creds_feed_fault(creds, rsd_env_wall_us(), end->problem,
							 end->timed_out);
	else
		rsd_creds_feed_output(creds, rsd_env_wall_us(), end->exit_code,
							  end->out, end->errors);
}

const RsdCredentials *
rsd_ask_keys(RsdAsk *ask, RsdCreds *creds)
{
	RsdCredsAsk wanted;
	RsdCredsNeed need;

	for (;;)
	{
		need = rsd_creds_poll(creds, rsd_env_wall_us(), &wanted);
		if (need == RSD_CREDS_SEND)
			ask_for(ask, creds, &wanted);
		else if (need == RSD_CREDS_RUN)
			rsd_ask_run(ask, wanted.argv, wanted.total_ms, wanted.max_body,
						command_ended, creds);
		else if (need == RSD_CREDS_WAIT && rsd_ask_left(ask) > 0)
			rsd_ask_pause(ask, Max((wanted.until_us - rsd_env_wall_us()) / 1000,
								   1));
		else
			return rsd_creds_current(creds, rsd_env_wall_us());
	}
}
