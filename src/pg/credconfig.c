/*
 * credconfig.c
 *	  From the options of server and mapping to endpoints and a
 *	  configuration of credentials.
 *
 * Reads options, rsdata.meta and the shared configuration file; fetches
 * nothing.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"

#include "base/hash.h"
#include "pg/caller.h"
#include "pg/credconfig.h"
#include "pg/rowio.h"
#include "pg/utf8text.h"

/* Digits of a session's name, two for each byte of a hash. */
#define NAME_DIGITS			16

/* This installation's uuid; palloc'd. */
static char *
installation(void)
{
	MemoryContext cx = CurrentMemoryContext;
	RsdCaller	caller;
	RsdRow		row;
	char	   *uuid = NULL;

	rsd_caller_up(&caller);
	SPI_connect();
	if (SPI_execute("SELECT installation::text FROM rsdata.meta", true,
					1) == SPI_OK_SELECT && SPI_processed == 1)
	{
		MemoryContext old = MemoryContextSwitchTo(cx);

		rsd_row_open(&row, 0);
		uuid = rsd_row_text(&row);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	rsd_caller_down(&caller);
	if (uuid == NULL)
		elog(ERROR, "could not read rsdata.meta");
	return uuid;
}

/*
 * Constant, so that a trust policy or an audit can name it; it tells
 * installations, servers and roles apart without naming them.
 */
static char *
session_name(const char *server, Oid owner)
{
	char	   *seed = psprintf("%s/%s/%s", installation(), server,
								GetUserNameFromId(owner, false));
	uint8		hash[RSD_SHA256_LEN];
	char		hex[NAME_DIGITS + 1];

	if (!rsd_sha256(rsd_slice_str(seed), hash))
		elog(ERROR, "could not compute a hash");
	rsd_hex(hash, NAME_DIGITS / 2, hex);
	return psprintf("rsdata-%s", hex);
}

/* Sources that assume no role are the same for all servers and roles. */
static bool
may_assume(const RsdCredsConfig *config)
{
	return config->role_arn != NULL ||
		config->source == RSD_CREDS_PROFILE ||
		config->source == RSD_CREDS_WEB_IDENTITY ||
		config->source == RSD_CREDS_CHAIN;
}

bool
rsd_cred_config_plan(const RsdServerConfig *config, RsdEndpointPlan *plan,
					 RsdError *err)
{
	bool		ambient = config->source != RSD_CREDS_KEYS;
	RsdEndpointWishes wishes = {
		.data_url = config->endpoint_url,
		.sns_url = config->sns_endpoint_url,
		.sts_url = config->sts_endpoint_url,
		.fips = config->use_fips,
		.dualstack = config->use_dualstack,
		.profile = rsd_text_to_utf8(config->profile),
		.env = ambient ? rsd_env_system() : NULL,
	};

	return rsd_endpoint_plan_make(&wishes, plan, err);
}

void
rsd_cred_config(const RsdServerConfig *config, const RsdEndpointPlan *plan,
				Oid owner, RsdCredsConfig *out)
{
	memset(out, 0, sizeof(*out));
	out->source = config->source;
	if (config->source == RSD_CREDS_KEYS)
	{
		out->access_key_id = config->access_key_id;
		out->secret_access_key = config->secret_access_key;
		out->session_token = config->session_token;
	}
	out->profile = rsd_text_to_utf8(config->profile);
	out->role_arn = config->role_arn;
	out->external_id = config->external_id;
	out->duration_seconds = config->duration_seconds;
	out->role_session_name = config->role_session_name;
	if (out->role_session_name == NULL && may_assume(out))
		out->role_session_name = session_name(config->name, owner);
	out->region = config->region;
	out->sts_endpoint_url = rsd_endpoint_plan_url(plan, RSD_SERVICE_STS);
	out->fips = plan->fips;
	out->dualstack = plan->dualstack;
	out->sts_legacy = plan->sts_legacy;
	out->env = rsd_env_system();
}

bool
rsd_cred_config_sts(const RsdServerConfig *config,
					const RsdEndpointPlan *plan, RsdEndpoint *out)
{
	RsdError	err;

	if (rsd_endpoint_plan_url(plan, RSD_SERVICE_STS) == NULL &&
		rsd_endpoint_plan_url(plan, RSD_SERVICE_DATA) != NULL)
		return false;
	return rsd_endpoint_plan_resolve(plan, RSD_SERVICE_STS, config->region,
									 out, &err);
}
