/*
 * credsource.c
 *	  The worker's credentials: between aws/creds.h, which says what is
 *	  needed, and the transport, which gets it.
 *
 * Configurations are told apart by a hash, so no second copy of a key is
 * kept.  A server or mapping that is read anew gets its source back, with
 * the keys it has, unless it says something else now.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "storage/ipc.h"

#include "aws/sigv4.h"
#include "aws/skew.h"
#include "aws/sts.h"
#include "base/env.h"
#include "base/hash.h"
#include "base/retry.h"
#include "pg/command.h"
#include "pg/credprint.h"
#include "pg/credsource.h"
#include "pg/flight.h"
#include "pg/rate.h"

/* A wait for keys that is longer than this is shown. */
#define SHOW_AFTER_US		INT64CONST(1000000)

/* A problem is shown for so long after it could have been solved. */
#define STALE_US			INT64CONST(60000000)

/* GetCallerIdentity is not worth more. */
#define IDENTITY_MS			10000
#define IDENTITY_BODY		(64 * 1024)
#define ASK_AGAIN_US		INT64CONST(60000000)

/* Unknown keys that were fetched anew are the same ones for so long. */
#define DOUBT_US			INT64CONST(60000000)

struct RsdCredSources
{
	MemoryContext cx;
	RsdHttp    *http;
	RsdCommands *commands;
	dlist_head	list;			/* of RsdCredSource */
	bool		changed;		/* keys came, or will not */
};

struct RsdCredSource
{
	RsdCredSources *set;
	int			refs;
	uint8		fingerprint[RSD_SHA256_LEN];
	RsdCreds   *creds;
	RsdFlight	fetch;
	RsdCommand *command;		/* the same, if it is a program; else NULL */
	int64		skew;			/* STS's clock minus ours, microseconds */
	int64		due;			/* to be polled again; 0 = no need */
	bool		failed;			/* no keys, and none before "due" */
	int64		failed_at;
	bool		wanted;			/* somebody waits for keys */
	int64		wanted_since;	/* and has since; 0 if there are keys */
	bool		shown;			/* they were told that it takes long */

	unsigned	generation;
	char		key_id[132];	/* of this generation; not a secret */

	char	   *proxy;			/* option; NULL: the environment decides */
	bool		may_ask;		/* sts is set */
	RsdEndpoint sts;
	RsdFlight	question;		/* GetCallerIdentity */
	unsigned	asked;			/* the generation it was asked for */
	int64		ask_after;		/* for that one: not before */
	unsigned	doubted;		/* a generation that a service did not know */
	int64		doubted_at;
	char		identity[2100]; /* of this generation, or "" */
	dlist_node	node;
};

/* No program outlives the process that wants its keys. */
static void
stop_commands(int code, Datum arg)
{
	RsdCredSources *sources = (RsdCredSources *) DatumGetPointer(arg);

	(void) code;
	rsd_commands_destroy(sources->commands);
	sources->commands = NULL;
}

RsdCredSources *
rsd_cred_sources_create(RsdHttp *http)
{
	RsdCredSources *sources = palloc0(sizeof(RsdCredSources));

	sources->cx = CurrentMemoryContext;
	sources->http = http;
	sources->commands = rsd_commands_create();
	if (sources->commands == NULL)
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				errmsg("could not create an epoll descriptor: %m"));
	on_proc_exit(stop_commands, PointerGetDatum(sources));
	dlist_init(&sources->list);
	return sources;
}

/* ---- which source ---- */

static void fetch_landed(void *arg, RsdFlight *flight);
static void command_ended(void *arg, const RsdCommandEnd *end);
static void question_landed(void *arg, RsdFlight *flight);

static RsdCredSource *
make_source(RsdCredSources *set, const RsdCredsConfig *config,
			const RsdEndpoint *sts, const char *proxy, RsdError *err)
{
	RsdCreds   *creds = rsd_creds_create(config, err);
	RsdCredSource *source;

	if (creds == NULL)
		return NULL;
	source = MemoryContextAllocZero(set->cx, sizeof(RsdCredSource));
	source->set = set;
	source->creds = creds;
	source->fetch.landed = fetch_landed;
	source->fetch.arg = source;
	source->question.landed = question_landed;
	source->question.arg = source;
	if (proxy != NULL)
		source->proxy = MemoryContextStrdup(set->cx, proxy);
	source->may_ask = sts != NULL;
	if (sts != NULL)
		source->sts = *sts;
	dlist_push_tail(&set->list, &source->node);
	return source;
}

