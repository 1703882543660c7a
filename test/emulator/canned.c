/*
 * canned.c
 *		See canned.h. All pages of a shape share the bytes of one sheet that
 *		was made at start, so a page costs one copy. No lock, no state.
 */
#include "canned.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "validate.h"

/* Rows of a full page, so that one is about 1 MB. */
#define JSON_ROWS 3436
#define CSV_ROWS 7576

/* Rows of one shape as they stand on a page. */
typedef struct Sheet
{
	EmuText		rows;
	size_t	   *ends;			/* where row i ends in rows */
	long		nrows;
	const char *between;		/* rows */
} Sheet;

struct EmuCanned
{
	Sheet		sheets[2][2];	/* by "is CSV", "has ten columns" */
	EmuText		metadata[2];	/* by "has ten columns" */
};

/* A statement: all that its id says. */
typedef struct Order
{
	int64_t		until_ms;
	long		rows;
	bool		wide;
	bool		csv;
} Order;

typedef struct Column
{
	const char *name;
	const char *type;
	int			precision;
	int			scale;
	const char *kind;			/* of a Field */
	const char *format;			/* of the value; the row's number goes in */
} Column;

static const Column narrow_columns[] = {
	{"n", "int4", 10, 0, "longValue", "%ld"},
};

static const Column wide_columns[] = {
	{"id", "int8", 19, 0, "longValue", "%ld"},
	{"small", "int4", 10, 0, "longValue", "-%ld"},
	{"amount", "numeric", 18, 2, "stringValue", "%ld1234.56"},
	{"ratio", "float8", 17, 17, "doubleValue", "%ld.125"},
	{"flag", "bool", 1, 0, "booleanValue", NULL},
	{"day", "date", 13, 0, "stringValue", "2026-07-%02ld"},
	{"at", "timestamp", 29, 6, "stringValue", "2026-07-%02ld 10:20:30.123456"},
	{"name", "varchar", 64, 0, "stringValue", "customer number %ld"},
	{"note", "varchar", 256, 0, "stringValue", "a note, with a comma, of row %ld"},
	{"code", "varchar", 16, 0, "stringValue", "C-%ld"},
};

static const Column *
columns(bool wide, int *n)
{
	*n = wide ? (int) (sizeof(wide_columns) / sizeof(Column)) : 1;
	return wide ? wide_columns : narrow_columns;
}

static void
add_value(EmuText *out, const Column *column, long row, bool csv)
{
	char		value[128];
	bool		day = column->format != NULL &&
		strstr(column->format, "%02ld") != NULL;
	bool		quoted = csv ? strcmp(column->name, "note") == 0 :
		strcmp(column->kind, "stringValue") == 0;

	if (column->format == NULL)
		strcpy(value, row % 2 ? "true" : "false");
	else
	{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(value, sizeof(value), column->format,
				 day ? row % 28 + 1 : row);
#pragma GCC diagnostic pop
	}
	if (csv)
		emu_text_addf(out, quoted ? "\\\"%s\\\"" : "%s", value);
	else
		emu_text_addf(out, quoted ? "{\"%s\":\"%s\"}" : "{\"%s\":%s}",
					  column->kind, value);
}

/* Every tenth note is NULL. */
static void
add_row(EmuText *out, long row, bool wide, bool csv)
{
	int			n;
	const Column *column = columns(wide, &n);

	emu_text_adds(out, csv ? "" : "[");
	for (int i = 0; i < n; i++)
	{
		emu_text_adds(out, i > 0 ? "," : "");
		if (row % 10 != 0 || strcmp(column[i].name, "note") != 0)
			add_value(out, &column[i], row, csv);
		else if (!csv)
			emu_text_adds(out, "{\"isNull\":true}");
	}
	emu_text_adds(out, csv ? "\\r\\n" : "]");
}

static void
make_sheet(Sheet *sheet, bool wide, bool csv)
{
	sheet->nrows = csv ? CSV_ROWS : JSON_ROWS;
	sheet->between = csv ? "" : ",";
	sheet->ends = emu_alloc(sizeof(size_t) * (size_t) sheet->nrows);
	for (long i = 0; i < sheet->nrows; i++)
	{
		if (i > 0)
			emu_text_adds(&sheet->rows, sheet->between);
		add_row(&sheet->rows, i + 1, wide, csv);
		sheet->ends[i] = sheet->rows.len;
	}
}

static void
make_metadata(EmuText *out, bool wide)
{
	int			n;
	const Column *column = columns(wide, &n);

	for (int i = 0; i < n; i++)
		emu_text_addf(out, "%s{\"name\":\"%s\",\"label\":\"%s\","
					  "\"typeName\":\"%s\",\"precision\":%d,\"scale\":%d,"
					  "\"length\":0,\"nullable\":1}", i > 0 ? "," : "",
					  column[i].name, column[i].name, column[i].type,
					  column[i].precision, column[i].scale);
}

EmuCanned *
emu_canned_create(void)
{
	EmuCanned  *canned = emu_alloc(sizeof(*canned));

	for (int wide = 0; wide < 2; wide++)
	{
		make_metadata(&canned->metadata[wide], wide);
		for (int csv = 0; csv < 2; csv++)
			make_sheet(&canned->sheets[csv][wide], wide, csv);
	}
	return canned;
}

void
emu_canned_destroy(EmuCanned *canned)
{
	if (canned == NULL)
		return;
	for (int wide = 0; wide < 2; wide++)
	{
		emu_text_free(&canned->metadata[wide]);
		for (int csv = 0; csv < 2; csv++)
		{
			emu_text_free(&canned->sheets[csv][wide].rows);
			free(canned->sheets[csv][wide].ends);
		}
	}
	free(canned);
}

