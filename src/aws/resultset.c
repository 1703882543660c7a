/*
 * resultset.c
 *		Result pages as a whole: checked, counted, cut into chunks; and the
 *		columns.
 *
 * Rows and fields themselves are resultrow.c's.  Nothing is copied but the
 * next token.
 */
#include "aws/resultset.h"

#include <inttypes.h>

#include "aws/resultcsv.h"
#include "aws/resultrow.h"
#include "base/utf8.h"

void
rsd_page_free(RsdPage *page)
{
	rsd_buf_free(&page->next_token);
	memset(page, 0, sizeof(*page));
}

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

static bool
malformed(RsdError *err, const char *what)
{
	return rsd_error_set(err, RSD_ERR_MALFORMED, "%s", what);
}

/* All rows of a page must be as wide as its first. */
static bool
count_row(RsdPage *page, int nfields, RsdError *err)
{
	page->nrows++;
	if (page->nrows == 1)
		page->ncolumns = nfields;
	if (page->ncolumns == nfields)
		return true;
	return rsd_error_set(err, RSD_ERR_MALFORMED,
						 "row %" PRId64 " has %d fields, the rows before have %d",
						 page->nrows, nfields, page->ncolumns);
}

/*
 * At the value of Records: checks all rows.  Returns the place behind the
 * array, or NULL.
 */
static const char *
read_records(const char *p, const char *end, bool check_utf8, RsdPage *page,
			 RsdError *err)
{
	RsdRowScan	scan = {0, true, check_utf8, err};
	const char *start;
	const char *stop;

	page->nrows = 0;
	page->records = rsd_slice(NULL, 0);
	p = skip_space(p, end);
	if (p == end || *p != '[')
	{
		malformed(err, "Records is not an array");
		return NULL;
	}
	p = skip_space(p + 1, end);
	if (p < end && *p == ']')
		return p + 1;
	for (start = p;;)
	{
		int			nfields;

		scan.row = page->nrows + 1;
		stop = rsd_row_scan(&scan, p, end, NULL, RSD_MAX_COLUMNS, &nfields);
		if (stop == NULL || !count_row(page, nfields, err))
			return NULL;
		p = skip_space(stop, end);
		if (p < end && *p == ']')
			break;
		if (p == end || *p != ',')
		{
			malformed(err, p == end ? "the page is cut off"
					  : "a comma was expected between rows");
			return NULL;
		}
		p = skip_space(p + 1, end);
	}
	page->records = rsd_slice(start, (size_t) (stop - start));
	return p + 1;
}

/* Elements of a JSON array, or -1 if it is malformed or none. */
static int
count_elements(RsdSlice array)
{
	RsdJsonReader reader;
	RsdJsonToken token;
	int			n = 0;

	rsd_json_open(&reader, array);
	if (rsd_json_next(&reader, &token) != RSD_JSON_ARRAY)
		return -1;
	while (rsd_json_next(&reader, &token) != RSD_JSON_ARRAY_END)
	{
		if (!rsd_json_skip(&reader, &token, NULL))
			return -1;
		n++;
	}
	return n;
}

/* Reads the value of one member other than Records. */
static bool
read_member(RsdJsonReader *reader, RsdSlice name, RsdPage *page,
			RsdError *err)
{
	RsdJsonToken token;
	RsdJsonKind kind = rsd_json_next(reader, &token);
	RsdSlice   *whole = NULL;

	if (kind == RSD_JSON_ERROR)
		return rsd_json_problem(reader, err);
	if (kind == RSD_JSON_NULL)
		return true;
	if (rsd_slice_is(name, "ColumnMetadata"))
	{
		if (kind != RSD_JSON_ARRAY)
			return malformed(err, "ColumnMetadata is not an array");
		whole = &page->columns;
	}
	else if (rsd_slice_is(name, "NextToken"))
	{
		if (kind != RSD_JSON_STRING)
			return malformed(err, "NextToken is not a string");
		rsd_buf_reset(&page->next_token);
		return rsd_json_text(token.raw, &page->next_token, err);
	}
	/* the second spelling is that of a widespread emulator */
	else if (rsd_slice_is(name, "TotalNumRows") ||
			 rsd_slice_is(name, "TotalNumberRows"))
	{
		if (kind != RSD_JSON_NUMBER ||
			!rsd_json_int64(token.raw, &page->total_rows))
			return malformed(err, "TotalNumRows is not an integer");
		return true;
	}
	return rsd_json_skip(reader, &token, whole) ||
		rsd_json_problem(reader, err);	/* false */
}

