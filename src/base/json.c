/*
 * json.c
 *		The pull reader: tokens and whole values.
 *
 * Owns the grammar of RFC 8259.  What tokens mean (texts, numbers, fields)
 * is in json_value.c.  Never allocates; every read is bounded by the
 * document's end.
 */
#include "base/json.h"

#include "base/word.h"

/* What may come next; values of RsdJsonReader.expect. */
enum
{
	EXPECT_VALUE,				/* a value */
	EXPECT_VALUE_OR_END,		/* a value or "]" (array just opened) */
	EXPECT_KEY,					/* a member's name */
	EXPECT_KEY_OR_END,			/* a name or "}" (object just opened) */
	EXPECT_COMMA_OR_END,		/* "," or the closing bracket */
	EXPECT_NOTHING,				/* the document is complete */
	EXPECT_FAILED
};

void
rsd_json_open(RsdJsonReader *reader, RsdSlice doc)
{
	memset(reader, 0, sizeof(*reader));
	reader->start = doc.data;
	reader->pos = doc.data;
	reader->end = doc.len == 0 ? doc.data : doc.data + doc.len;
	reader->expect = EXPECT_VALUE;
}

static RsdJsonKind
fail(RsdJsonReader *r, RsdJsonToken *token, const char *problem)
{
	if (r->expect != EXPECT_FAILED)
		r->problem = problem;
	r->expect = EXPECT_FAILED;
	token->kind = RSD_JSON_ERROR;
	token->raw = rsd_slice(r->pos, 0);
	token->escaped = false;
	return RSD_JSON_ERROR;
}

static inline void
skip_space(RsdJsonReader *r)
{
	while (r->pos < r->end &&
		   (*r->pos == ' ' || *r->pos == '\n' || *r->pos == '\r' ||
			*r->pos == '\t'))
		r->pos++;
}

static inline bool
in_object(const RsdJsonReader *r)
{
	return r->depth > 0 && ((r->in_object >> (r->depth - 1)) & 1) != 0;
}

/* A value has ended: what may follow it? */
static inline void
value_done(RsdJsonReader *r)
{
	r->expect = r->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA_OR_END;
}

static RsdJsonKind
give(RsdJsonReader *r, RsdJsonToken *token, RsdJsonKind kind, size_t len)
{
	token->kind = kind;
	token->escaped = false;
	token->raw = rsd_slice(r->pos, len);
	r->pos += len;
	return kind;
}

static RsdJsonKind
open_level(RsdJsonReader *r, RsdJsonToken *token, bool object)
{
	uint64_t	bit;

	if (r->depth >= RSD_JSON_DEPTH)
		return fail(r, token, "nesting is too deep");
	bit = UINT64_C(1) << r->depth;
	r->in_object = object ? r->in_object | bit : r->in_object & ~bit;
	r->depth++;
	r->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
	return give(r, token, object ? RSD_JSON_OBJECT : RSD_JSON_ARRAY, 1);
}

static RsdJsonKind
close_level(RsdJsonReader *r, RsdJsonToken *token)
{
	bool		object = in_object(r);

	if (*r->pos != (object ? '}' : ']'))
		return fail(r, token, "wrong closing bracket");
	r->depth--;
	value_done(r);
	return give(r, token,
				object ? RSD_JSON_OBJECT_END : RSD_JSON_ARRAY_END, 1);
}

/* At a quote: takes the string, leaves pos after the closing quote. */
static RsdJsonKind
take_string(RsdJsonReader *r, RsdJsonToken *token, RsdJsonKind kind)
{
	const char *p = r->pos + 1;
	const char *text = p;
	bool		escaped = false;

	while ((p = rsd_word_json_special(p, r->end)) < r->end && *p != '"')
	{
		if (*p != '\\')
			return fail(r, token, "control character in a string");
		escaped = true;
		if (r->end - p < 2)
			return fail(r, token, "string is not closed");
		p += 2;
	}
	if (p >= r->end)
		return fail(r, token, "string is not closed");
	token->kind = kind;
	token->escaped = escaped;
	token->raw = rsd_slice(text, (size_t) (p - text));
	r->pos = p + 1;
	return kind;
}

static inline bool
is_digit(const char *p, const char *end)
{
	return p < end && *p >= '0' && *p <= '9';
}

static const char *
skip_digits(const char *p, const char *end)
{
	while (is_digit(p, end))
		p++;
	return p;
}

/* End of the number at p by the grammar, or NULL. */
static const char *
number_end(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (!is_digit(p, end))
		return NULL;
	p = *p == '0' ? p + 1 : skip_digits(p, end);
	if (p < end && *p == '.')
	{
		p++;
		if (!is_digit(p, end))
			return NULL;
		p = skip_digits(p, end);
	}
	if (p < end && (*p == 'e' || *p == 'E'))
	{
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!is_digit(p, end))
			return NULL;
		p = skip_digits(p, end);
	}
	return p;
}

