/*
 * options.c
 *		Reads the command line into EmuOptions; owns every default. Never touches the network or the database.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "usage.h"

enum
{
	OPT_LISTEN = 256,
	OPT_DSN,
	OPT_ACCESS_KEY,
	OPT_SECRET_KEY,
	OPT_SESSION_TOKEN,
	OPT_TOPIC,
	OPT_ROLE,
	OPT_EXTERNAL_ID,
	OPT_WEB_TOKEN,
	OPT_CONTAINER_TOKEN,
	OPT_INSTANCE,
	OPT_INSTANCE_ROLE,
	OPT_CREDENTIAL_TTL,
	OPT_LEDGER,
	OPT_DB_USER,
	OPT_ACCOUNT,
	OPT_PAGE_BYTES,
	OPT_RESULT_BYTES_MAX,
	OPT_HISTORY_MAX,
	OPT_WAITERS_MAX,
	OPT_ACTIVE_MAX,
	OPT_SESSIONS_MAX,
	OPT_SESSION_LIFE,
	OPT_SESSION_REAP,
	OPT_CONNECTIONS,
	OPT_IDLE_CONNECTIONS,
	OPT_RETENTION,
	OPT_TOKEN_TTL,
	OPT_CLOCK_OFFSET,
	OPT_NOT_FOUND_STATUS,
	OPT_NO_LONG_POLL,
	OPT_LONG_POLL,
	OPT_USE_DATABASE,
	OPT_VARBYTE,
	OPT_PAGE_HEAD,
	OPT_TOKEN_REUSE,
	OPT_UNDONE,
	OPT_CANNED,
	OPT_CANNED_LISTEN,
	OPT_RATE,
	OPT_CONTENT_DEDUPLICATION,
	OPT_CSV_CHUNK_BYTES,
	OPT_CSV_PAGE_BYTES,
	OPT_CSV_HEADER,
	OPT_CSV_NULL,
	OPT_CSV_NAME,
	OPT_CSV_QUOTE,
	OPT_CSV_EMPTY,
	OPT_CSV_NO_ROWS,
	OPT_GZIP,
	OPT_HELP
};

static const struct option long_options[] = {
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"dsn", required_argument, NULL, OPT_DSN},
	{"access-key", required_argument, NULL, OPT_ACCESS_KEY},
	{"secret-key", required_argument, NULL, OPT_SECRET_KEY},
	{"session-token", required_argument, NULL, OPT_SESSION_TOKEN},
	{"topic", required_argument, NULL, OPT_TOPIC},
	{"role", required_argument, NULL, OPT_ROLE},
	{"external-id", required_argument, NULL, OPT_EXTERNAL_ID},
	{"web-identity-token", required_argument, NULL, OPT_WEB_TOKEN},
	{"container-token", required_argument, NULL, OPT_CONTAINER_TOKEN},
	{"instance", required_argument, NULL, OPT_INSTANCE},
	{"instance-role", required_argument, NULL, OPT_INSTANCE_ROLE},
	{"credential-ttl", required_argument, NULL, OPT_CREDENTIAL_TTL},
	{"ledger", required_argument, NULL, OPT_LEDGER},
	{"dbuser", required_argument, NULL, OPT_DB_USER},
	{"account", required_argument, NULL, OPT_ACCOUNT},
	{"page-bytes", required_argument, NULL, OPT_PAGE_BYTES},
	{"result-bytes-max", required_argument, NULL, OPT_RESULT_BYTES_MAX},
	{"history-max", required_argument, NULL, OPT_HISTORY_MAX},
	{"waiters-max", required_argument, NULL, OPT_WAITERS_MAX},
	{"active-max", required_argument, NULL, OPT_ACTIVE_MAX},
	{"sessions-max", required_argument, NULL, OPT_SESSIONS_MAX},
	{"session-life", required_argument, NULL, OPT_SESSION_LIFE},
	{"session-reap", required_argument, NULL, OPT_SESSION_REAP},
	{"connections", required_argument, NULL, OPT_CONNECTIONS},
	{"idle-connections", required_argument, NULL, OPT_IDLE_CONNECTIONS},
	{"retention", required_argument, NULL, OPT_RETENTION},
	{"token-ttl", required_argument, NULL, OPT_TOKEN_TTL},
	{"clock-offset", required_argument, NULL, OPT_CLOCK_OFFSET},
	{"not-found-status", required_argument, NULL, OPT_NOT_FOUND_STATUS},
	{"no-long-poll", no_argument, NULL, OPT_NO_LONG_POLL},
	{"long-poll", required_argument, NULL, OPT_LONG_POLL},
	{"use-database", no_argument, NULL, OPT_USE_DATABASE},
	{"varbyte", required_argument, NULL, OPT_VARBYTE},
	{"page-head", required_argument, NULL, OPT_PAGE_HEAD},
	{"token-reuse", required_argument, NULL, OPT_TOKEN_REUSE},
	{"undone", required_argument, NULL, OPT_UNDONE},
	{"canned", no_argument, NULL, OPT_CANNED},
	{"canned-listen", required_argument, NULL, OPT_CANNED_LISTEN},
	{"rate", required_argument, NULL, OPT_RATE},
	{"content-deduplication", no_argument, NULL, OPT_CONTENT_DEDUPLICATION},
	{"csv-chunk-bytes", required_argument, NULL, OPT_CSV_CHUNK_BYTES},
	{"csv-page-bytes", required_argument, NULL, OPT_CSV_PAGE_BYTES},
	{"csv-header", required_argument, NULL, OPT_CSV_HEADER},
	{"csv-null", required_argument, NULL, OPT_CSV_NULL},
	{"csv-name", required_argument, NULL, OPT_CSV_NAME},
	{"csv-quote", required_argument, NULL, OPT_CSV_QUOTE},
	{"csv-empty", required_argument, NULL, OPT_CSV_EMPTY},
	{"csv-no-rows", required_argument, NULL, OPT_CSV_NO_ROWS},
	{"gzip", required_argument, NULL, OPT_GZIP},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0}
};

static bool
read_number(const char *text, long least, long *out)
{
	char	   *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *out >= least;
}

static bool
read_size(const char *text, long least, size_t *out)
{
	long		number;

	if (!read_number(text, least, &number))
		return false;
	*out = (size_t) number;
	return true;
}

/* Text is one of two words; *second tells whether it is the second. */
static bool
read_word(const char *text, const char *one, const char *two, bool *second)
{
	*second = strcmp(text, two) == 0;
	return *second || strcmp(text, one) == 0;
}

