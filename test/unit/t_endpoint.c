/*
 * t_endpoint.c
 *		Own cases for endpoints: partitions, PrivateLink, and the order of the
 *		places where an endpoint may be written down.  The cases that botocore
 *		publishes are run by test/endpoints.
 */
#include "aws/endpoint.h"
#include "aws/endpoint_url.h"
#include "aws/sns.h"
#include "tap.h"

static void
host_is(const char *service, const char *region, bool fips, bool dual,
		const char *host)
{
	RsdEndpoint e;
	RsdError	err;

	if (ok(rsd_endpoint_resolve(service, region, NULL, fips, dual, &e, &err),
		   "%s in %s", service, region))
		is_str(e.url.host, host, "its host");
}

static void
test_partitions(void)
{
	host_is("redshift-data", "us-isof-south-1", false, false,
			"redshift-data.us-isof-south-1.csp.hci.ic.gov");
	host_is("redshift-data", "eusc-de-east-1", true, true,
			"redshift-data-fips.eusc-de-east-1.api.amazonwebservices.eu");
	host_is("redshift-data", "mx-central-1", false, false,
			"redshift-data.mx-central-1.amazonaws.com");
	host_is("sns", "aws-cn-global", false, false,
			"sns.aws-cn-global.amazonaws.com.cn");
	host_is("sns", "aws-iso-b-global", false, true,
			"sns.aws-iso-b-global.api.aws.scloud");

	/* what only begins like a partition's region is none of its */
	host_is("sns", "cn-north", false, false, "sns.cn-north.amazonaws.com");
	host_is("sns", "us-gov-west-x", true, false,
			"sns-fips.us-gov-west-x.amazonaws.com");
	host_is("sns", "us-gov-south-1", true, false,
			"sns-fips.us-gov-south-1.amazonaws.com");
}

static void
test_global_sts(void)
{
	RsdEndpoint e;
	RsdError	err;

	host_is("sts", "eu-west-1", false, false, "sts.eu-west-1.amazonaws.com");
	ok(rsd_endpoint_resolve("sts", rsd_endpoint_sts_legacy("eu-west-1"), NULL,
							false, false, &e, &err), "STS, legacy mode");
	is_str(e.url.host, "sts.amazonaws.com", "is global");
	is_str(e.region, "us-east-1", "and signed for us-east-1");
	is_str(rsd_endpoint_sts_legacy("eu-south-2"), "eu-south-2",
		   "but not for younger regions");
	host_is("sns", "aws-global", false, false, "sns.aws-global.amazonaws.com");
}

/* An interface endpoint in a VPC: its host as it is, our region signed. */
static void
test_private_link(void)
{
	static const char url[] = "https://vpce-0ab12-x9y8.redshift-data."
		"eu-west-1.vpce.amazonaws.com";
	RsdEndpoint e;
	RsdError	err;

	ok(rsd_endpoint_resolve("redshift-data", "eu-west-1", url, false, false,
							&e, &err), "PrivateLink");
	is_str(e.url.host, url + strlen("https://"), "its host");
	is_str(e.region, "eu-west-1", "its region");
	ok(e.url.https && e.url.port == 443, "over TLS");
	ok(rsd_endpoint_resolve("sts", NULL, url, false, false, &e, &err) &&
	   e.region[0] == '\0', "an override needs no region");
	ok(!rsd_endpoint_resolve("sts", "no/region", url, false, false, &e, &err),
	   "but refuses a bad one: %s", err.what);
	ok(!rsd_endpoint_resolve("sts", "eu-west-1", url, false, true, &e, &err),
	   "and dual-stack: %s", err.what);
}

/* A topic is published to in its own region and partition. */
static void
test_topic_region(void)
{
	char		region[64];

	ok(rsd_sns_arn_region("arn:aws-cn:sns:cn-northwest-1:123456789012:t",
						  region), "a topic's region");
	host_is("sns", region, false, false,
			"sns.cn-northwest-1.amazonaws.com.cn");
}

/* ---- places ---- */

/* name=value pairs of environment, profile and services sections. */
typedef struct World
{
	const char *variables[8];
	const char *keys[8];
	const char *urls[8];		/* "section/service=value" */
} World;

static const char *
look_up(const char *const *pairs, const char *name)
{
	for (; *pairs != NULL; pairs++)
		if (strncmp(*pairs, name, strlen(name)) == 0 &&
			(*pairs)[strlen(name)] == '=')
			return *pairs + strlen(name) + 1;
	return NULL;
}

static const char *
variable(void *arg, const char *name)
{
	return look_up(((const World *) arg)->variables, name);
}

static const char *
profile(void *arg, const char *key)
{
	return look_up(((const World *) arg)->keys, key);
}

