/*
 * main.c
 *		Puts the emulator together, waits for a signal, takes it apart.
 *
 * rsdata-emulator plays the Amazon Redshift Data API and what belongs to it
 * on a local port, executing the SQL on PostgreSQL. Nothing of the extension
 * knows it, and it shares no code with the extension.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "fast.h"
#include "http.h"

/* Texts of values must not depend on who started us (read by libpq). */
static void
set_session_defaults(void)
{
	setenv("PGTZ", "UTC", 1);
	setenv("PGDATESTYLE", "ISO", 1);
	setenv("PGCLIENTENCODING", "UTF8", 1);
	setenv("PGAPPNAME", "rsdata-emulator", 0);
}

/* A connection per caller and per statement, and an event per statement. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
	{
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Signals are for the main thread's sigwait; threads inherit the mask. */
static void
block_signals(sigset_t *awaited)
{
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(awaited);
	sigaddset(awaited, SIGTERM);
	sigaddset(awaited, SIGINT);
	pthread_sigmask(SIG_BLOCK, awaited, NULL);
}

static bool
create_world(EmuWorld *world)
{
	const EmuOptions *options = &world->options;

	world->ledger = emu_ledger_create(options->ledger_file,
									  options->history_max);
	if (world->ledger == NULL)
	{
		fprintf(stderr, "rsdata-emulator: could not open %s: %s\n",
				options->ledger_file, strerror(errno));
		return false;
	}
	world->rates = emu_rates_create();
	for (size_t i = 0; i < options->nrates; i++)
	{
		if (!emu_rates_read(world->rates, options->rates[i]))
		{
			fprintf(stderr, "rsdata-emulator: --rate: not OP=N: %s\n",
					options->rates[i]);
			return false;
		}
	}
	world->canned = emu_canned_create();
	if (options->canned)
	{
		json_t	   *on = json_pack("{s:b}", "on", 1);

		emu_canned_set(world->canned, on);
		json_decref(on);
	}
	world->statements = emu_statements_create(options);
	world->sessions = emu_sessions_create(options);
	world->executor = emu_executor_create(options, world->statements,
										  world->sessions, world->ledger);
	world->troubles = emu_troubles_create();
	world->topics = emu_topics_create(options);
	world->keyring = emu_keyring_create(options);
	world->metadata = emu_metadata_create(options);
	return true;
}

/* End every wait first, so that nothing has to be waited for. */
static void
destroy_world(EmuWorld *world, EmuHttp *http)
{
	emu_troubles_stop(world->troubles);
	emu_statements_stop(world->statements);
	if (http != NULL)
		emu_http_stop(http);
	emu_executor_destroy(world->executor);
	emu_sessions_destroy(world->sessions);
	emu_statements_destroy(world->statements);
	emu_troubles_destroy(world->troubles);
	emu_rates_destroy(world->rates);
	emu_canned_destroy(world->canned);
	emu_topics_destroy(world->topics);
	emu_metadata_destroy(world->metadata);
	emu_keyring_destroy(world->keyring);
	emu_ledger_destroy(world->ledger);
	emu_options_free(&world->options);
}

int
main(int argc, char **argv)
{
	EmuWorld	world;
	EmuHttp    *http;
	EmuFast    *fast = NULL;
	sigset_t	awaited;
	int			status;
	int			received;
	bool		good;

	if (!emu_options_read(&world.options, argc, argv, &status))
	{
		emu_options_free(&world.options);
		return status;
	}
	block_signals(&awaited);
	raise_descriptor_limit();
	set_session_defaults();
	if (!create_world(&world))
		return 1;
	http = emu_http_start(&world, world.options.listen);
	good = http != NULL;
	if (good && world.options.canned_listen != NULL)
	{
		fast = emu_fast_start(world.canned, world.rates,
							  world.options.canned_listen);
		good = fast != NULL;
		if (good)
			printf("canned on %s\n", emu_fast_url(fast));
	}
	if (good)
	{
		printf("listening on %s\n", emu_http_url(http));
		fflush(stdout);
		sigwait(&awaited, &received);
	}
	if (fast != NULL)
		emu_fast_stop(fast);
	destroy_world(&world, http);
	return good ? 0 : 1;
}
