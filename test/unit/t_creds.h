/*
 * t_creds.h
 *		A world for credentials to be tested in: variables, files, a clock and
 *		a die that tests decide, and scripts of what is asked and answered.
 *
 * Whatever must stay secret has "s3cr3t" in it, and no text for people may.
 */
#ifndef RSD_TEST_CREDS_H
#define RSD_TEST_CREDS_H

#include "aws/creds.h"
#include "tap.h"

#include <errno.h>

#define UNUSED __attribute__((unused))
#define MARK "s3cr3t"
/* 2026-01-02 03:04:05 UTC */
#define NOW INT64_C(1767323045000000)
#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
/* an hour later */
#define LATER "2026-01-02T04:04:05Z"

#define STS_REPLY(id, until) \
	"<R xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><X><Credentials>" \
	"<AccessKeyId>" id "</AccessKeyId>" \
	"<SecretAccessKey>k/" MARK "+" id "</SecretAccessKey>" \
	"<SessionToken>t/" MARK "+" id "==</SessionToken>" \
	"<Expiration>" until "</Expiration></Credentials><AssumedRoleUser>" \
	"<AssumedRoleId>AROA:s</AssumedRoleId>" \
	"<Arn>arn:aws:sts::123456789012:assumed-role/r/" id "</Arn>" \
	"</AssumedRoleUser></X></R>"

#define STS_ERROR(code, message) \
	"<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" \
	message "</Message></Error><RequestId>req-1</RequestId></ErrorResponse>"

#define JSON_KEYS(id, until) \
	"{\"Code\":\"Success\",\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":" \
	"\"k/" MARK "\",\"Token\":\"t/" MARK "\",\"Expiration\":\"" until "\"}"

typedef struct File
{
	const char *path;
	const char *text;			/* NULL: it may not be read */
} File;

typedef struct World
{
	const char *const *vars;	/* "NAME=value", NULL at the end */
	const File *files;			/* path NULL at the end */
	int			looks;			/* at variables */
} World;

static const char *
world_get(void *arg, const char *name)
{
	World	   *world = arg;
	const char *const *var = world->vars;
	size_t		n = strlen(name);

	world->looks++;
	for (; var != NULL && *var != NULL; var++)
		if (strncmp(*var, name, n) == 0 && (*var)[n] == '=')
			return *var + n + 1;
	return strcmp(name, "HOME") == 0 ? "/h" : NULL;
}

static int
world_read(void *arg, const char *path, RsdBuf *out)
{
	const World *world = arg;
	const File *file = world->files;

	for (; file != NULL && file->path != NULL; file++)
	{
		if (strcmp(file->path, path) != 0)
			continue;
		if (file->text == NULL)
			return EACCES;
		rsd_buf_adds(out, file->text);
		return rsd_buf_failed(out) ? EFBIG : 0;
	}
	return ENOENT;
}

static int64_t
world_clock(void *arg)
{
	(void) arg;
	return NOW;
}

/* All zero: waits are at their shortest. */
static bool
world_random(void *arg, void *out, size_t len)
{
	(void) arg;
	memset(out, 0, len);
	return true;
}

static RsdEnv
world_env(World *world)
{
	RsdEnv		env = {
		.wall_us = world_clock,.mono_us = world_clock,
		.random = world_random,.arg = world,.get = world_get,
		.read_file = world_read
	};

	return env;
}

/* A request as text: "METHOD URL", its headers, its body. */
static void
show_request(const RsdRequest *req, RsdBuf *out)
{
	size_t		cursor = 0;
	RsdSlice	name;
	RsdSlice	value;

	rsd_buf_addf(out, "%s %s://", req->method,
				 req->url.https ? "https" : "http");
	rsd_url_authority(&req->url, out);
	rsd_buf_adds(out, req->url.path);
	if (req->query.len > 0)
		rsd_buf_addf(out, "?%s", rsd_buf_str(&req->query));
	rsd_buf_addc(out, '\n');
	while (rsd_headers_next(&req->headers, &cursor, &name, &value))
		rsd_buf_addf(out, "%s: %s\n", name.data, value.data);
	rsd_buf_adds(out, rsd_buf_str(&req->body));
}

/* Feeds a reply made of status and body. */
UNUSED static void
feed_reply(RsdCreds *creds, int64_t now, int status, const char *body)
{
	RsdResponse resp;

	rsd_response_init(&resp, 1 << 20);
	resp.status = status;
	rsd_buf_adds(&resp.body, body);
	rsd_creds_feed_response(creds, now, &resp);
	rsd_response_free(&resp);
}

/* No text for people may hold what is marked as secret. */
static void
check_discreet(const RsdCreds *creds, const RsdCredsAsk *ask,
			   const char *name)
{
	ok(strstr(rsd_creds_story(creds), MARK) == NULL &&
	   strstr(rsd_creds_source_name(creds), MARK) == NULL &&
	   strstr(ask->err.what, MARK) == NULL &&
	   strstr(ask->err.doing, MARK) == NULL, "%s: no secret told", name);
}

#define CONFIG "/h/.aws/config"
#define CREDENTIALS "/h/.aws/credentials"
#define ROLE "arn:aws:iam::123456789012:role/etl"
#define ROLE2 "arn:aws:iam::123456789012:role/two"
#define STS "POST https://sts.eu-west-1.amazonaws.com/"
#define IMDS "http://169.254.169.254/latest/"
#define KEYS_OF(id) "aws_access_key_id = " id "\n" \
	"aws_secret_access_key = k/" MARK "\n"

