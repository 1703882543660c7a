/*
 * store_result.c
 *	  Writes results and how far they came: page, part, kept.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

#include "pg/compat.h"
#include "pg/part_targets.h"
#include "pg/store_live.h"
#include "pg/store_parts.h"
#include "pg/store_result.h"
#include "pg/store_sql.h"

/*
 * Whole rows of a result in one row of rsdata.page, at most, and bytes that
 * one query writes.
 */
#define CHUNK_BYTES			(1024 * 1024)

/* Rows of rsdata.page that are to be written. */
typedef struct Pages
{
	MemoryContext cx;			/* of the rows and the copies in them */
	RsdArgRows	rows;
	size_t		bytes;
} Pages;

/*
 * The columns that were read last: of statements that come again and again,
 * and of those that end together, they are often the same.
 */
static struct
{
	size_t		len;			/* 0 none */
	char		text[4096];		/* as received */
	Jsonb	   *value;			/* in TopMemoryContext */
}			last;

/* The copies of what is written are gone before the next are made. */
static void
flush(Pages *pages)
{
	MemoryContext old = MemoryContextSwitchTo(pages->cx);

	rsd_store_run_rows(RSD_SQL_RECORD_PAGE, &pages->rows);
	MemoryContextSwitchTo(old);
	MemoryContextReset(pages->cx);
	memset(&pages->rows, 0, sizeof(pages->rows));
	pages->bytes = 0;
}

static void
add_chunk(Pages *pages, RsdLive *live, const RsdSlice *body, int64 nrows)
{
	MemoryContext old;
	RsdArgs    *args;

	if (pages->bytes + body->len > CHUNK_BYTES)
		flush(pages);
	old = MemoryContextSwitchTo(pages->cx);
	args = rsd_args_add_row(&pages->rows);
	rsd_arg_int8(args, live->id);
	rsd_arg_int4(args, rsd_parts_number(live));
	rsd_arg_int4(args, ++live->chunks_written);
	rsd_arg_text(args, live->csv ? "csv" : "json");
	rsd_arg_int4(args, (int) nrows);
	rsd_arg_bytes(args, body->data, body->len);
	pages->bytes += body->len;
	MemoryContextSwitchTo(old);
}

static void
record_pages(RsdLive *const *lives, int n)
{
	Pages		pages = {
		.cx = AllocSetContextCreate(CurrentMemoryContext, "rsdata pages",
									ALLOCSET_SMALL_SIZES)
	};

	for (int i = 0; i < n; i++)
	{
		RsdLive    *live = lives[i];
		RsdSlice	body;
		int64		nrows;

		if (!live->has_page || rsd_part_target(live) != NULL)
			continue;
		live->chunks_written = live->chunks;
		live->page.chunked = 0;
		while (rsd_page_chunk(&live->page, CHUNK_BYTES, &body, &nrows))
			add_chunk(&pages, live, &body, nrows);
	}
	flush(&pages);
	MemoryContextDelete(pages.cx);
}

/* In CurrentMemoryContext or, where it is to stay, another. */
static Jsonb *
copy_columns(MemoryContext context, const Jsonb *value)
{
	Jsonb	   *copy = MemoryContextAlloc(context, VARSIZE(value));

	memcpy(copy, value, VARSIZE(value));
	return copy;
}

static Jsonb *
read_columns(RsdSlice columns)
{
	char	   *text = pg_any_to_server(pnstrdup(columns.data, columns.len),
										(int) columns.len, PG_UTF8);

	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
											  CStringGetDatum(text)));
}

/* Keeps a copy, if it is small, in place of the one before. */
static void
keep_columns(RsdSlice columns, const Jsonb *value)
{
	if (columns.len > sizeof(last.text))
		return;
	last.len = 0;
	if (last.value != NULL)
		pfree(last.value);
	last.value = NULL;
	last.value = copy_columns(TopMemoryContext, value);
	memcpy(last.text, columns.data, columns.len);
	last.len = columns.len;
}

/* The columns that a page in hand describes, or NULL. */
static Jsonb *
columns_of(const RsdLive *live)
{
	RsdSlice	columns = live->page.columns;
	Jsonb	   *value;

	if (!live->has_page || columns.len == 0)
		return NULL;
	if (columns.len == last.len &&
		memcmp(columns.data, last.text, last.len) == 0)
		return copy_columns(CurrentMemoryContext, last.value);
	value = read_columns(columns);
	keep_columns(columns, value);
	return value;
}

/* Columns are given on the first page only; the row keeps them. */
static void
add_part(RsdLive *live, RsdArgs *args)
{
	rsd_arg_int8(args, live->id);
	rsd_arg_int4(args, 1);
	rsd_arg_text(args, rsd_status_name(live->m.status));
	rsd_arg_word(args, live->aws_id);
	rsd_arg_pointer(args, columns_of(live));
	rsd_arg_word(args, live->next_token);
	rsd_arg_int4(args, live->pages_done);
	rsd_arg_int8(args, live->rows_done);
	rsd_arg_count(args, live->rows_total);
	rsd_arg_count(args, live->rows_affected);
	rsd_arg_count(args, live->result_bytes);
	rsd_arg_micros(args, live->duration_ns);
	rsd_arg_count(args, live->query_id);
	rsd_arg_word(args, live->query_uuid);
	rsd_arg_utf8(args, live->error);
	rsd_arg_text(args, live->sqlstate);
	rsd_arg_tri(args, live->m.has_result);
	live->has_part = true;
}

void
rsd_store_record_results(RsdLive *const *lives, int n)
{
	RsdArgRows	parts = {0};

	record_pages(lives, n);
	for (int i = 0; i < n; i++)
	{
		RsdLive    *live = lives[i];

		if (live->parts != NULL)
			rsd_store_add_parts(live, columns_of(live), &parts);
		else if (live->has_page || live->chunks > 0 || live->has_part)
			add_part(live, rsd_args_add_row(&parts));
	}
	rsd_store_run_rows(RSD_SQL_RECORD_PART, &parts);
}

void
rsd_store_keep_results(RsdLive *const *lives, int n)
{
	RsdArgs		args = {0};
	int64	   *ids = palloc(sizeof(int64) * Max(n, 1));
	int			found;

	if (n == 0)
		return;
	for (int i = 0; i < n; i++)
	{
		ids[i] = lives[i]->id;
		lives[i]->kept_bytes = 0;
	}
	rsd_arg_int8s(&args, ids, n);
	found = rsd_store_run(RSD_SQL_KEEP, &args);
	for (int f = 0; f < found; f++)
	{
		RsdRow		row;
		RsdLive    *live;

		rsd_row_open(&row, f);
		live = lives[rsd_store_row_live(&row, lives, n)];
		live->kept_bytes = rsd_row_int8(&row, 0);
	}
}
