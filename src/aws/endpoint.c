/*
 * endpoint.c
 *		Partitions and host names.
 *
 * The table restates the public partitions.json of the AWS SDKs.  Regions
 * come faster than releases of ours, so none is looked up by its name: they
 * are told by the patterns of that file, a prefix, a word and a number.
 */
#include "aws/endpoint.h"

#include <stdio.h>

typedef struct Partition
{
	const char *name;
	const char *prefix;			/* of its regions */
	const char *suffix;			/* DNS suffix */
	const char *dual_suffix;	/* DNS suffix of dual-stack hosts */
} Partition;

/* The last one takes what fits nowhere else. */
static const Partition partitions[] =
{
	{"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
	{"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"},
	{"aws-eusc", "eusc-de-", "amazonaws.eu", "api.amazonwebservices.eu"},
	{"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
	{"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
	{"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
	{"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
	{"aws", "", "amazonaws.com", "api.aws"},
};

/* STS answers for it at one host, and signs for one region. */
#define GLOBAL_REGION "aws-global"
#define GLOBAL_STS_URL "https://sts.amazonaws.com"
#define GLOBAL_STS_REGION "us-east-1"

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

/* "word-number", what every region's name ends with? */
static bool
is_word_and_number(const char *text)
{
	size_t		word = strcspn(text, "-");
	const char *number = text + word + 1;

	return word > 0 && text[word] == '-' && number[0] != '\0' &&
		strspn(number, "0123456789") == strlen(number);
}

/* Is it the partition's, or the name of the whole partition as a region? */
static bool
is_of_partition(const char *region, const Partition *p)
{
	size_t		name = strlen(p->name);

	if (strncmp(region, p->name, name) == 0 &&
		strcmp(region + name, "-global") == 0)
		return true;
	return rsd_slice_starts(rsd_slice_str(region), p->prefix) &&
		is_word_and_number(region + strlen(p->prefix));
}

static const Partition *
find_partition(const char *region)
{
	const Partition *p = partitions;

	while (p->prefix[0] != '\0' && !is_of_partition(region, p))
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
	return !dualstack && strcmp(service, RSD_SERVICE_DATA) != 0 &&
		(strcmp(region, "us-gov-east-1") == 0 ||
		 strcmp(region, "us-gov-west-1") == 0);
}

const char *
rsd_endpoint_sts_legacy(const char *region)
{
	static const char *const old[] =
	{
		"ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
		GLOBAL_REGION, "ca-central-1", "eu-central-1", "eu-north-1",
		"eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
		"us-east-2", "us-west-1", "us-west-2"
	};
	size_t		i;

	for (i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (strcmp(region, old[i]) == 0)
			return GLOBAL_REGION;
	return region;
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

/* The host by the rules of the service. */
static bool
use_rules(const char *service, const char *region, bool fips, bool dualstack,
		  RsdEndpoint *out, RsdError *err)
{
	const Partition *partition = find_partition(region);
	char		url[512];

	if (strcmp(service, RSD_SERVICE_STS) == 0 && !fips && !dualstack &&
		strcmp(region, GLOBAL_REGION) == 0)
	{
		(void) rsd_clip(out->region, sizeof(out->region), GLOBAL_STS_REGION,
						strlen(GLOBAL_STS_REGION));
		return rsd_url_split(rsd_slice_str(GLOBAL_STS_URL), &out->url, err);
	}
	snprintf(url, sizeof(url), "https://%s%s.%s.%s", service,
			 fips && !fips_is_plain(service, region, dualstack) ? "-fips" : "",
			 region, dualstack ? partition->dual_suffix : partition->suffix);
	return rsd_url_split(rsd_slice_str(url), &out->url, err);
}

bool
rsd_endpoint_resolve(const char *service, const char *region,
					 const char *override_url, bool fips, bool dualstack,
					 RsdEndpoint *out, RsdError *err)
{
	bool		overridden = override_url != NULL && override_url[0] != '\0';
	bool		no_region = region == NULL || region[0] == '\0';

	memset(out, 0, sizeof(*out));
	if (!(overridden && no_region) && !rsd_region_valid(region))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "region is missing or not a region name");
	if (!no_region)
		(void) rsd_clip(out->region, sizeof(out->region), region,
						strlen(region));
	(void) rsd_clip(out->service, sizeof(out->service), service,
					strlen(service));
	if (overridden)
		return use_override(override_url, fips, dualstack, out, err);
	return use_rules(service, region, fips, dualstack, out, err);
}
