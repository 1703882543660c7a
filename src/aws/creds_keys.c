/*
 * creds_keys.c
 *		Keys that are simply there: in the configuration, the environment, a
 *		profile.
 *
 * They are copied when the fetch is planned, so that a changed variable or
 * file counts with the next fetch.
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include "base/timefmt.h"

static RsdStep
start(RsdFetch *f, const RsdLink *link, int64_t now_us)
{
	const char *expiration = link->text[RSD_LINK_EXPIRATION];
	int64_t		expires_us = 0;

	(void) now_us;
	if (expiration != NULL &&
		!rsd_time_parse(rsd_slice_str(expiration), &expires_us))
		return rsd_creds_fail(f, RSD_ERR_INVALID,
							  "AWS_CREDENTIAL_EXPIRATION is not a time");
	return rsd_credvalue_set(&f->cred, link->text[RSD_LINK_KEY_ID],
							 link->text[RSD_LINK_SECRET],
							 link->text[RSD_LINK_SESSION_TOKEN], expires_us,
							 &f->err) ? RSD_STEP_DONE : RSD_STEP_FAIL;
}

static const RsdProvider provider = {.start = start};

/* Completes a link; NULL is passed on. */
static RsdClaim
set_keys(RsdFetch *f, RsdLink *link, const char *key_id, const char *secret,
		 const char *token)
{
	if (link == NULL ||
		!rsd_creds_link_set(f, link, RSD_LINK_KEY_ID, key_id) ||
		!rsd_creds_link_set(f, link, RSD_LINK_SECRET, secret) ||
		!rsd_creds_link_set(f, link, RSD_LINK_SESSION_TOKEN, token))
		return RSD_CLAIM_ERROR;
	return RSD_CLAIM_YES;
}

RsdClaim
rsd_creds_claim_keys(RsdFetch *f)
{
	const RsdCredsConfig *config = f->config;

	if (config->access_key_id == NULL || config->secret_access_key == NULL)
		return rsd_creds_no(f, "no access key is given");
	return set_keys(f, rsd_creds_link(f, &provider, "given keys"),
					config->access_key_id, config->secret_access_key,
					config->session_token);
}

/* Copies a variable into the link, of two the first that is set. */
static bool
copy_variable(RsdFetch *f, RsdLink *link, RsdLinkText which,
			  const char *name, const char *older)
{
	const char *value = rsd_env_get(f->env, name);

	if (value == NULL && older != NULL)
		value = rsd_env_get(f->env, older);
	return rsd_creds_link_set(f, link, which, value);
}

RsdClaim
rsd_creds_claim_environment(RsdFetch *f)
{
	RsdLink    *link;

	if (rsd_env_get(f->env, "AWS_ACCESS_KEY_ID") == NULL)
		return rsd_creds_no(f, "AWS_ACCESS_KEY_ID is not set");
	if (rsd_env_get(f->env, "AWS_SECRET_ACCESS_KEY") == NULL)
		return rsd_creds_wrong(f, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
	link = rsd_creds_link(f, &provider, "environment");
	if (link == NULL ||
		!copy_variable(f, link, RSD_LINK_KEY_ID, "AWS_ACCESS_KEY_ID", NULL) ||
		!copy_variable(f, link, RSD_LINK_SECRET, "AWS_SECRET_ACCESS_KEY",
					   NULL) ||
		!copy_variable(f, link, RSD_LINK_SESSION_TOKEN, "AWS_SESSION_TOKEN",
					   "AWS_SECURITY_TOKEN") ||
		!copy_variable(f, link, RSD_LINK_EXPIRATION,
					   "AWS_CREDENTIAL_EXPIRATION", NULL))
		return RSD_CLAIM_ERROR;
	return RSD_CLAIM_YES;
}

RsdClaim
rsd_creds_claim_profile_keys(RsdFetch *f, RsdProfilesFile file,
							 const char *profile)
{
	const RsdProfiles *files = rsd_creds_profiles(f);
	const char *key_id = rsd_profiles_get(files, file, profile,
										  "aws_access_key_id");
	const char *secret = rsd_profiles_get(files, file, profile,
										  "aws_secret_access_key");
	const char *token = rsd_profiles_get(files, file, profile,
										 "aws_session_token");

	if (key_id == NULL && secret == NULL)
		return rsd_creds_no(f, "profile \"%s\" has no keys", profile);
	if (key_id == NULL || secret == NULL)
		return rsd_creds_wrong(f, "profile \"%s\" in file \"%s\" has no %s",
							   profile, rsd_profiles_path(files, file),
							   key_id == NULL ? "aws_access_key_id"
							   : "aws_secret_access_key");
	return set_keys(f, rsd_creds_link(f, &provider, "profile %s (%s file)",
									  profile, file == RSD_FILE_CONFIG
									  ? "config" : "credentials"),
					key_id, secret, token);
}
