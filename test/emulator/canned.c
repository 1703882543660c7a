/*
 * canned.c
 *		Plays ExecuteStatement, DescribeStatement, GetStatementResult, its V2
 *		and CancelStatement from memory. A statement is nothing but its id,
 *		which says when it ends, so nothing is kept of it.
 *
 * Pages are made when the settings change and shared by all replies. What is
 * replaced stays until the end: a reply may still be on its way.
 *
 * A reply is made at once, as it will be when it leaves: how a statement goes
 * on is known. Whoever sends it waits, and knows how.
 *
 * Locking: one mutex for the settings and counts; replies are made without.
 */
#include "canned.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canned_page.h"
#include "validate.h"

#define ROWS_MAX 1000000
#define MS_MAX (24L * 3600 * 1000)

static const char *const ops[] = {
	"ExecuteStatement", "DescribeStatement", "GetStatementResult",
	"GetStatementResultV2", "CancelStatement"
};

#define NOPS (sizeof(ops) / sizeof(ops[0]))

typedef struct Settings
{
	struct Settings *older;
	bool		on;
	bool		long_poll;
	long		rows;			/* of a page */
	long		pages;
	long		duration_ms;	/* at least */
	long		duration_max_ms;
	long		latency_ms;
	EmuCannedPage *page;		/* shared by settings of as many rows */
	bool		owns_page;
} Settings;

struct EmuCanned
{
	pthread_mutex_t lock;
	Settings   *newest;
	long		counts[NOPS];
	int64_t		arrived_us[NOPS];	/* when the last call came */
	uint32_t	last_number;
};

/* One call on its way. */
typedef struct Visit
{
	const Settings *settings;
	json_t	   *input;
	int64_t		begin_us;
	int64_t		delay_us;		/* then the reply leaves */
	uint32_t	number;			/* of the call */
	bool		csv;			/* the statement's format */
	int64_t		end_ms;			/* of the statement */
	EmuReply   *reply;
} Visit;

EmuCanned *
emu_canned_create(void)
{
	EmuCanned  *canned = emu_alloc(sizeof(*canned));

	pthread_mutex_init(&canned->lock, NULL);
	canned->newest = emu_alloc(sizeof(*canned->newest));
	canned->newest->long_poll = true;
	canned->newest->rows = canned->newest->pages = 1;
	canned->newest->page = emu_canned_page_make(1);
	canned->newest->owns_page = true;
	return canned;
}

void
emu_canned_destroy(EmuCanned *canned)
{
	Settings   *settings;

	while ((settings = canned->newest) != NULL)
	{
		canned->newest = settings->older;
		if (settings->owns_page)
			emu_canned_page_free(settings->page);
		free(settings);
	}
	pthread_mutex_destroy(&canned->lock);
	free(canned);
}

static bool
read_settings(json_t *wish, Settings *settings)
{
	json_int_t	rows = settings->rows;
	json_int_t	pages = settings->pages;
	json_int_t	least = settings->duration_ms;
	json_int_t	most = -1;
	json_int_t	latency = settings->latency_ms;
	int			on = settings->on;
	int			long_poll = settings->long_poll;

	if (json_unpack(wish, "{s?b, s?b, s?I, s?I, s?I, s?I, s?I!}", "on", &on,
					"long_poll", &long_poll, "rows", &rows, "pages", &pages,
					"duration_ms", &least, "duration_max_ms", &most,
					"latency_ms", &latency) != 0)
		return false;
	if (most < 0)
		most = least > settings->duration_max_ms ? least :
			settings->duration_max_ms;
	if (rows < 0 || rows > ROWS_MAX || pages < 1 || least < 0 ||
		most < least || most > MS_MAX || latency < 0 || latency > MS_MAX)
		return false;
	settings->on = on != 0;
	settings->long_poll = long_poll != 0;
	settings->rows = (long) rows;
	settings->pages = (long) pages;
	settings->duration_ms = (long) least;
	settings->duration_max_ms = (long) most;
	settings->latency_ms = (long) latency;
	return true;
}

const char *
emu_canned_set(EmuCanned *canned, json_t *wish)
{
	Settings   *settings = emu_alloc(sizeof(*settings));
	Settings   *older;
	bool		good;

	pthread_mutex_lock(&canned->lock);
	older = canned->newest;
	*settings = *older;
	settings->owns_page = false;
	good = read_settings(wish, settings);
	if (good)
	{
		if (settings->rows != older->rows)
		{
			settings->page = emu_canned_page_make(settings->rows);
			settings->owns_page = true;
		}
		settings->older = older;
		canned->newest = settings;
		memset(canned->counts, 0, sizeof(canned->counts));
	}
	else
		free(settings);
	pthread_mutex_unlock(&canned->lock);
	return good ? NULL : "an object with some of on, long_poll, rows, pages, "
		"duration_ms, duration_max_ms, latency_ms";
}

