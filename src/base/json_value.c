/*
 * json_value.c
 *		What JSON tokens mean: texts, exact integers, objects read by a table
 *		of wanted members.
 *
 * Second half of base/json.h; the grammar itself is json.c's.
 */
#include "base/json.h"

#include "base/timefmt.h"
#include "base/utf8.h"

#define REPLACEMENT 0xFFFD		/* U+FFFD */
#define BAD_CHAR UINT32_MAX		/* cannot be kept */

/* A place in a string being decoded. */
typedef struct Cursor
{
	const char *pos;
	const char *end;
	const char *problem;		/* why the last character was BAD_CHAR */
	bool		grammar;		/* the problem is one of grammar */
} Cursor;

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The four hex digits at p, or -1. */
static int
hex4(const char *p, const char *end)
{
	int			value = 0;
	int			i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++)
	{
		int			d = hex_digit(p[i]);

		if (d < 0)
			return -1;
		value = value * 16 + d;
	}
	return value;
}

static uint32_t
bad(Cursor *c, const char *problem, bool grammar)
{
	c->problem = problem;
	c->grammar = grammar;
	return BAD_CHAR;
}

/* After "\u": one code unit, or a surrogate pair. */
static uint32_t
take_unicode(Cursor *c)
{
	int			high = hex4(c->pos, c->end);
	int			low;

	if (high < 0)
		return bad(c, "malformed \\u escape", true);
	c->pos += 4;
	if (high == 0)
		return bad(c, "\\u0000", false);
	if (high < 0xD800 || high > 0xDFFF)
		return (uint32_t) high;
	if (high >= 0xDC00 || c->end - c->pos < 6 || c->pos[0] != '\\' ||
		c->pos[1] != 'u')
		return bad(c, "a lone surrogate", false);
	low = hex4(c->pos + 2, c->end);
	if (low < 0xDC00 || low > 0xDFFF)
		return bad(c, "a lone surrogate", false);
	c->pos += 6;
	return 0x10000 + (((uint32_t) high - 0xD800) << 10) +
		((uint32_t) low - 0xDC00);
}

/* After a backslash: the character meant. */
static uint32_t
take_escape(Cursor *c)
{
	if (c->pos == c->end)
		return bad(c, "malformed escape", true);
	switch (*c->pos++)
	{
		case '"':
			return '"';
		case '\\':
			return '\\';
		case '/':
			return '/';
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		case 'u':
			return take_unicode(c);
		default:
			return bad(c, "malformed escape", true);
	}
}

static bool
text_error(const Cursor *c, RsdError *err)
{
	if (c->grammar)
		return rsd_error_set(err, RSD_ERR_MALFORMED, "%s in a string",
							 c->problem);
	rsd_error_set(err, RSD_ERR_ENCODING, "%s in a string", c->problem);
	if (err != NULL && strcmp(c->problem, "\\u0000") == 0)
		strcpy(err->code, "nul");
	return false;
}

/* Appends the run up to the next backslash, if it can be kept. */
static bool
take_plain(Cursor *c, RsdBuf *out)
{
	size_t		left = (size_t) (c->end - c->pos);
	const char *stop = left == 0 ? NULL : memchr(c->pos, '\\', left);
	size_t		n = stop == NULL ? left : (size_t) (stop - c->pos);

	if (n == 0)
		return true;
	if (!rsd_utf8_valid(rsd_slice(c->pos, n)))
		return bad(c, "invalid UTF-8", false) != BAD_CHAR;
	if (memchr(c->pos, '\0', n) != NULL)
		return bad(c, "a NUL byte", false) != BAD_CHAR;
	if (out != NULL)
		rsd_buf_add(out, c->pos, n);
	c->pos += n;
	return true;
}

