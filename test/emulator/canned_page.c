/*
 * canned_page.c
 *		Makes the rows of canned replies, in both formats, once per number of
 *		rows. Row n has the same values in both; every seventh note is NULL.
 */
#include "canned_page.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES (1024 * 1024 - 512)	/* whole rows end before 1 MB */

#define COLUMN(name, type, precision, scale, is_signed, is_text) \
	"{\"isCaseSensitive\":" is_text ",\"isCurrency\":false,\"isSigned\":" \
	is_signed ",\"label\":\"" name "\",\"name\":\"" name "\",\"nullable\":1," \
	"\"precision\":" precision ",\"scale\":" scale ",\"schemaName\":\"\"," \
	"\"tableName\":\"\",\"typeName\":\"" type "\",\"length\":0}"

const char emu_canned_columns[] = "["
COLUMN("id", "int4", "10", "0", "true", "false") ","
COLUMN("big", "int8", "19", "0", "true", "false") ","
COLUMN("amount", "numeric", "18", "2", "true", "false") ","
COLUMN("ratio", "float8", "17", "17", "true", "false") ","
COLUMN("active", "bool", "1", "0", "false", "false") ","
COLUMN("code", "bpchar", "8", "0", "false", "true") ","
COLUMN("name", "varchar", "64", "0", "false", "true") ","
COLUMN("note", "varchar", "256", "0", "false", "true") ","
COLUMN("day", "date", "13", "0", "false", "false") ","
COLUMN("at", "timestamp", "29", "6", "false", "false") "]";

static const char csv_header[] =
"id,big,amount,ratio,active,code,name,note,day,at\r\n";

typedef struct Row
{
	long		n;
	long long	big;
	char		amount[24];
	char		ratio[24];
	bool		active;
	char		code[16];
	char		name[40];
	char		note[64];		/* "": NULL */
	char		day[16];
	char		at[48];
} Row;

static void
make_row(long n, Row *row)
{
	row->n = n;
	row->big = 9000000000LL + n * 7919LL;
	snprintf(row->amount, sizeof(row->amount), "%ld.%02ld", n * 37 % 100000,
			 n % 100);
	snprintf(row->ratio, sizeof(row->ratio), "%ld.%04ld5", n % 10,
			 n * 13 % 10000);
	row->active = n % 2 == 0;
	snprintf(row->code, sizeof(row->code), "C%07ld", n % 10000000);
	snprintf(row->name, sizeof(row->name), "customer number %ld", n);
	row->note[0] = '\0';
	if (n % 7 != 0)
		snprintf(row->note, sizeof(row->note), "note %ld, with a comma", n);
	snprintf(row->day, sizeof(row->day), "2026-%02ld-%02ld", n % 12 + 1,
			 n % 28 + 1);
	snprintf(row->at, sizeof(row->at), "%s %02ld:%02ld:%02ld.%03ld5",
			 row->day, n % 24, n % 60, n % 59, n % 1000);
}

static void
add_json(EmuText *out, const Row *row)
{
	emu_text_addf(out, "%s[{\"longValue\":%ld},{\"longValue\":%lld},"
				  "{\"stringValue\":\"%s\"},{\"doubleValue\":%s},"
				  "{\"booleanValue\":%s},{\"stringValue\":\"%s\"},"
				  "{\"stringValue\":\"%s\"},", out->len > 0 ? "," : "",
				  row->n, row->big, row->amount, row->ratio,
				  row->active ? "true" : "false", row->code, row->name);
	if (*row->note == '\0')
		emu_text_adds(out, "{\"isNull\":true},");
	else
		emu_text_addf(out, "{\"stringValue\":\"%s\"},", row->note);
	emu_text_addf(out, "{\"stringValue\":\"%s\"},{\"stringValue\":\"%s\"}]",
				  row->day, row->at);
}

static void
add_csv(EmuText *out, const Row *row)
{
	const char *quote = *row->note != '\0' ? "\"" : "";

	emu_text_addf(out, "%ld,%lld,%s,%s,%s,%s,%s,%s%s%s,%s,%s\r\n", row->n,
				  row->big, row->amount, row->ratio,
				  row->active ? "true" : "false", row->code, row->name,
				  quote, row->note, quote, row->day, row->at);
}

static void
flush_chunk(EmuText *chunk, EmuText *out)
{
	if (chunk->len == 0)
		return;
	emu_text_adds(out, out->len > 0 ? ",{\"CSVRecords\":" :
				  "{\"CSVRecords\":");
	emu_text_add_json_string(out, chunk->data, chunk->len);
	emu_text_adds(out, "}");
	chunk->len = 0;
}

static void
make_csv(EmuText *out, long rows, const char *header)
{
	EmuText		chunk = {0};
	Row			row;

	emu_text_adds(&chunk, header);
	emu_text_adds(out, "");
	for (long n = 1; n <= rows; n++)
	{
		make_row(n, &row);
		if (chunk.len > CHUNK_BYTES)
			flush_chunk(&chunk, out);
		add_csv(&chunk, &row);
	}
	flush_chunk(&chunk, out);
	emu_text_free(&chunk);
}

EmuCannedPage *
emu_canned_page_make(long rows)
{
	EmuCannedPage *page = emu_alloc(sizeof(*page));
	Row			row;

	emu_text_adds(&page->json, "");
	for (long n = 1; n <= rows; n++)
	{
		make_row(n, &row);
		add_json(&page->json, &row);
	}
	make_csv(&page->csv, rows, "");
	make_csv(&page->csv_first, rows, csv_header);
	return page;
}

void
emu_canned_page_free(EmuCannedPage *page)
{
	emu_text_free(&page->json);
	emu_text_free(&page->csv);
	emu_text_free(&page->csv_first);
	free(page);
}