/*
 * Reads the reply object member by member.  "writable" is the body itself,
 * where its rows are CSV, or NULL.
 */
static bool
read_members(RsdSlice body, char *writable, bool check_utf8, RsdPage *page,
			 RsdError *err)
{
	RsdJsonReader reader;
	RsdJsonToken token;
	bool		has_records = false;

	rsd_json_open(&reader, body);
	if (rsd_json_next(&reader, &token) != RSD_JSON_OBJECT)
		return token.kind == RSD_JSON_ERROR ? rsd_json_problem(&reader, err)
			: malformed(err, "the page is not a JSON object");
	while (rsd_json_next(&reader, &token) == RSD_JSON_KEY)
	{
		if (rsd_slice_is(token.raw, "Records"))
		{
			const char *next = writable != NULL ?
				rsd_csv_records(writable + (reader.pos - body.data),
								writable + body.len, page, err) :
				read_records(reader.pos, reader.end, check_utf8, page, err);

			if (next == NULL)
				return false;
			rsd_json_resume(&reader, next);
			has_records = true;
		}
		else if (!read_member(&reader, token.raw, page, err))
			return false;
	}
	if (token.kind != RSD_JSON_OBJECT_END ||
		rsd_json_next(&reader, &token) != RSD_JSON_END)
		return rsd_json_problem(&reader, err);
	return has_records || malformed(err, "the page has no Records");
}

/* Do rows, ColumnMetadata and earlier pages agree about the columns? */
static bool
settle_columns(RsdPage *page, int ncolumns_known, RsdError *err)
{
	int			described = -1;

	if (page->columns.len > 0)
	{
		described = count_elements(page->columns);
		if (described > RSD_MAX_COLUMNS)
			return rsd_error_set(err, RSD_ERR_LIMIT,
								 "result has %d columns, at most %d are supported",
								 described, RSD_MAX_COLUMNS);
	}
	if (described == 0)
	{
		described = -1;
		page->columns = rsd_slice(NULL, 0);
	}
	if (described >= 0 && ncolumns_known >= 0 && described != ncolumns_known)
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "page describes %d columns, the first page had %d",
							 described, ncolumns_known);
	if (described < 0)
		described = ncolumns_known;
	if (described >= 0 && page->nrows > 0 && described != page->ncolumns)
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "row 1 has %d fields, the result has %d columns",
							 page->ncolumns, described);
	if (described >= 0)
		page->ncolumns = described;
	return true;
}

/* A header is no row of the first page. */
static bool
settle_rows(RsdPage *page, int ncolumns_known, RsdError *err)
{
	return settle_columns(page, ncolumns_known, err) &&
		(!page->csv || ncolumns_known >= 0 || rsd_csv_take_header(page, err));
}

static bool
read_page(RsdSlice body, char *writable, int ncolumns_known, RsdPage *page,
		  RsdError *err)
{
	size_t		valid = rsd_utf8_valid_prefix(body);

	rsd_page_free(page);
	rsd_buf_init(&page->next_token, RSD_MAX_TOKEN);
	page->total_rows = -1;
	page->csv = writable != NULL;

	/*
	 * In a page of invalid UTF-8 each value is looked at as well, so that the
	 * error can name row and column.
	 */
	if (read_members(body, writable, valid < body.len, page, err))
	{
		if (valid < body.len)
			rsd_error_set(err, RSD_ERR_ENCODING,
						  "invalid UTF-8 at byte %zu of the page", valid);
		else if (settle_rows(page, ncolumns_known, err))
			return true;
	}
	rsd_page_free(page);
	return rsd_error_doing(err, "reading a result page");
}

