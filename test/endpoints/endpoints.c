/*
 * endpoints.c
 *		Reads endpoint test cases as botocore publishes them and asks
 *		src/aws/endpoint.c the same questions.
 *
 * A case has parameters and an expectation: a URL, with a region to sign for
 * if that is another one, or an error.  Any error of ours stands for theirs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "aws/endpoint.h"
#include "base/json.h"

typedef struct Case
{
	char		title[256];
	char		region[64];
	char		endpoint[256];
	bool		fips;
	bool		dualstack;
	bool		global;
	char		error[256];
	char		url[256];
	char		sign_for[64];
} Case;

static int	passed;
static int	failed;

/* Members of an object given as its bytes; nothing where there is none. */
static void
read_object(RsdSlice object, const RsdJsonField *fields, int n)
{
	RsdJsonReader reader;
	RsdError	err;

	if (object.len == 0)
		return;
	rsd_json_open(&reader, object);
	if (!rsd_json_read_fields(&reader, fields, n, &err))
	{
		fprintf(stderr, "unreadable case: %s\n", err.what);
		exit(2);
	}
}

static void
read_signing(RsdSlice properties, Case *c)
{
	RsdSlice	schemes = {NULL, 0};
	RsdJsonField property = {"authSchemes", RSD_JSON_AS_RAW, &schemes, 0,
	false, NULL};
	RsdJsonField region = {"signingRegion", RSD_JSON_AS_TEXT, c->sign_for,
	sizeof(c->sign_for), false, NULL};

	read_object(properties, &property, 1);
	if (schemes.len > 2)
		read_object(rsd_slice(schemes.data + 1, schemes.len - 2), &region, 1);
}

static void
read_case(RsdSlice text, Case *c)
{
	RsdSlice	params = {NULL, 0};
	RsdSlice	expect = {NULL, 0};
	RsdSlice	endpoint = {NULL, 0};
	RsdSlice	properties = {NULL, 0};
	const		RsdJsonField top[] = {
		{"documentation", RSD_JSON_AS_CLIPPED, c->title, sizeof(c->title),
		false, NULL},
		{"params", RSD_JSON_AS_RAW, &params, 0, false, NULL},
		{"expect", RSD_JSON_AS_RAW, &expect, 0, true, NULL},
	};
	const		RsdJsonField param[] = {
		{"Region", RSD_JSON_AS_TEXT, c->region, sizeof(c->region), false, NULL},
		{"Endpoint", RSD_JSON_AS_TEXT, c->endpoint, sizeof(c->endpoint), false,
		NULL},
		{"UseFIPS", RSD_JSON_AS_BOOL, &c->fips, 0, false, NULL},
		{"UseDualStack", RSD_JSON_AS_BOOL, &c->dualstack, 0, false, NULL},
		{"UseGlobalEndpoint", RSD_JSON_AS_BOOL, &c->global, 0, false, NULL},
	};
	const		RsdJsonField wish[] = {
		{"error", RSD_JSON_AS_CLIPPED, c->error, sizeof(c->error), false, NULL},
		{"endpoint", RSD_JSON_AS_RAW, &endpoint, 0, false, NULL},
	};
	const		RsdJsonField answer[] = {
		{"url", RSD_JSON_AS_TEXT, c->url, sizeof(c->url), true, NULL},
		{"properties", RSD_JSON_AS_RAW, &properties, 0, false, NULL},
	};

	memset(c, 0, sizeof(*c));
	read_object(text, top, 3);
	read_object(params, param, 5);
	read_object(expect, wish, 2);
	read_object(endpoint, answer, 2);
	read_signing(properties, c);
}

/* As a caller would: the legacy mode of STS changes the region first. */
static bool
resolve(const char *service, const Case *c, RsdEndpoint *e, RsdError *err)
{
	const char *region = c->region;

	if (c->global && c->endpoint[0] == '\0' && !c->fips && !c->dualstack)
		region = rsd_endpoint_sts_legacy(region);
	return rsd_endpoint_resolve(service, region, c->endpoint, c->fips,
								c->dualstack, e, err);
}

static bool
as_expected(const char *service, const Case *c, char *got, size_t size)
{
	RsdEndpoint e;
	RsdError	err;
	RsdBuf		host;
	const char *sign_for = c->sign_for[0] != '\0' ? c->sign_for : c->region;

	if (!resolve(service, c, &e, &err))
	{
		snprintf(got, size, "error: %s", err.what);
		return c->error[0] != '\0';
	}
	rsd_buf_init(&host, 1024);
	rsd_url_authority(&e.url, &host);
	snprintf(got, size, "%s://%s%s signed for \"%s\"",
			 e.url.https ? "https" : "http", rsd_buf_str(&host),
			 strcmp(e.url.path, "/") == 0 ? "" : e.url.path, e.region);
	rsd_buf_free(&host);
	return strncmp(got, c->url, strlen(c->url)) == 0 &&
		got[strlen(c->url)] == ' ' && c->url[0] != '\0' &&
		strcmp(e.region, sign_for) == 0;
}

static void
run_case(const char *service, RsdSlice text)
{
	Case		c;
	char		got[2048];

	read_case(text, &c);
	if (as_expected(service, &c, got, sizeof(got)))
	{
		passed++;
		return;
	}
	failed++;
	printf("not ok - %s: %s\n#  got: %s\n# want: %s%s\n", service, c.title, got,
		   c.url, c.error);
}

static void
run_file(const char *service, RsdSlice text)
{
	RsdSlice	cases = {NULL, 0};
	const		RsdJsonField top = {"testCases", RSD_JSON_AS_RAW, &cases, 0, true,
	NULL};
	RsdJsonReader reader;
	RsdJsonToken token;
	RsdSlice	one;
	int			before = passed + failed;

	read_object(text, &top, 1);
	rsd_json_open(&reader, cases);
	(void) rsd_json_next(&reader, &token);
	while (rsd_json_next(&reader, &token) == RSD_JSON_OBJECT)
	{
		if (!rsd_json_skip(&reader, &token, &one))
			exit(2);
		run_case(service, one);
	}
	printf("%s: %d cases\n", service, passed + failed - before);
}

static void
run_service(const char *suite, const char *service)
{
	char		path[4096];
	static char text[4 * 1024 * 1024];
	FILE	   *file;
	size_t		n;

	snprintf(path, sizeof(path), "%s/%s/endpoint-tests-1.json", suite, service);
	file = fopen(path, "r");
	if (file == NULL)
	{
		perror(path);
		exit(2);
	}
	n = fread(text, 1, sizeof(text), file);
	fclose(file);
	run_file(service, rsd_slice(text, n));
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	run_service(argv[1], RSD_SERVICE_DATA);
	run_service(argv[1], RSD_SERVICE_SNS);
	run_service(argv[1], RSD_SERVICE_STS);
	printf("%d passed, %d failed\n", passed, failed);
	return failed == 0 && passed > 0 ? 0 : 1;
}