RsdCredSource *
rsd_cred_sources_get(RsdCredSources *sources, const RsdCredsConfig *config,
					 const RsdEndpoint *sts, const char *proxy,
					 RsdError *err)
{
	uint8		fingerprint[RSD_SHA256_LEN];
	RsdCredSource *source;
	dlist_iter	iter;

	if (!rsd_cred_fingerprint(config, sts, proxy, fingerprint))
	{
		rsd_error_set(err, RSD_ERR_LIMIT, "the options of the credentials are too long");
		return NULL;
	}
	dlist_foreach(iter, &sources->list)
	{
		source = dlist_container(RsdCredSource, node, iter.cur);
		if (memcmp(source->fingerprint, fingerprint, RSD_SHA256_LEN) == 0)
		{
			source->refs++;
			return source;
		}
	}
	source = make_source(sources, config, sts, proxy, err);
	if (source == NULL)
		return NULL;
	memcpy(source->fingerprint, fingerprint, RSD_SHA256_LEN);
	source->refs = 1;
	return source;
}

void
rsd_cred_source_keep(RsdCredSource *source)
{
	source->refs++;
}

void
rsd_cred_source_release(RsdCredSource *source)
{
	if (source != NULL)
		source->refs--;
}

static void
free_source(RsdCredSource *source)
{
	rsd_flight_drop(source->set->http, &source->fetch);
	rsd_flight_drop(source->set->http, &source->question);
	if (source->command != NULL)
		rsd_command_drop(source->command);
	rsd_creds_free(source->creds);
	if (source->proxy != NULL)
	{
		rsd_wipe(source->proxy, strlen(source->proxy));
		pfree(source->proxy);
	}
	dlist_delete(&source->node);
	pfree(source);
}

/* ---- whose keys ---- */

/* What STS's clock shows: signatures and expiries go by it. */
static int64
theirs(const RsdCredSource *source, int64 now)
{
	return now + source->skew;
}

static const RsdCredentials *
current(const RsdCredSource *source, int64 now)
{
	return rsd_creds_current(source->creds, theirs(source, now));
}

/* Learns from a refusal how far the clocks are apart; true if that was it. */
static bool
learn_skew(RsdCredSource *source, const RsdFlight *flight, int64 now)
{
	RsdAwsError error;

	if (flight->fault != RSD_NET_NONE ||
		(flight->response.status >= 200 && flight->response.status <= 299))
		return false;
	rsd_awserror_read(&flight->response, &error);
	return rsd_skew_learn(&error, &flight->response, now, &source->skew);
}

/*
 * Asks STS in the background, once for each set of keys; where that came to
 * nothing, again after a while.
 */
static void
ask_identity(RsdCredSource *source, const RsdCredentials *keys, int64 now)
{
	RsdHttpLimits limits = {
		.connect_ms = IDENTITY_MS,
		.total_ms = IDENTITY_MS,
		.max_body = IDENTITY_BODY,
		.proxy = source->proxy,
	};
	RsdRequest	req;
	RsdError	err;

	if (!source->may_ask || source->identity[0] != '\0' ||
		source->question.in_flight ||
		(source->asked == source->generation && now < source->ask_after))
		return;
	source->asked = source->generation;
	source->ask_after = now + ASK_AGAIN_US;
	if (!rsd_sts_caller_identity(&source->sts, &req, &err))
		return;
	if (rsd_sigv4_sign(&req, keys, source->sts.region, source->sts.service,
					   theirs(source, now), NULL, &err))
		(void) rsd_flight_launch(source->set->http, &source->question, &req,
								 &limits, &err);
	rsd_request_free(&req);
}

/* An answer that is none leaves the identity unknown: it is only shown. */
static void
question_landed(void *arg, RsdFlight *flight)
{
	RsdCredSource *source = arg;
	const RsdCredentials *keys;
	RsdStsIdentity identity;
	RsdError	err;
	int64		now = rsd_env_wall_us();

	if (source->asked != source->generation)
		return;
	if (learn_skew(source, flight, now))
	{
		source->ask_after = now;
		keys = current(source, now);
		if (keys != NULL)
			ask_identity(source, keys, now);
	}
	else if (flight->fault == RSD_NET_NONE && flight->response.status == 200 &&
			 rsd_sts_read_identity(rsd_buf_slice(&flight->response.body),
								   &identity, &err))
	{
		strlcpy(source->identity, identity.arn, sizeof(source->identity));
		rsd_rate_learn(source->key_id, source->identity);
	}
}

