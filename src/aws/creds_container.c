/*
 * creds_container.c
 *		The credentials endpoint of a container (ECS, EKS Pod Identity):
 *		"Container credential provider" in the AWS SDKs and Tools Reference
 *		Guide.
 *
 * Owns which hosts may be asked without TLS: those of this machine only.
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include <arpa/inet.h>
#include <stdio.h>

#define RELATIVE_BASE "http://169.254.170.2"

/* Reads the token file, fresh for each fetch, and sets the header. */
static RsdStep
authorize_by_file(RsdFetch *f, const char *path)
{
	const char *token;

	if (!rsd_env_read(f->env, path, &f->token, NULL, &f->err))
	{
		rsd_error_doing(&f->err, "reading the container's token");
		return RSD_STEP_FAIL;
	}
	token = rsd_buf_str(&f->token);
	if (strlen(token) != f->token.len || strpbrk(token, "\r\n") != NULL)
		return rsd_creds_fail(f, RSD_ERR_INVALID,
							  "file \"%s\" holds a line break, which no token may",
							  path);
	return rsd_creds_header(f, "Authorization", token);
}

static RsdStep
start(RsdFetch *f, const RsdLink *link, int64_t now_us)
{
	const char *url = link->text[RSD_LINK_URL];
	size_t		cut = strcspn(url, "?");
	char		base[2048];
	RsdStep		step;

	(void) now_us;
	if (!rsd_clip(base, sizeof(base), url, cut))
		return rsd_creds_fail(f, RSD_ERR_LIMIT,
							  "the container endpoint's URL is too long");
	step = rsd_creds_ask(f, "GET", base, url + cut, link->timeout_ms,
						 2 * link->timeout_ms);
	f->local = !f->request.url.https;
	if (step == RSD_STEP_SEND)
		step = rsd_creds_header(f, "Accept", "application/json");
	if (step != RSD_STEP_SEND)
		return step;
	if (link->text[RSD_LINK_FILE] != NULL)
		return authorize_by_file(f, link->text[RSD_LINK_FILE]);
	if (link->text[RSD_LINK_TOKEN] != NULL)
		return rsd_creds_header(f, "Authorization",
								link->text[RSD_LINK_TOKEN]);
	return RSD_STEP_SEND;
}

static RsdStep
response(RsdFetch *f, const RsdLink *link, int64_t now_us,
		 const RsdResponse *reply)
{
	static const RsdKeysShape shape =
	{"AccessKeyId", "SecretAccessKey", "Token", "Expiration", true, false};

	(void) link;
	(void) now_us;
	if (reply->status != 200)
		return rsd_creds_refused(f, reply);
	return rsd_creds_read_json(f, rsd_buf_slice(&reply->body), &shape);
}

static const RsdProvider provider = {.start = start, .response = response};

/* Is this host, as RsdUrl has it, on this machine? */
static bool
is_local_host(const char *host)
{
	static const char *const known[] =
	{"localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[::1]"};
	struct in_addr addr;
	size_t		i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(host, known[i]) == 0)
			return true;
	return inet_pton(AF_INET, host, &addr) == 1 &&
		(ntohl(addr.s_addr) >> 24) == 127;
}

/* May keys be asked for at this URL? */
static bool
is_allowed(RsdFetch *f, const char *full)
{
	RsdUrl		url;

	if (!rsd_url_split(rsd_slice(full, strcspn(full, "?")), &url, &f->err))
		return rsd_error_doing(&f->err,
							   "reading AWS_CONTAINER_CREDENTIALS_FULL_URI");
	if (url.https || is_local_host(url.host))
		return true;
	return rsd_error_set(&f->err, RSD_ERR_INVALID,
						 "AWS_CONTAINER_CREDENTIALS_FULL_URI has host \"%s\", which may be asked over https only",
						 url.host);
}

/* The URL into the link, from the variables. */
static bool
set_url(RsdFetch *f, RsdLink *link)
{
	const char *relative =
		rsd_env_get(f->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	char		url[2048];
	const char *full;

	if (relative == NULL)
	{
		full = rsd_env_get(f->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
		return rsd_creds_link_set(f, link, RSD_LINK_URL, full) &&
			is_allowed(f, link->text[RSD_LINK_URL]);
	}
	if (relative[0] != '/' || strlen(relative) > 1024)
		return rsd_error_set(&f->err, RSD_ERR_INVALID,
							 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path");
	snprintf(url, sizeof(url), RELATIVE_BASE "%.1024s", relative);
	return rsd_creds_link_set(f, link, RSD_LINK_URL, url);
}

RsdClaim
rsd_creds_claim_container(RsdFetch *f)
{
	RsdLink    *link;

	if (rsd_env_get(f->env, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") == NULL &&
		rsd_env_get(f->env, "AWS_CONTAINER_CREDENTIALS_FULL_URI") == NULL)
		return rsd_creds_no(f, "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
	link = rsd_creds_link(f, &provider, "container endpoint");
	if (link == NULL || !set_url(f, link) ||
		!rsd_creds_link_set(f, link, RSD_LINK_FILE,
							rsd_env_get(f->env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) ||
		!rsd_creds_link_set(f, link, RSD_LINK_TOKEN,
							rsd_env_get(f->env, "AWS_CONTAINER_AUTHORIZATION_TOKEN")))
		return RSD_CLAIM_ERROR;
	link->attempts = 3;
	link->pause_us = 1000000;
	link->timeout_ms = 2000;
	return RSD_CLAIM_YES;
}