static RsdJsonKind
take_word(RsdJsonReader *r, RsdJsonToken *token, const char *word,
		  RsdJsonKind kind)
{
	size_t		n = strlen(word);

	if ((size_t) (r->end - r->pos) < n || memcmp(r->pos, word, n) != 0)
		return fail(r, token, "unknown word");
	value_done(r);
	return give(r, token, kind, n);
}

static RsdJsonKind
take_number(RsdJsonReader *r, RsdJsonToken *token)
{
	const char *end = number_end(r->pos, r->end);

	if (end == NULL)
		return fail(r, token, "malformed number");
	value_done(r);
	return give(r, token, RSD_JSON_NUMBER, (size_t) (end - r->pos));
}

static RsdJsonKind
take_value(RsdJsonReader *r, RsdJsonToken *token)
{
	RsdJsonKind kind;

	switch (*r->pos)
	{
		case '{':
			return open_level(r, token, true);
		case '[':
			return open_level(r, token, false);
		case '"':
			kind = take_string(r, token, RSD_JSON_STRING);
			if (kind == RSD_JSON_STRING)
				value_done(r);
			return kind;
		case 't':
			return take_word(r, token, "true", RSD_JSON_TRUE);
		case 'f':
			return take_word(r, token, "false", RSD_JSON_FALSE);
		case 'n':
			return take_word(r, token, "null", RSD_JSON_NULL);
		default:
			if (*r->pos == '-' || is_digit(r->pos, r->end))
				return take_number(r, token);
			return fail(r, token, "a value was expected");
	}
}

static RsdJsonKind
take_key(RsdJsonReader *r, RsdJsonToken *token)
{
	if (*r->pos != '"')
		return fail(r, token, "a member name was expected");
	if (take_string(r, token, RSD_JSON_KEY) != RSD_JSON_KEY)
		return RSD_JSON_ERROR;
	skip_space(r);
	if (r->pos == r->end || *r->pos != ':')
		return fail(r, token, "a colon was expected");
	r->pos++;
	r->expect = EXPECT_VALUE;
	return RSD_JSON_KEY;
}

/* After a value inside an array or object. */
static RsdJsonKind
take_after_value(RsdJsonReader *r, RsdJsonToken *token)
{
	if (*r->pos != ',')
		return close_level(r, token);
	r->pos++;
	skip_space(r);
	if (r->pos == r->end)
		return fail(r, token, "document is incomplete");
	return in_object(r) ? take_key(r, token) : take_value(r, token);
}

RsdJsonKind
rsd_json_next(RsdJsonReader *r, RsdJsonToken *token)
{
	if (r->expect == EXPECT_FAILED)
		return fail(r, token, r->problem);
	skip_space(r);
	if (r->expect == EXPECT_NOTHING)
	{
		if (r->pos < r->end)
			return fail(r, token, "something follows the document");
		return give(r, token, RSD_JSON_END, 0);
	}
	if (r->pos == r->end)
		return fail(r, token, r->pos == r->start ? "document is empty"
					: "document is incomplete");
	switch (r->expect)
	{
		case EXPECT_KEY_OR_END:
			return *r->pos == '}' ? close_level(r, token) : take_key(r, token);
		case EXPECT_VALUE_OR_END:
			return *r->pos == ']' ? close_level(r, token)
				: take_value(r, token);
		case EXPECT_COMMA_OR_END:
			return take_after_value(r, token);
		default:
			RSD_ASSERT(r->expect == EXPECT_VALUE);
			return take_value(r, token);
	}
}

/* First byte of a token, its quote included. */
static const char *
token_start(const RsdJsonToken *token)
{
	return token->kind == RSD_JSON_STRING ? token->raw.data - 1
		: token->raw.data;
}

bool
rsd_json_skip(RsdJsonReader *reader, const RsdJsonToken *first,
			  RsdSlice *whole)
{
	const char *start = token_start(first);

	RSD_ASSERT(first->kind != RSD_JSON_KEY);
	if (first->kind == RSD_JSON_ERROR || first->kind == RSD_JSON_END)
		return false;
	if (first->kind == RSD_JSON_OBJECT || first->kind == RSD_JSON_ARRAY)
	{
		int			level = reader->depth;
		RsdJsonToken token;

		while (reader->depth >= level)
			if (rsd_json_next(reader, &token) == RSD_JSON_ERROR)
				return false;
	}
	if (whole != NULL)
		*whole = rsd_slice(start, (size_t) (reader->pos - start));
	return true;
}

void
rsd_json_resume(RsdJsonReader *reader, const char *pos)
{
	RSD_ASSERT(reader->expect == EXPECT_VALUE);
	RSD_ASSERT(pos > reader->pos && pos <= reader->end);
	reader->pos = pos;
	value_done(reader);
}

bool
rsd_json_problem(const RsdJsonReader *reader, RsdError *err)
{
	return rsd_error_set(err, RSD_ERR_MALFORMED,
						 "malformed JSON at byte %zu: %s",
						 (size_t) (reader->pos - reader->start),
						 reader->problem == NULL ? "unexpected token"
						 : reader->problem);
}
