/*
 * t_creds.c
 *		aws: keys over time: when they are renewed, what a failure takes away,
 *		what a rejection does, and what is refused at once.
 */
#include "t_creds.h"

static RsdError error;

static RsdCreds *
create(RsdCredsConfig config, const RsdEnv *env)
{
	config.env = env;
	config.region = "eu-west-1";
	return rsd_creds_create(&config, &error);
}

/* A role on given keys: one request a fetch. */
static RsdCreds *
create_role(const RsdEnv *env)
{
	RsdCredsConfig config = {.source = RSD_CREDS_KEYS,
		.access_key_id = "AKIAGIVEN",.secret_access_key = "k/" MARK,
	.role_arn = ROLE};

	return create(config, env);
}

/* What is needed at an instant; a request is dropped. */
static RsdCredsNeed
need(RsdCreds *creds, int64_t now, int64_t *until)
{
	RsdCredsAsk ask;
	RsdCredsNeed result = rsd_creds_poll(creds, now, &ask);

	if (until != NULL)
		*until = ask.until_us;
	rsd_request_free(&ask.request);
	check_discreet(creds, &ask, "poll");
	return result;
}

static const char *
key(const RsdCreds *creds, int64_t now)
{
	const RsdCredentials *cred = rsd_creds_current(creds, now);

	return cred == NULL ? "" : cred->access_key_id;
}

static void
test_refresh(void)
{
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdCreds   *creds = create_role(&env);
	int64_t		until;

	is_str(rsd_creds_source_name(creds), "given keys", "name before");
	is_str(rsd_creds_story(creds), "", "no story before");
	is_str(key(creds, NOW), "", "no keys before");
	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "fetch at once");
	is_int(need(creds, NOW, &until), RSD_CREDS_WAIT, "one fetch at a time");
	is_int(until, 0, "until fed");
	feed_reply(creds, NOW, 200, STS_REPLY("ASIA1", LATER));
	is_str(key(creds, NOW), "ASIA1", "keys");
	is_str(rsd_creds_identity(creds),
		   "arn:aws:sts::123456789012:assumed-role/r/ASIA1", "identity");
	is_int(need(creds, NOW, &until), RSD_CREDS_READY, "ready");
	is_int(until, NOW + 45 * MINUTE, "renewed 15 minutes ahead");
	is_int(need(creds, until - 1, NULL), RSD_CREDS_READY, "not before");

	is_int(need(creds, until, NULL), RSD_CREDS_SEND, "advisory refresh");
	is_int(need(creds, until, NULL), RSD_CREDS_READY, "beside use");
	is_str(key(creds, until), "ASIA1", "old keys meanwhile");
	is_int(need(creds, NOW + 50 * MINUTE, NULL), RSD_CREDS_WAIT,
		   "10 minutes ahead the refresh is waited for");
	is_str(key(creds, NOW + 50 * MINUTE), "ASIA1", "still keys");
	feed_reply(creds, NOW + 50 * MINUTE, 200,
			   STS_REPLY("ASIA2", "2026-01-02T05:04:05Z"));
	is_str(key(creds, NOW + 50 * MINUTE), "ASIA2", "new keys");
	is_int(need(creds, NOW + 50 * MINUTE, &until), RSD_CREDS_READY, "ready");
	is_int(until, NOW + 105 * MINUTE, "and so on");
	is_int(need(creds, until, NULL), RSD_CREDS_SEND, "refresh");
	is_int(need(creds, NOW + 110 * MINUTE - 1, NULL), RSD_CREDS_READY,
		   "beside use for five minutes");
	is_int(need(creds, NOW + 110 * MINUTE, NULL), RSD_CREDS_WAIT,
		   "then before it");
	rsd_creds_feed_fault(creds, NOW + 110 * MINUTE, "no route", false);
	is_str(key(creds, NOW + 2 * HOUR), "", "gone at their end");
	is_int(need(creds, NOW + 3 * HOUR, NULL), RSD_CREDS_SEND,
		   "fetched anew after an idle time");
	rsd_creds_free(creds);
}