/* Are these other keys than before? */
static void
note_keys(RsdCredSource *source, int64 now)
{
	const RsdCredentials *keys = current(source, now);

	if (keys == NULL)
		return;
	if (strncmp(keys->access_key_id, source->key_id,
				sizeof(source->key_id) - 1) != 0)
	{
		source->generation++;
		strlcpy(source->key_id, keys->access_key_id, sizeof(source->key_id));
		strlcpy(source->identity, rsd_creds_identity(source->creds),
				sizeof(source->identity));
		rsd_rate_learn(source->key_id, source->identity);
	}
	ask_identity(source, keys, now);
}

/* ---- fetching ---- */

static void
send_fetch(RsdCredSource *source, RsdCredsAsk *ask, int64 now)
{
	RsdHttpLimits limits = {
		.connect_ms = ask->connect_ms,
		.first_byte_ms = ask->first_byte_ms,
		.total_ms = ask->total_ms,
		.max_body = ask->max_body,
		.proxy = ask->local ? RSD_NO_PROXY : source->proxy,
	};
	RsdError	err;

	if (!rsd_flight_launch(source->set->http, &source->fetch, &ask->request,
						   &limits, &err))
		rsd_creds_feed_fault(source->creds, theirs(source, now), err.what,
							 false);
	rsd_request_free(&ask->request);
}

static void
run_fetch(RsdCredSource *source, const RsdCredsAsk *ask, int64 now)
{
	RsdError	err;

	source->command = rsd_command_start(source->set->commands, ask->argv,
										ask->total_ms, ask->max_body,
										command_ended, source, &err);
	if (source->command == NULL)
		rsd_creds_feed_fault(source->creds, theirs(source, now), err.what,
							 false);
}

/* Does what is needed until something else must happen first. */
static void
poll_source(RsdCredSource *source, int64 now)
{
	RsdCredsAsk ask;
	RsdCredsNeed need = rsd_creds_poll(source->creds, theirs(source, now),
									   &ask);

	while (need == RSD_CREDS_SEND || need == RSD_CREDS_RUN)
	{
		if (need == RSD_CREDS_SEND)
			send_fetch(source, &ask, now);
		else
			run_fetch(source, &ask, now);
		need = rsd_creds_poll(source->creds, theirs(source, now), &ask);
	}
	source->due = ask.until_us == 0 ? 0 : ask.until_us - source->skew;
	source->failed = need == RSD_CREDS_FAILED;
	if (source->failed)
		source->failed_at = now;
	note_keys(source, now);
	if (current(source, now) != NULL || source->failed)
		source->set->changed |= source->wanted;
}

static void
fetch_landed(void *arg, RsdFlight *flight)
{
	RsdCredSource *source = arg;
	int64		now = rsd_env_wall_us();

	(void) learn_skew(source, flight, now);
	if (flight->fault == RSD_NET_NONE)
		rsd_creds_feed_response(source->creds, theirs(source, now),
								&flight->response);
	else
		rsd_creds_feed_fault(source->creds, theirs(source, now),
							 flight->err.what,
							 flight->fault == RSD_NET_TIMEOUT);
	poll_source(source, now);
}

static void
command_ended(void *arg, const RsdCommandEnd *end)
{
	RsdCredSource *source = arg;
	int64		now = rsd_env_wall_us();

	source->command = NULL;
	if (end->problem != NULL)
		rsd_creds_feed_fault(source->creds, theirs(source, now), end->problem,
							 end->timed_out);
	else
		rsd_creds_feed_output(source->creds, theirs(source, now),
							  end->exit_code, end->out, end->errors);
	poll_source(source, now);
}

const RsdCredentials *
rsd_cred_source_keys(RsdCredSource *source, int64_t now)
{
	const RsdCredentials *keys;

	if (!source->failed || source->due <= now)
		poll_source(source, now);
	keys = current(source, now);
	if (keys != NULL)
	{
		source->wanted = source->shown = false;
		source->wanted_since = 0;
	}
	else
	{
		source->wanted = true;
		if (source->wanted_since == 0)
			source->wanted_since = now;
	}
	return keys;
}

