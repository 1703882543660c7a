/*
 * resultcsv.c
 *		CSV results: rows and fields in place.
 *
 * Nothing is copied but a label that is compared.  A quote where RFC 4180
 * has none is an error, never an opinion.
 */
#include "aws/resultcsv.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/word.h"

/* One value as it stands. */
typedef struct Value
{
	RsdSlice	raw;			/* between the quotes, if there are any */
	bool		doubled;
} Value;

/* Where a scan is, for errors. */
typedef struct Place
{
	int64_t		row;
	int			column;
	RsdError   *err;
} Place;

static const char *
fail(const Place *at, RsdErrorKind kind, const char *what)
{
	rsd_error_set(at->err, kind, "row %" PRId64 ", column %d: %s",
				  at->row, at->column, what);
	return NULL;
}

/* At a quote: the place behind the closing one. */
static const char *
take_quoted(const Place *at, const char *p, const char *end, Value *value)
{
	const char *start = ++p;

	for (;;)
	{
		p = memchr(p, '"', (size_t) (end - p));
		if (p == NULL)
			return fail(at, RSD_ERR_INVALID, "a quote is not closed");
		if (end - p < 2 || p[1] != '"')
			break;
		value->doubled = true;
		p += 2;
	}
	value->raw = rsd_slice(start, (size_t) (p - start));
	return p + 1;
}

static inline bool
is_special(char c)
{
	return c == ',' || c == '\n' || c == '\r' || c == '"';
}

/* The first of them at or after p, or end. */
static inline const char *
find_special(const char *p, const char *end)
{
	for (; end - p >= RSD_WORD_BYTES; p += RSD_WORD_BYTES)
	{
		uint64_t	word = rsd_word_load(p);
		uint64_t	marks = rsd_word_equal(word, ',') |
			rsd_word_equal(word, '\n') | rsd_word_equal(word, '\r') |
			rsd_word_equal(word, '"');

		if (marks != 0)
			return p + rsd_word_first(marks);
	}
	while (p < end && !is_special(*p))
		p++;
	return p;
}

static const char *
take_value(const Place *at, const char *p, const char *end, Value *value)
{
	const char *start = p;

	value->doubled = false;
	if (p < end && *p == '"')
		return take_quoted(at, p, end, value);
	p = find_special(p, end);
	if (p < end && *p == '"')
		return fail(at, RSD_ERR_INVALID, "a quote inside a value without quotes");
	value->raw = rsd_slice(start, (size_t) (p - start));
	return p;
}

/* Behind a value: the place behind the end of the row; p itself if none. */
static const char *
skip_row_end(const char *p, const char *end)
{
	if (p < end && *p == '\n')
		return p + 1;
	if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
		return p + 2;
	return p;
}

/*
 * Scans one row into values (up to max; NULL to check only) and counts them.
 * Returns the place behind its end, or NULL.
 */
static const char *
scan_row(Place *at, const char *p, const char *end, Value *values, int max,
		 int *nvalues)
{
	Value		own;

	for (at->column = 1;; at->column++)
	{
		const char *next;

		if (at->column > max)
			return fail(at, RSD_ERR_INVALID, "too many values in the row");
		p = take_value(at, p, end,
					   values == NULL ? &own : &values[at->column - 1]);
		if (p == NULL)
			return NULL;
		next = skip_row_end(p, end);
		if (next > p || p == end)
		{
			*nvalues = at->column;
			return next;
		}
		if (*p != ',')
			return fail(at, RSD_ERR_INVALID,
						"a comma or the end of the row was expected");
		p++;
	}
}

