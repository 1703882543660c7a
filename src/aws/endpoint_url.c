/*
 * endpoint_url.c
 *		The order of the places where an endpoint may be written down.
 *
 * Reads no file and no environment itself.
 */
#include "aws/endpoint_url.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define VARIABLE "AWS_ENDPOINT_URL"

static const char *
set_or_null(const char *value)
{
	return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *
variable(const RsdEndpointPlaces *p, const char *name)
{
	return p->variable == NULL ? NULL : set_or_null(p->variable(p->arg, name));
}

static const char *
profile(const RsdEndpointPlaces *p, const char *key)
{
	return p->profile == NULL ? NULL : set_or_null(p->profile(p->arg, key));
}

/* A switch of the environment, which wins, or of the profile. */
static bool
is_on(const RsdEndpointPlaces *p, const char *name, const char *key)
{
	const char *value = variable(p, name);

	if (value == NULL)
		value = profile(p, key);
	return value != NULL && strcasecmp(value, "true") == 0;
}

/* The service's name as configuration keys have it: redshift_data. */
static void
key_of(const char *service, char *key, size_t size)
{
	(void) rsd_clip(key, size, service, strlen(service));
	for (; *key != '\0'; key++)
		if (*key == '-')
			*key = '_';
}

static const char *
service_variable(const RsdEndpointPlaces *p, const char *key)
{
	char		name[64];
	char	   *c;

	snprintf(name, sizeof(name), VARIABLE "_%s", key);
	for (c = name; *c != '\0'; c++)
		*c = (char) toupper((unsigned char) *c);
	return variable(p, name);
}

/* What the profile's services section says; false if it is not there. */
static bool
services_section(const RsdEndpointPlaces *p, const char *key,
				 const char **url, RsdError *err)
{
	const char *section = profile(p, "services");

	*url = NULL;
	if (section == NULL)
		return true;
	if (p->has_services == NULL || !p->has_services(p->arg, section))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "the profile names the section [services %s], which does not exist",
							 section);
	if (p->service_url != NULL)
		*url = set_or_null(p->service_url(p->arg, section, key));
	return true;
}

/* Tries one place: is the URL there? */
static bool
found(const char *value, const char *where, const char **url,
	  const char **place)
{
	if (value == NULL)
		return false;
	*url = value;
	if (place != NULL)
		*place = where;
	return true;
}

bool
rsd_endpoint_url_find(const char *service, const RsdEndpointPlaces *places,
					  const char **url, const char **place, RsdError *err)
{
	char		key[32];
	const char *value;

	*url = NULL;
	key_of(service, key, sizeof(key));
	if (found(set_or_null(places->option_url), "option", url, place) ||
		is_on(places, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
			  "ignore_configured_endpoint_urls") ||
		found(service_variable(places, key), "service's environment variable",
			  url, place) ||
		found(variable(places, VARIABLE), VARIABLE, url, place))
		return true;
	if (!services_section(places, key, &value, err))
		return false;
	if (!found(value, "services section", url, place))
		(void) found(profile(places, "endpoint_url"), "profile", url, place);
	return true;
}

static bool
decide(RsdTri option, const RsdEndpointPlaces *p, const char *name,
	   const char *key)
{
	return option == RSD_TRI_UNKNOWN ? is_on(p, name, key) :
		option == RSD_TRI_YES;
}

void
rsd_endpoint_url_switches(const RsdEndpointPlaces *places, bool *fips,
						  bool *dualstack)
{
	*fips = decide(places->option_fips, places, "AWS_USE_FIPS_ENDPOINT",
				   "use_fips_endpoint");
	*dualstack = decide(places->option_dualstack, places,
						"AWS_USE_DUALSTACK_ENDPOINT",
						"use_dualstack_endpoint");
}
