/*
 * csv.c
 *		Writes rows as CSV, collects them into chunks and chunks into pages.
 *		What the service does not tell (quotes, NULL, where the header is) is
 *		for options to say.
 *
 * Chunks of at most 1 MB of whole rows, pages of at most 15 MB, lines that
 * end in CR LF: "Getting query results" in the Redshift Management Guide.
 */
#include "csv.h"

#include <string.h>

#include "encode.h"

/* A field in quotes, in which quotes double. */
static void
add_quoted(EmuText *out, const char *value, size_t len)
{
	const char *end = value + len;

	emu_text_add(out, "\"", 1);
	for (const char *c = value; c < end; c++)
		emu_text_add(out, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
	emu_text_add(out, "\"", 1);
}

static void
add_field(EmuText *out, const char *value, size_t len,
		  const EmuOptions *options)
{
	if ((len == 0 && options->csv_quoted_empty) || options->csv_quote_all ||
		memchr(value, ',', len) != NULL || memchr(value, '"', len) != NULL ||
		memchr(value, '\r', len) != NULL || memchr(value, '\n', len) != NULL)
		add_quoted(out, value, len);
	else
		emu_text_add(out, value, len);
}

void
emu_csv_add_header(EmuCsv *csv, const PGresult *shape,
				   const EmuOptions *options)
{
	int			ncolumns = PQnfields(shape);

	if (options->csv_header == EMU_CSV_HEADER_NONE)
		return;
	for (int i = 0; i < ncolumns; i++)
	{
		const char *label = PQfname(shape, i);

		if (i > 0)
			emu_text_add(&csv->chunk, ",", 1);
		add_field(&csv->chunk, label, strlen(label), options);
	}
	emu_text_add(&csv->chunk, "\r\n", 2);
}

static void
write_row(EmuText *out, const PGresult *row, const EmuOptions *options)
{
	int			ncolumns = PQnfields(row);

	for (int i = 0; i < ncolumns; i++)
	{
		EmuText		value = {0};

		if (i > 0)
			emu_text_add(out, ",", 1);
		if (PQgetisnull(row, 0, i))
		{
			emu_text_adds(out, options->csv_null);
			continue;
		}
		emu_encode_plain(&value, row, 0, i);
		add_field(out, value.data, value.len, options);
		emu_text_free(&value);
	}
	emu_text_add(out, "\r\n", 2);
}

/* Put the chunk into the last page, or one after it where that is full. */
static void
flush(EmuCsv *csv, EmuResult *result, const EmuOptions *options)
{
	EmuPage    *page = &result->pages[result->npages - 1];

	if (page->rows.len > 0 &&
		csv->page_bytes + csv->chunk.len > options->csv_page_bytes)
	{
		page = emu_result_add_page(result);
		csv->page_bytes = 0;
	}
	if (page->rows.len > 0)
		emu_text_add(&page->rows, ",", 1);
	emu_text_adds(&page->rows, "{\"CSVRecords\":");
	emu_text_add_json_string(&page->rows, csv->chunk.data, csv->chunk.len);
	emu_text_adds(&page->rows, "}");
	csv->page_bytes += csv->chunk.len;
	csv->chunk.len = 0;
}

void
emu_csv_add_row(EmuCsv *csv, EmuResult *result, const PGresult *row,
				const EmuOptions *options)
{
	EmuText		line = {0};

	write_row(&line, row, options);
	if (csv->chunk.len > 0 &&
		csv->chunk.len + line.len > options->csv_chunk_bytes)
	{
		flush(csv, result, options);
		if (options->csv_header == EMU_CSV_HEADER_CHUNK)
			emu_csv_add_header(csv, row, options);
	}
	emu_text_add(&csv->chunk, line.data, line.len);
	emu_text_free(&line);
}

/* Of a result without rows there is the header, or no chunk at all. */
void
emu_csv_finish(EmuCsv *csv, EmuResult *result, const EmuOptions *options)
{
	if (csv->chunk.len > 0 &&
		(result->nrows > 0 || options->csv_empty_header))
		flush(csv, result, options);
}

void
emu_csv_free(EmuCsv *csv)
{
	emu_text_free(&csv->chunk);
}
