/*
 * creds.c
 *		The conductor: keeps keys, knows when to fetch new ones, and takes a
 *		fetch through its links one step after the other.
 *
 * Keys are kept as long as they are good; a refresh that fails takes nothing
 * away.  There is one fetch at a time, and failures are spaced out.
 */
#include "aws/creds.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/creds_sources.h"
#include "aws/creds_step.h"
#include "aws/sts.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)

/*
 * Before keys expire they are renewed: first beside their use, then before
 * it.  Of keys that live shortly these are a third and a sixth of their life,
 * else they would be renewed without end.
 */
#define ADVISORY_US (15 * MINUTE_US)
#define MANDATORY_US (10 * MINUTE_US)

#define RETRY_FIRST_US (5 * SECOND_US)
#define RETRY_CAP_US MINUTE_US
#define REJECT_FIRST_US (10 * SECOND_US)
#define REJECT_CAP_US (5 * MINUTE_US)
#define REJECT_FORGET_US (15 * MINUTE_US)

#define CONFIG_STRINGS 9
#define MAX_STORY 4096
#define MAX_REPLY (64 * 1024)

typedef enum FetchState
{
	FETCH_IDLE,					/* none is under way */
	FETCH_TO_SEND,				/* its request waits to be asked for */
	FETCH_TO_RUN,				/* its command does */
	FETCH_PENDING,				/* asked for, not fed */
	FETCH_PAUSED				/* until resume_us */
} FetchState;

struct RsdCreds
{
	RsdCredsConfig config;
	char	   *owned[CONFIG_STRINGS];	/* its strings */
	RsdFetch	fetch;
	FetchState	state;
	int64_t		resume_us;

	RsdCredentials current;		/* empty before the first success */
	int64_t		refresh_us;		/* renew beside use from here on; 0 = never */
	int64_t		must_us;		/* renew before use */
	bool		rejected;		/* current was refused by a service */
	int			rejects;		/* in a row */
	int64_t		rejected_us;	/* the last one */

	int			failures;		/* fetches failed in a row */
	int64_t		next_try_us;	/* no fetch before */
	RsdError	err;			/* of the last fetch; NONE if it was good */
	char		name[2400];
	char		identity[2100];
};

/* The i-th string of a configuration. */
static const char **
config_string(RsdCredsConfig *config, int i)
{
	const char **const strings[CONFIG_STRINGS] =
	{
		&config->access_key_id, &config->secret_access_key,
		&config->session_token, &config->profile, &config->role_arn,
		&config->external_id, &config->role_session_name, &config->region,
		&config->sts_endpoint_url
	};

	return strings[i];
}

/* Makes the configuration's strings our own; "" becomes NULL. */
static bool
own_config(RsdCreds *c, RsdError *err)
{
	bool		good = true;
	int			i;

	if (c->config.role_session_name == NULL ||
		c->config.role_session_name[0] == '\0')
		c->config.role_session_name = "rsdata";
	for (i = 0; i < CONFIG_STRINGS; i++)
	{
		const char **string = config_string(&c->config, i);
		bool		given = *string != NULL && (*string)[0] != '\0';

		c->owned[i] = given ? strdup(*string) : NULL;
		*string = c->owned[i];
		good = good && (!given || *string != NULL);
	}
	return good || rsd_error_set(err, RSD_ERR_MEMORY,
								 "out of memory for credentials");
}

static bool
check_config(const RsdCredsConfig *config, RsdError *err)
{
	RsdStsRole	role = {
		.role_arn = config->role_arn,
		.session_name = config->role_session_name,
		.external_id = config->external_id,
		.duration_seconds = config->duration_seconds,
	};

	if (config->source == RSD_CREDS_KEYS &&
		(config->access_key_id == NULL || config->secret_access_key == NULL))
		return rsd_error_set(err, RSD_ERR_INVALID, "no access key is given");
	if (config->region != NULL && !rsd_region_valid(config->region))
		return rsd_error_set(err, RSD_ERR_INVALID, "not a region's name");
	return config->role_arn == NULL || rsd_sts_check_role(&role, err);
}

/* What the source is called before anything is known of it. */
static const char *
source_word(RsdCredsSource source)
{
	static const char *const words[] =
	{
		"given keys", "environment", "profile", "web identity",
		"container endpoint", "instance metadata", "chain"
	};

	return (size_t) source < sizeof(words) / sizeof(words[0])
		? words[source] : "unknown";
}