/* Keys of 15 minutes must not be renewed without end. */
static void
test_short_life(void)
{
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdCreds   *creds = create_role(&env);
	int64_t		until;

	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "fetch");
	feed_reply(creds, NOW, 200, STS_REPLY("ASIA1", "2026-01-02T03:19:05Z"));
	is_int(need(creds, NOW, &until), RSD_CREDS_READY, "ready");
	is_int(until, NOW + 10 * MINUTE, "renewed in the last third");
	is_int(need(creds, until, NULL), RSD_CREDS_SEND, "refresh");
	is_int(need(creds, NOW + 12 * MINUTE, NULL), RSD_CREDS_READY,
		   "beside use");
	is_int(need(creds, NOW + 13 * MINUTE, NULL), RSD_CREDS_WAIT,
		   "in the last sixth before it");
	rsd_creds_free(creds);
}

static void
test_failed_refresh(void)
{
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdCreds   *creds = create_role(&env);
	int64_t		now = NOW + 51 * MINUTE;
	int64_t		until;
	int			tries;

	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "fetch");
	feed_reply(creds, NOW, 200, STS_REPLY("ASIA1", LATER));
	is_int(need(creds, now, NULL), RSD_CREDS_SEND, "refresh");
	is_int(need(creds, now, NULL), RSD_CREDS_WAIT, "waited for");
	feed_reply(creds, now, 403, STS_ERROR("AccessDenied", "no more"));
	is_int(need(creds, now, &until), RSD_CREDS_READY,
		   "a failure takes nothing away");
	is_str(key(creds, now), "ASIA1", "old keys");
	ok(until > now && until <= now + MINUTE, "next try within a minute");
	is_int(need(creds, until - 1, NULL), RSD_CREDS_READY, "not before");
	for (tries = 0; tries < 30 && until < NOW + HOUR; tries++)
	{
		now = until;
		is_int(need(creds, now, NULL), RSD_CREDS_SEND, "tried again");
		feed_reply(creds, now, 403, STS_ERROR("AccessDenied", "no more"));
		(void) need(creds, now, &until);
		ok(until >= now + 2 * SECOND, "never in a tight loop");
	}
	ok(tries >= 5 && tries < 30, "%d tries in nine minutes", tries);
	now = NOW + HOUR;
	is_str(key(creds, now), "", "expired in the end");
	ok(strstr(rsd_creds_story(creds), "AccessDenied: no more") != NULL,
	   "the story tells");
	is_int(need(creds, now + MINUTE, NULL), RSD_CREDS_SEND, "never gives up");
	feed_reply(creds, now + MINUTE, 200,
			   STS_REPLY("ASIA2", "2026-01-02T06:04:05Z"));
	is_str(key(creds, now + MINUTE), "ASIA2", "until it works");
	rsd_creds_free(creds);
}

static void
test_reject(void)
{
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdCreds   *creds = create_role(&env);
	int64_t		until;

	rsd_creds_reject(creds, NOW, NULL);
	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "fetch");
	feed_reply(creds, NOW, 200, STS_REPLY("ASIA1", LATER));
	rsd_creds_reject(creds, NOW, "ASIA0");
	is_str(key(creds, NOW), "ASIA1", "others' rejection is no matter");
	rsd_creds_reject(creds, NOW, "ASIA1");
	is_str(key(creds, NOW), "", "rejected keys are not used");
	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "fetched at once");
	feed_reply(creds, NOW, 200, STS_REPLY("ASIA1", LATER));
	is_str(key(creds, NOW), "ASIA1", "the same again");
	rsd_creds_reject(creds, NOW, NULL);
	is_int(need(creds, NOW, &until), RSD_CREDS_WAIT, "but not in a loop");
	is_int(until, NOW + 5 * SECOND, "not before some seconds");
	rsd_creds_reject(creds, NOW, NULL);
	is_int(need(creds, until, NULL), RSD_CREDS_SEND, "then");
	feed_reply(creds, until, 200, STS_REPLY("ASIA1", LATER));
	rsd_creds_reject(creds, until, NULL);
	is_int(need(creds, NOW + 15 * SECOND - 1, NULL), RSD_CREDS_WAIT,
		   "longer each time");
	is_int(need(creds, NOW + 15 * SECOND, NULL), RSD_CREDS_SEND, "then");
	feed_reply(creds, NOW + 15 * SECOND, 200, STS_REPLY("ASIA2", LATER));
	rsd_creds_reject(creds, NOW + 15 * SECOND, "ASIA2");
	is_int(need(creds, NOW + 15 * SECOND, NULL), RSD_CREDS_SEND,
		   "other keys begin anew");
	feed_reply(creds, NOW + 15 * SECOND, 403, STS_ERROR("AccessDenied", "x"));
	is_int(need(creds, NOW + 15 * SECOND, NULL), RSD_CREDS_FAILED,
		   "rejected keys are nothing to fall back on");
	rsd_creds_free(creds);
}