/* The number of an operation, NOPS where it is none of ours. */
static size_t
find_op(const char *op)
{
	size_t		i = 0;

	while (i < NOPS && strcmp(ops[i], op) != 0)
		i++;
	return i;
}

bool
emu_canned_answers(EmuCanned *canned, const char *op)
{
	bool		on;

	if (find_op(op) == NOPS)
		return false;
	pthread_mutex_lock(&canned->lock);
	on = canned->newest->on;
	pthread_mutex_unlock(&canned->lock);
	return on;
}

/*
 * The reply leaves at the statement's end, if the call is willing to wait for
 * it: will it have ended?
 */
static bool
ended(Visit *visit)
{
	json_t	   *member = json_object_get(visit->input, "WaitTimeSeconds");
	int64_t		wait_us = !visit->settings->long_poll ? 0 :
		json_integer_value(member) * 1000000;
	int64_t		left_us = visit->end_ms * 1000 - visit->begin_us;

	if (left_us > 0)
		visit->delay_us = left_us < wait_us ? left_us : wait_us;
	return left_us <= wait_us;
}

/* A statement's id tells its end and format; the number makes it unique. */
static void
write_id(const Visit *visit, char id[EMU_UUID_SIZE])
{
	snprintf(id, EMU_UUID_SIZE, "%08x-ca%02x-4000-8000-%012llx",
			 (unsigned int) visit->number, visit->csv ? 1 : 0,
			 (unsigned long long) visit->end_ms & 0xffffffffffffULL);
}

static bool
read_id(Visit *visit)
{
	const char *id = emu_input_text(visit->input, "Id");
	unsigned int number;
	unsigned int csv;
	unsigned long long end_ms;

	if (id == NULL || sscanf(id, "%8x-ca%2x-4000-8000-%12llx", &number, &csv,
							 &end_ms) != 3)
	{
		emu_reply_json_error(visit->reply, 400, "ResourceNotFoundException",
							 "Query does not exist.", id);
		return false;
	}
	visit->csv = csv != 0;
	visit->end_ms = (int64_t) end_ms;
	return true;
}

/* Numbers that follow each other give durations that do not. */
static int64_t
duration_of(const Visit *visit)
{
	const Settings *settings = visit->settings;
	uint32_t	mixed = visit->number * 2654435761u;

	return settings->duration_ms + (int64_t)
		((double) mixed / 4294967296.0 *
		 (double) (settings->duration_max_ms - settings->duration_ms + 1));
}

static void
begin_json(Visit *visit)
{
	visit->reply->status = 200;
	visit->reply->content_type = EMU_TYPE_JSON;
}

static void
execute(Visit *visit)
{
	const char *format = emu_input_text(visit->input, "ResultFormat");
	const char *sql = emu_input_text(visit->input, "Sql");
	const char *until;
	int64_t		begin_ms = visit->begin_us / 1000;
	char		id[EMU_UUID_SIZE];
	bool		over;

	visit->csv = format != NULL && strcmp(format, "CSV") == 0;
	until = sql != NULL ? strstr(sql, "until=") : NULL;
	visit->end_ms = until != NULL ? strtoll(until + 6, NULL, 10) :
		begin_ms + duration_of(visit);
	write_id(visit, id);
	over = ended(visit);
	begin_json(visit);
	emu_text_addf(&visit->reply->body,
				  "{\"Id\":\"%s\",\"CreatedAt\":%lld.%03d,"
				  "\"Database\":\"dev\",\"DbUser\":\"IAM:canned\"", id,
				  (long long) (begin_ms / 1000), (int) (begin_ms % 1000));
	if (visit->settings->long_poll &&
		json_object_get(visit->input, "WaitTimeSeconds") != NULL)
		emu_text_addf(&visit->reply->body, ",\"Status\":\"%s\","
					  "\"RedshiftPid\":4711,\"HasResultSet\":%s",
					  over ? "FINISHED" : "STARTED",
					  over && visit->settings->rows > 0 ? "true" : "false");
	emu_text_adds(&visit->reply->body, "}");
}