static long long
wish(const char *sql, const char *name, long long otherwise)
{
	const char *at = strstr(sql, name);

	return at != NULL ? strtoll(at + strlen(name), NULL, 10) : otherwise;
}

static int64_t
now_ms(void)
{
	return emu_now_us() / 1000;
}

static void
read_order(json_t *input, Order *order)
{
	const char *sql = emu_input_text(input, "Sql");
	const char *format = emu_input_text(input, "ResultFormat");

	sql = sql != NULL ? sql : "";
	order->until_ms = wish(sql, "until=", now_ms() + wish(sql, "ms=", 0));
	order->rows = (long) wish(sql, "rows=", 1);
	order->wide = wish(sql, "columns=", 1) == 10;
	order->csv = format != NULL && strcmp(format, "CSV") == 0;
}

/* An id has the form of the service's: a UUID. */
static void
write_id(const Order *order, char id[EMU_UUID_SIZE])
{
	uint64_t	until = (uint64_t) order->until_ms & 0xffffffffffff;

	snprintf(id, EMU_UUID_SIZE, "%08lx-%04x-4%d%d0-8000-%012" PRIx64,
			 (unsigned long) order->rows & 0xffffffff,
			 (unsigned) rand() & 0xffff, order->wide, order->csv, until);
}

static bool
read_id(const char *id, Order *order)
{
	unsigned	salt;
	unsigned long rows;
	int			wide;
	int			csv;
	uint64_t	until;

	if (id == NULL ||
		sscanf(id, "%8lx-%4x-4%1d%1d0-8000-%12" SCNx64, &rows, &salt, &wide,
			   &csv, &until) != 5)
		return false;
	order->rows = (long) rows;
	order->wide = wide;
	order->csv = csv;
	order->until_ms = (int64_t) until;
	return true;
}

/* Hold the call as its WaitTimeSeconds asks; has the statement ended then? */
static bool
hold(const Order *order, json_t *input)
{
	int64_t		wait = 1000 *
		json_integer_value(json_object_get(input, "WaitTimeSeconds"));
	int64_t		left = order->until_ms - now_ms();
	struct timespec pause;

	if (left > 0 && wait > 0)
	{
		left = left < wait ? left : wait;
		pause.tv_sec = left / 1000;
		pause.tv_nsec = left % 1000 * 1000000;
		nanosleep(&pause, NULL);
	}
	return now_ms() >= order->until_ms;
}

static void
reply_state(const Order *order, const char *id, json_t *input, EmuReply *reply)
{
	bool		ended = hold(order, input);

	emu_text_addf(&reply->body, "{\"Id\":\"%s\",\"CreatedAt\":%lld.0,"
				  "\"UpdatedAt\":%lld.0,\"Status\":\"%s\","
				  "\"HasResultSet\":true,\"ResultRows\":%ld,"
				  "\"ResultSize\":-1,\"Duration\":1000000,"
				  "\"RedshiftPid\":1,\"RedshiftQueryId\":1}", id,
				  (long long) now_ms() / 1000, (long long) now_ms() / 1000,
				  ended ? "FINISHED" : "STARTED",
				  ended ? order->rows : -1);
}

/* The header line of a CSV result. */
static void
add_header(EmuText *out, bool wide)
{
	int			n;
	const Column *column = columns(wide, &n);

	for (int i = 0; i < n; i++)
		emu_text_addf(out, "%s%s", i > 0 ? "," : "", column[i].name);
	emu_text_adds(out, "\\r\\n");
}

static void
reply_page(const EmuCanned *canned, const Order *order, json_t *input,
		   EmuReply *reply)
{
	const Sheet *sheet = &canned->sheets[order->csv][order->wide];
	const char *token = emu_input_text(input, "NextToken");
	long		from = token != NULL ? strtol(token, NULL, 10) : 0;
	long		n = order->rows - from;
	EmuText    *out = &reply->body;

	n = n > sheet->nrows ? sheet->nrows : n;
	emu_text_adds(out, "{");
	if (from + n < order->rows)
		emu_text_addf(out, "\"NextToken\":\"%ld\",", from + n);
	emu_text_addf(out, "\"TotalNumRows\":%ld,\"ColumnMetadata\":[%s],%s",
				  order->rows, canned->metadata[order->wide].data,
				  order->csv ? "\"ResultFormat\":\"CSV\",\"Records\":"
				  "[{\"CSVRecords\":\"" : "\"Records\":[");
	if (order->csv && from == 0)
		add_header(out, order->wide);
	if (n > 0)
		emu_text_add(out, sheet->rows.data, sheet->ends[n - 1]);
	emu_text_adds(out, order->csv ? "\"}]}" : "]}");
}

void
emu_canned_answer(const EmuCanned *canned, const char *op, json_t *input,
				  EmuReply *reply)
{
	const char *given = emu_input_text(input, "Id");
	char		id[EMU_UUID_SIZE];
	Order		order;

	reply->status = 200;
	reply->content_type = EMU_TYPE_JSON;
	if (strcmp(op, "ExecuteStatement") == 0)
	{
		read_order(input, &order);
		write_id(&order, id);
		reply_state(&order, id, input, reply);
	}
	else if (!read_id(given, &order))
		emu_reply_json_error(reply, 400, "ResourceNotFoundException",
							 "Query does not exist.", given);
	else if (strcmp(op, "DescribeStatement") == 0)
		reply_state(&order, given, input, reply);
	else if (strncmp(op, "GetStatementResult", 18) == 0)
		reply_page(canned, &order, input, reply);
	else
		emu_text_adds(&reply->body, "{\"Status\":false}");
}