bool
rsd_json_text(RsdSlice raw, RsdBuf *out, RsdError *err)
{
	Cursor		c = {raw.data, raw.data, NULL, false};

	if (raw.len > 0)
		c.end = raw.data + raw.len;
	while (c.pos < c.end)
	{
		char		utf8[4];
		uint32_t	cp;

		if (!take_plain(&c, out))
			return text_error(&c, err);
		if (c.pos == c.end)
			break;
		c.pos++;				/* the backslash */
		cp = take_escape(&c);
		if (cp == BAD_CHAR)
			return text_error(&c, err);
		if (out != NULL)
			rsd_buf_add(out, utf8, (size_t) rsd_utf8_put(cp, utf8));
	}
	return out == NULL || rsd_buf_check(out, "text", err);
}

bool
rsd_json_unescape(RsdSlice raw, char *to, size_t *len, RsdError *err)
{
	Cursor		c = {raw.data, raw.data, NULL, false};
	char	   *out = to;

	*len = 0;
	if (raw.len > 0)
		c.end = raw.data + raw.len;
	while (c.pos < c.end)
	{
		size_t		left = (size_t) (c.end - c.pos);
		const char *stop = memchr(c.pos, '\\', left);
		size_t		n = stop == NULL ? left : (size_t) (stop - c.pos);
		char		utf8[4];
		uint32_t	cp;
		int			bytes;

		memmove(out, c.pos, n);
		out += n;
		c.pos += n;
		*len = (size_t) (out - to);
		if (c.pos == c.end)
			break;
		c.pos++;				/* the backslash */
		cp = take_escape(&c);
		if (cp == BAD_CHAR)
			return text_error(&c, err);
		bytes = rsd_utf8_put(cp, utf8);
		memcpy(out, utf8, (size_t) bytes);
		out += bytes;
		*len = (size_t) (out - to);
	}
	return true;
}

/* One character for people: decoded, bad ones replaced.  Bytes written. */
static int
take_lenient(Cursor *c, char utf8[4])
{
	size_t		left = (size_t) (c->end - c->pos);
	size_t		n;
	uint32_t	cp;

	if (*c->pos == '\\')
	{
		c->pos++;
		cp = take_escape(c);
		return rsd_utf8_put(cp == BAD_CHAR ? REPLACEMENT : cp, utf8);
	}
	n = 1;
	while (n < 4 && n < left && ((unsigned char) c->pos[n] & 0xC0) == 0x80)
		n++;
	if (*c->pos == '\0' || !rsd_utf8_valid(rsd_slice(c->pos, n)))
	{
		c->pos++;
		return rsd_utf8_put(REPLACEMENT, utf8);
	}
	memcpy(utf8, c->pos, n);
	c->pos += n;
	return (int) n;
}

void
rsd_json_text_clipped(RsdSlice raw, char *dst, size_t size)
{
	Cursor		c = {raw.data, raw.data, NULL, false};
	size_t		used = 0;

	if (size == 0)
		return;
	if (raw.len > 0)
		c.end = raw.data + raw.len;
	while (c.pos < c.end)
	{
		char		utf8[4];
		size_t		n = (size_t) take_lenient(&c, utf8);

		if (used + n >= size)
			break;
		memcpy(dst + used, utf8, n);
		used += n;
	}
	dst[used] = '\0';
}

/* A number taken apart: digits, and the power of ten of the last one. */
typedef struct Decimal
{
	bool		negative;
	uint64_t	magnitude;
	int64_t		scale;			/* value = magnitude * 10^scale */
} Decimal;

/*
 * Appends one digit.  Zeros are held back in scale, so that trailing ones
 * neither overflow nor lose exactness.
 */
static bool
push_digit(Decimal *d, int64_t *zeros, char c)
{
	uint64_t	digit = (uint64_t) (c - '0');

	if (digit == 0)
	{
		*zeros += 1;
		return true;
	}
	if (d->magnitude == 0)
		*zeros = 0;
	for (; *zeros >= 0; *zeros -= 1)
	{
		uint64_t	add = *zeros == 0 ? digit : 0;

		if (d->magnitude > (UINT64_MAX - add) / 10)
			return false;
		d->magnitude = d->magnitude * 10 + add;
	}
	*zeros = 0;
	return true;
}

