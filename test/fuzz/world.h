/*
 * world.h
 *		A machine for credentials to be found on: variables and files that a
 *		target chooses, a clock that stands still, and a loop that answers
 *		what the source asks for.
 */
#ifndef RSD_FUZZ_WORLD_H
#define RSD_FUZZ_WORLD_H

#include <errno.h>

#include "aws/creds.h"
#include "fuzz.h"

/* 2026-01-02 03:04:05 UTC */
#define WORLD_NOW INT64_C(1767323045000000)

typedef struct World
{
	const char *const *vars;	/* name, value, ..., NULL */
	RsdSlice	config;			/* /h/.aws/config */
	RsdSlice	other;			/* every other file */
	RsdSlice	answers;		/* see world_answer() */
} World;

static const char *
world_get(void *arg, const char *name)
{
	const World *world = arg;
	const char *const *var = world->vars;

	for (; var != NULL && var[0] != NULL; var += 2)
		if (strcmp(var[0], name) == 0)
			return var[1];
	return strcmp(name, "HOME") == 0 ? "/h" : NULL;
}

static int
world_read(void *arg, const char *path, RsdBuf *out)
{
	const World *world = arg;
	RsdSlice	content = world->other;

	if (strcmp(path, "/h/.aws/config") == 0)
		content = world->config;
	else if (strcmp(path, "/h/.aws/credentials") == 0)
		return ENOENT;
	rsd_buf_add(out, content.data, content.len);
	return rsd_buf_failed(out) ? EFBIG : 0;
}

static int64_t
world_clock(void *arg)
{
	(void) arg;
	return WORLD_NOW;
}

static bool
world_random(void *arg, void *out, size_t len)
{
	(void) arg;
	memset(out, 0, len);
	return true;
}

static inline RsdEnv
world_env(World *world)
{
	RsdEnv		env = {
		.wall_us = world_clock,.mono_us = world_clock,
		.random = world_random,.arg = world,.get = world_get,
		.read_file = world_read
	};

	return env;
}

/* The text up to the next line "--", which is taken off *rest. */
static inline RsdSlice
world_part(RsdSlice *rest)
{
	static const char mark[] = "\n--\n";
	const char *end = rest->len == 0 ? NULL
		: memmem(rest->data, rest->len, mark, strlen(mark));
	RsdSlice	part = *rest;

	if (end == NULL)
	{
		*rest = rsd_slice(NULL, 0);
		return part;
	}
	part.len = (size_t) (end - rest->data);
	*rest = rsd_slice(end + strlen(mark), rest->len - part.len - strlen(mark));
	return part;
}

/*
 * Feeds the next answer: three digits (an HTTP status, or an exit code) and
 * behind them the body or the output.  Without any: no connection.
 */
static inline void
world_answer(World *world, RsdCreds *creds, RsdCredsNeed need, int64_t now_us)
{
	RsdSlice	answer = world_part(&world->answers);
	RsdResponse response;
	int			number = 0;
	int			i;

	if (answer.len < 3)
	{
		rsd_creds_feed_fault(creds, now_us, "could not connect", false);
		return;
	}
	for (i = 0; i < 3; i++)
		number = number * 10 + ((unsigned char) answer.data[i] & 0x0F) % 10;
	answer = rsd_slice(answer.data + 3, answer.len - 3);
	if (need == RSD_CREDS_RUN)
	{
		rsd_creds_feed_output(creds, now_us, number, answer,
							  rsd_slice_str("no keys today"));
		return;
	}
	rsd_response_init(&response, 64 * 1024);
	response.status = number;
	rsd_buf_add(&response.body, answer.data, answer.len);
	rsd_creds_feed_response(creds, now_us, &response);
	rsd_response_free(&response);
}

/* What comes of a source: at most rounds answers. */
static inline void
world_run(World *world, RsdCreds *creds, int rounds)
{
	const RsdCredentials *cred;
	int64_t		now_us = WORLD_NOW;
	RsdCredsAsk ask;
	RsdCredsNeed want;

	while (rounds-- > 0)
	{
		want = rsd_creds_poll(creds, now_us, &ask);
		if (want == RSD_CREDS_SEND)
			rsd_request_free(&ask.request);
		if (want == RSD_CREDS_SEND || want == RSD_CREDS_RUN)
			world_answer(world, creds, want, now_us);
		else if (want == RSD_CREDS_WAIT && ask.until_us > now_us)
			now_us = ask.until_us;
		else
			break;
	}
	cred = rsd_creds_current(creds, now_us);
	if (cred != NULL)
		need(cred->access_key_id != NULL && cred->secret_access_key != NULL);
	need(strlen(rsd_creds_story(creds)) < 1024 * 1024);
	need(strlen(rsd_creds_source_name(creds)) > 0);
	(void) strlen(rsd_creds_identity(creds));
}

#endif							/* RSD_FUZZ_WORLD_H */
