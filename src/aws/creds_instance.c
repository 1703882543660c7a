/*
 * creds_instance.c
 *		EC2 instance metadata, version 2 and, where the machine has no other
 *		and it is not forbidden, version 1 ("IMDS credential provider" in the
 *		AWS SDKs and Tools Reference Guide; "Use IMDS" in the EC2 User Guide).
 *
 * Three requests: a session token, the role's name, its keys.  Keys near
 * their end are good for a while longer, as the machine may not be able to
 * renew them ("static stability").
 */
#include "aws/creds_sources.h"
#include "aws/creds_step.h"

#include <stdlib.h>
#include <strings.h>

#include "base/json.h"

#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"
#define MINUTE_US INT64_C(60000000)

enum
{
	PHASE_TOKEN,				/* of the session was asked for */
	PHASE_ROLE,
	PHASE_KEYS
};

/* A request of the phases behind the token. */
static RsdStep
ask(RsdFetch *f, const RsdLink *link, const char *path, int phase)
{
	RsdStep		step = rsd_creds_ask(f, "GET", link->text[RSD_LINK_URL], path,
									 link->timeout_ms, 2 * link->timeout_ms);

	f->local = true;
	f->phase = phase;
	if (step == RSD_STEP_SEND && f->token.len > 0)
		step = rsd_creds_header(f, "X-aws-ec2-metadata-token",
								rsd_buf_str(&f->token));
	return step;
}

static RsdStep
start(RsdFetch *f, const RsdLink *link, int64_t now_us)
{
	RsdStep		step = rsd_creds_ask(f, "PUT", link->text[RSD_LINK_URL],
									 "/latest/api/token", link->timeout_ms,
									 2 * link->timeout_ms);

	(void) now_us;
	f->local = true;
	if (step == RSD_STEP_SEND)
		step = rsd_creds_header(f, "X-aws-ec2-metadata-token-ttl-seconds",
								"21600");
	return step;
}

/* No session token to be had: version 1 needs none. */
static RsdStep
fall_back(RsdFetch *f, const RsdLink *link, const char *why)
{
	if (link->no_v1)
		return rsd_creds_fail(f, RSD_ERR_NETWORK,
							  "%s: %s, and version 1 of instance metadata is turned off",
							  f->where, why);
	rsd_creds_say(f, "no session token for instance metadata (%s), using version 1",
				  why);
	return ask(f, link, ROLE_PATH, PHASE_ROLE);
}

/*
 * In a container the token's reply may not survive the hop limit, so silence
 * is taken for a machine without version 2.
 */
static RsdStep
fault(RsdFetch *f, const RsdLink *link, int64_t now_us, bool timed_out)
{
	(void) now_us;
	if (f->phase == PHASE_TOKEN && timed_out)
		return fall_back(f, link, "no answer");
	return RSD_STEP_RETRY;
}

