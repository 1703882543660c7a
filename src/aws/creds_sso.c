/*
 * creds_sso.c
 *		A login of IAM Identity Center: its cached token, exchanged at the
 *		portal for a role's keys ("IAM Identity Center credential provider" in
 *		the AWS SDKs and Tools Reference Guide).
 *
 * The token itself is a person's to renew ("aws sso login"); it is read anew
 * for each fetch and never written.
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/timefmt.h"

/* An SSO login as the profile, or the section it names, has it. */
typedef struct Login
{
	const char *cache_key;		/* its SHA-1 names the token's file */
	const char *region;
	const char *account;
	const char *role;
} Login;

static RsdStep
log_in_again(RsdFetch *f, const RsdLink *link, const char *why)
{
	return rsd_creds_fail(f, RSD_ERR_INVALID,
						  "%s: log in again with \"aws sso login --profile %s\"",
						  why, link->text[RSD_LINK_PROFILE]);
}

/* Older clients end their times with "UTC", which is what no zone means. */
static bool
in_future(const char *until, int64_t now_us)
{
	RsdSlice	text = rsd_slice_str(until);
	int64_t		us;

	if (text.len > 3 && strcmp(until + text.len - 3, "UTC") == 0)
		text.len -= 3;
	return rsd_time_parse(text, &us) && us > now_us;
}

/* Reads the cached token; DONE if it is there and not expired. */
static RsdStep
read_token(RsdFetch *f, const RsdLink *link, int64_t now_us, RsdBuf *doc)
{
	const char *path = link->text[RSD_LINK_FILE];
	char		until[64];
	const RsdJsonField fields[] =
	{
		{"accessToken", RSD_JSON_AS_BUF, &f->token, 0, true, NULL},
		{"expiresAt", RSD_JSON_AS_TEXT, until, sizeof(until), true, NULL},
	};
	RsdJsonReader reader;
	bool		missing;

	if (!rsd_env_read(f->env, path, doc, &missing, &f->err))
		return missing ? log_in_again(f, link, "there is no SSO login")
			: RSD_STEP_FAIL;
	rsd_json_open(&reader, rsd_buf_slice(doc));
	if (!rsd_json_read_fields(&reader, fields, 2, &f->err))
	{
		rsd_error_doing(&f->err, "reading the SSO token in file \"%s\"",
						path);
		return RSD_STEP_FAIL;
	}
	if (!in_future(until, now_us))
		return log_in_again(f, link, "the SSO login has expired");
	return RSD_STEP_DONE;
}

/* Adds what is asked for to the path of the portal's URL. */
static bool
add_path(RsdFetch *f, RsdUrl *url)
{
	static const char path[] = "/federation/credentials";
	size_t		n = strlen(url->path);

	while (n > 0 && url->path[n - 1] == '/')
		n--;
	if (n + sizeof(path) > sizeof(url->path))
		return rsd_error_set(&f->err, RSD_ERR_LIMIT,
							 "the URL of the SSO portal is too long");
	memcpy(url->path + n, path, sizeof(path));
	return true;
}

/* The request at the portal, without the token. */
static RsdStep
ask_portal(RsdFetch *f, const RsdLink *link)
{
	const char *override = rsd_env_get(f->env, "AWS_ENDPOINT_URL_SSO");
	RsdEndpoint endpoint;
	RsdBuf	   *query = &f->request.query;

	if (!rsd_endpoint_resolve("portal.sso", link->text[RSD_LINK_SSO_REGION],
							  override,
							  override == NULL && f->config->fips, false,
							  &endpoint, &f->err))
	{
		rsd_error_doing(&f->err, "finding the SSO portal");
		return RSD_STEP_FAIL;
	}
	if (!add_path(f, &endpoint.url))
		return RSD_STEP_FAIL;
	rsd_request_free(&f->request);
	rsd_request_init(&f->request, "GET", &endpoint.url);
	rsd_buf_adds(query, "role_name=");
	rsd_uri_encode(query, rsd_slice_str(link->text[RSD_LINK_SSO_ROLE]), false);
	rsd_buf_adds(query, "&account_id=");
	rsd_uri_encode(query, rsd_slice_str(link->text[RSD_LINK_SSO_ACCOUNT]),
				   false);
	return rsd_buf_check(query, "query", &f->err) ? rsd_creds_ask_sts(f)
		: RSD_STEP_FAIL;
}

static RsdStep
start(RsdFetch *f, const RsdLink *link, int64_t now_us)
{
	RsdBuf		doc;
	RsdStep		step;

	rsd_buf_init(&doc, 64 * 1024);
	step = read_token(f, link, now_us, &doc);
	if (step == RSD_STEP_DONE)
		step = ask_portal(f, link);
	if (step == RSD_STEP_SEND)
		step = rsd_creds_header(f, "x-amz-sso_bearer_token",
								rsd_buf_str(&f->token));
	rsd_buf_wipe(&doc);
	rsd_buf_free(&doc);
	return step;
}

