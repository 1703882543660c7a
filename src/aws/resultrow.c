/*
 * resultrow.c
 *		Rows and fields of result pages: the innermost loop of all reading.
 *
 * Strings are searched eight bytes at a time; everything else is short.
 */
#include "aws/resultrow.h"

#include <inttypes.h>

#include "base/utf8.h"
#include "base/word.h"

/* Where a scan is, for errors. */
typedef struct Place
{
	const RsdRowScan *scan;
	const char *end;
	int			column;			/* from 1 */
} Place;

static inline const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

static const char *
fail(const Place *at, RsdErrorKind kind, const char *what)
{
	rsd_error_set(at->scan->err, kind, "row %" PRId64 ", column %d: %s",
				  at->scan->row, at->column, what);
	return NULL;
}

/* What was wanted is not there: cut off, or something else. */
static const char *
unexpected(const Place *at, const char *p, const char *what)
{
	return fail(at, RSD_ERR_MALFORMED,
				p >= at->end ? "the page is cut off" : what);
}

/* Can the text between the quotes be decoded? */
static bool
check_text(const Place *at, RsdSlice raw)
{
	RsdError	why;

	if (rsd_json_text(raw, NULL, &why))
		return true;
	fail(at, why.kind, why.what);
	if (at->scan->err != NULL)
		memcpy(at->scan->err->code, why.code, sizeof(why.code));
	return false;
}

/* At a quote: takes a string; returns the place behind it. */
static const char *
take_string(const Place *at, const char *p, RsdSlice *raw, bool *escaped)
{
	const char *start = ++p;

	*escaped = false;
	for (;;)
	{
		p = rsd_word_json_special(p, at->end);
		if (p == at->end)
			return unexpected(at, p, "");
		if (*p == '"')
			break;
		if (*p != '\\')
			return fail(at, RSD_ERR_MALFORMED, "control character in a string");
		*escaped = true;
		if (at->end - p < 2)
			return unexpected(at, at->end, "");
		p += 2;
	}
	*raw = rsd_slice(start, (size_t) (p - start));
	return p + 1;
}

static const char *
take_text(const Place *at, const char *p, RsdField *field)
{
	if (p == at->end || *p != '"')
		return unexpected(at, p, "stringValue is not a string");
	p = take_string(at, p, &field->raw, &field->escaped);
	if (p == NULL)
		return NULL;
	if (((field->escaped && at->scan->check_text) || at->scan->check_utf8) &&
		!check_text(at, field->raw))
		return NULL;
	field->kind = RSD_FIELD_STRING;
	return p;
}

static bool
is_base64(RsdSlice s)
{
	size_t		i;

	for (i = 0; i < s.len; i++)
	{
		char		c = s.data[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			  (c >= '0' && c <= '9') || c == '+' || c == '/' ||
			  (c == '=' && i + 2 >= s.len)))
			return false;
	}
	return s.len % 4 == 0;
}

static const char *
take_blob(const Place *at, const char *p, RsdField *field)
{
	if (p == at->end || *p != '"')
		return unexpected(at, p, "blobValue is not a string");
	p = take_string(at, p, &field->raw, &field->escaped);
	if (p == NULL)
		return NULL;
	if (field->escaped || (at->scan->check_text && !is_base64(field->raw)))
		return fail(at, RSD_ERR_MALFORMED, "blobValue is not base64");
	field->kind = RSD_FIELD_BLOB;
	return p;
}

static inline const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Digits without a leading zero, as JSON wants them; NULL if not. */
static const char *
take_digits(const char *p, const char *end)
{
	const char *stop = skip_digits(p, end);

	return stop == p || (stop - p > 1 && *p == '0') ? NULL : stop;
}

static const char *
take_long(const Place *at, const char *p, RsdField *field)
{
	const char *start = p;
	const char *stop;
	int64_t		value;

	if (p < at->end && *p == '-')
		p++;
	stop = take_digits(p, at->end);
	if (stop == NULL)
		return unexpected(at, p, "longValue is not an integer");
	field->raw = rsd_slice(start, (size_t) (stop - start));
	/* 18 digits always fit */
	if (stop - p > 18 && !rsd_json_int64(field->raw, &value))
		return fail(at, RSD_ERR_MALFORMED, "longValue is out of range");
	field->kind = RSD_FIELD_LONG;
	return stop;
}