/* Given keys, and those that never expire, are all there is. */
static void
test_lasting(void)
{
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = {.source = RSD_CREDS_KEYS,
		.access_key_id = "AKIAGIVEN",.secret_access_key = "k/" MARK};
	RsdCreds   *creds = create(config, &env);
	int64_t		until;

	is_int(need(creds, NOW, &until), RSD_CREDS_READY, "ready at once");
	is_int(until, 0, "for ever");
	rsd_creds_reject(creds, NOW, NULL);
	is_str(key(creds, NOW), "AKIAGIVEN", "nothing else to be had");
	is_int(need(creds, NOW + 1000 * HOUR, NULL), RSD_CREDS_READY, "for ever");
	rsd_creds_free(creds);
}

/* Keys changed in a file count after a rejection, not before. */
static void
test_changed_file(void)
{
	File		files[] = {{CREDENTIALS, "[default]\n" KEYS_OF("AKIA1")}, {0}};
	World		world = {NULL, files, 0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = {.source = RSD_CREDS_PROFILE};
	RsdCreds   *creds = create(config, &env);

	is_int(need(creds, NOW, NULL), RSD_CREDS_READY, "ready");
	files[0].text = "[default]\n" KEYS_OF("AKIA2");
	is_int(need(creds, NOW + HOUR, NULL), RSD_CREDS_READY, "not read again");
	is_str(key(creds, NOW + HOUR), "AKIA1", "old keys");
	rsd_creds_reject(creds, NOW + HOUR, "AKIA1");
	is_int(need(creds, NOW + HOUR, NULL), RSD_CREDS_READY, "read again");
	is_str(key(creds, NOW + HOUR), "AKIA2", "new keys");
	rsd_creds_free(creds);
}

/* A set-up that is wrong is looked at again, with time between. */
static void
test_repaired(void)
{
	File		files[] = {{CREDENTIALS, "oops"}, {0}};
	World		world = {NULL, files, 0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = {.source = RSD_CREDS_PROFILE};
	RsdCreds   *creds = create(config, &env);
	int64_t		until;
	int			looks;

	is_int(need(creds, NOW, &until), RSD_CREDS_FAILED, "wrong");
	looks = world.looks;
	is_int(need(creds, until - 1, NULL), RSD_CREDS_FAILED, "still");
	is_int(world.looks, looks, "not looked at in between");
	files[0].text = "[default]\n" KEYS_OF("AKIA1");
	is_int(need(creds, until, NULL), RSD_CREDS_READY, "repaired");
	rsd_creds_free(creds);
}

/* Instance metadata that stops answering: its last keys go on. */
static void
test_stability(void)
{
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = {.source = RSD_CREDS_INSTANCE};
	RsdCreds   *creds = create(config, &env);
	int64_t		now = NOW + HOUR - MINUTE;

	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "token");
	feed_reply(creds, NOW, 200, "imds");
	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "role");
	feed_reply(creds, NOW, 200, "r");
	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "keys");
	feed_reply(creds, NOW, 200, JSON_KEYS("ASIAI", LATER));
	is_str(key(creds, NOW), "ASIAI", "keys");
	is_int(need(creds, now, NULL), RSD_CREDS_SEND, "refresh");
	rsd_creds_feed_fault(creds, now, "unreachable", false);
	is_str(key(creds, NOW + HOUR + MINUTE), "ASIAI", "used beyond their end");
	ok(strstr(rsd_creds_story(creds), "used a while longer") != NULL,
	   "and said so");
	is_int(need(creds, now + MINUTE, NULL), RSD_CREDS_SEND, "tried again");
	rsd_creds_free(creds);
}

static void
test_answers_out_of_turn(void)
{
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdCreds   *creds = create_role(&env);

	feed_reply(creds, NOW, 200, STS_REPLY("ASIA1", LATER));
	rsd_creds_feed_fault(creds, NOW, "x", true);
	rsd_creds_feed_output(creds, NOW, 0, rsd_slice("", 0), rsd_slice("", 0));
	is_str(key(creds, NOW), "", "nothing was asked");
	is_int(need(creds, NOW, NULL), RSD_CREDS_SEND, "fetch");
	rsd_creds_feed_output(creds, NOW, 0, rsd_slice("", 0), rsd_slice("", 0));
	is_int(need(creds, NOW, NULL), RSD_CREDS_WAIT, "no output was asked for");
	rsd_creds_free(creds);		/* with a request under way */
	rsd_creds_free(NULL);
}

