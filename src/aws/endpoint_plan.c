/*
 * endpoint_plan.c
 *		Where the services of one server are.
 *
 * Reads environment and files through RsdEnv and keeps none of it but the
 * URLs and switches that count.
 */
#include "aws/endpoint_plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/creds_files.h"
#include "aws/endpoint_url.h"

/* In the order of the plan's arrays. */
static const char *const services[RSD_ENDPOINT_SERVICES] =
{
	RSD_SERVICE_DATA, RSD_SERVICE_SNS, RSD_SERVICE_STS
};

static int
number_of(const char *service)
{
	int			i;

	for (i = 0; i < RSD_ENDPOINT_SERVICES - 1; i++)
		if (strcmp(services[i], service) == 0)
			break;
	return i;
}

/* What the functions of RsdEndpointPlaces look into. */
typedef struct Search
{
	const RsdEnv *env;
	RsdProfiles *profiles;
	char	   *profile;		/* the active one */
} Search;

static const char *
get_variable(void *arg, const char *name)
{
	return rsd_env_get(((const Search *) arg)->env, name);
}

static const char *
get_profile(void *arg, const char *key)
{
	const Search *s = arg;

	return rsd_profiles_get(s->profiles, RSD_FILE_ANY, s->profile, key);
}

static const char *
get_service_url(void *arg, const char *section, const char *service)
{
	const Search *s = arg;

	return rsd_profiles_service(s->profiles, section, service,
								"endpoint_url");
}

static bool
has_services(void *arg, const char *section)
{
	return rsd_profiles_has_services(((const Search *) arg)->profiles,
									 section);
}

/* Opens the configuration; without an env there is none. */
static bool
open_search(Search *s, const RsdEndpointWishes *wishes,
			RsdEndpointPlaces *places, RsdError *err)
{
	s->env = wishes->env;
	if (s->env == NULL)
		return true;
	s->profile = strdup(rsd_profiles_choose(s->env, wishes->profile, NULL));
	if (s->profile == NULL)
		return rsd_error_set(err, RSD_ERR_MEMORY,
							 "out of memory for endpoints");
	s->profiles = rsd_profiles_load(s->env, true, err);
	if (s->profiles == NULL)
		return false;
	places->variable = get_variable;
	places->profile = get_profile;
	places->service_url = get_service_url;
	places->has_services = has_services;
	places->arg = s;
	return true;
}

static void
close_search(Search *s)
{
	rsd_profiles_free(s->profiles);
	free(s->profile);
}

static bool
find_url(int i, const RsdEndpointPlaces *places, RsdEndpointPlan *plan,
		 RsdError *err)
{
	const char *url;

	if (!rsd_endpoint_url_find(services[i], places, &url, &plan->place[i],
							   err))
		return false;
	if (url == NULL)
		return true;
	return rsd_clip(plan->url[i], sizeof(plan->url[i]), url, strlen(url)) ||
		rsd_error_set(err, RSD_ERR_LIMIT, "the endpoint's URL (%s) is too long",
					  plan->place[i]);
}

/* Is STS to be asked at its global endpoint, as long ago? */
static bool
wants_legacy_sts(Search *s)
{
	const char *mode;

	if (s->env == NULL)
		return false;
	mode = get_variable(s, "AWS_STS_REGIONAL_ENDPOINTS");
	if (mode == NULL)
		mode = get_profile(s, "sts_regional_endpoints");
	return mode != NULL && strcasecmp(mode, "legacy") == 0;
}

bool
rsd_endpoint_plan_make(const RsdEndpointWishes *wishes,
					   RsdEndpointPlan *plan, RsdError *err)
{
	const char *urls[RSD_ENDPOINT_SERVICES] =
	{
		wishes->data_url, wishes->sns_url, wishes->sts_url
	};
	RsdEndpointPlaces places = {
		.option_fips = wishes->fips, .option_dualstack = wishes->dualstack
	};
	Search		search = {NULL, NULL, NULL};
	bool		good;
	int			i;

	memset(plan, 0, sizeof(*plan));
	good = open_search(&search, wishes, &places, err);
	for (i = 0; good && i < RSD_ENDPOINT_SERVICES; i++)
	{
		places.option_url = urls[i];
		good = find_url(i, &places, plan, err);
	}
	if (good)
	{
		rsd_endpoint_url_switches(&places, &plan->fips, &plan->dualstack);
		plan->sts_legacy = wants_legacy_sts(&search);
	}
	close_search(&search);
	return good;
}

bool
rsd_endpoint_plan_resolve(const RsdEndpointPlan *plan, const char *service,
						  const char *region, RsdEndpoint *out, RsdError *err)
{
	const char *url = rsd_endpoint_plan_url(plan, service);
	bool		by_region = url == NULL;
	char		reason[sizeof(err->what)];

	if (by_region && plan->sts_legacy && !plan->fips && !plan->dualstack &&
		region != NULL && strcmp(service, RSD_SERVICE_STS) == 0)
		region = rsd_endpoint_sts_legacy(region);
	if (rsd_endpoint_resolve(service, region, url, by_region && plan->fips,
							 by_region && plan->dualstack, out, err))
		return true;
	if (by_region)
		return false;
	(void) rsd_clip(reason, sizeof(reason), err->what, strlen(err->what));
	return rsd_error_set(err, err->kind, "%s (endpoint from: %s)", reason,
						 rsd_endpoint_plan_place(plan, service));
}

const char *
rsd_endpoint_plan_url(const RsdEndpointPlan *plan, const char *service)
{
	const char *url = plan->url[number_of(service)];

	return url[0] == '\0' ? NULL : url;
}

const char *
rsd_endpoint_plan_place(const RsdEndpointPlan *plan, const char *service)
{
	return plan->place[number_of(service)];
}