bool
rsd_page_read(RsdSlice body, int ncolumns_known, RsdPage *page, RsdError *err)
{
	return read_page(body, NULL, ncolumns_known, page, err);
}

bool
rsd_page_read_csv(RsdBuf *body, int ncolumns_known, RsdPage *page,
				  RsdError *err)
{
	return read_page(rsd_buf_slice(body), body->data, ncolumns_known, page,
					 err);
}

bool
rsd_page_chunk(RsdPage *page, size_t max_bytes, RsdSlice *rows,
			   int64_t *nrows)
{
	const char *end;
	const char *start;
	const char *stop;
	const char *p;

	if (page->csv)
		return rsd_csv_chunk(page, max_bytes, rows, nrows);
	*nrows = 0;
	if (page->chunked >= page->records.len)
		return false;
	end = page->records.data + page->records.len;
	start = page->records.data + page->chunked;
	for (p = stop = start; p < end;)
	{
		const char *row_end = rsd_row_end(p, end);

		if (*nrows > 0 && (size_t) (row_end - start) > max_bytes)
			break;
		*nrows += 1;
		stop = row_end;
		/* to the next row's bracket */
		p = skip_space(stop, end);
		if (p < end)
			p = skip_space(p + 1, end);
	}
	*rows = rsd_slice(start, (size_t) (stop - start));
	page->chunked = (size_t) (p - page->records.data);
	return true;
}

void
rsd_columns_open(RsdColumns *reader, RsdSlice columns)
{
	RsdJsonToken token;

	reader->column = 0;
	reader->count = columns.len == 0 ? 0 : count_elements(columns);
	rsd_json_open(&reader->json, columns);
	(void) rsd_json_next(&reader->json, &token);
}

int
rsd_columns_next(RsdColumns *reader, RsdColumn *column, RsdError *err)
{
	int64_t		nullable = -1;
	const RsdJsonField fields[] =
	{
		{"label", RSD_JSON_AS_CLIPPED, column->label, sizeof(column->label),
		false, NULL},
		{"name", RSD_JSON_AS_CLIPPED, column->name, sizeof(column->name),
		false, NULL},
		{"typeName", RSD_JSON_AS_CLIPPED, column->type_name,
		sizeof(column->type_name), false, NULL},
		{"schemaName", RSD_JSON_AS_CLIPPED, column->schema_name,
		sizeof(column->schema_name), false, NULL},
		{"tableName", RSD_JSON_AS_CLIPPED, column->table_name,
		sizeof(column->table_name), false, NULL},
		{"precision", RSD_JSON_AS_INT, &column->precision, 0, false, NULL},
		{"scale", RSD_JSON_AS_INT, &column->scale, 0, false, NULL},
		{"length", RSD_JSON_AS_INT, &column->length, 0, false, NULL},
		{"nullable", RSD_JSON_AS_INT, &nullable, 0, false, NULL},
	};

	if (reader->column == reader->count)
		return 0;
	reader->column++;
	memset(column, 0, sizeof(*column));
	column->precision = column->scale = column->length = -1;
	if (!rsd_json_read_fields(&reader->json, fields,
							  (int) (sizeof(fields) / sizeof(fields[0])), err))
	{
		rsd_error_doing(err, "reading column %d", reader->column);
		return -1;
	}
	/* JDBC's 2 means unknown */
	column->nullable = nullable == 0 || nullable == 1 ? (int) nullable : -1;
	if (column->label[0] == '\0')
		memcpy(column->label, column->name, sizeof(column->label));
	if (column->name[0] == '\0')
		memcpy(column->name, column->label, sizeof(column->name));
	return 1;
}