static bool
read_long_poll(const char *text, EmuLongPoll *mode)
{
	if (strcmp(text, "on") == 0)
		*mode = EMU_LONG_POLL_ON;
	else if (strcmp(text, "ignore") == 0)
		*mode = EMU_LONG_POLL_IGNORE;
	else if (strcmp(text, "reject") == 0)
		*mode = EMU_LONG_POLL_REJECT;
	else
		return false;
	return true;
}

/* Keys come in pairs: the access key first, then what belongs to it. */
static bool
read_key(EmuOptions *options, int option, const char *text)
{
	EmuKey	   *key;

	if (option == OPT_ACCESS_KEY)
	{
		options->keys[options->nkeys++].access_key = text;
		return true;
	}
	if (options->nkeys == 0)
		return false;
	key = &options->keys[options->nkeys - 1];
	if (option == OPT_SECRET_KEY)
		key->secret = text;
	else
		key->session_token = text;
	return true;
}

/* Roles come alone, or with what belongs to them after them. */
static bool
read_role(EmuOptions *options, int option, const char *text)
{
	if (option == OPT_ROLE)
	{
		options->roles[options->nroles++].arn = text;
		return true;
	}
	if (options->nroles == 0)
		return false;
	options->roles[options->nroles - 1].external_id = text;
	return true;
}

bool
emu_options_read_instance(const char *text, EmuInstance *instance)
{
	static const char *const names[] = {"v2", "both", "v1", "off"};

	for (int i = 0; i < 4; i++)
	{
		if (strcmp(names[i], text) != 0)
			continue;
		*instance = (EmuInstance) i;
		return true;
	}
	return false;
}

