/*
 * check_creds.c
 *	  rsdata_check: where the keys come from, and whose they are.
 *
 * Walks the source of credentials as the worker does, in the calling
 * backend; the keys are wiped with the check's memory.  Shows no key.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "aws/awserror.h"
#include "aws/sts.h"
#include "base/env.h"
#include "pg/ask_keys.h"
#include "pg/check_state.h"
#include "pg/credconfig.h"
#include "pg/utf8text.h"

/* Of an access key id of up to this length nothing is shown. */
#define SHOWN_KEY_LEN		8

/* Which key it is: its last four characters, if enough remain hidden. */
static const char *
key_ending(const char *key)
{
	size_t		len = strlen(key);

	if (len <= SHOWN_KEY_LEN)
		return "";
	return psprintf(", access key id ending in \"%s\"", key + len - 4);
}

static bool
make_source(RsdCheck *check)
{
	RsdError	err;

	check->creds = rsd_ask_source(check->config->oid, check->role,
								  &check->plan, &err);
	if (check->creds != NULL)
		return true;
	return rsd_check_fail(check, "credentials",
						  "Correct the options of server and user mapping.",
						  "%s", rsd_text_from_utf8(err.what));
}

/* The source in words. */
static const char *
source_name(const RsdCheck *check)
{
	const RsdServerConfig *config = check->config;

	if (config->source == RSD_CREDS_KEYS && config->role_arn == NULL)
		return psprintf("keys of the user mapping for %s",
						config->own_keys ?
						quote_identifier(GetUserNameFromId(check->role, false)) :
						"PUBLIC");
	return rsd_text_from_utf8(rsd_creds_source_name(check->creds));
}

bool
rsd_check_credentials(RsdCheck *check)
{
	const RsdServerConfig *config = check->config;
	const char *role = GetUserNameFromId(check->role, false);
	const RsdCredentials *keys;
	RsdError	err;

	if (!rsd_server_has_credentials(config))
		return rsd_check_fail(check, "credentials",
							  psprintf("Run CREATE USER MAPPING FOR %s SERVER %s OPTIONS (access_key_id '...', secret_access_key '...').",
									   quote_identifier(role),
									   quote_identifier(config->name)),
							  "no user mapping with keys for role \"%s\" or for PUBLIC",
							  role);
	if (!make_source(check))
		return false;
	keys = rsd_ask_keys(check->ask, check->creds);
	if (keys == NULL)
		return rsd_check_fail(check, "credentials",
							  config->source == RSD_CREDS_KEYS &&
							  config->role_arn == NULL ?
							  "Set the keys of the user mapping anew." :
							  "The worker tries the same again and again; environment and files are those of the server process.",
							  "%s",
							  rsd_text_from_utf8(rsd_creds_story(check->creds)));
	if (!rsd_credvalue_copy(&check->credentials, keys, &err))
		return rsd_check_fail(check, "credentials", NULL, "%s", err.what);
	return rsd_check_pass(check, "credentials", "%s%s%s", source_name(check),
						  key_ending(check->credentials.access_key_id),
						  check->credentials.session_token != NULL ?
						  ", with a session token" : "");
}

/* Asks STS; the ARN, palloc'd, or NULL with *problem set. */
static char *
ask_identity(RsdCheck *check, const RsdEndpoint *sts, char **problem)
{
	RsdStsIdentity identity;
	RsdAwsError aws;
	RsdRequest	req;
	RsdError	err;

	if (!rsd_sts_caller_identity(sts, &req, &err))
	{
		*problem = pstrdup(err.what);
		return NULL;
	}
	if (!rsd_sigv4_sign(&req, &check->credentials, sts->region, sts->service,
						rsd_env_wall_us(), NULL, &err))
	{
		rsd_request_free(&req);
		*problem = pstrdup(err.what);
		return NULL;
	}
	check->flight = rsd_ask_send(check->ask, &req, 0);
	if (check->flight->fault != RSD_NET_NONE)
		*problem = rsd_text_from_utf8(check->flight->err.what);
	else if (check->flight->response.status != 200)
	{
		rsd_awserror_read(&check->flight->response, &aws);
		*problem = rsd_text_from_utf8(psprintf("%s: %s", aws.code,
											   aws.message));
	}
	else if (rsd_sts_read_identity(rsd_buf_slice(&check->flight->response.body),
								   &identity, &err))
	{
		rsd_rate_learn(check->credentials.access_key_id, identity.arn);
		return rsd_text_from_utf8(identity.arn);
	}
	else
		*problem = pstrdup(err.what);
	return NULL;
}

/* Only shown: the Data API works without it, so nothing ends here. */
bool
rsd_check_identity(RsdCheck *check)
{
	const char *known = rsd_creds_identity(check->creds);
	RsdEndpoint sts;
	char	   *problem = NULL;
	char	   *arn;

	if (known[0] != '\0')
	{
		rsd_rate_learn(check->credentials.access_key_id, known);
		return rsd_check_pass(check, "identity", "%s", rsd_text_from_utf8(known));
	}
	if (!rsd_cred_config_sts(check->config, &check->plan, &sts))
		return true;
	arn = ask_identity(check, &sts, &problem);
	if (arn != NULL)
		return rsd_check_pass(check, "identity", "%s", arn);
	return rsd_check_unsure(check, "identity", "%s did not tell it: %s",
							sts.url.host, problem);
}
