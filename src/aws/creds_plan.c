/*
 * creds_plan.c
 *		From a configuration to the links of a fetch: which source applies,
 *		and what is assumed on top of it.
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

RsdLink *
rsd_creds_link(RsdFetch *f, const RsdProvider *provider, const char *name,...)
{
	char		text[2200];
	RsdLink    *link;
	va_list		args;

	if (f->nlinks == RSD_MAX_LINKS)
	{
		rsd_error_set(&f->err, RSD_ERR_LIMIT,
					  "more than %d roles and sources in a row",
					  RSD_MAX_LINKS);
		return NULL;
	}
	link = &f->links[f->nlinks++];
	memset(link, 0, sizeof(*link));
	link->provider = provider;
	link->attempts = 1;
	va_start(args, name);
	(void) vsnprintf(text, sizeof(text), name, args);
	va_end(args);
	return rsd_creds_link_set(f, link, RSD_LINK_NAME, text) ? link : NULL;
}

bool
rsd_creds_link_set(RsdFetch *f, RsdLink *link, RsdLinkText which,
				   const char *text)
{
	if (text == NULL || text[0] == '\0')
		return true;
	link->text[which] = strdup(text);
	return link->text[which] != NULL ||
		rsd_error_set(&f->err, RSD_ERR_MEMORY,
					  "out of memory for credentials");
}

const RsdProfiles *
rsd_creds_profiles(RsdFetch *f)
{
	RsdCredsSource source = f->config->source;
	bool		named;

	if (f->profiles != NULL)
		return f->profiles;
	(void) rsd_profiles_choose(f->env, f->config->profile, &named);
	f->profiles = rsd_profiles_load(f->env, source != RSD_CREDS_PROFILE &&
									!named, &f->err);
	if (f->profiles != NULL && f->err.kind != RSD_ERR_NONE)
		rsd_creds_say(f, "%s", f->err.what);
	return f->profiles;
}

/* A profile's name must outlive the next look at the environment. */
static RsdClaim
claim_profile(RsdFetch *f, bool environment)
{
	bool		named;
	char	   *profile = strdup(rsd_profiles_choose(f->env,
													 f->config->profile,
													 &named));
	RsdClaim	claim;

	if (profile == NULL)
		return rsd_creds_wrong(f, "out of memory for credentials");
	if (rsd_creds_profiles(f) == NULL)
		claim = RSD_CLAIM_ERROR;
	else if (f->config->source == RSD_CREDS_WEB_IDENTITY)
		claim = rsd_creds_claim_web_identity(f, profile, environment);
	else
		claim = rsd_creds_claim_profile(f, profile, named, environment);
	free(profile);
	return claim;
}

/* A source that does not apply, on the way through the chain. */
static RsdClaim
passed(RsdFetch *f, const char *name, RsdClaim claim)
{
	if (claim == RSD_CLAIM_NO)
		rsd_creds_say(f, "%s: %s", name, f->err.what);
	return claim;
}

/*
 * A profile chosen in the configuration rules out what the environment says
 * of keys and web identities, as it does in the SDKs.
 */
static RsdClaim
claim_chain(RsdFetch *f)
{
	bool		environment = f->config->profile == NULL;
	RsdClaim	claim = RSD_CLAIM_NO;

	if (environment)
		claim = passed(f, "environment", rsd_creds_claim_environment(f));
	if (claim == RSD_CLAIM_NO)
		claim = passed(f, "profile", claim_profile(f, environment));
	if (claim == RSD_CLAIM_NO)
		claim = passed(f, "container", rsd_creds_claim_container(f));
	if (claim == RSD_CLAIM_NO)
		claim = passed(f, "instance", rsd_creds_claim_instance(f));
	if (claim == RSD_CLAIM_NO)
		rsd_error_set(&f->err, RSD_ERR_INVALID,
					  "no source of credentials is set up");
	return claim;
}

static RsdClaim
claim_source(RsdFetch *f)
{
	switch (f->config->source)
	{
		case RSD_CREDS_KEYS:
			return rsd_creds_claim_keys(f);
		case RSD_CREDS_ENVIRONMENT:
			return rsd_creds_claim_environment(f);
		case RSD_CREDS_PROFILE:
			return claim_profile(f, false);
		case RSD_CREDS_WEB_IDENTITY:
			return claim_profile(f, f->config->profile == NULL);
		case RSD_CREDS_CONTAINER:
			return rsd_creds_claim_container(f);
		case RSD_CREDS_INSTANCE:
			return rsd_creds_claim_instance(f);
		case RSD_CREDS_CHAIN:
			return claim_chain(f);
	}
	return rsd_creds_wrong(f, "unknown source of credentials");
}

/* The region of STS, should a link ask there. */
static bool
choose_region(RsdFetch *f)
{
	const char *region = f->config->region;
	bool		needed = false;
	int			i;

	for (i = 0; i < f->nlinks; i++)
		if (f->links[i].text[RSD_LINK_ROLE_ARN] != NULL)
			needed = true;
	if (!needed)
		return true;
	if (region == NULL)
		region = rsd_env_get(f->env, "AWS_REGION");
	if (region == NULL)
		region = rsd_env_get(f->env, "AWS_DEFAULT_REGION");
	if (region == NULL && f->profiles != NULL)
		region = rsd_profiles_get(f->profiles, RSD_FILE_ANY,
								  rsd_profiles_choose(f->env,
													  f->config->profile,
													  NULL), "region");
	if (region != NULL && rsd_region_valid(region) &&
		rsd_clip(f->region, sizeof(f->region), region, strlen(region)))
		return true;
	return rsd_error_set(&f->err, RSD_ERR_INVALID,
						 "no region for STS, where roles are assumed");
}

static bool
make_links(RsdFetch *f)
{
	const RsdCredsConfig *config = f->config;

	if (claim_source(f) != RSD_CLAIM_YES)
		return false;
	if (config->role_arn != NULL && !f->role_used &&
		rsd_creds_add_role(f, config->role_arn, config->role_session_name,
						   config->external_id,
						   config->duration_seconds) != RSD_CLAIM_YES)
		return false;
	return choose_region(f);
}

bool
rsd_creds_plan(RsdFetch *f)
{
	bool		good = make_links(f);

	rsd_profiles_free(f->profiles);
	f->profiles = NULL;
	return good;
}
