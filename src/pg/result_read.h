/*
 * result_read.h
 *	  Reading a stored result row by row, with one page in memory.
 *
 * Checks that the caller may read it and that it is there; knows wire kinds
 * and columns, not SQL types.
 */
#ifndef RSD_PG_RESULT_READ_H
#define RSD_PG_RESULT_READ_H

#include "utils/palloc.h"

#include "aws/resultcsv.h"

/* One column of a result, texts in the database's encoding. */
typedef struct RsdResultColumn
{
	char	   *name;			/* label made unique */
	char	   *type_name;		/* Redshift's, "" = not said */
} RsdResultColumn;

/* A result being read. */
typedef struct RsdResult
{
	int64		id;
	int			part;
	int			ncolumns;
	RsdResultColumn *columns;
	RsdField   *fields;			/* of the row last read, in place */
	int64		row_no;			/* of the row last read, from 1 */

	/* private */
	MemoryContext page_context; /* the page in hand; fields point into it */
	bool		csv;			/* the page in hand is */
	RsdRows		rows;
	RsdCsvRows	csv_rows;
	RsdCsvKind *kinds;			/* of columns in CSV */
	RsdBuf		text;			/* an unescaped value */
	int			page;			/* number of the page last read */
	int			page_rows;		/* rows it should still give */
	bool		in_page;
} RsdResult;

/*
 * Opens a part's result for the current role.  Raises an error unless the
 * role may act as the statement's owner and the statement, or that part of a
 * batch that has ended, finished with a result set that was fetched:
 * ERRCODE_UNDEFINED_OBJECT for an unknown id,
 * ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE while it is not there, the
 * statement's own error if it failed.  Lives in CurrentMemoryContext.
 */
extern RsdResult *rsd_result_open(int64 id, int part);

/*
 * Reads the next row into fields; false at the end.  Pages are read with the
 * active snapshot, as the extension's owner.  Raises ERRCODE_DATA_CORRUPTED
 * if a page is not as it was stored.
 */
extern bool rsd_result_next(RsdResult *result);

/*
 * The text of a field that is not NULL, in the database's encoding, palloc'd
 * in CurrentMemoryContext.  A blob becomes \x and hex digits.  Raises
 * ERRCODE_UNTRANSLATABLE_CHARACTER if the encoding lacks a character, and
 * ERRCODE_DATA_EXCEPTION for a value of CSV that is NULL or an empty string.
 */
extern char *rsd_result_text(RsdResult *result, const RsdField *field);

#endif							/* RSD_PG_RESULT_READ_H */