/* ".5" and "e-3" after the digits; returns p itself if there is none. */
static const char *
take_fraction(const char *p, const char *end)
{
	if (p < end && *p == '.')
	{
		const char *stop = skip_digits(p + 1, end);

		if (stop == p + 1)
			return NULL;
		p = stop;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
	{
		const char *digits = p + 1;

		if (digits < end && (*digits == '+' || *digits == '-'))
			digits++;
		p = skip_digits(digits, end);
		if (p == digits)
			return NULL;
	}
	return p;
}

/*
 * A number, or one of the three strings that AWS's JSON protocols use for
 * what JSON numbers cannot say.
 */
static const char *
take_double(const Place *at, const char *p, RsdField *field)
{
	const char *start = p;
	const char *stop;

	field->kind = RSD_FIELD_DOUBLE;
	if (p < at->end && *p == '"')
	{
		p = take_string(at, p, &field->raw, &field->escaped);
		if (p == NULL)
			return NULL;
		if (rsd_slice_is(field->raw, "NaN") ||
			rsd_slice_is(field->raw, "Infinity") ||
			rsd_slice_is(field->raw, "-Infinity"))
			return p;
		return fail(at, RSD_ERR_MALFORMED, "doubleValue is not a number");
	}
	if (p < at->end && *p == '-')
		p++;
	stop = take_digits(p, at->end);
	if (stop != NULL)
		stop = take_fraction(stop, at->end);
	if (stop == NULL)
		return unexpected(at, p, "doubleValue is not a number");
	field->raw = rsd_slice(start, (size_t) (stop - start));
	return stop;
}

static const char *
take_word(const Place *at, const char *p, const char *word)
{
	size_t		n = strlen(word);

	if ((size_t) (at->end - p) < n || memcmp(p, word, n) != 0)
		return NULL;
	return p + n;
}

static const char *
take_bool(const Place *at, const char *p, RsdField *field)
{
	const char *stop = take_word(at, p, "true");

	field->kind = RSD_FIELD_BOOL;
	field->b = stop != NULL;
	if (stop == NULL)
		stop = take_word(at, p, "false");
	if (stop == NULL)
		return unexpected(at, p, "booleanValue is not true or false");
	return stop;
}

static const char *
take_null(const Place *at, const char *p, RsdField *field)
{
	const char *stop = take_word(at, p, "true");

	field->kind = RSD_FIELD_NULL;
	return stop != NULL ? stop : unexpected(at, p, "isNull is not true");
}

/* The value of the member of that name. */
static const char *
take_value(const Place *at, RsdSlice name, const char *p, RsdField *field)
{
	if (rsd_slice_is(name, "stringValue"))
		return take_text(at, p, field);
	if (rsd_slice_is(name, "longValue"))
		return take_long(at, p, field);
	if (rsd_slice_is(name, "isNull"))
		return take_null(at, p, field);
	if (rsd_slice_is(name, "doubleValue"))
		return take_double(at, p, field);
	if (rsd_slice_is(name, "booleanValue"))
		return take_bool(at, p, field);
	if (rsd_slice_is(name, "blobValue"))
		return take_blob(at, p, field);
	return fail(at, RSD_ERR_MALFORMED, "unknown kind of value");
}

/* At "{": one field. */
static const char *
take_field(const Place *at, const char *p, RsdField *field)
{
	RsdSlice	name;
	bool		escaped;

	if (p == at->end || *p != '{')
		return unexpected(at, p, "a field is not an object");
	p = skip_space(p + 1, at->end);
	if (p == at->end || *p != '"')
		return unexpected(at, p, "a field has no member");
	p = take_string(at, p, &name, &escaped);
	if (p == NULL)
		return NULL;
	p = skip_space(p, at->end);
	if (p == at->end || *p != ':')
		return unexpected(at, p, "a colon was expected");
	field->escaped = field->doubled = false;
	field->b = false;
	field->raw = rsd_slice(p, 0);
	p = take_value(at, name, skip_space(p + 1, at->end), field);
	if (p == NULL)
		return NULL;
	p = skip_space(p, at->end);
	if (p == at->end || *p != '}')
		return unexpected(at, p, "a field must have one member");
	return p + 1;
}

const char *
rsd_row_scan(const RsdRowScan *scan, const char *p, const char *end,
			 RsdField *fields, int max, int *nfields)
{
	Place		at = {scan, end, 1};
	RsdField	own;

	*nfields = 0;
	if (p == end || *p != '[')
		return unexpected(&at, p, "a row is not an array");
	p = skip_space(p + 1, end);
	if (p < end && *p == ']')
		return p + 1;
	for (;; at.column++)
	{
		if (*nfields == max)
			return fail(&at, RSD_ERR_LIMIT, "too many fields in a row");
		p = take_field(&at, p, fields == NULL ? &own : &fields[*nfields]);
		if (p == NULL)
			return NULL;
		*nfields += 1;
		p = skip_space(p, end);
		if (p < end && *p == ']')
			return p + 1;
		if (p == end || *p != ',')
			return unexpected(&at, p, "a comma was expected between fields");
		p = skip_space(p + 1, end);
	}
}

const char *
rsd_row_end(const char *p, const char *end)
{
	for (; p < end && *p != ']'; p++)
	{
		if (*p != '"')
			continue;
		p = rsd_word_json_special(p + 1, end);
		while (p < end && *p != '"')
			p = rsd_word_json_special(end - p > 2 ? p + 2 : end, end);
		if (p == end)
			return end;
	}
	return p < end ? p + 1 : end;
}

void
rsd_rows_open(RsdRows *reader, RsdSlice rows)
{
	reader->pos = rows.data;
	reader->end = rows.len == 0 ? rows.data : rows.data + rows.len;
	reader->row = 0;
}

int
rsd_rows_next(RsdRows *reader, RsdField *fields, int nfields, RsdError *err)
{
	RsdRowScan	scan = {reader->row + 1, false, false, err};
	const char *p = skip_space(reader->pos, reader->end);
	int			n;

	if (p == reader->end)
		return 0;
	if (reader->row > 0 && *p == ',')
		p = skip_space(p + 1, reader->end);
	p = rsd_row_scan(&scan, p, reader->end, fields, nfields, &n);
	if (p == NULL)
		return -1;
	reader->row++;
	reader->pos = p;
	if (n == nfields)
		return 1;
	rsd_error_set(err, RSD_ERR_MALFORMED,
				  "row %" PRId64 " has %d fields, %d were expected",
				  reader->row, n, nfields);
	return -1;
}
