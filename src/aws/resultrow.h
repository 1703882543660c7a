/*
 * resultrow.h
 *		The scanner of rows and fields behind aws/resultset.h, which is the
 *		header to use elsewhere.
 *
 * It knows the grammar of one row: an array of Field objects.  It never
 * reads beyond the end it is given and never allocates.
 */
#ifndef RSD_AWS_RESULTROW_H
#define RSD_AWS_RESULTROW_H

#include "aws/resultset.h"

/* How to scan, and where errors go. */
typedef struct RsdRowScan
{
	int64_t		row;			/* number to name in errors */
	bool		check_text;		/* check that strings can be decoded */
	bool		check_utf8;		/* check strings' UTF-8, too */
	RsdError   *err;
} RsdRowScan;

/*
 * Scans one row at p, which must be at its bracket, into fields (up to max;
 * NULL to check only) and counts them in *nfields.  Returns the place
 * behind the row, or NULL with the error set (MALFORMED, ENCODING; LIMIT
 * for more than max fields).
 */
extern const char *rsd_row_scan(const RsdRowScan *scan, const char *p,
								const char *end, RsdField *fields, int max,
								int *nfields) RSD_MUSTCHECK;

/*
 * The place behind a row that has been scanned before: no checks but the
 * end.
 */
extern const char *rsd_row_end(const char *p, const char *end);

#endif							/* RSD_AWS_RESULTROW_H */