enum
{
	FAULT = 0,
	TIMED_OUT = -1
};

/* One request or command and its answer. */
typedef struct Step
{
	const char *want;			/* how it begins; "RUN a|b" for a command */
	const char *has;			/* NULL, or what it must hold */
	int			status;			/* of the reply, FAULT or TIMED_OUT; RUN: 1 +
								 * exit code */
	const char *body;			/* reply, fault or output */
	const char *errors;			/* RUN: stderr */
} Step;

typedef struct Case
{
	const char *name;
	RsdCredsConfig config;
	const char *vars[16];
	File		files[6];
	Step		steps[8];
	const char *key;			/* the access key in the end, "*" = any; NULL:
								 * fails */
	const char *source;			/* its name, or what the error must hold */
	const char *story;			/* NULL, or what it must hold */
} Case;

static void
show_ask(RsdCredsNeed need, RsdCredsAsk *ask, RsdBuf *out)
{
	char	  **arg;

	rsd_buf_reset(out);
	if (need == RSD_CREDS_SEND)
	{
		show_request(&ask->request, out);
		rsd_request_free(&ask->request);
		return;
	}
	rsd_buf_adds(out, "RUN ");
	for (arg = ask->argv; *arg != NULL; arg++)
		rsd_buf_addf(out, "%s|", *arg);
	rsd_buf_addf(out, " within %lld ms", (long long) ask->total_ms);
}

static void
answer(RsdCreds *creds, RsdCredsNeed need, int64_t now, const Step *step)
{
	if (step->status == FAULT || step->status == TIMED_OUT)
		rsd_creds_feed_fault(creds, now, step->body,
							 step->status == TIMED_OUT);
	else if (need == RSD_CREDS_SEND)
		feed_reply(creds, now, step->status, step->body);
	else
		rsd_creds_feed_output(creds, now, step->status - 1,
							  rsd_slice_str(step->body),
							  rsd_slice_str(step->errors));
}

/* Plays a case's steps; the last need. */
static RsdCredsNeed
play(const Case *c, RsdCreds *creds, RsdCredsAsk *ask, int64_t *now)
{
	const Step *step = c->steps;
	RsdCredsNeed need;
	RsdBuf		text;
	int			turns;

	rsd_buf_init(&text, 1 << 20);
	for (turns = 0; turns < 20; turns++)
	{
		need = rsd_creds_poll(creds, *now, ask);
		if (need == RSD_CREDS_WAIT && ask->until_us > *now)
			*now = ask->until_us;
		if (need == RSD_CREDS_WAIT)
			continue;
		if (need != RSD_CREDS_SEND && need != RSD_CREDS_RUN)
			break;
		show_ask(need, ask, &text);
		if (!ok(step->want != NULL &&
				rsd_slice_starts(rsd_buf_slice(&text), step->want) &&
				(step->has == NULL ||
				 strstr(rsd_buf_str(&text), step->has) != NULL),
				"%s: step %d", c->name, (int) (step - c->steps) + 1))
			printf("# asked: %s\n#  want: %s ... %s\n", rsd_buf_str(&text),
				   step->want == NULL ? "nothing" : step->want,
				   step->has == NULL ? "" : step->has);
		if (step->want == NULL)
			break;
		answer(creds, need, *now, step++);
	}
	ok(step->want == NULL, "%s: all steps asked for", c->name);
	rsd_buf_free(&text);
	return need;
}

static void
check_end(const Case *c, const RsdCreds *creds, RsdCredsNeed need,
		  const RsdCredsAsk *ask, int64_t now)
{
	const RsdCredentials *cred = rsd_creds_current(creds, now);

	if (c->key != NULL)
	{
		ok(need == RSD_CREDS_READY && cred != NULL &&
		   (strcmp(c->key, "*") == 0 ||
			strcmp(cred->access_key_id, c->key) == 0), "%s: keys", c->name);
		is_str(rsd_creds_source_name(creds), c->source, "%s: source",
			   c->name);
	}
	else
		ok(need == RSD_CREDS_FAILED && cred == NULL &&
		   ask->until_us > now && strstr(ask->err.what, c->source) != NULL,
		   "%s: fails", c->name);
	if (tap_failed > 0 && need == RSD_CREDS_FAILED)
		printf("# %s: %s: %s\n", c->name, ask->err.doing, ask->err.what);
	if (c->story != NULL &&
		!ok(strstr(rsd_creds_story(creds), c->story) != NULL, "%s: story",
			c->name))
		printf("# story: %s\n", rsd_creds_story(creds));
	check_discreet(creds, ask, c->name);
}

static void
run_case(const Case *c)
{
	World		world = {c->vars, c->files, 0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = c->config;
	RsdCredsAsk ask;
	RsdCredsNeed need;
	RsdError	err;
	RsdCreds   *creds;
	int64_t		now = NOW;

	config.env = &env;
	if (config.region == NULL)
		config.region = "eu-west-1";
	creds = rsd_creds_create(&config, &err);
	if (!ok(creds != NULL, "%s: created", c->name))
		return;
	need = play(c, creds, &ask, &now);
	check_end(c, creds, need, &ask, now);
	rsd_creds_free(creds);
}

UNUSED static void
run_cases(const Case *cases, size_t n)
{
	size_t		i;

	for (i = 0; i < n; i++)
		run_case(&cases[i]);
}

#define RUN_CASES(cases) run_cases(cases, sizeof(cases) / sizeof((cases)[0]))

#endif							/* RSD_TEST_CREDS_H */