static void
test_ask(void)
{
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = {.source = RSD_CREDS_INSTANCE};
	RsdCreds   *creds = create(config, &env);
	RsdCredsAsk ask;

	ok(rsd_creds_poll(creds, NOW, &ask) == RSD_CREDS_SEND && ask.local,
	   "instance metadata is local");
	ok(ask.connect_ms == 1000 && ask.first_byte_ms == 2000 &&
	   ask.total_ms == 3000 && ask.max_body > 0, "limits");
	rsd_request_free(&ask.request);
	rsd_creds_free(creds);
	creds = create_role(&env);
	ok(rsd_creds_poll(creds, NOW, &ask) == RSD_CREDS_SEND && !ask.local &&
	   ask.connect_ms > 0 && ask.total_ms > ask.first_byte_ms, "STS is not");
	rsd_request_free(&ask.request);
	rsd_creds_free(creds);
}

static void
test_refused_configurations(void)
{
	static const struct
	{
		RsdCredsConfig config;
		const char *what;
	}			cases[] = {
		{{.source = RSD_CREDS_KEYS}, "no access key"},
		{{.source = RSD_CREDS_CHAIN,.role_arn = "x"}, "not an ARN"},
		{{.source = RSD_CREDS_CHAIN,.role_arn = ROLE,
		.role_session_name = "a b"}, "session name"},
		{{.source = RSD_CREDS_CHAIN,.role_arn = ROLE,
		.external_id = "x"}, "external id"},
		{{.source = RSD_CREDS_CHAIN,.role_arn = ROLE,
		.duration_seconds = 60}, "duration"},
		{{.source = RSD_CREDS_CHAIN,.region = "eu west"}, "region"},
	};
	World		world = {NULL, NULL, 0};
	RsdEnv		env = world_env(&world);
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		RsdCredsConfig config = cases[i].config;

		config.env = &env;
		ok(rsd_creds_create(&config, &error) == NULL &&
		   strstr(error.what, cases[i].what) != NULL, "refused: %s",
		   cases[i].what);
	}
}

/* Without a region there is no STS to ask. */
static void
test_region(void)
{
	const char *vars[] = {NULL, NULL};
	File		files[] = {{CONFIG, "[default]\nregion = eu-west-3\n"
		"role_arn = " ROLE "\nsource_profile = default\n" KEYS_OF("AKIA1")}, {0}};
	World		world = {vars, files, 0};
	RsdEnv		env = world_env(&world);
	RsdCredsConfig config = {.source = RSD_CREDS_PROFILE,.env = &env};
	RsdCreds   *creds = rsd_creds_create(&config, &error);
	RsdCredsAsk ask;

	ok(rsd_creds_poll(creds, NOW, &ask) == RSD_CREDS_SEND, "a region");
	is_str(ask.request.url.host, "sts.eu-west-3.amazonaws.com", "profile's");
	rsd_request_free(&ask.request);
	rsd_creds_free(creds);
	vars[0] = "AWS_REGION=eu-north-1";
	creds = rsd_creds_create(&config, &error);
	ok(rsd_creds_poll(creds, NOW, &ask) == RSD_CREDS_SEND, "a region");
	is_str(ask.request.url.host, "sts.eu-north-1.amazonaws.com",
		   "the variable's before it");
	rsd_request_free(&ask.request);
	rsd_creds_free(creds);
	vars[0] = NULL;
	files[0].text = "[default]\nrole_arn = " ROLE "\nsource_profile = default\n"
		KEYS_OF("AKIA1");
	creds = rsd_creds_create(&config, &error);
	ok(rsd_creds_poll(creds, NOW, &ask) == RSD_CREDS_FAILED &&
	   strstr(ask.err.what, "no region") != NULL, "none");
	rsd_creds_free(creds);
}

int
main(void)
{
	test_refresh();
	test_short_life();
	test_failed_refresh();
	test_reject();
	test_lasting();
	test_changed_file();
	test_repaired();
	test_stability();
	test_answers_out_of_turn();
	test_ask();
	test_refused_configurations();
	test_region();
	return tap_done();
}