static bool
read_credentials(EmuOptions *options, int option, const char *text)
{
	switch (option)
	{
		case OPT_ROLE:
		case OPT_EXTERNAL_ID:
			return read_role(options, option, text);
		case OPT_WEB_TOKEN:
			options->web_token = text;
			return true;
		case OPT_CONTAINER_TOKEN:
			options->container_token = text;
			return true;
		case OPT_INSTANCE:
			return emu_options_read_instance(text, &options->instance);
		case OPT_INSTANCE_ROLE:
			options->instance_role = text;
			return true;
		case OPT_CREDENTIAL_TTL:
			return read_number(text, 0, &options->credential_ttl_s);
		default:
			return false;
	}
}

static bool
read_csv_header(const char *text, EmuCsvHeader *header)
{
	if (strcmp(text, "first") == 0)
		*header = EMU_CSV_HEADER_FIRST;
	else if (strcmp(text, "chunk") == 0)
		*header = EMU_CSV_HEADER_CHUNK;
	else if (strcmp(text, "none") == 0)
		*header = EMU_CSV_HEADER_NONE;
	else
		return false;
	return true;
}

static bool
read_csv(EmuOptions *options, int option, const char *text)
{
	switch (option)
	{
		case OPT_CSV_CHUNK_BYTES:
			return read_size(text, 1, &options->csv_chunk_bytes);
		case OPT_CSV_PAGE_BYTES:
			return read_size(text, 1, &options->csv_page_bytes);
		case OPT_CSV_HEADER:
			return read_csv_header(text, &options->csv_header);
		case OPT_CSV_NULL:
			options->csv_null = text;
			return true;
		case OPT_CSV_NAME:
			options->csv_name = text;
			return true;
		case OPT_CSV_QUOTE:
			return read_word(text, "needed", "all", &options->csv_quote_all);
		case OPT_CSV_EMPTY:
			return read_word(text, "bare", "quoted",
							 &options->csv_quoted_empty);
		case OPT_CSV_NO_ROWS:
			return read_word(text, "none", "header",
							 &options->csv_empty_header);
		default:
			return read_credentials(options, option, text);
	}
}

static bool
read_flag(EmuOptions *options, int option, const char *text)
{
	long		number;

	switch (option)
	{
		case OPT_NO_LONG_POLL:
			options->long_poll = EMU_LONG_POLL_IGNORE;
			return true;
		case OPT_LONG_POLL:
			return read_long_poll(text, &options->long_poll);
		case OPT_USE_DATABASE:
			options->use_database = true;
			return true;
		case OPT_VARBYTE:
			return read_word(text, "string", "blob", &options->blob_varbyte);
		case OPT_PAGE_HEAD:
			return read_word(text, "every", "first",
							 &options->head_on_first_page_only);
		case OPT_TOKEN_REUSE:
			return read_word(text, "replay", "reject",
							 &options->reject_token_reuse);
		case OPT_UNDONE:
			return read_word(text, "finished", "aborted",
							 &options->undone_aborted);
		case OPT_NOT_FOUND_STATUS:
			if (!read_number(text, 400, &number) || number > 499)
				return false;
			options->not_found_status = (int) number;
			return true;
		case OPT_CONTENT_DEDUPLICATION:
			options->content_deduplication = true;
			return true;
		case OPT_CANNED:
			options->canned = true;
			return true;
		case OPT_CANNED_LISTEN:
			options->canned_listen = text;
			return true;
		case OPT_GZIP:
			return read_size(text, 0, &options->gzip_bytes);
		default:
			return read_csv(options, option, text);
	}
}

