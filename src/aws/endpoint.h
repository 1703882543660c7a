/*
 * endpoint.h
 *		From service and region to a host and what to sign for.
 *
 * The partitions and host patterns are those of the public endpoint rule
 * sets shipped with the AWS SDKs (botocore data/partitions.json and
 * endpoint-rule-set-1.json).  A host found here may still not exist.
 */
#ifndef RSD_AWS_ENDPOINT_H
#define RSD_AWS_ENDPOINT_H

#include "base/uri.h"

/* Service names, which are also the signing names. */
#define RSD_SERVICE_DATA "redshift-data"
#define RSD_SERVICE_SNS "sns"
#define RSD_SERVICE_STS "sts"

typedef struct RsdEndpoint
{
	RsdUrl		url;
	char		region[64];		/* to sign for */
	char		service[32];	/* to sign for */
} RsdEndpoint;

/*
 * Fills *out.  override_url, if not NULL or empty, is taken as it is
 * (scheme, host, port, path: a PrivateLink host, a proxy, a local service);
 * it excludes fips and dualstack, and leaves the region to sign for as it
 * was given: without one out->region is empty, and nothing can be signed.
 * Errors: INVALID (no or unusable region, unusable URL, excluded
 * combination).
 */
extern bool rsd_endpoint_resolve(const char *service, const char *region,
								 const char *override_url, bool fips,
								 bool dualstack, RsdEndpoint *out,
								 RsdError *err) RSD_MUSTCHECK;

/*
 * What to resolve STS with where sts_regional_endpoints is "legacy" and
 * neither an override nor FIPS nor dual-stack is asked for: the regions that
 * are older than regional STS share the global endpoint ("aws-global"), all
 * others are themselves.  A static string, or region.
 */
extern const char *rsd_endpoint_sts_legacy(const char *region);

/*
 * Could this be a region's name: 1 to 63 of a-z, 0-9 and "-", beginning
 * with a letter, not ending with "-"?  Unknown regions are welcome.
 */
extern bool rsd_region_valid(const char *region);

#endif							/* RSD_AWS_ENDPOINT_H */
