/*
 * resultset.h
 *		Result pages of GetStatementResult and its V2: checked once on arrival,
 *		cut into chunks of whole rows, and read row by row in place.
 *
 * A row is a JSON array of Field objects with exactly one member each
 * (isNull, booleanValue, longValue, doubleValue, stringValue, blobValue).
 * This is the hot path: no tree, no allocation per value.  It knows wire
 * kinds, not SQL types.
 */
#ifndef RSD_AWS_RESULTSET_H
#define RSD_AWS_RESULTSET_H

#include "base/json.h"

#define RSD_MAX_COLUMNS 4096	/* Redshift itself allows 1,600 per table */
#define RSD_MAX_TOKEN (64 * 1024)	/* bytes of a NextToken */

/*
 * A page that has passed rsd_page_read; slices point into the body given
 * there.  Zero-initialise before the first use; free with rsd_page_free.
 */
typedef struct RsdPage
{
	RsdSlice	records;		/* rows "[...],[...]" without outer brackets */
	RsdSlice	columns;		/* ColumnMetadata array, empty if absent */
	int			ncolumns;		/* 0 only if nothing tells */
	int64_t		nrows;			/* rows on this page */
	int64_t		total_rows;		/* TotalNumRows, -1 if absent */
	RsdBuf		next_token;		/* empty on the last page */
	bool		csv;			/* records are lines of CSV (resultcsv.h) */
	size_t		chunked;		/* private: bytes of records given out */
} RsdPage;

typedef enum RsdFieldKind
{
	RSD_FIELD_NULL,
	RSD_FIELD_BOOL,
	RSD_FIELD_LONG,
	RSD_FIELD_DOUBLE,
	RSD_FIELD_STRING,
	RSD_FIELD_BLOB,
	RSD_FIELD_DOUBTFUL			/* CSV: nothing, which is NULL or empty text */
} RsdFieldKind;

/* One value of a row, in place. */
typedef struct RsdField
{
	RsdFieldKind kind;
	bool		escaped;		/* STRING: decode raw with rsd_json_text */
	bool		doubled;		/* STRING of CSV: decode with rsd_csv_text */
	bool		b;				/* BOOL */
	RsdSlice	raw;			/* LONG: plain decimal digits with an optional
								 * minus; DOUBLE: a JSON number, or NaN,
								 * Infinity, -Infinity; STRING: between the
								 * quotes; BLOB: base64, never escaped */
} RsdField;

/* Reads rows one after the other.  Opaque; lives on the stack. */
typedef struct RsdRows
{
	const char *pos;
	const char *end;
	int64_t		row;			/* number of the last row read, from 1 */
} RsdRows;

/* One column as the service describes it; text clipped, -1 = not said. */
typedef struct RsdColumn
{
	char		label[512];		/* the column's name in the result */
	char		name[512];		/* the underlying column */
	char		type_name[128]; /* "" if not said */
	char		schema_name[512];
	char		table_name[512];
	int64_t		precision;
	int64_t		scale;
	int64_t		length;
	int			nullable;		/* 1, 0, or -1 */
} RsdColumn;

/* Reads columns one after the other.  Opaque. */
typedef struct RsdColumns
{
	RsdJsonReader json;
	int			column;			/* number of the last one, from 1 */
	int			count;			/* of the array; -1 if it is malformed */
} RsdColumns;

/*
 * Checks a whole reply body in one pass and fills page (freeing what it
 * held).  ncolumns_known is the number of columns of the first page, or -1
 * for that page itself.  Checked: UTF-8, JSON grammar, each row an array of
 * as many fields as there are columns, each field one known member of the
 * right JSON type, longValue a plain int64, blobValue of base64's alphabet.
 *
 * Errors: MALFORMED (also for a truncated body), ENCODING (invalid UTF-8,
 * \u0000 or a lone surrogate, naming row and column where it is a value),
 * LIMIT, MEMORY.  Rows are counted from 1 within the page.
 */
extern bool rsd_page_read(RsdSlice body, int ncolumns_known, RsdPage *page,
						  RsdError *err) RSD_MUSTCHECK;

/*
 * The same for a reply of GetStatementResultV2, whose rows are CSV.  They are
 * unescaped at their place, so the body is not JSON any more afterwards.  A
 * header is taken off the first page.  Error INVALID is a page that will be
 * no better the next time.
 */
extern bool rsd_page_read_csv(RsdBuf *body, int ncolumns_known, RsdPage *page,
							  RsdError *err) RSD_MUSTCHECK;

/*
 * Gives the next run of whole rows of at most max_bytes, or a single row
 * that is larger: "[...],[...]" or lines, and how many.  False when all are given.
 */
extern bool rsd_page_chunk(RsdPage *page, size_t max_bytes, RsdSlice *rows,
						   int64_t *nrows);

/* Frees the next token; the page is then empty. */
extern void rsd_page_free(RsdPage *page);

/* Starts reading rows "[...],[...]" as cut by rsd_page_chunk. */
extern void rsd_rows_open(RsdRows *reader, RsdSlice rows);

/*
 * Reads the next row into fields[0 .. nfields-1].  Returns 1 for a row, 0 at
 * the end, -1 with err set (MALFORMED) if it is not a row of nfields fields.
 * Encoding is not checked again.
 */
extern int	rsd_rows_next(RsdRows *reader, RsdField *fields, int nfields,
						  RsdError *err) RSD_MUSTCHECK;

/* Starts reading a ColumnMetadata array; an empty slice has no columns. */
extern void rsd_columns_open(RsdColumns *reader, RsdSlice columns);

/*
 * Reads the next column; a missing label is the name, a missing name the
 * label.  Returns 1, 0 at the end, -1 with err set.
 */
extern int	rsd_columns_next(RsdColumns *reader, RsdColumn *column,
							 RsdError *err) RSD_MUSTCHECK;

#endif							/* RSD_AWS_RESULTSET_H */
