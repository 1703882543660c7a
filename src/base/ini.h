/*
 * ini.h
 *		A pull reader of the AWS config and credentials files: sections, keys,
 *		one level of indented values below a key.
 *
 * It follows Python's RawConfigParser, on which the AWS CLI rests: "=" or
 * ":" separate, "#" and ";" begin comment lines, never comments behind a
 * value; a line indented deeper than its key belongs to that key's value.
 * In place, no allocation.
 */
#ifndef RSD_BASE_INI_H
#define RSD_BASE_INI_H

#include "base/error.h"
#include "base/slice.h"

typedef enum RsdIniKind
{
	RSD_INI_SECTION,			/* [name] */
	RSD_INI_KEY,				/* key = value; the value may be empty */
	RSD_INI_SUBKEY,				/* an indented key = value under the last KEY */
	RSD_INI_MORE,				/* an indented line that is no key = value:
								 * the last value goes on */
	RSD_INI_END,
	RSD_INI_ERROR				/* the rest is not read; sticky */
} RsdIniKind;

/* One item.  The slices point into the text, blanks around them cut off. */
typedef struct RsdIniItem
{
	RsdIniKind	kind;
	RsdSlice	name;			/* SECTION: between the brackets; else the key */
	RsdSlice	value;
	int			line;			/* 1 = first */
} RsdIniItem;

/* Treat as opaque; lives on the caller's stack. */
typedef struct RsdIniReader
{
	const char *pos;
	const char *end;
	int			line;
	size_t		indent;			/* of the last KEY */
	bool		in_section;
	bool		has_key;		/* the section has had one */
	const char *problem;		/* set with RSD_INI_ERROR */
} RsdIniReader;

/* Starts reading text, which must outlive the reader. */
extern void rsd_ini_open(RsdIniReader *reader, RsdSlice text);

/* Reads the next item into *item and returns its kind. */
extern RsdIniKind rsd_ini_next(RsdIniReader *reader, RsdIniItem *item);

/*
 * Sets err (MALFORMED) to the reader's problem: "file "x", line 3: ...".
 * Never quotes the line, which may hold a secret.
 */
extern bool rsd_ini_problem(const RsdIniReader *reader, const char *file,
							RsdError *err);

#endif							/* RSD_BASE_INI_H */