static void
describe(Visit *visit)
{
	const Settings *settings = visit->settings;
	bool		over = ended(visit);
	bool		rows = over && settings->rows > 0;
	long long	total = (long long) settings->rows * settings->pages;

	begin_json(visit);
	emu_text_addf(&visit->reply->body, "{\"Id\":\"%s\",\"Status\":\"%s\","
				  "\"HasResultSet\":%s,\"Duration\":%lld,"
				  "\"RedshiftPid\":4711,\"RedshiftQueryId\":1001,"
				  "\"RedshiftQueryUuid\":"
				  "\"00000000-0000-4000-8000-000000000000\","
				  "\"ResultRows\":%lld,\"ResultSize\":%lld,"
				  "\"ResultFormat\":\"%s\",\"Database\":\"dev\","
				  "\"CreatedAt\":%lld.0,\"UpdatedAt\":%lld.%03d}",
				  emu_input_text(visit->input, "Id"),
				  over ? "FINISHED" : "STARTED", rows ? "true" : "false",
				  over ? (long long) settings->duration_ms * 1000000 : 0LL,
				  rows ? total : -1LL,
				  rows ? (long long) settings->page->csv.len *
				  settings->pages : -1LL, visit->csv ? "CSV" : "JSON",
				  (long long) (visit->end_ms / 1000),
				  (long long) (visit->end_ms / 1000),
				  (int) (visit->end_ms % 1000));
}

/* A NextToken is the number of the page. */
static void
get_result(Visit *visit, bool csv)
{
	const Settings *settings = visit->settings;
	const char *token = emu_input_text(visit->input, "NextToken");
	long		page = token != NULL ? atol(token) : 0;
	EmuReply   *reply = visit->reply;

	if (visit->csv != csv || page < 0 || page >= settings->pages)
	{
		emu_reply_json_error(reply, 400, "ValidationException",
							 "Another format, or no such page.", NULL);
		return;
	}
	if (!ended(visit) || settings->rows == 0)
	{
		emu_reply_json_error(reply, 400, "ResourceNotFoundException",
							 "Query does not have result. Please check query "
							 "status with DescribeStatement.", NULL);
		return;
	}
	begin_json(visit);
	emu_text_addf(&reply->body, "{\"ColumnMetadata\":%s,"
				  "\"TotalNumRows\":%lld,%s\"Records\":[",
				  emu_canned_columns, (long long) settings->rows *
				  settings->pages, csv ? "\"ResultFormat\":\"CSV\"," : "");
	reply->shared = !csv ? &settings->page->json :
		page == 0 ? &settings->page->csv_first : &settings->page->csv;
	if (page + 1 < settings->pages)
		emu_text_addf(&reply->tail, "],\"NextToken\":\"%ld\"}", page + 1);
	else
		emu_text_adds(&reply->tail, "]}");
}

int64_t
emu_canned_answer(EmuCanned *canned, const char *op, json_t *input,
				  EmuReply *reply)
{
	size_t		number = find_op(op);
	Visit		visit = {
		.input = input, .begin_us = emu_now_us(), .reply = reply
	};

	pthread_mutex_lock(&canned->lock);
	visit.settings = canned->newest;
	visit.number = ++canned->last_number;
	canned->counts[number]++;
	canned->arrived_us[number] = visit.begin_us;
	pthread_mutex_unlock(&canned->lock);
	if (number == 0)
		execute(&visit);
	else if (!read_id(&visit))
		return 0;
	else if (number == 1)
		describe(&visit);
	else if (number == 4)
		emu_reply_json(reply, json_pack("{s:b}", "Status", 1));
	else
		get_result(&visit, number == 3);
	return visit.delay_us + visit.settings->latency_ms * INT64_C(1000);
}

json_t *
emu_canned_dump(EmuCanned *canned)
{
	json_t	   *counts = json_object();
	json_t	   *arrived = json_object();
	Settings	settings;

	pthread_mutex_lock(&canned->lock);
	settings = *canned->newest;
	for (size_t i = 0; i < NOPS; i++)
	{
		json_object_set_new(counts, ops[i], json_integer(canned->counts[i]));
		json_object_set_new(arrived, ops[i],
							json_integer(canned->arrived_us[i]));
	}
	pthread_mutex_unlock(&canned->lock);
	return json_pack("{s:b, s:b, s:i, s:i, s:i, s:i, s:i, s:I, s:I, s:o, "
					 "s:o}", "on", (int) settings.on,
					 "long_poll", (int) settings.long_poll, "rows", (int) settings.rows,
					 "pages", (int) settings.pages,
					 "duration_ms", (int) settings.duration_ms,
					 "duration_max_ms", (int) settings.duration_max_ms,
					 "latency_ms", (int) settings.latency_ms,
					 "json_page_bytes", (json_int_t) settings.page->json.len,
					 "csv_page_bytes", (json_int_t) settings.page->csv.len,
					 "calls", counts, "arrived_us", arrived);
}
