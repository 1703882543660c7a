/*
 * creds_profile.c
 *		What a profile means: a role over another source, a web identity, SSO,
 *		keys, a process, in the documented order.
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* The profiles gone through to reach one, innermost first. */
typedef struct Trail
{
	const char *profile;
	const struct Trail *outer;
} Trail;

static RsdClaim claim(RsdFetch *f, const Trail *trail, bool environment);

static const char *
get(RsdFetch *f, const char *profile, const char *key)
{
	return rsd_profiles_get(f->profiles, RSD_FILE_ANY, profile, key);
}

static bool
has_keys(RsdFetch *f, const char *profile)
{
	return get(f, profile, "aws_access_key_id") != NULL;
}

/*
 * Goes on to the source profile.  No profile may be met twice, but for one
 * that names itself and has keys of its own.
 */
static RsdClaim
claim_source_profile(RsdFetch *f, const Trail *trail, const char *source)
{
	Trail		next = {source, trail};
	const Trail *t;

	if (!rsd_profiles_has(f->profiles, RSD_FILE_ANY, source))
		return rsd_creds_wrong(f, "profile \"%s\" names source_profile \"%s\", which does not exist",
							   trail->profile, source);
	for (t = trail; t != NULL; t = t->outer)
		if (strcmp(t->profile, source) == 0 &&
			(t != trail || !has_keys(f, source)))
			return rsd_creds_wrong(f, "profile \"%s\" and its source_profile \"%s\" lead to each other",
								   trail->profile, source);
	return claim(f, &next, false);
}

static RsdClaim
claim_credential_source(RsdFetch *f, const char *profile, const char *source)
{
	RsdClaim	result;

	if (strcasecmp(source, "Environment") == 0)
		result = rsd_creds_claim_environment(f);
	else if (strcasecmp(source, "EcsContainer") == 0)
		result = rsd_creds_claim_container(f);
	else if (strcasecmp(source, "Ec2InstanceMetadata") == 0)
		result = rsd_creds_claim_instance(f);
	else
		return rsd_creds_wrong(f, "profile \"%s\" has credential_source \"%s\"; Environment, Ec2InstanceMetadata or EcsContainer were expected",
							   profile, source);
	/* named, it must be there */
	if (result == RSD_CLAIM_NO)
	{
		rsd_error_doing(&f->err, "credential_source %s", source);
		return RSD_CLAIM_ERROR;
	}
	return result;
}

/* duration_seconds of a profile; 0 if none; false if it is no number. */
static bool
read_duration(RsdFetch *f, const char *profile, int *seconds)
{
	const char *text = get(f, profile, "duration_seconds");
	char	   *end;
	long		n;

	*seconds = 0;
	if (text == NULL)
		return true;
	n = strtol(text, &end, 10);
	if (*end != '\0' || n < 900 || n > 43200)
		return rsd_error_set(&f->err, RSD_ERR_INVALID,
							 "profile \"%s\" has duration_seconds \"%.20s\"; 900 to 43200 were expected",
							 profile, text);
	*seconds = (int) n;
	return true;
}

/* A profile with role_arn: its source first, then the role. */
static RsdClaim
claim_role(RsdFetch *f, const Trail *trail)
{
	const char *profile = trail->profile;
	const char *source_profile = get(f, profile, "source_profile");
	const char *credential_source = get(f, profile, "credential_source");
	const char *session_name = get(f, profile, "role_session_name");
	RsdClaim	source;
	int			duration;

	if (get(f, profile, "mfa_serial") != NULL)
		return rsd_creds_wrong(f, "profile \"%s\" wants a code of an MFA device (mfa_serial), which a server cannot give",
							   profile);
	if ((source_profile == NULL) == (credential_source == NULL))
		return rsd_creds_wrong(f, "profile \"%s\" has role_arn and %s source_profile %s credential_source; one of them was expected",
							   profile, source_profile == NULL ? "neither"
							   : "both",
							   source_profile == NULL ? "nor" : "and");
	if (!read_duration(f, profile, &duration))
		return RSD_CLAIM_ERROR;
	source = source_profile != NULL
		? claim_source_profile(f, trail, source_profile)
		: claim_credential_source(f, profile, credential_source);
	if (source != RSD_CLAIM_YES)
		return RSD_CLAIM_ERROR;
	return rsd_creds_add_role(f, get(f, profile, "role_arn"),
							  session_name != NULL ? session_name
							  : f->config->role_session_name,
							  get(f, profile, "external_id"), duration);
}

/* What is left if the profile is no role and no web identity. */
static RsdClaim
claim_rest(RsdFetch *f, const char *profile)
{
	RsdClaim	result = rsd_creds_claim_sso(f, profile);

	if (result == RSD_CLAIM_NO)
		result = rsd_creds_claim_profile_keys(f, RSD_FILE_CREDENTIALS,
											  profile);
	if (result == RSD_CLAIM_NO)
		result = rsd_creds_claim_process(f, profile);
	if (result == RSD_CLAIM_NO)
		result = rsd_creds_claim_profile_keys(f, RSD_FILE_CONFIG, profile);
	if (result != RSD_CLAIM_NO)
		return result;
	if (get(f, profile, "login_session") != NULL)
		return rsd_creds_wrong(f, "profile \"%s\" uses \"aws login\" (login_session), which is a person's and not usable by a server",
							   profile);
	return rsd_creds_no(f, "profile \"%s\" has no role, web identity, SSO login, keys or credential_process",
						profile);
}

static RsdClaim
claim(RsdFetch *f, const Trail *trail, bool environment)
{
	const char *profile = trail->profile;
	bool		is_role = get(f, profile, "role_arn") != NULL &&
		get(f, profile, "web_identity_token_file") == NULL;
	RsdClaim	result;

	/* keys of one's own end a chain of roles */
	if (is_role && !(trail->outer != NULL && has_keys(f, profile)))
		return claim_role(f, trail);
	result = rsd_creds_claim_web_identity(f, profile, environment);
	if (result == RSD_CLAIM_NO && environment)
		rsd_creds_say(f, "web identity: %s", f->err.what);
	return result == RSD_CLAIM_NO ? claim_rest(f, profile) : result;
}

RsdClaim
rsd_creds_claim_profile(RsdFetch *f, const char *profile, bool named,
						bool environment)
{
	const RsdProfiles *files = rsd_creds_profiles(f);
	Trail		trail = {profile, NULL};

	if (files == NULL)
		return RSD_CLAIM_ERROR;
	if (named && !rsd_profiles_has(files, RSD_FILE_ANY, profile))
		return rsd_creds_wrong(f, "there is no profile \"%s\" in \"%s\" or \"%s\"",
							   profile,
							   rsd_profiles_path(files, RSD_FILE_CONFIG),
							   rsd_profiles_path(files, RSD_FILE_CREDENTIALS));
	return claim(f, &trail, environment);
}