/* The exponent's value, held within some millions; false if not digits. */
static bool
read_exponent(const char *p, const char *end, int64_t *value)
{
	bool		negative = p < end && *p == '-';

	*value = 0;
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return false;
	for (; p < end; p++)
	{
		if (*p < '0' || *p > '9')
			return false;
		if (*value < 1000000)
			*value = *value * 10 + (*p - '0');
	}
	if (negative)
		*value = -*value;
	return true;
}

/* Takes a number apart; false if it is none or has too many digits. */
static bool
read_decimal(RsdSlice raw, Decimal *d)
{
	const char *p = raw.data;
	const char *end = raw.data + raw.len;
	bool		fraction = false;
	int64_t		zeros = 0;
	int64_t		digits_after = 0;
	int64_t		exponent = 0;

	memset(d, 0, sizeof(*d));
	if (p < end && *p == '-')
	{
		d->negative = true;
		p++;
	}
	for (; p < end && *p != 'e' && *p != 'E'; p++)
	{
		if (*p == '.')
		{
			fraction = true;
			continue;
		}
		if (*p < '0' || *p > '9' || !push_digit(d, &zeros, *p))
			return false;
		if (fraction)
			digits_after++;
	}
	if (p < end && !read_exponent(p + 1, end, &exponent))
		return false;
	d->scale = zeros - digits_after + exponent;
	return true;
}

bool
rsd_json_int64(RsdSlice raw, int64_t *value)
{
	Decimal		d;

	if (raw.len == 0 || !read_decimal(raw, &d))
		return false;
	if (d.magnitude == 0)
	{
		*value = 0;
		return true;
	}
	for (; d.scale > 0; d.scale--)
	{
		if (d.magnitude > UINT64_MAX / 10)
			return false;
		d.magnitude *= 10;
	}
	if (d.scale < 0)
		return false;
	if (d.magnitude > (uint64_t) INT64_MAX + (d.negative ? 1 : 0))
		return false;
	/* negation in unsigned arithmetic: the least int64 has no positive twin */
	*value = d.negative ? (int64_t) (0 - d.magnitude) : (int64_t) d.magnitude;
	return true;
}

static bool
wrong_type(const RsdJsonField *field, const char *wanted, RsdError *err)
{
	return rsd_error_set(err, RSD_ERR_MALFORMED, "member \"%s\" is not %s",
						 field->name, wanted);
}

/* Into a char[]: decoded, whole. */
static bool
store_text(const RsdJsonField *field, RsdSlice raw, RsdError *err)
{
	RsdBuf		text;
	bool		ok;

	rsd_buf_init(&text, field->size - 1);
	ok = rsd_json_text(raw, &text, err);
	if (ok)
		memcpy(field->target, rsd_buf_str(&text), text.len + 1);
	else
		rsd_error_doing(err, "member \"%s\"", field->name);
	rsd_buf_free(&text);
	return ok;
}

static bool
store_string(const RsdJsonField *field, const RsdJsonToken *token,
			 RsdError *err)
{
	if (token->kind != RSD_JSON_STRING)
		return wrong_type(field, "a string", err);
	if (field->type == RSD_JSON_AS_TEXT)
		return store_text(field, token->raw, err);
	if (field->type == RSD_JSON_AS_CLIPPED)
	{
		rsd_json_text_clipped(token->raw, field->target, field->size);
		return true;
	}
	if (rsd_json_text(token->raw, field->target, err))
		return true;
	return rsd_error_doing(err, "member \"%s\"", field->name);
}

static bool
store_int(const RsdJsonField *field, const RsdJsonToken *token, RsdError *err)
{
	int64_t    *target = field->target;

	if (token->kind == RSD_JSON_TRUE || token->kind == RSD_JSON_FALSE)
	{
		*target = token->kind == RSD_JSON_TRUE;
		return true;
	}
	if (token->kind != RSD_JSON_NUMBER || !rsd_json_int64(token->raw, target))
		return wrong_type(field, "a 64-bit integer", err);
	return true;
}

