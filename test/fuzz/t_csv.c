/*
 * t_csv.c
 *		A result page of GetStatementResultV2.
 *
 * What has been accepted is read again in chunks, as it is stored: each row
 * must be there, as wide as the others, and in UTF-8.
 */
#include "aws/resultcsv.h"
#include "base/utf8.h"
#include "fuzz.h"

static RsdField fields[RSD_MAX_COLUMNS];
static RsdCsvKind kinds[RSD_MAX_COLUMNS];

static void
check_field(const RsdField *f)
{
	RsdBuf		text;

	if (f->kind != RSD_FIELD_STRING || !f->doubled)
		return;
	rsd_buf_init(&text, f->raw.len);
	rsd_csv_text(f->raw, &text);
	need(!rsd_buf_failed(&text) && text.len < f->raw.len);
	rsd_buf_free(&text);
}

static void
check_chunk(RsdSlice chunk, int64_t n, int ncolumns)
{
	RsdCsvRows	rows;
	RsdError	err;

	need(rsd_utf8_valid(chunk));
	rsd_csv_rows_open(&rows, chunk);
	while (n-- > 0)
	{
		need(rsd_csv_rows_next(&rows, kinds, fields, ncolumns, &err) == 1);
		for (int i = 0; i < ncolumns; i++)
			check_field(&fields[i]);
	}
	need(rsd_csv_rows_next(&rows, kinds, fields, ncolumns, &err) == 0);
}

static void
fuzz_one(RsdSlice input)
{
	RsdPage		page = {0};
	RsdBuf		body;
	RsdError	err;
	RsdSlice	chunk;
	int64_t		total = 0;
	int64_t		n;
	size_t		max = 1 + input.len % 97;

	for (int i = 0; i < RSD_MAX_COLUMNS; i++)
		kinds[i] = (RsdCsvKind) ((size_t) i % 6);
	rsd_buf_init(&body, input.len + 1);
	rsd_buf_add(&body, input.data, input.len);
	if (rsd_page_read_csv(&body, -1, &page, &err))
	{
		while (rsd_page_chunk(&page, max, &chunk, &n))
		{
			need(n > 0 && (chunk.len <= max || n == 1));
			total += n;
			check_chunk(chunk, n, page.ncolumns);
		}
		need(total == page.nrows);
	}
	else
		need(err.kind != RSD_ERR_NONE);
	rsd_page_free(&page);
	rsd_buf_free(&body);
}
