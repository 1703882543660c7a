/*
 * load_rows.h
 *	  Result rows as COPY reads them.
 */
#ifndef RSD_PG_LOAD_ROWS_H
#define RSD_PG_LOAD_ROWS_H

#include "lib/stringinfo.h"

#include "pg/load_ring.h"

/* Writes rows of one result.  Opaque. */
typedef struct RsdLoadRows RsdLoadRows;

/*
 * For rows of ncolumns fields; hex[i] tells that column i is a VARBYTE that
 * may come as plain hexadecimal digits.  Lives in CurrentMemoryContext.
 */
extern RsdLoadRows *rsd_load_rows_make(int ncolumns, const bool *hex);

/* Begins with the rows of a message, which must stay where they are. */
extern void rsd_load_rows_take(RsdLoadRows *rows, RsdLoadFormat format,
							   RsdSlice bytes);

/*
 * Appends the next row to out as a line of COPY's text format in UTF-8.  False
 * if there is none left in the message.  Raises ERRCODE_DATA_CORRUPTED for
 * what is no row.
 */
extern bool rsd_load_rows_next(RsdLoadRows *rows, StringInfo out);

#endif							/* RSD_PG_LOAD_ROWS_H */