/* Is it text that can stand in a header, and a path when encoded? */
static bool
is_plain(RsdSlice text, size_t max)
{
	size_t		i;

	for (i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return text.len > 0 && text.len <= max;
}

static RsdStep
token_response(RsdFetch *f, const RsdLink *link, const RsdResponse *reply)
{
	RsdSlice	token = rsd_slice_trim(rsd_buf_slice(&reply->body));

	if (reply->status == 403 || reply->status == 404 || reply->status == 405)
		return fall_back(f, link, "refused");
	if (reply->status != 200)
		return rsd_creds_refused(f, reply);
	if (!is_plain(token, 4096))
		return rsd_creds_fail(f, RSD_ERR_MALFORMED,
							  "%s gave no session token", f->where);
	rsd_buf_add(&f->token, token.data, token.len);
	return ask(f, link, ROLE_PATH, PHASE_ROLE);
}

static RsdStep
role_response(RsdFetch *f, const RsdLink *link, const RsdResponse *reply)
{
	RsdSlice	text = rsd_slice_trim(rsd_buf_slice(&reply->body));
	const char *line = text.len == 0 ? NULL
		: memchr(text.data, '\n', text.len);
	RsdBuf		path;
	RsdStep		step = RSD_STEP_FAIL;

	if (reply->status == 404)
		return rsd_creds_fail(f, RSD_ERR_SERVICE,
							  "this machine has no instance profile");
	if (reply->status != 200)
		return rsd_creds_refused(f, reply);
	if (line != NULL)			/* there is never more than one role */
		text = rsd_slice_trim(rsd_slice(text.data, (size_t) (line - text.data)));
	if (!is_plain(text, 128))
		return rsd_creds_fail(f, RSD_ERR_MALFORMED, "%s gave no role's name",
							  f->where);
	rsd_buf_init(&path, 1024);
	rsd_buf_adds(&path, ROLE_PATH);
	rsd_uri_encode(&path, text, false);
	if (rsd_buf_check(&path, "path", &f->err))
		step = ask(f, link, rsd_buf_str(&path), PHASE_KEYS);
	rsd_buf_free(&path);
	return step;
}

/* Keys that end soon, or have ended, may still be the best there is. */
static void
extend(RsdFetch *f, int64_t now_us)
{
	if (!rsd_credvalue_expired(&f->cred, now_us, 15 * MINUTE_US))
		return;
	f->cred.expires_us = now_us + 15 * MINUTE_US +
		2 * MINUTE_US + rsd_env_pick(f->env, 8 * MINUTE_US);
	rsd_creds_say(f, "instance metadata gave keys at their end, used a while longer");
}

/* "Code" and "Message" of an answer that may have no keys. */
static bool
check_code(RsdSlice doc, RsdError *err)
{
	char		code[64] = "Success";
	char		message[256] = "";
	const RsdJsonField fields[] =
	{
		{"Code", RSD_JSON_AS_CLIPPED, code, sizeof(code), false, NULL},
		{"Message", RSD_JSON_AS_CLIPPED, message, sizeof(message), false,
		NULL},
	};
	RsdJsonReader reader;

	rsd_json_open(&reader, doc);
	if (!rsd_json_read_fields(&reader, fields, 2, err))
		return false;
	return strcmp(code, "Success") == 0 ||
		rsd_error_set(err, RSD_ERR_SERVICE, "%s%s%s", code,
					  message[0] == '\0' ? "" : ": ", message);
}

static RsdStep
keys_response(RsdFetch *f, int64_t now_us, const RsdResponse *reply)
{
	static const RsdKeysShape shape =
	{"AccessKeyId", "SecretAccessKey", "Token", "Expiration", true, false};
	RsdSlice	doc = rsd_buf_slice(&reply->body);
	RsdStep		step = RSD_STEP_FAIL;

	if (reply->status != 200)
		return rsd_creds_refused(f, reply);
	if (check_code(doc, &f->err))
		step = rsd_creds_read_json(f, doc, &shape);
	if (step == RSD_STEP_DONE)
		extend(f, now_us);
	return step;
}

static RsdStep
response(RsdFetch *f, const RsdLink *link, int64_t now_us,
		 const RsdResponse *reply)
{
	switch (f->phase)
	{
		case PHASE_TOKEN:
			return token_response(f, link, reply);
		case PHASE_ROLE:
			return role_response(f, link, reply);
		default:
			return keys_response(f, now_us, reply);
	}
}

static const RsdProvider provider =
{.start = start, .response = response, .fault = fault};

bool
rsd_creds_is_instance(const RsdLink *link)
{
	return link->provider == &provider;
}

/* A number in a variable, within bounds; else the usual one. */
static int
number(RsdFetch *f, const char *name, int usual, int max)
{
	const char *value = rsd_env_get(f->env, name);
	long		n = value == NULL ? 0 : strtol(value, NULL, 10);

	return n >= 1 && n <= max ? (int) n : usual;
}

/* A variable, else the profile's key; NULL if neither is set. */
static const char *
setting(RsdFetch *f, const char *variable, const char *key)
{
	const char *value = rsd_env_get(f->env, variable);

	if (value != NULL)
		return value;
	return rsd_profiles_get(f->profiles, RSD_FILE_ANY,
							rsd_profiles_choose(f->env, f->config->profile,
												NULL), key);
}

/* Where instance metadata is. */
static const char *
base_url(RsdFetch *f)
{
	const char *url = setting(f, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
							  "ec2_metadata_service_endpoint");
	const char *mode;

	if (url != NULL)
		return url;
	mode = setting(f, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
				   "ec2_metadata_service_endpoint_mode");
	if (mode != NULL ? strcasecmp(mode, "ipv6") == 0
		: rsd_env_true(f->env, "AWS_IMDS_USE_IPV6"))
		return "http://[fd00:ec2::254]";
	return "http://169.254.169.254";
}

RsdClaim
rsd_creds_claim_instance(RsdFetch *f)
{
	const char *no_v1;
	RsdLink    *link;

	if (rsd_env_true(f->env, "AWS_EC2_METADATA_DISABLED"))
		return rsd_creds_no(f, "instance metadata is turned off by AWS_EC2_METADATA_DISABLED");
	if (rsd_creds_profiles(f) == NULL)
		return RSD_CLAIM_ERROR;
	link = rsd_creds_link(f, &provider, "instance metadata");
	if (link == NULL ||
		!rsd_creds_link_set(f, link, RSD_LINK_URL, base_url(f)))
		return RSD_CLAIM_ERROR;
	no_v1 = setting(f, "AWS_EC2_METADATA_V1_DISABLED",
					"ec2_metadata_v1_disabled");
	link->no_v1 = no_v1 != NULL && strcasecmp(no_v1, "true") == 0;
	link->timeout_ms = 1000 * number(f, "AWS_METADATA_SERVICE_TIMEOUT", 1, 60);
	link->attempts = number(f, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1, 10);
	link->pause_us = 1000000;
	return RSD_CLAIM_YES;
}
