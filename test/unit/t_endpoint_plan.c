/*
 * t_endpoint_plan.c
 *		Endpoints of the three services from options, environment and the
 *		configuration file as it lies on the disk.
 */
#include "aws/endpoint_plan.h"
#include "t_creds.h"

static const char config[] =
	"[default]\n"
	"endpoint_url = https://everyone\n"
	"[profile p]\n"
	"services = s\n"
	"endpoint_url = https://profile\n"
	"use_dualstack_endpoint = true\n"
	"sts_regional_endpoints = legacy\n"
	"[profile lost]\n"
	"services = nowhere\n"
	"[profile old]\n"
	"sts_regional_endpoints = Legacy\n"
	"[services s]\n"
	"redshift_data =\n"
	"  endpoint_url = https://section/data\n"
	"sts =\n"
	"  region = x\n";

static const File files[] = {{"/h/.aws/config", config}, {NULL, NULL}};

/* The host of a service, or the error. */
static const char *
host(const RsdEndpointPlan *plan, const char *service)
{
	static char text[1500];
	RsdEndpoint e;
	RsdError	err;

	if (rsd_endpoint_plan_resolve(plan, service, "eu-west-1", &e, &err))
		snprintf(text, sizeof(text), "%s%s %s", e.url.host, e.url.path,
				 e.region);
	else
		snprintf(text, sizeof(text), "%s", err.what);
	return text;
}

static bool
make(const char *const *vars, RsdEndpointWishes wishes,
	 RsdEndpointPlan *plan, RsdError *err)
{
	World		world = {vars, files, 0};
	RsdEnv		env = world_env(&world);

	wishes.env = &env;
	return rsd_endpoint_plan_make(&wishes, plan, err);
}

static void
test_without_env(void)
{
	RsdEndpointWishes wishes = {.sns_url = "https://mine/x"};
	RsdEndpointPlan plan;
	RsdError	err;

	ok(rsd_endpoint_plan_make(&wishes, &plan, &err), "options only");
	is_str(host(&plan, "redshift-data"),
		   "redshift-data.eu-west-1.amazonaws.com/ eu-west-1", "by region");
	is_str(host(&plan, "sns"), "mine/x eu-west-1", "by option");
	is_str(rsd_endpoint_plan_place(&plan, "sns"), "option", "it says so");
	ok(rsd_endpoint_plan_url(&plan, "sts") == NULL &&
	   rsd_endpoint_plan_place(&plan, "sts") == NULL, "nothing for STS");
	wishes.fips = wishes.dualstack = RSD_TRI_YES;
	ok(rsd_endpoint_plan_make(&wishes, &plan, &err), "with both switches");
	is_str(host(&plan, "redshift-data"),
		   "redshift-data-fips.eu-west-1.api.aws/ eu-west-1", "its host");
	is_str(host(&plan, "sns"), "mine/x eu-west-1", "a URL wins over them");
}

static void
test_file(void)
{
	RsdEndpointWishes wishes = {.profile = "p"};
	const char *const vars[] = {"AWS_ENDPOINT_URL_SNS=https://var", NULL};
	RsdEndpointPlan plan;
	RsdError	err;

	ok(make(vars, wishes, &plan, &err), "profile and environment");
	is_str(host(&plan, "redshift-data"), "section/data eu-west-1",
		   "the services section");
	is_str(host(&plan, "sts"), "profile/ eu-west-1",
		   "the profile, as the section says something else");
	is_str(host(&plan, "sns"), "var/ eu-west-1", "the environment");
	ok(plan.dualstack && !plan.fips && plan.sts_legacy, "switches");
	wishes.profile = NULL;
	ok(make(NULL, wishes, &plan, &err), "the default profile");
	is_str(host(&plan, "sns"), "everyone/ eu-west-1", "its URL");
	wishes.dualstack = RSD_TRI_NO;
	wishes.profile = "p";
	ok(make(NULL, wishes, &plan, &err) && !plan.dualstack,
	   "an option switches off what a profile switched on");
}

static void
test_legacy_sts(void)
{
	RsdEndpointWishes wishes = {.profile = "old"};
	const char *const regional[] = {"AWS_STS_REGIONAL_ENDPOINTS=regional", NULL};
	RsdEndpointPlan plan;
	RsdError	err;

	ok(make(NULL, wishes, &plan, &err), "STS as of old");
	is_str(host(&plan, "sts"), "sts.amazonaws.com/ us-east-1", "is global");
	is_str(host(&plan, "sns"), "sns.eu-west-1.amazonaws.com/ eu-west-1",
		   "SNS is not");
	wishes.fips = RSD_TRI_YES;
	ok(make(NULL, wishes, &plan, &err), "with FIPS");
	is_str(host(&plan, "sts"), "sts-fips.eu-west-1.amazonaws.com/ eu-west-1",
		   "it is regional");
	wishes.fips = RSD_TRI_UNKNOWN;
	ok(make(regional, wishes, &plan, &err), "the environment");
	is_str(host(&plan, "sts"), "sts.eu-west-1.amazonaws.com/ eu-west-1",
		   "decides first");
}

static void
test_errors(void)
{
	RsdEndpointWishes wishes = {.profile = "lost"};
	const char *const bad[] = {"AWS_ENDPOINT_URL=ftp://h", NULL};
	char		text[1500] = "AWS_ENDPOINT_URL=https://h/";
	const char *const huge[] = {text, NULL};
	RsdEndpointPlan plan;
	RsdError	err;

	ok(!make(NULL, wishes, &plan, &err) &&
	   strstr(err.what, "[services nowhere]") != NULL, "%s", err.what);
	ok(make(bad, wishes, &plan, &err), "not looked for after the environment");
	is_str(host(&plan, "sns"), "URL must begin with https:// or http:// "
		   "(endpoint from: AWS_ENDPOINT_URL)", "whose URL is wrong");
	memset(text + strlen(text), 'x', sizeof(text) - strlen(text) - 1);
	ok(!make(huge, wishes, &plan, &err) && err.kind == RSD_ERR_LIMIT,
	   "a URL without end: %s", err.what);
}

/* A file that is broken is told; one that may not be read is passed over. */
static void
test_files(void)
{
	static const File broken[] = {{"/h/.aws/config", "[profile p\n"}, {NULL, NULL}};
	static const File closed[] = {{"/h/.aws/config", NULL}, {NULL, NULL}};
	World		world = {NULL, broken, 0};
	RsdEnv		env = world_env(&world);
	RsdEndpointWishes wishes = {.env = &env};
	RsdEndpointPlan plan;
	RsdError	err;

	ok(!rsd_endpoint_plan_make(&wishes, &plan, &err) &&
	   strstr(err.what, "/h/.aws/config") != NULL, "%s", err.what);
	world.files = closed;
	ok(rsd_endpoint_plan_make(&wishes, &plan, &err), "a closed file");
}

int
main(void)
{
	test_without_env();
	test_file();
	test_legacy_sts();
	test_errors();
	test_files();
	return tap_done();
}