static const char *
service_url(void *arg, const char *section, const char *service)
{
	char		name[128];

	snprintf(name, sizeof(name), "%s/%s", section, service);
	return look_up(((const World *) arg)->urls, name);
}

static bool
has_services(void *arg, const char *section)
{
	const World *world = arg;
	const char *const *url;

	for (url = world->urls; *url != NULL; url++)
		if (strncmp(*url, section, strlen(section)) == 0)
			return true;
	return false;
}

static RsdEndpointPlaces
places(World *world)
{
	RsdEndpointPlaces p = {
		.variable = variable,
		.profile = profile,
		.service_url = service_url,
		.has_services = has_services,
		.arg = world,
	};

	return p;
}

static void
url_is(const RsdEndpointPlaces *p, const char *service, const char *want,
	   const char *name)
{
	const char *url;
	const char *place = "none";
	RsdError	err;

	if (ok(rsd_endpoint_url_find(service, p, &url, &place, &err), "%s", name))
		is_str(url == NULL ? "none" : url, want, "from the %s", place);
}

/* Each place in turn is taken away, and the next one counts. */
static void
test_order(void)
{
	World		world = {
		{"AWS_ENDPOINT_URL_REDSHIFT_DATA=http://a", "AWS_ENDPOINT_URL=http://b",
		NULL},
		{"services=local", "endpoint_url=http://d", NULL},
		{"local/redshift_data=http://c", NULL},
	};
	RsdEndpointPlaces p = places(&world);

	p.option_url = "http://o";
	url_is(&p, "redshift-data", "http://o", "the option first");
	p.option_url = "";
	url_is(&p, "redshift-data", "http://a", "then the service's variable");
	url_is(&p, "sns", "http://b", "which is of that service only");
	world.variables[0] = "AWS_ENDPOINT_URL_REDSHIFT_DATA=";
	url_is(&p, "redshift-data", "http://b",
		   "the global variable beats the file");
	world.variables[1] = NULL;
	url_is(&p, "redshift-data", "http://c", "then the services section");
	url_is(&p, "sts", "http://d", "which does not name STS");
	world.urls[0] = "local/redshift_data=";
	url_is(&p, "redshift-data", "http://d", "at last the profile");
	world.keys[1] = NULL;
	url_is(&p, "redshift-data", "none", "else nothing");
}

static void
test_services_missing(void)
{
	World		world = {{NULL}, {"services=gone", NULL}, {NULL}};
	RsdEndpointPlaces p = places(&world);
	const char *url;
	RsdError	err;

	ok(!rsd_endpoint_url_find("sns", &p, &url, NULL, &err) &&
	   err.kind == RSD_ERR_INVALID, "a missing section: %s", err.what);
	world.variables[0] = "AWS_ENDPOINT_URL=http://b";
	url_is(&p, "sns", "http://b", "is not looked for before its turn");
}

static void
test_ignore(void)
{
	World		world = {
		{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=TRUE",
		"AWS_ENDPOINT_URL=http://b", NULL},
		{"endpoint_url=http://d", NULL},
		{NULL},
	};
	RsdEndpointPlaces p = places(&world);

	url_is(&p, "sns", "none", "ignored by the environment");
	p.option_url = "http://o";
	url_is(&p, "sns", "http://o", "but the option is not");
	p.option_url = NULL;
	world.keys[1] = "ignore_configured_endpoint_urls=true";
	world.variables[0] = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false";
	url_is(&p, "sns", "http://b", "the environment decides first");
	world.variables[0] = "OTHER=1";
	url_is(&p, "sns", "none", "then the profile");
}

static void
test_switches(void)
{
	World		world = {
		{"AWS_USE_FIPS_ENDPOINT=true", NULL},
		{"use_fips_endpoint=false", "use_dualstack_endpoint=true", NULL},
		{NULL},
	};
	RsdEndpointPlaces p = places(&world);
	RsdEndpointPlaces none;
	bool		fips;
	bool		dualstack;

	rsd_endpoint_url_switches(&p, &fips, &dualstack);
	ok(fips && dualstack, "switches of environment and profile");
	p.option_fips = RSD_TRI_NO;
	rsd_endpoint_url_switches(&p, &fips, &dualstack);
	ok(!fips && dualstack, "an option is stronger");
	memset(&none, 0, sizeof(none));
	rsd_endpoint_url_switches(&none, &fips, &dualstack);
	ok(!fips && !dualstack, "off without any place");
	url_is(&none, "sns", "none", "and no URL");
}

int
main(void)
{
	test_partitions();
	test_global_sts();
	test_private_link();
	test_topic_region();
	test_order();
	test_services_missing();
	test_ignore();
	test_switches();
	return tap_done();
}