static bool
read_one(EmuOptions *options, int option, const char *text)
{
	switch (option)
	{
		case OPT_LISTEN:
			options->listen = text;
			return true;
		case OPT_DSN:
			options->dsn = text;
			return true;
		case OPT_ACCESS_KEY:
		case OPT_SECRET_KEY:
		case OPT_SESSION_TOKEN:
			return read_key(options, option, text);
		case OPT_TOPIC:
			options->topics[options->ntopics++] = text;
			return true;
		case OPT_RATE:
			options->rates[options->nrates++] = text;
			return true;
		case OPT_LEDGER:
			options->ledger_file = text;
			return true;
		case OPT_DB_USER:
			options->db_user = text;
			return true;
		case OPT_ACCOUNT:
			options->account = text;
			return strlen(text) == 12;
		case OPT_PAGE_BYTES:
			return read_size(text, 1, &options->page_bytes);
		case OPT_RESULT_BYTES_MAX:
			return read_size(text, 1, &options->result_bytes_max);
		case OPT_HISTORY_MAX:
			return read_size(text, 1, &options->history_max);
		case OPT_WAITERS_MAX:
			return read_number(text, 0, &options->waiters_max);
		case OPT_ACTIVE_MAX:
			return read_number(text, 0, &options->active_max);
		case OPT_SESSIONS_MAX:
			return read_number(text, 0, &options->sessions_max);
		case OPT_SESSION_LIFE:
			return read_number(text, 1, &options->session_life_s);
		case OPT_SESSION_REAP:
			return read_number(text, 0, &options->session_reap_s);
		case OPT_CONNECTIONS:
			return read_number(text, 1, &options->connections);
		case OPT_IDLE_CONNECTIONS:
			return read_number(text, 0, &options->idle_connections);
		case OPT_RETENTION:
			return read_number(text, 1, &options->retention_s);
		case OPT_TOKEN_TTL:
			return read_number(text, 1, &options->token_ttl_s);
		case OPT_CLOCK_OFFSET:
			return read_number(text, -1000000000, &options->clock_offset_s);
		default:
			return read_flag(options, option, text);
	}
}

static void
set_defaults(EmuOptions *options, int argc)
{
	memset(options, 0, sizeof(*options));
	options->keys = emu_alloc(sizeof(*options->keys) * (size_t) argc);
	options->topics = emu_alloc(sizeof(*options->topics) * (size_t) argc);
	options->rates = emu_alloc(sizeof(*options->rates) * (size_t) argc);
	options->roles = emu_alloc(sizeof(*options->roles) * (size_t) argc);
	options->account = "123456789012";
	options->instance_role = "rsdata-instance";
	options->page_bytes = 1000000;
	options->result_bytes_max = 500 * 1024 * 1024;
	options->csv_chunk_bytes = 1024 * 1024;
	options->csv_page_bytes = 15 * 1024 * 1024;
	options->csv_null = "";
	options->csv_name = "CSV";
	options->history_max = 100000;
	options->waiters_max = 10;
	options->active_max = 500;
	options->sessions_max = 500;
	options->session_life_s = 24 * 3600;
	options->connections = 50;
	options->idle_connections = 4;
	options->retention_s = 24 * 3600;
	options->token_ttl_s = 8 * 3600;
	options->not_found_status = 400;
}

static bool
complete(const EmuOptions *options)
{
	if (options->listen == NULL || options->dsn == NULL)
	{
		fputs("rsdata-emulator: --listen and --dsn are needed\n", stderr);
		return false;
	}
	for (size_t i = 0; i < options->nkeys; i++)
	{
		if (options->keys[i].secret == NULL)
		{
			fprintf(stderr, "rsdata-emulator: access key %s has no "
					"--secret-key\n", options->keys[i].access_key);
			return false;
		}
	}
	return true;
}

bool
emu_options_read(EmuOptions *options, int argc, char **argv, int *exit_status)
{
	int			option;
	int			position;

	set_defaults(options, argc);
	*exit_status = 2;
	while ((option = getopt_long(argc, argv, "", long_options,
								 &position)) != -1)
	{
		if (option == OPT_HELP)
		{
			fputs(emu_usage, stdout);
			*exit_status = 0;
			return false;
		}
		if (option == '?')
			return false;
		if (!read_one(options, option, optarg))
		{
			fprintf(stderr, "rsdata-emulator: --%s: not a usable value\n",
					long_options[position].name);
			return false;
		}
	}
	if (optind < argc)
	{
		fprintf(stderr, "rsdata-emulator: what is \"%s\"?\n", argv[optind]);
		return false;
	}
	return complete(options);
}

void
emu_options_free(EmuOptions *options)
{
	free(options->keys);
	free(options->topics);
	free(options->rates);
	free(options->roles);
}
