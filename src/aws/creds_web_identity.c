/*
 * creds_web_identity.c
 *		A token of an identity provider (Kubernetes service accounts, OIDC),
 *		exchanged for a role's keys: AssumeRoleWithWebIdentity.
 *
 * The token file is read for each fetch, as its owner renews it, and sent as
 * it is.  Variables win over the profile, one by one.
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include "aws/sts.h"

static RsdStep
start(RsdFetch *f, const RsdLink *link, int64_t now_us)
{
	RsdStsRole	role = {
		.role_arn = link->text[RSD_LINK_ROLE_ARN],
		.session_name = link->text[RSD_LINK_SESSION_NAME],
		.duration_seconds = link->duration_seconds,
	};
	RsdEndpoint endpoint;

	(void) now_us;
	if (!rsd_env_read(f->env, link->text[RSD_LINK_FILE], &f->token, NULL,
					  &f->err))
	{
		rsd_error_doing(&f->err, "reading the web identity token");
		return RSD_STEP_FAIL;
	}
	rsd_request_free(&f->request);
	if (!rsd_creds_sts_endpoint(f, &endpoint) ||
		!rsd_sts_web_identity(&role, rsd_buf_slice(&f->token), &endpoint,
							  &f->request, &f->err))
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

/* A setting's value: the variable, else the profile's key; copied to buf. */
static const char *
setting(RsdFetch *f, bool environment, const char *variable,
		const char *profile, const char *key, RsdBuf *buf)
{
	const char *value = environment ? rsd_env_get(f->env, variable) : NULL;

	if (value == NULL && f->profiles != NULL)
		value = rsd_profiles_get(f->profiles, RSD_FILE_ANY, profile, key);
	rsd_buf_adds(buf, value == NULL ? "" : value);
	return rsd_buf_str(buf);
}

static RsdClaim
add_link(RsdFetch *f, const char *file, const char *role_arn,
		 const char *session_name, int duration_seconds)
{
	RsdLink    *link;
	RsdBuf		path;
	bool		good;

	link = rsd_creds_link(f, &provider, "web identity, role %s", role_arn);
	if (link == NULL)
		return RSD_CLAIM_ERROR;
	rsd_buf_init(&path, 4096);
	rsd_env_expand(f->env, file, &path);
	good = rsd_buf_check(&path, "path of the web identity token", &f->err) &&
		rsd_creds_link_set(f, link, RSD_LINK_FILE, rsd_buf_str(&path)) &&
		rsd_creds_link_set(f, link, RSD_LINK_ROLE_ARN, role_arn) &&
		rsd_creds_link_set(f, link, RSD_LINK_SESSION_NAME, session_name);
	rsd_buf_free(&path);
	link->duration_seconds = duration_seconds;
	link->attempts = 3;
	link->pause_us = 1000000;
	return good ? RSD_CLAIM_YES : RSD_CLAIM_ERROR;
}

/*
 * Whose role?  That of variables and profile, else, for a source that is web
 * identity and nothing else, the configuration's; that then is not assumed
 * once more (creds_plan.c).
 */
static RsdClaim
add_for_role(RsdFetch *f, const char *file, const char *role_arn,
			 const char *session_name)
{
	const RsdCredsConfig *config = f->config;

	if (session_name[0] == '\0')
		session_name = config->role_session_name;
	if (role_arn[0] != '\0')
		return add_link(f, file, role_arn, session_name, 0);
	if (config->source == RSD_CREDS_WEB_IDENTITY && config->role_arn != NULL)
	{
		f->role_used = true;
		return add_link(f, file, config->role_arn, session_name,
						config->duration_seconds);
	}
	return rsd_creds_wrong(f, "a web identity token file is named, but no role (AWS_ROLE_ARN or role_arn)");
}

RsdClaim
rsd_creds_claim_web_identity(RsdFetch *f, const char *profile,
							 bool environment)
{
	RsdBuf		file;
	RsdBuf		role_arn;
	RsdBuf		name;
	RsdClaim	claim;

	rsd_buf_init(&file, 4096);
	rsd_buf_init(&role_arn, 4096);
	rsd_buf_init(&name, 4096);
	setting(f, environment, "AWS_WEB_IDENTITY_TOKEN_FILE", profile,
			"web_identity_token_file", &file);
	setting(f, environment, "AWS_ROLE_ARN", profile, "role_arn", &role_arn);
	setting(f, environment, "AWS_ROLE_SESSION_NAME", profile,
			"role_session_name", &name);
	if (file.len > 0)
		claim = add_for_role(f, rsd_buf_str(&file), rsd_buf_str(&role_arn),
							 rsd_buf_str(&name));
	else if (environment)
		claim = rsd_creds_no(f, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
	else
		claim = rsd_creds_no(f, "profile \"%s\" has no web_identity_token_file",
							 profile);
	rsd_buf_free(&file);
	rsd_buf_free(&role_arn);
	rsd_buf_free(&name);
	return claim;
}