/* Row and column of a byte offset, for what is no text. */
static void
find_place(RsdSlice text, size_t offset, Place *at)
{
	bool		quoted = false;

	at->column = 1;
	for (size_t i = 0; i < offset && i < text.len; i++)
	{
		if (text.data[i] == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (text.data[i] == ',')
			at->column++;
		else if (text.data[i] == '\n')
		{
			at->row++;
			at->column = 1;
		}
	}
}

/* Checks and counts the rows of one element of Records. */
static bool
count_rows(RsdSlice text, RsdPage *page, RsdError *err)
{
	Place		at = {page->nrows + 1, 1, err};
	size_t		valid = rsd_utf8_valid_prefix(text);
	const char *p = text.data;
	const char *end = p + text.len;

	if (valid < text.len)
	{
		find_place(text, valid, &at);
		(void) fail(&at, RSD_ERR_ENCODING, "invalid UTF-8");
		return false;
	}
	for (; p < end; at.row++)
	{
		int			n;

		p = scan_row(&at, p, end, NULL, RSD_MAX_COLUMNS, &n);
		if (p == NULL)
			return false;
		page->nrows++;
		if (page->nrows == 1)
			page->ncolumns = n;
		if (page->ncolumns != n)
			return rsd_error_set(err, RSD_ERR_INVALID,
								 "row %" PRId64 " has %d values, the rows before have %d",
								 at.row, n, page->ncolumns);
	}
	return true;
}

/*
 * One element's text, unescaped to "to", which is not behind it, and ended as
 * a row.  Returns the place behind it, or NULL.
 */
static char *
take_element(RsdSlice raw, char *to, RsdPage *page, RsdError *err)
{
	Place		at = {page->nrows + 1, 1, err};
	RsdError	why;
	size_t		len;

	if (!rsd_json_unescape(raw, to, &len, &why))
	{
		find_place(rsd_slice(to, len), len, &at);
		(void) fail(&at, why.kind, why.what);
		if (err != NULL)
			memcpy(err->code, why.code, sizeof(why.code));
		return NULL;
	}
	/* There is room for this: a quote was behind the text. */
	if (len > 0 && to[len - 1] != '\n')
		to[len++] = '\n';
	return count_rows(rsd_slice(to, len), page, err) ? to + len : NULL;
}

/* At the first member of an element: its CSVRecords, false if it has none. */
static bool
find_element(RsdJsonReader *reader, RsdSlice *raw)
{
	RsdJsonToken token;
	bool		found = false;

	while (rsd_json_next(reader, &token) == RSD_JSON_KEY)
	{
		bool		wanted = rsd_slice_is(token.raw, "CSVRecords");
		RsdJsonKind kind = rsd_json_next(reader, &token);

		if (wanted && kind == RSD_JSON_STRING)
		{
			*raw = token.raw;
			found = true;
		}
		else if (!rsd_json_skip(reader, &token, NULL))
			return false;
	}
	return found && token.kind == RSD_JSON_OBJECT_END;
}

const char *
rsd_csv_records(char *p, char *end, RsdPage *page, RsdError *err)
{
	RsdJsonReader reader;
	RsdJsonToken token;
	char	   *start = NULL;
	char	   *to = NULL;

	page->nrows = 0;			/* of a member that comes twice the last
								 * counts */
	rsd_json_open(&reader, rsd_slice(p, (size_t) (end - p)));
	if (rsd_json_next(&reader, &token) != RSD_JSON_ARRAY)
	{
		rsd_error_set(err, RSD_ERR_MALFORMED, "Records is not an array");
		return NULL;
	}
	while (rsd_json_next(&reader, &token) == RSD_JSON_OBJECT)
	{
		RsdSlice	raw;

		if (!find_element(&reader, &raw))
		{
			rsd_error_set(err, RSD_ERR_MALFORMED,
						  "an element of Records has no CSVRecords");
			return NULL;
		}
		if (start == NULL)
			start = to = p + (raw.data - p);
		to = take_element(raw, to, page, err);
		if (to == NULL)
			return NULL;
	}
	if (token.kind != RSD_JSON_ARRAY_END)
	{
		rsd_error_set(err, RSD_ERR_MALFORMED, token.kind == RSD_JSON_ERROR ?
					  "the page is cut off" : "a row is not an object");
		return NULL;
	}
	page->records = rsd_slice(start, start == NULL ? 0 : (size_t) (to - start));
	return reader.pos;
}

/* Is this value the column's label? */
static bool
is_label(const Value *value, const RsdColumn *column, RsdBuf *text)
{
	rsd_buf_reset(text);
	rsd_csv_text(value->raw, text);
	return rsd_slice_is(value->doubled ? rsd_buf_slice(text) : value->raw,
						column->label);
}

/* Has the row of "n" values all labels?  1, 0, or -1 with err set. */
static int
compare_labels(const RsdPage *page, const Value *values, int n, RsdError *err)
{
	RsdColumns	columns;
	RsdColumn	column;
	RsdBuf		text;
	int			got = 0;
	bool		same = n == page->ncolumns && page->columns.len > 0;

	rsd_buf_init(&text, RSD_MAX_TOKEN);
	rsd_columns_open(&columns, page->columns);
	for (int i = 0; same && i < n; i++)
	{
		got = rsd_columns_next(&columns, &column, err);
		same = got > 0 && is_label(&values[i], &column, &text);
	}
	rsd_buf_free(&text);
	return got < 0 ? -1 : same ? 1 : 0;
}

bool
rsd_csv_take_header(RsdPage *page, RsdError *err)
{
	Place		at = {1, 1, err};
	const char *end;
	const char *next;
	Value	   *values;
	int			same;
	int			n;

	if (page->nrows == 0 ||
		(page->next_token.len == 0 && page->nrows == page->total_rows))
		return true;
	end = page->records.data + page->records.len;
	values = calloc((size_t) page->ncolumns, sizeof(Value));
	if (values == NULL)
		return rsd_error_set(err, RSD_ERR_MEMORY, "out of memory");
	next = scan_row(&at, page->records.data, end, values, page->ncolumns, &n);
	same = next == NULL ? -1 : compare_labels(page, values, n, err);
	free(values);
	if (same > 0)
	{
		page->records = rsd_slice(next, (size_t) (end - next));
		page->nrows--;
	}
	return same >= 0;
}

/* The place behind a row that has been scanned before. */
static const char *
find_row_end(const char *p, const char *end)
{
	for (; p < end && *p != '\n'; p++)
	{
		if (*p != '"')
			continue;
		p = memchr(p + 1, '"', (size_t) (end - p - 1));
		if (p == NULL)
			return end;
	}
	return p < end ? p + 1 : end;
}

bool
rsd_csv_chunk(RsdPage *page, size_t max_bytes, RsdSlice *rows, int64_t *nrows)
{
	const char *start;
	const char *stop;
	const char *end;

	*nrows = 0;
	if (page->chunked >= page->records.len)
		return false;
	end = page->records.data + page->records.len;
	start = stop = page->records.data + page->chunked;
	while (stop < end)
	{
		const char *row_end = find_row_end(stop, end);

		if (*nrows > 0 && (size_t) (row_end - start) > max_bytes)
			break;
		*nrows += 1;
		stop = row_end;
	}
	*rows = rsd_slice(start, (size_t) (stop - start));
	page->chunked += rows->len;
	return true;
}

/* Types whose values have at least one character, and how they are read. */
static const struct
{
	const char *name;
	RsdCsvKind	kind;
}			plain_types[] = {
	{"int2", RSD_CSV_INTEGER},
	{"int4", RSD_CSV_INTEGER},
	{"int8", RSD_CSV_INTEGER},
	{"float4", RSD_CSV_FLOAT},
	{"float8", RSD_CSV_FLOAT},
	{"bool", RSD_CSV_BOOL},
	{"numeric", RSD_CSV_OTHER},
	{"decimal", RSD_CSV_OTHER},
	{"date", RSD_CSV_OTHER},
	{"time", RSD_CSV_OTHER},
	{"timetz", RSD_CSV_OTHER},
	{"timestamp", RSD_CSV_OTHER},
	{"timestamptz", RSD_CSV_OTHER},
	{"interval", RSD_CSV_OTHER},
	{"intervaly2m", RSD_CSV_OTHER},
	{"intervald2s", RSD_CSV_OTHER},
	{"oid", RSD_CSV_OTHER},
	{"super", RSD_CSV_OTHER},
	{"hllsketch", RSD_CSV_OTHER},
	{"geometry", RSD_CSV_OTHER},
	{"geography", RSD_CSV_OTHER},
};

RsdCsvKind
rsd_csv_kind(const char *type_name, bool not_null, bool empty_as_null)
{
	for (size_t i = 0; i < sizeof(plain_types) / sizeof(plain_types[0]); i++)
	{
		if (strcmp(plain_types[i].name, type_name) == 0)
			return plain_types[i].kind;
	}
	return empty_as_null ? RSD_CSV_OTHER :
		not_null ? RSD_CSV_NOT_NULL : RSD_CSV_TEXT;
}

void
rsd_csv_rows_open(RsdCsvRows *reader, RsdSlice rows)
{
	reader->pos = rows.data;
	reader->end = rows.len == 0 ? rows.data : rows.data + rows.len;
	reader->row = 0;
}

/* Letters, digits and signs: what a number consists of, and its words. */
static bool
is_number_like(RsdSlice raw)
{
	for (size_t i = 0; i < raw.len; i++)
	{
		char		c = raw.data[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			  (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.'))
			return false;
	}
	return true;
}

/* A value that is no number or truth is left to whoever reads it as text. */
static void
read_field(const Value *value, RsdCsvKind kind, RsdField *field)
{
	RsdSlice	raw = value->raw;

	memset(field, 0, sizeof(*field));
	field->raw = raw;
	field->kind = RSD_FIELD_STRING;
	field->doubled = value->doubled;
	if (raw.len == 0)
		field->kind = kind == RSD_CSV_TEXT ? RSD_FIELD_DOUBTFUL :
			kind == RSD_CSV_NOT_NULL ? RSD_FIELD_STRING : RSD_FIELD_NULL;
	else if (kind == RSD_CSV_INTEGER && is_number_like(raw))
		field->kind = RSD_FIELD_LONG;
	else if (kind == RSD_CSV_FLOAT && is_number_like(raw))
		field->kind = RSD_FIELD_DOUBLE;
	else if (kind == RSD_CSV_BOOL &&
			 (rsd_slice_is(raw, "true") || rsd_slice_is(raw, "t") ||
			  rsd_slice_is(raw, "false") || rsd_slice_is(raw, "f")))
	{
		field->kind = RSD_FIELD_BOOL;
		field->b = raw.data[0] == 't';
	}
}

int
rsd_csv_rows_next(RsdCsvRows *reader, const RsdCsvKind *kinds,
				  RsdField *fields, int nfields, RsdError *err)
{
	Place		at = {reader->row + 1, 1, err};
	const char *p = reader->pos;

	if (p == reader->end)
		return 0;
	for (int i = 0; i < nfields; i++)
	{
		Value		value;

		at.column = i + 1;
		p = take_value(&at, p, reader->end, &value);
		if (p == NULL)
			return -1;
		read_field(&value, kinds[i], &fields[i]);
		if (i + 1 == nfields)
			break;
		if (p == reader->end || *p != ',')
		{
			(void) fail(&at, RSD_ERR_INVALID, "the row has too few values");
			return -1;
		}
		p++;
	}
	reader->pos = skip_row_end(p, reader->end);
	if (reader->pos == p && p < reader->end)
	{
		(void) fail(&at, RSD_ERR_INVALID, "the row has too many values");
		return -1;
	}
	reader->row++;
	return 1;
}

void
rsd_csv_text(RsdSlice raw, RsdBuf *out)
{
	const char *p = raw.data;
	const char *end = raw.len == 0 ? p : p + raw.len;

	while (p < end)
	{
		const char *quote = memchr(p, '"', (size_t) (end - p));

		if (quote == NULL)
			quote = end - 1;
		rsd_buf_add(out, p, (size_t) (quote - p) + 1);
		p = *quote == '"' ? quote + 2 : end;
	}
}