static RsdStep
response(RsdFetch *f, const RsdLink *link, int64_t now_us,
		 const RsdResponse *reply)
{
	static const RsdKeysShape shape =
	{"accessKeyId", "secretAccessKey", "sessionToken", "expiration", true,
	true};
	RsdSlice	inner = {NULL, 0};
	const RsdJsonField field =
	{"roleCredentials", RSD_JSON_AS_RAW, &inner, 0, true, NULL};
	RsdJsonReader reader;

	(void) now_us;
	if (reply->status == 401)
		return log_in_again(f, link, "the SSO portal refused the login");
	if (reply->status != 200)
		return rsd_creds_refused(f, reply);
	rsd_json_open(&reader, rsd_buf_slice(&reply->body));
	if (rsd_json_read_fields(&reader, &field, 1, &f->err) &&
		rsd_creds_read_json(f, inner, &shape) == RSD_STEP_DONE)
		return RSD_STEP_DONE;
	rsd_error_doing(&f->err, "the reply of the SSO portal");
	return RSD_STEP_FAIL;
}

static const RsdProvider provider = {.start = start, .response = response};

/* A key that both the profile and the session may have must agree. */
static const char *
agreed(RsdFetch *f, const char *profile, const char *session,
	   const char *key, bool *conflict)
{
	const char *own = rsd_profiles_get(f->profiles, RSD_FILE_ANY, profile,
									   key);
	const char *shared = session == NULL ? NULL
		: rsd_profiles_session(f->profiles, session, key);

	if (own != NULL && shared != NULL && strcmp(own, shared) != 0)
		*conflict = true;
	return session != NULL && shared != NULL ? shared : own;
}

/* Reads the login; false with f->err if something is missing. */
static bool
read_login(RsdFetch *f, const char *profile, Login *login)
{
	const RsdProfiles *files = f->profiles;
	const char *session = rsd_profiles_get(files, RSD_FILE_ANY, profile,
										   "sso_session");
	const char *start_url;
	bool		conflict = false;

	if (session != NULL && !rsd_profiles_has_session(files, session))
		return rsd_error_set(&f->err, RSD_ERR_INVALID,
							 "profile \"%s\" names sso_session \"%s\", which is not in file \"%s\"",
							 profile, session,
							 rsd_profiles_path(files, RSD_FILE_CONFIG));
	start_url = agreed(f, profile, session, "sso_start_url", &conflict);
	login->region = agreed(f, profile, session, "sso_region", &conflict);
	login->cache_key = session != NULL ? session : start_url;
	login->account = rsd_profiles_get(files, RSD_FILE_ANY, profile,
									  "sso_account_id");
	login->role = rsd_profiles_get(files, RSD_FILE_ANY, profile,
								   "sso_role_name");
	if (conflict)
		return rsd_error_set(&f->err, RSD_ERR_INVALID,
							 "profile \"%s\" and its sso_session disagree on sso_start_url or sso_region",
							 profile);
	if (start_url == NULL || login->region == NULL ||
		login->account == NULL || login->role == NULL)
		return rsd_error_set(&f->err, RSD_ERR_INVALID,
							 "profile \"%s\" lacks %s for SSO", profile,
							 start_url == NULL ? "sso_start_url" :
							 login->region == NULL ? "sso_region" :
							 login->account == NULL ? "sso_account_id"
							 : "sso_role_name");
	return true;
}

/* The file of the cached token. */
static bool
set_cache_file(RsdFetch *f, RsdLink *link, const char *cache_key)
{
	uint8_t		hash[RSD_SHA1_LEN];
	char		hex[2 * RSD_SHA1_LEN + 1];
	RsdBuf		path;
	bool		good;

	if (!rsd_sha1(rsd_slice_str(cache_key), hash))
		return rsd_error_set(&f->err, RSD_ERR_INTERNAL,
							 "the crypto library failed to compute SHA-1");
	rsd_hex(hash, sizeof(hash), hex);
	rsd_buf_init(&path, 4096);
	rsd_env_expand(f->env, "~/.aws/sso/cache/", &path);
	rsd_buf_addf(&path, "%s.json", hex);
	good = rsd_buf_check(&path, "path of the SSO token", &f->err) &&
		rsd_creds_link_set(f, link, RSD_LINK_FILE, rsd_buf_str(&path));
	rsd_buf_free(&path);
	return good;
}

RsdClaim
rsd_creds_claim_sso(RsdFetch *f, const char *profile)
{
	const RsdProfiles *files = f->profiles;
	Login		login = {NULL, NULL, NULL, NULL};
	RsdLink    *link;

	if (rsd_profiles_get(files, RSD_FILE_ANY, profile,
						 "sso_account_id") == NULL &&
		rsd_profiles_get(files, RSD_FILE_ANY, profile,
						 "sso_role_name") == NULL)
		return rsd_creds_no(f, "profile \"%s\" has no SSO login", profile);
	if (!read_login(f, profile, &login))
		return RSD_CLAIM_ERROR;
	link = rsd_creds_link(f, &provider, "profile %s (SSO)", profile);
	if (link == NULL || !set_cache_file(f, link, login.cache_key) ||
		!rsd_creds_link_set(f, link, RSD_LINK_SSO_REGION, login.region) ||
		!rsd_creds_link_set(f, link, RSD_LINK_SSO_ACCOUNT, login.account) ||
		!rsd_creds_link_set(f, link, RSD_LINK_SSO_ROLE, login.role) ||
		!rsd_creds_link_set(f, link, RSD_LINK_PROFILE, profile))
		return RSD_CLAIM_ERROR;
	link->attempts = 3;
	link->pause_us = 1000000;
	return RSD_CLAIM_YES;
}