RsdCreds *
rsd_creds_create(const RsdCredsConfig *config, RsdError *err)
{
	RsdCreds   *c = calloc(1, sizeof(*c));

	RSD_ASSERT(config->env != NULL);
	if (c == NULL)
	{
		rsd_error_set(err, RSD_ERR_MEMORY, "out of memory for credentials");
		return NULL;
	}
	c->config = *config;
	c->fetch.config = &c->config;
	c->fetch.env = config->env;
	rsd_buf_init(&c->fetch.token, RSD_STS_MAX_WEB_TOKEN);
	rsd_buf_init(&c->fetch.story, MAX_STORY);
	snprintf(c->name, sizeof(c->name), "%s", source_word(config->source));
	if (own_config(c, err) && check_config(&c->config, err))
		return c;
	rsd_creds_free(c);
	return NULL;
}

static void
free_wiped(char *texts[], int n)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (texts[i] != NULL)
			rsd_wipe(texts[i], strlen(texts[i]));
		free(texts[i]);
		texts[i] = NULL;
	}
}

/* Wipes what a fetch has held; its story and error stay. */
static void
end_fetch(RsdCreds *c)
{
	RsdFetch   *f = &c->fetch;
	int			i;

	for (i = 0; i < f->nlinks; i++)
		free_wiped(f->links[i].text, RSD_LINK_TEXTS);
	f->nlinks = 0;
	f->role_used = false;
	rsd_credvalue_wipe(&f->cred);
	rsd_buf_wipe(&f->token);
	rsd_request_free(&f->request);
	rsd_words_free(&f->words);
	c->state = FETCH_IDLE;
}

void
rsd_creds_free(RsdCreds *creds)
{
	if (creds == NULL)
		return;
	end_fetch(creds);
	rsd_buf_free(&creds->fetch.token);
	rsd_buf_free(&creds->fetch.story);
	rsd_credvalue_wipe(&creds->current);
	free_wiped(creds->owned, CONFIG_STRINGS);
	free(creds);
}

/* A wait that doubles with each time, half of it chance. */
static int64_t
spaced(const RsdEnv *env, int times, int64_t first_us, int64_t cap_us)
{
	int64_t		wait = first_us;

	for (; times > 1 && wait < cap_us; times--)
		wait *= 2;
	if (wait > cap_us)
		wait = cap_us;
	return wait / 2 + rsd_env_pick(env, wait / 2);
}

/*
 * Keys of instance metadata stay in use when it does not answer: services
 * have been told to take them for longer then.
 */
static void
stretch(RsdCreds *c, int64_t now_us)
{
	RsdFetch   *f = &c->fetch;

	if (f->nlinks != 1 || !rsd_creds_is_instance(&f->links[0]) ||
		c->current.access_key_id == NULL || c->rejected ||
		!rsd_credvalue_expired(&c->current, now_us, MANDATORY_US))
		return;
	c->current.expires_us = now_us + MANDATORY_US +
		rsd_env_pick(f->env, 5 * MINUTE_US);
	c->must_us = c->current.expires_us;
	rsd_creds_say(f, "its last keys are used a while longer");
}

static void
fail(RsdCreds *c, int64_t now_us)
{
	RsdFetch   *f = &c->fetch;
	const char *name = f->at < f->nlinks
		? f->links[f->at].text[RSD_LINK_NAME] : c->name;

	c->err = f->err;
	rsd_creds_say(f, "%s: %s%s%s", name, f->err.doing,
				  f->err.doing[0] == '\0' ? "" : ": ", f->err.what);
	rsd_error_doing(&c->err, "%s", name);
	stretch(c, now_us);
	c->failures++;
	c->next_try_us = now_us + spaced(f->env, c->failures, RETRY_FIRST_US,
									 RETRY_CAP_US);
	end_fetch(c);
}

/* When to renew keys that came now. */
static void
set_windows(RsdCreds *c, int64_t now_us)
{
	int64_t		expires_us = c->current.expires_us;
	int64_t		life = expires_us - now_us;

	c->refresh_us = 0;
	c->must_us = 0;
	if (expires_us == 0)
		return;
	c->refresh_us = expires_us - (life / 3 < ADVISORY_US ? life / 3
								  : ADVISORY_US);
	c->must_us = expires_us - (life / 6 < MANDATORY_US ? life / 6
							   : MANDATORY_US);
}

