/*
 * resultcsv.h
 *		The CSV of GetStatementResultV2: unescaped in place, cut into whole
 *		rows, and read row by row as the fields that JSON has.
 *
 * The service documents lines that end in CR LF and a header before the
 * first row ("Getting query results", Redshift Management Guide); of quotes
 * RFC 4180 is taken and nothing else.  How NULL is written is documented
 * nowhere: a value without a byte is NULL where the type has no such value,
 * and doubtful where it has.
 */
#ifndef RSD_AWS_RESULTCSV_H
#define RSD_AWS_RESULTCSV_H

#include "aws/resultset.h"

/* What the text of a column can mean. */
typedef enum RsdCsvKind
{
	RSD_CSV_TEXT,				/* nothing: NULL or the empty value? */
	RSD_CSV_NOT_NULL,			/* nothing is the empty value */
	RSD_CSV_OTHER,				/* like the others below, nothing is NULL */
	RSD_CSV_INTEGER,
	RSD_CSV_FLOAT,
	RSD_CSV_BOOL
} RsdCsvKind;

/* Reads rows one after the other.  Opaque; lives on the stack. */
typedef struct RsdCsvRows
{
	const char *pos;
	const char *end;
	int64_t		row;			/* number of the last row read, from 1 */
} RsdCsvRows;

/*
 * How to read a column of a type (typeName of ColumnMetadata): "not_null" if
 * the service says that it has no NULL, "empty_as_null" if the user says that
 * nothing is NULL.  Unknown types are taken to have an empty value.
 */
extern RsdCsvKind rsd_csv_kind(const char *type_name, bool not_null,
							   bool empty_as_null);

/*
 * At the array of Records, in a writable document that ends at "end":
 * unescapes the CSV of its elements to one run of
 * whole rows at their place, checks them and fills records, nrows and
 * ncolumns (of its first row) of page.  Returns the place behind the array,
 * or NULL with the error set: MALFORMED for broken JSON; INVALID for broken
 * CSV or rows of different widths, ENCODING for what is no text, both naming
 * row and column; LIMIT.
 */
extern const char *rsd_csv_records(char *p, char *end, RsdPage *page,
								   RsdError *err);

/*
 * Is the first row of the page a header?  It is if it has the columns'
 * labels, unless the page is a whole result that counts as many rows as it
 * should.  Takes it off then.
 */
extern bool rsd_csv_take_header(RsdPage *page, RsdError *err) RSD_MUSTCHECK;

/* As rsd_page_chunk, for a page of CSV. */
extern bool rsd_csv_chunk(RsdPage *page, size_t max_bytes, RsdSlice *rows,
						  int64_t *nrows);

/* Starts reading rows as cut by rsd_csv_chunk. */
extern void rsd_csv_rows_open(RsdCsvRows *reader, RsdSlice rows);

/*
 * Reads the next row into fields[0 .. nfields-1], as kinds say.  A field
 * "doubled" has its quotes doubled (rsd_csv_text).  Returns 1 for a row, 0
 * at the end, -1 with err set (INVALID) if it is not a row of nfields
 * values.
 */
extern int	rsd_csv_rows_next(RsdCsvRows *reader, const RsdCsvKind *kinds,
							  RsdField *fields, int nfields,
							  RsdError *err) RSD_MUSTCHECK;

/* Appends a doubled field's text. */
extern void rsd_csv_text(RsdSlice raw, RsdBuf *out);

#endif							/* RSD_AWS_RESULTCSV_H */
