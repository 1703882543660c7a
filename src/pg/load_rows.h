/*
 * load_rows.h
 *	  Result rows, read where they lie in a loader's messages.
 */
#ifndef RSD_PG_LOAD_ROWS_H
#define RSD_PG_LOAD_ROWS_H

#include "aws/resultcsv.h"
#include "pg/load_ring.h"

/* What to do about values of CSV that are NULL or an empty string. */
#define RSD_CSV_DOUBT_HINT \
	"Submit it with the option \"result_format\": \"json\", or say with \"empty_as_null\": true that such values are NULL."

/* How the values of a column are read. */
typedef struct RsdLoadReading
{
	const char *name;			/* in the result */
	bool		hex;			/* VARBYTE: may come as plain hexadecimal
								 * digits */
	RsdCsvKind	csv;
} RsdLoadReading;

/* Reads rows of one result.  Opaque. */
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
 * Comes to the next row.  False if there is none left in the message.  Raises
 * ERRCODE_DATA_CORRUPTED for what is no row, ERRCODE_DATA_EXCEPTION for a
 * value of CSV that is either NULL or the empty text.
 */
extern bool rsd_load_rows_next(RsdLoadRows *rows);

/* About the row that it came to: */

/* How many bytes its values have, as they are written. */
extern size_t rsd_load_rows_width(const RsdLoadRows *rows);

/* Is the value of a column, from 0, NULL? */
extern bool rsd_load_rows_null(const RsdLoadRows *rows, int column);

/*
 * The text of a value that is not NULL, as input functions read it, in UTF-8
 * and without a NUL at its end; valid until the next call, or as long as
 * CurrentMemoryContext if that is shorter.  Raises ERRCODE_DATA_CORRUPTED.
 */
extern RsdSlice rsd_load_rows_text(RsdLoadRows *rows, int column);

#endif							/* RSD_PG_LOAD_ROWS_H */
