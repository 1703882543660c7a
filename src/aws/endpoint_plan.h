/*
 * endpoint_plan.h
 *		Where the services of one server are: options, environment and
 *		configuration file searched once, for all calls that follow.
 *
 * Puts aws/endpoint_url.h (which place counts), aws/creds_files.h (the
 * configuration file) and aws/endpoint.h (hosts by region) together.
 */
#ifndef RSD_AWS_ENDPOINT_PLAN_H
#define RSD_AWS_ENDPOINT_PLAN_H

#include "aws/endpoint.h"
#include "base/env.h"
#include "base/tri.h"

/* The Data API, SNS and STS. */
#define RSD_ENDPOINT_SERVICES 3

/* Bytes of a URL and its NUL: what RsdUrl holds, scheme and port. */
#define RSD_ENDPOINT_URL_SIZE 1300

/* What our own options say; NULL, "" and UNKNOWN are "not set". */
typedef struct RsdEndpointWishes
{
	const char *data_url;
	const char *sns_url;
	const char *sts_url;
	RsdTri		fips;
	RsdTri		dualstack;

	/* The active profile as RsdCredsConfig has it. */
	const char *profile;

	/* NULL: neither environment nor configuration file are asked. */
	const RsdEnv *env;
} RsdEndpointWishes;

/* A value without pointers to be freed; holds no secret. */
typedef struct RsdEndpointPlan
{
	char		url[RSD_ENDPOINT_SERVICES][RSD_ENDPOINT_URL_SIZE];	/* "": by region */
	const char *place[RSD_ENDPOINT_SERVICES];	/* of url; a static word */
	bool		fips;
	bool		dualstack;
	bool		sts_legacy;		/* sts_regional_endpoints is "legacy" */
} RsdEndpointPlan;

/*
 * Searches the places.  Reads the configuration file if there is an env; one
 * that cannot be read is passed over, as who needs it for keys will tell.
 * Errors: what the file's parser says (with file and line), a services
 * section that is not there, LIMIT, MEMORY.
 */
extern bool rsd_endpoint_plan_make(const RsdEndpointWishes *wishes,
								   RsdEndpointPlan *plan,
								   RsdError *err) RSD_MUSTCHECK;

/*
 * The endpoint of a service (RSD_SERVICE_...) in a region.  A URL that was
 * found wins over FIPS and dual-stack.  Errors as rsd_endpoint_resolve; they
 * name the place of a URL that is none.
 */
extern bool rsd_endpoint_plan_resolve(const RsdEndpointPlan *plan,
									  const char *service, const char *region,
									  RsdEndpoint *out,
									  RsdError *err) RSD_MUSTCHECK;

/* The URL found for a service, or NULL: it is found by its region. */
extern const char *rsd_endpoint_plan_url(const RsdEndpointPlan *plan,
										 const char *service);

/*
 * Where that URL stands, for people: "option", "AWS_ENDPOINT_URL"...; NULL
 * without one.  A static string.
 */
extern const char *rsd_endpoint_plan_place(const RsdEndpointPlan *plan,
										   const char *service);

#endif							/* RSD_AWS_ENDPOINT_PLAN_H */