const char *
rsd_cred_source_problem(const RsdCredSource *source, int64_t now)
{
	const char *story = rsd_creds_story(source->creds);

	if (!source->failed &&
		(source->wanted_since == 0 ||
		 now - source->wanted_since < SHOW_AFTER_US))
		return NULL;
	return story[0] != '\0' ? story : "credentials are being fetched";
}

/* ---- time ---- */

/* When those who wait want to be told; 0 = when an answer comes. */
static int64
source_due(const RsdCredSource *source)
{
	if (!source->wanted)
		return 0;
	if (source->shown || source->failed)
		return source->due;
	return rsd_earlier(source->due, source->wanted_since + SHOW_AFTER_US);
}

bool
rsd_cred_sources_turn(RsdCredSources *sources, int64_t now)
{
	dlist_mutable_iter iter;
	bool		changed;

	rsd_commands_turn(sources->commands);
	changed = sources->changed;
	sources->changed = false;
	dlist_foreach_modify(iter, &sources->list)
	{
		RsdCredSource *source = dlist_container(RsdCredSource, node, iter.cur);
		int64		due = source_due(source);

		if (source->refs == 0)
		{
			free_source(source);
			continue;
		}
		if (due == 0 || due > now)
			continue;
		changed = true;

		/* Whoever still wants keys asks again; nobody else keeps us awake. */
		if (source->due != 0 && source->due <= now)
			source->wanted = false;
		else
			source->shown = true;
	}
	return changed;
}

int64_t
rsd_cred_sources_due(const RsdCredSources *sources)
{
	int64		ms = rsd_commands_timeout_ms(sources->commands);
	int64		first = ms < 0 ? 0 : rsd_env_wall_us() + ms * 1000;
	dlist_iter	iter;

	if (sources->changed)
		return 1;
	dlist_foreach(iter, &unconstify(RsdCredSources *, sources)->list)
	{
		const RsdCredSource *source = dlist_container(RsdCredSource, node,
													  iter.cur);

		first = rsd_earlier(first, source_due(source));
	}
	return first;
}

int
rsd_cred_sources_fd(const RsdCredSources *sources)
{
	return rsd_commands_fd(sources->commands);
}

bool
rsd_cred_sources_busy(const RsdCredSources *sources)
{
	dlist_iter	iter;

	dlist_foreach(iter, &unconstify(RsdCredSources *, sources)->list)
	{
		const RsdCredSource *source = dlist_container(RsdCredSource, node,
													  iter.cur);

		if (source->wanted &&
			(source->fetch.in_flight || source->command != NULL))
			return true;
	}
	return false;
}

/* ---- what others want to know ---- */

unsigned
rsd_cred_source_generation(const RsdCredSource *source)
{
	return source->generation;
}

bool
rsd_cred_source_reject(RsdCredSource *source, unsigned generation,
					   bool unknown, int64_t now)
{
	if (generation != source->generation)
		return true;
	if (unknown && source->doubted == generation &&
		now - source->doubted_at < DOUBT_US)
		return false;
	if (unknown)
	{
		source->doubted = generation;
		source->doubted_at = now;
	}
	rsd_creds_reject(source->creds, theirs(source, now), NULL);
	return current(source, now) == NULL;
}

const char *
rsd_cred_source_identity(const RsdCredSource *source)
{
	return source->identity;
}

bool
rsd_cred_source_asking(const RsdCredSource *source)
{
	return source->question.in_flight;
}

const char *
rsd_cred_source_key_id(RsdCredSource *source, int64_t now)
{
	return rsd_cred_source_keys(source, now) == NULL ? NULL : source->key_id;
}

const char *
rsd_cred_sources_problem(const RsdCredSources *sources)
{
	const RsdCredSource *last = NULL;
	int64		now = rsd_env_wall_us();
	dlist_iter	iter;

	dlist_foreach(iter, &unconstify(RsdCredSources *, sources)->list)
	{
		const RsdCredSource *source = dlist_container(RsdCredSource, node,
													  iter.cur);

		/* Nobody has asked for those that are long due. */
		if (source->failed && now - source->due < STALE_US &&
			(last == NULL || source->failed_at > last->failed_at))
			last = source;
	}
	return last == NULL ? "" : rsd_creds_story(last->creds);
}
