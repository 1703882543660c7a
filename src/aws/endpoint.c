/*
 * endpoint.c
 *		Partitions and host names.
 *
 * The table restates the public partitions.json of the AWS SDKs; region
 * names are matched by prefix, as its regular expressions do in effect.
 */
#include "aws/endpoint.h"

#include <stdio.h>

typedef struct Partition
{
	const char *prefix;			/* of the region's name */
	const char *suffix;			/* DNS suffix */
	const char *dual_suffix;	/* DNS suffix of dual-stack hosts */
} Partition;

/* Longer prefixes stand before those they begin with; the last fits all. */
static const Partition partitions[] =
{
	{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
	{"us-gov-", "amazonaws.com", "api.aws"},
	{"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
	{"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
	{"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
	{"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
	{"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
	{"", "amazonaws.com", "api.aws"},
};

bool
rsd_region_valid(const char *region)
{
	size_t		n = region == NULL ? 0 : strlen(region);
	size_t		i;

	if (n == 0 || n > 63 || region[n - 1] == '-' ||
		region[0] < 'a' || region[0] > 'z')
		return false;
	for (i = 0; i < n; i++)
		if (!(region[i] >= 'a' && region[i] <= 'z') &&
			!(region[i] >= '0' && region[i] <= '9') && region[i] != '-')
			return false;
	return true;
}

static const Partition *
find_partition(const char *region)
{
	const Partition *p = partitions;

	while (!rsd_slice_starts(rsd_slice_str(region), p->prefix))
		p++;
	return p;
}

/*
 * SNS and STS serve FIPS on the plain host in the US government regions,
 * by their endpoint rule sets.
 */
static bool
fips_is_plain(const char *service, const char *region, bool dualstack)
{
	return !dualstack && strncmp(region, "us-gov-", 7) == 0 &&
		strcmp(service, RSD_SERVICE_DATA) != 0;
}

static bool
use_override(const char *override_url, bool fips, bool dualstack,
			 RsdEndpoint *out, RsdError *err)
{
	if (fips || dualstack)
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "an endpoint URL cannot be combined with FIPS or dual-stack endpoints");
	if (rsd_url_split(rsd_slice_str(override_url), &out->url, err))
		return true;
	return rsd_error_doing(err, "reading the endpoint URL");
}

bool
rsd_endpoint_resolve(const char *service, const char *region,
					 const char *override_url, bool fips, bool dualstack,
					 RsdEndpoint *out, RsdError *err)
{
	const Partition *partition;
	char		url[512];

	memset(out, 0, sizeof(*out));
	if (!rsd_region_valid(region))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "region is missing or not a region name");
	(void) rsd_clip(out->region, sizeof(out->region), region, strlen(region));
	(void) rsd_clip(out->service, sizeof(out->service), service,
					strlen(service));
	if (override_url != NULL && override_url[0] != '\0')
		return use_override(override_url, fips, dualstack, out, err);
	partition = find_partition(region);
	snprintf(url, sizeof(url), "https://%s%s.%s.%s", service,
			 fips && !fips_is_plain(service, region, dualstack) ? "-fips" : "",
			 region, dualstack ? partition->dual_suffix : partition->suffix);
	return rsd_url_split(rsd_slice_str(url), &out->url, err);
}
