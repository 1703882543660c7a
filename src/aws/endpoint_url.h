/*
 * endpoint_url.h
 *		Where an endpoint may be written down other than by its region, and
 *		which of these places counts.
 *
 * The order is that of the AWS SDKs and Tools Reference Guide
 * ("Service-specific endpoints").  Environment and configuration file are
 * the caller's: they come in as functions.
 */
#ifndef RSD_AWS_ENDPOINT_URL_H
#define RSD_AWS_ENDPOINT_URL_H

#include <stdbool.h>

#include "base/error.h"
#include "base/tri.h"

/*
 * The places.  Strings that the functions return are borrowed, valid as long
 * as the caller says; NULL or "" is "not set".  Any function may be NULL:
 * then there is no such place.
 */
typedef struct RsdEndpointPlaces
{
	/* what our own configuration says */
	const char *option_url;		/* of this service */
	RsdTri		option_fips;
	RsdTri		option_dualstack;

	/* an environment variable */
	const char *(*variable) (void *arg, const char *name);
	/* a key of the active profile; never of its source_profile */
	const char *(*profile) (void *arg, const char *key);
	/* [services SECTION], key endpoint_url nested under service */
	const char *(*service_url) (void *arg, const char *section,
								const char *service);
	/* is there such a [services SECTION]? */
	bool		(*has_services) (void *arg, const char *section);
	void	   *arg;			/* passed to each */
} RsdEndpointPlaces;

/*
 * The URL that replaces the one by region, or NULL for none, into *url; in
 * *place (unless NULL) where it stands, a static word.  In this order: the
 * option, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's
 * services section, the profile's endpoint_url.  All but the option are
 * passed over if AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, or without that the
 * profile's ignore_configured_endpoint_urls, is true.  Error INVALID: the
 * profile names a services section that is not there.
 */
extern bool rsd_endpoint_url_find(const char *service,
								  const RsdEndpointPlaces *places,
								  const char **url, const char **place,
								  RsdError *err) RSD_MUSTCHECK;

/*
 * Are FIPS and dual-stack endpoints asked for: by option, else by
 * AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, else by the
 * profile's use_fips_endpoint and use_dualstack_endpoint?
 */
extern void rsd_endpoint_url_switches(const RsdEndpointPlaces *places,
									  bool *fips, bool *dualstack);

#endif							/* RSD_AWS_ENDPOINT_URL_H */