/* Converts a value whose first token has been read. */
static bool
store_value(RsdJsonReader *reader, const RsdJsonField *field,
			const RsdJsonToken *token, RsdError *err)
{
	switch (field->type)
	{
		case RSD_JSON_AS_TEXT:
		case RSD_JSON_AS_CLIPPED:
		case RSD_JSON_AS_BUF:
			return store_string(field, token, err);
		case RSD_JSON_AS_INT:
			return store_int(field, token, err);
		case RSD_JSON_AS_BOOL:
			if (token->kind != RSD_JSON_TRUE && token->kind != RSD_JSON_FALSE)
				return wrong_type(field, "true or false", err);
			*(bool *) field->target = token->kind == RSD_JSON_TRUE;
			return true;
		case RSD_JSON_AS_TIME:
			if ((token->kind != RSD_JSON_NUMBER &&
				 token->kind != RSD_JSON_STRING) ||
				!rsd_time_parse(token->raw, field->target))
				return wrong_type(field, "a time", err);
			return true;
		case RSD_JSON_AS_RAW:
			if (!rsd_json_skip(reader, token, field->target))
				return rsd_json_problem(reader, err);
			return true;
	}
	return false;
}

/* The wanted member of that (raw) name, or -1.  Escaped names match none. */
static int
find_field(const RsdJsonField *fields, int nfields, RsdSlice name)
{
	int			i;

	for (i = 0; i < nfields; i++)
		if (rsd_slice_is(name, fields[i].name))
			return i;
	return -1;
}

/* Reads one member's value, its name having been read. */
static bool
read_member(RsdJsonReader *reader, const RsdJsonField *field, uint64_t *seen,
			uint64_t bit, RsdError *err)
{
	RsdJsonToken token;
	RsdJsonKind kind = rsd_json_next(reader, &token);

	if (kind == RSD_JSON_ERROR)
		return rsd_json_problem(reader, err);
	if (field == NULL)
		return rsd_json_skip(reader, &token, NULL) ||
			rsd_json_problem(reader, err);	/* false */
	if (kind == RSD_JSON_NULL)
		return true;
	*seen |= bit;
	return store_value(reader, field, &token, err);
}

/* All required members there?  Tells each field whether it was. */
static bool
settle_presence(const RsdJsonField *fields, int nfields, uint64_t seen,
				RsdError *err)
{
	int			i;

	for (i = 0; i < nfields; i++)
	{
		bool		there = ((seen >> i) & 1) != 0;

		if (fields[i].present != NULL)
			*fields[i].present = there;
		if (fields[i].required && !there)
			return rsd_error_set(err, RSD_ERR_MALFORMED,
								 "member \"%s\" is missing", fields[i].name);
	}
	return true;
}

bool
rsd_json_read_fields(RsdJsonReader *reader, const RsdJsonField *fields,
					 int nfields, RsdError *err)
{
	RsdJsonToken token;
	RsdJsonKind kind;
	uint64_t	seen = 0;

	RSD_ASSERT(nfields <= 64);
	kind = rsd_json_next(reader, &token);
	if (kind == RSD_JSON_ERROR)
		return rsd_json_problem(reader, err);
	if (kind != RSD_JSON_OBJECT)
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "a JSON object was expected");
	while ((kind = rsd_json_next(reader, &token)) == RSD_JSON_KEY)
	{
		int			i = find_field(fields, nfields, token.raw);
		uint64_t	bit = i < 0 ? 0 : UINT64_C(1) << i;

		if (!read_member(reader, i < 0 ? NULL : &fields[i], &seen, bit, err))
			return false;
	}
	if (kind != RSD_JSON_OBJECT_END)
		return rsd_json_problem(reader, err);
	return settle_presence(fields, nfields, seen, err);
}
