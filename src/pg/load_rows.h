/*
 * load_rows.h
 *	  Result rows as COPY reads them.
 */
#ifndef RSD_PG_LOAD_ROWS_H
#define RSD_PG_LOAD_ROWS_H

#include "lib/stringinfo.h"

#include "aws/resultcsv.h"
#include "pg/load_ring.h"

/* What to do about values of CSV that are NULL or an empty string. */
#define RSD_CSV_DOUBT_HINT \
	"Submit it with the option \"result_format\": \"json\", or say with \"empty_as_null\": true that such values are NULL."

/* How the values of a column are read. */
typedef struct RsdLoadReading
{
	const char *name;			/* in the result */
	bool		hex;			/* VARBYTE: may come as plain hexadecimal digits */
	RsdCsvKind	csv;
} RsdLoadReading;

/* Writes rows of one result.  Opaque. */
typedef struct RsdLoadRows RsdLoadRows;

/*
 * For rows of ncolumns fields, "readings" being one for each, borrowed.  Lives
 * in CurrentMemoryContext.
 */
extern RsdLoadRows *rsd_load_rows_make(int ncolumns,
									   const RsdLoadReading *readings);

/* Begins with the rows of a message, which must stay where they are. */
extern void rsd_load_rows_take(RsdLoadRows *rows, RsdLoadFormat format,
							   RsdSlice bytes);

/*
 * Appends the next row to out as a line of COPY's text format in UTF-8.  False
 * if there is none left in the message.  Raises ERRCODE_DATA_CORRUPTED for
 * what is no row, ERRCODE_DATA_EXCEPTION for a value of CSV that is either NULL
 * or the empty text.
 */
extern bool rsd_load_rows_next(RsdLoadRows *rows, StringInfo out);

#endif							/* RSD_PG_LOAD_ROWS_H */
