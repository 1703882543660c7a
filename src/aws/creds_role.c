/*
 * creds_role.c
 *		A role assumed with the keys of the links before it: AssumeRole.
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include "aws/sigv4.h"
#include "aws/sts.h"

static RsdStep
start(RsdFetch *f, const RsdLink *link, int64_t now_us)
{
	RsdStsRole	role = {
		.role_arn = link->text[RSD_LINK_ROLE_ARN],
		.session_name = link->text[RSD_LINK_SESSION_NAME],
		.external_id = link->text[RSD_LINK_EXTERNAL_ID],
		.duration_seconds = link->duration_seconds,
	};
	RsdEndpoint endpoint;

	if (!rsd_creds_sts_endpoint(f, &endpoint))
		return RSD_STEP_FAIL;
	rsd_request_free(&f->request);
	if (!rsd_sts_assume_role(&role, &endpoint, &f->request, &f->err) ||
		!rsd_sigv4_sign(&f->request, &f->cred, endpoint.region,
						endpoint.service, now_us, NULL, &f->err))
		return RSD_STEP_FAIL;
	return rsd_creds_ask_sts(f);
}

static RsdStep
response(RsdFetch *f, const RsdLink *link, int64_t now_us,
		 const RsdResponse *reply)
{
	(void) link;
	(void) now_us;
	return rsd_creds_sts_reply(f, reply);
}

static const RsdProvider provider = {.start = start, .response = response};

RsdClaim
rsd_creds_add_role(RsdFetch *f, const char *role_arn,
				   const char *session_name, const char *external_id,
				   int duration_seconds)
{
	RsdLink    *link = rsd_creds_link(f, &provider, "role %s", role_arn);

	if (link == NULL ||
		!rsd_creds_link_set(f, link, RSD_LINK_ROLE_ARN, role_arn) ||
		!rsd_creds_link_set(f, link, RSD_LINK_SESSION_NAME, session_name) ||
		!rsd_creds_link_set(f, link, RSD_LINK_EXTERNAL_ID, external_id))
		return RSD_CLAIM_ERROR;
	link->duration_seconds = duration_seconds;
	link->attempts = 3;
	link->pause_us = 1000000;
	return RSD_CLAIM_YES;
}