static void
succeed(RsdCreds *c, int64_t now_us)
{
	RsdFetch   *f = &c->fetch;

	if (rsd_credvalue_expired(&f->cred, now_us, 0))
	{
		rsd_error_set(&f->err, RSD_ERR_SERVICE,
					  "the keys it gave have expired already");
		f->at = f->nlinks - 1;
		fail(c, now_us);
		return;
	}
	if (c->current.access_key_id == NULL ||
		strcmp(c->current.access_key_id, f->cred.access_key_id) != 0)
		c->rejects = 0;
	rsd_credvalue_wipe(&c->current);
	c->current = f->cred;
	memset(&f->cred, 0, sizeof(f->cred));
	memcpy(c->identity, f->identity, sizeof(c->identity));
	set_windows(c, now_us);
	c->rejected = false;
	c->failures = 0;
	c->next_try_us = 0;
	rsd_error_clear(&c->err);
	rsd_creds_say(f, "%s: has given keys", c->name);
	end_fetch(c);
}

static RsdStep
start_link(RsdFetch *f, int64_t now_us)
{
	const RsdLink *link = &f->links[f->at];

	f->phase = 0;
	f->attempt++;
	rsd_buf_wipe(&f->token);
	return link->provider->start(f, link, now_us);
}

/* Does what a step says, and the steps that can follow at once. */
static void
take_step(RsdCreds *c, int64_t now_us, RsdStep step)
{
	RsdFetch   *f = &c->fetch;

	while (step == RSD_STEP_DONE && ++f->at < f->nlinks)
	{
		f->attempt = 0;
		step = start_link(f, now_us);
	}
	if (step == RSD_STEP_DONE)
		succeed(c, now_us);
	else if (step == RSD_STEP_SEND)
		c->state = FETCH_TO_SEND;
	else if (step == RSD_STEP_RUN)
		c->state = FETCH_TO_RUN;
	else if (step == RSD_STEP_RETRY &&
			 f->attempt < f->links[f->at].attempts)
	{
		int64_t		pause = f->links[f->at].pause_us;

		c->state = FETCH_PAUSED;
		c->resume_us = now_us + pause / 2 + rsd_env_pick(f->env, pause / 2);
	}
	else
		fail(c, now_us);
}

/* "profile a (config file), role arn:..." */
static void
name_plan(RsdCreds *c)
{
	RsdBuf		text;
	int			i;

	rsd_buf_init(&text, 8192);
	for (i = 0; i < c->fetch.nlinks; i++)
	{
		if (i > 0)
			rsd_buf_adds(&text, ", ");
		rsd_buf_adds(&text, c->fetch.links[i].text[RSD_LINK_NAME]);
	}
	if (text.len > 0)
		(void) rsd_clip(c->name, sizeof(c->name), text.data, text.len);
	rsd_buf_free(&text);
}

static void
begin_fetch(RsdCreds *c, int64_t now_us)
{
	RsdFetch   *f = &c->fetch;

	rsd_buf_reset(&f->story);
	rsd_error_clear(&f->err);
	f->identity[0] = '\0';
	f->at = 0;
	f->attempt = 0;
	if (rsd_creds_plan(f))
	{
		name_plan(c);
		take_step(c, now_us, start_link(f, now_us));
		return;
	}
	f->at = f->nlinks;			/* no link is to blame */
	fail(c, now_us);
}

/* Starts, or goes on with, what is due. */
static void
move_on(RsdCreds *c, int64_t now_us)
{
	bool		wanted = rsd_creds_current(c, now_us) == NULL ||
		(c->refresh_us != 0 && now_us >= c->refresh_us);

	if (c->state == FETCH_PAUSED && now_us >= c->resume_us)
		take_step(c, now_us, start_link(&c->fetch, now_us));
	else if (c->state == FETCH_IDLE && wanted && now_us >= c->next_try_us)
		begin_fetch(c, now_us);
}

/* Gives out the request or command that waits to be asked for. */
static RsdCredsNeed
hand_out(RsdCreds *c, RsdCredsAsk *ask)
{
	RsdFetch   *f = &c->fetch;
	bool		send = c->state == FETCH_TO_SEND;

	c->state = FETCH_PENDING;
	ask->total_ms = f->total_ms;
	ask->max_body = MAX_REPLY;
	if (!send)
	{
		ask->argv = f->words.argv;
		return RSD_CREDS_RUN;
	}
	ask->request = f->request;
	memset(&f->request, 0, sizeof(f->request));
	ask->local = f->local;
	ask->connect_ms = f->connect_ms;
	ask->first_byte_ms = f->first_byte_ms;
	return RSD_CREDS_SEND;
}

