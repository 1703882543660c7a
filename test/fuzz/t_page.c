/*
 * t_page.c
 *		A result page of GetStatementResult.
 *
 * What has been accepted is read again in chunks, as it is stored, and must
 * give the same fields; none of them may then be refused.  A page that lost
 * its end is never accepted.
 */
#include "aws/resultset.h"
#include "base/utf8.h"
#include "fuzz.h"

static RsdField whole[RSD_MAX_COLUMNS];
static RsdField again[RSD_MAX_COLUMNS];

static void
check_field(const RsdField *f)
{
	RsdBuf		text;
	RsdError	err;
	int64_t		number;

	rsd_buf_init(&text, 1024 * 1024);
	switch (f->kind)
	{
		case RSD_FIELD_STRING:
			need(rsd_json_text(f->raw, &text, &err));
			need(rsd_utf8_valid(rsd_buf_slice(&text)));
			if (!f->escaped)
				need(rsd_slice_eq(f->raw, rsd_buf_slice(&text)));
			break;
		case RSD_FIELD_LONG:
			need(rsd_json_int64(f->raw, &number));
			break;
		case RSD_FIELD_DOUBLE:
		case RSD_FIELD_BLOB:
		case RSD_FIELD_BOOL:
		case RSD_FIELD_NULL:
		case RSD_FIELD_DOUBTFUL:
			break;
	}
	rsd_buf_free(&text);
}

static void
check_same(const RsdField *a, const RsdField *b)
{
	need(a->kind == b->kind);
	if (a->kind == RSD_FIELD_BOOL)
		need(a->b == b->b);
	else if (a->kind != RSD_FIELD_NULL)
		need(a->raw.data == b->raw.data && a->raw.len == b->raw.len);
	if (a->kind == RSD_FIELD_STRING)
		need(a->escaped == b->escaped);
}

/* All rows, once at one go and once in chunks of at most max_bytes. */
static void
check_rows(RsdPage *page, size_t max_bytes)
{
	RsdRows		all;
	RsdRows		some;
	RsdSlice	chunk;
	RsdError	err;
	int64_t		total = 0;
	int64_t		n;
	int			i;

	rsd_rows_open(&all, page->records);
	while (rsd_page_chunk(page, max_bytes, &chunk, &n))
	{
		need(n > 0 && (chunk.len <= max_bytes || n == 1));
		total += n;
		rsd_rows_open(&some, chunk);
		while (n-- > 0)
		{
			need(rsd_rows_next(&all, whole, page->ncolumns, &err) == 1);
			need(rsd_rows_next(&some, again, page->ncolumns, &err) == 1);
			for (i = 0; i < page->ncolumns; i++)
			{
				check_same(&whole[i], &again[i]);
				check_field(&whole[i]);
			}
		}
		need(rsd_rows_next(&some, again, page->ncolumns, &err) == 0);
	}
	need(rsd_rows_next(&all, whole, page->ncolumns, &err) == 0);
	need(total == page->nrows);
}

static void
check_columns(const RsdPage *page)
{
	RsdColumns	reader;
	RsdColumn	column;
	RsdError	err;
	int			result;
	int			n = 0;

	rsd_columns_open(&reader, page->columns);
	while ((result = rsd_columns_next(&reader, &column, &err)) == 1)
	{
		need_string(column.label, sizeof(column.label));
		need_string(column.type_name, sizeof(column.type_name));
		n++;
	}
	if (result == 0 && page->columns.len > 0)
		need(n == page->ncolumns);
}

static void
fuzz_one(RsdSlice input)
{
	RsdPage		page = {0};
	RsdPage		cut = {0};
	RsdError	err;

	if (!rsd_page_read(input, -1, &page, &err))
	{
		need(err.kind != RSD_ERR_NONE);
		rsd_page_free(&page);
		return;
	}
	need(page.ncolumns >= 0 && page.ncolumns <= RSD_MAX_COLUMNS);
	check_columns(&page);
	check_rows(&page, 1 + input.len % 97);
	input = rsd_slice_trim(input);
	input.len--;
	need(!rsd_page_read(input, -1, &cut, &err));
	rsd_page_free(&cut);
	rsd_page_free(&page);
}
