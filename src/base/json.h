/*
 * json.h
 *		A pull reader of JSON (RFC 8259): in place, no tree, no allocation,
 *		bounded depth, safe on any bytes.
 *
 * It checks the grammar, not the encoding of strings: who needs valid UTF-8
 * runs rsd_utf8_valid over the document or decodes with rsd_json_text.  The
 * writer is in base/json_put.h.
 */
#ifndef RSD_BASE_JSON_H
#define RSD_BASE_JSON_H

#include <stdint.h>

#include "base/buf.h"

/* Arrays and objects may nest this deep; deeper is an error. */
#define RSD_JSON_DEPTH 64

typedef enum RsdJsonKind
{
	RSD_JSON_ERROR,				/* the document breaks the grammar; sticky */
	RSD_JSON_END,				/* the document is complete */
	RSD_JSON_OBJECT,			/* { */
	RSD_JSON_OBJECT_END,		/* } */
	RSD_JSON_ARRAY,				/* [ */
	RSD_JSON_ARRAY_END,			/* ] */
	RSD_JSON_KEY,				/* a member's name */
	RSD_JSON_STRING,
	RSD_JSON_NUMBER,
	RSD_JSON_TRUE,
	RSD_JSON_FALSE,
	RSD_JSON_NULL
} RsdJsonKind;

/*
 * One token.  raw points into the document: for KEY and STRING the bytes
 * between the quotes, still escaped; for all others the token itself.
 */
typedef struct RsdJsonToken
{
	RsdJsonKind kind;
	bool		escaped;		/* KEY, STRING: contains a backslash */
	RsdSlice	raw;
} RsdJsonToken;

/* Treat as opaque; lives on the caller's stack. */
typedef struct RsdJsonReader
{
	const char *start;
	const char *pos;
	const char *end;
	uint64_t	in_object;		/* bit n: level n is an object */
	int			depth;
	int			expect;			/* what may come next */
	const char *problem;		/* set with RSD_JSON_ERROR */
} RsdJsonReader;

/* How rsd_json_read_fields converts a member. */
typedef enum RsdJsonType
{
	RSD_JSON_AS_TEXT,			/* char[size]; too long: LIMIT; cannot be kept
								 * as text: ENCODING */
	RSD_JSON_AS_CLIPPED,		/* char[size] for people: clipped, bad
								 * characters become U+FFFD */
	RSD_JSON_AS_BUF,			/* RsdBuf, appended to; as AS_TEXT */
	RSD_JSON_AS_INT,			/* int64_t, exact; true and false are 1, 0 */
	RSD_JSON_AS_BOOL,			/* bool */
	RSD_JSON_AS_TIME,			/* int64_t microseconds since 1970; epoch
								 * seconds as number or string, or ISO 8601 */
	RSD_JSON_AS_RAW				/* RsdSlice: the value's bytes in place, any
								 * kind, strings with their quotes */
} RsdJsonType;

/* One member wanted by rsd_json_read_fields. */
typedef struct RsdJsonField
{
	const char *name;			/* compared exactly */
	RsdJsonType type;
	void	   *target;			/* written only if present and not null */
	size_t		size;			/* of a char[] target, else 0 */
	bool		required;		/* absent or null is MALFORMED */
	bool	   *present;		/* NULL, or told whether it was there */
} RsdJsonField;

/* Starts reading doc, which must outlive the reader. */
extern void rsd_json_open(RsdJsonReader *reader, RsdSlice doc);

/*
 * Reads the next token into *token and returns its kind.  After the top
 * value only white space may follow, then RSD_JSON_END comes for ever.
 */
extern RsdJsonKind rsd_json_next(RsdJsonReader *reader, RsdJsonToken *token);

/*
 * Given the first token of a value just read, reads the rest of that value
 * (nothing, for a scalar).  If whole is not NULL it gets the value's bytes,
 * strings with their quotes.  False on broken grammar.
 */
extern bool rsd_json_skip(RsdJsonReader *reader, const RsdJsonToken *first,
						  RsdSlice *whole) RSD_MUSTCHECK;

/*
 * For a caller that reads a value by itself: call when the value is due (a
 * KEY was the last token), read from reader->pos, and give the place behind
 * the value.  The caller answers for that value's grammar.
 */
extern void rsd_json_resume(RsdJsonReader *reader, const char *pos);

/* Sets err (MALFORMED) to the reader's problem with its byte offset. */
extern bool rsd_json_problem(const RsdJsonReader *reader, RsdError *err);

/*
 * Appends the text of a STRING or KEY (its raw bytes) to out as UTF-8.
 * Errors: ENCODING for a lone surrogate, for \u0000 (code "nul" in err) and
 * for invalid UTF-8; MALFORMED for a bad escape; LIMIT or MEMORY from out.
 * On failure out may hold a part.  out may be NULL: then raw is only checked.
 */
extern bool rsd_json_text(RsdSlice raw, RsdBuf *out,
						  RsdError *err) RSD_MUSTCHECK;

/*
 * Writes the text of a STRING (its raw bytes) to "to", which may be raw's own
 * place or any before it, as no text is longer than it was.  Sets *len to the
 * bytes written, on failure too.  Errors as rsd_json_text, but that bytes
 * which are not escaped are taken as they are.
 */
extern bool rsd_json_unescape(RsdSlice raw, char *to, size_t *len,
							  RsdError *err) RSD_MUSTCHECK;

/*
 * The text for people: never fails on content, bad or NUL characters become
 * U+FFFD, clipped to size - 1 bytes at a character.
 */
extern void rsd_json_text_clipped(RsdSlice raw, char *dst, size_t size);

/*
 * Reads a NUMBER's bytes as int64 exactly, never through double.  Fractions
 * and exponents are taken where the value is an integer (1e3, 2.50e1 = 25).
 * False if it is not one or does not fit.
 */
extern bool rsd_json_int64(RsdSlice raw, int64_t *value) RSD_MUSTCHECK;

/*
 * Reads a whole object whose first token is still to come: known members
 * into their targets, unknown ones skipped, null like absent, of repeated
 * ones the last.  Targets of absent members are left as they are.  Errors:
 * MALFORMED, ENCODING or LIMIT, naming the member.
 */
extern bool rsd_json_read_fields(RsdJsonReader *reader,
								 const RsdJsonField *fields, int nfields,
								 RsdError *err) RSD_MUSTCHECK;

#endif							/* RSD_BASE_JSON_H */