/* When the next poll has something to do while nothing is pending. */
static int64_t
next_due(const RsdCreds *c)
{
	if (c->state == FETCH_PAUSED)
		return c->resume_us;
	if (c->state != FETCH_IDLE || c->refresh_us == 0)
		return 0;
	return c->refresh_us > c->next_try_us ? c->refresh_us : c->next_try_us;
}

RsdCredsNeed
rsd_creds_poll(RsdCreds *creds, int64_t now_us, RsdCredsAsk *ask)
{
	bool		usable;

	memset(ask, 0, sizeof(*ask));
	move_on(creds, now_us);
	if (creds->state == FETCH_TO_SEND || creds->state == FETCH_TO_RUN)
		return hand_out(creds, ask);
	usable = rsd_creds_current(creds, now_us) != NULL;
	if (usable && (creds->state == FETCH_IDLE || creds->must_us == 0 ||
				   now_us < creds->must_us))
	{
		ask->until_us = next_due(creds);
		return RSD_CREDS_READY;
	}
	if (creds->state != FETCH_IDLE)
	{
		ask->until_us = next_due(creds);
		return RSD_CREDS_WAIT;
	}
	ask->until_us = creds->next_try_us;
	if (creds->err.kind == RSD_ERR_NONE)
		return RSD_CREDS_WAIT;
	ask->err = creds->err;
	return RSD_CREDS_FAILED;
}

void
rsd_creds_feed_response(RsdCreds *creds, int64_t now_us,
						const RsdResponse *response)
{
	RsdFetch   *f = &creds->fetch;
	const RsdLink *link = &f->links[f->at];

	if (creds->state != FETCH_PENDING || link->provider->response == NULL)
		return;
	take_step(creds, now_us,
			  link->provider->response(f, link, now_us, response));
}

void
rsd_creds_feed_fault(RsdCreds *creds, int64_t now_us, const char *fault,
					 bool timed_out)
{
	RsdFetch   *f = &creds->fetch;
	const RsdLink *link = &f->links[f->at];
	RsdStep		step = RSD_STEP_RETRY;

	if (creds->state != FETCH_PENDING)
		return;
	rsd_error_set(&f->err, RSD_ERR_NETWORK, "%s: %s",
				  link->provider->output != NULL ? "credential_process"
				  : f->where, fault);
	if (link->provider->fault != NULL)
		step = link->provider->fault(f, link, now_us, timed_out);
	take_step(creds, now_us, step);
}

void
rsd_creds_feed_output(RsdCreds *creds, int64_t now_us, int exit_code,
					  RsdSlice out, RsdSlice errors)
{
	RsdFetch   *f = &creds->fetch;
	const RsdLink *link = &f->links[f->at];

	if (creds->state != FETCH_PENDING || link->provider->output == NULL)
		return;
	take_step(creds, now_us,
			  link->provider->output(f, link, exit_code, out, errors));
}

const RsdCredentials *
rsd_creds_current(const RsdCreds *creds, int64_t now_us)
{
	if (creds->current.access_key_id == NULL || creds->rejected ||
		rsd_credvalue_expired(&creds->current, now_us, 0))
		return NULL;
	return &creds->current;
}

void
rsd_creds_reject(RsdCreds *creds, int64_t now_us, const char *access_key_id)
{
	/* given keys are all there is: a person must give others */
	if (creds->current.access_key_id == NULL || creds->rejected ||
		(creds->config.source == RSD_CREDS_KEYS &&
		 creds->config.role_arn == NULL) ||
		(access_key_id != NULL &&
		 strcmp(access_key_id, creds->current.access_key_id) != 0))
		return;
	if (now_us - creds->rejected_us > REJECT_FORGET_US)
		creds->rejects = 0;
	creds->rejected = true;
	creds->rejected_us = now_us;
	creds->rejects++;
	creds->next_try_us = now_us;
	if (creds->rejects > 1)
		creds->next_try_us += spaced(creds->config.env, creds->rejects - 1,
									 REJECT_FIRST_US, REJECT_CAP_US);
}

const char *
rsd_creds_story(const RsdCreds *creds)
{
	return rsd_buf_str(&creds->fetch.story);
}

const char *
rsd_creds_source_name(const RsdCreds *creds)
{
	return creds->name;
}

const char *
rsd_creds_identity(const RsdCreds *creds)
{
	return creds->identity;
}
