/*
 * result_row.h
 *	  From the fields of a result's row to the Datums of a row type.
 *
 * Runs the input functions of whatever types the caller chose, so it must be
 * called as the caller, never between rsd_caller_up() and down().
 */
#ifndef RSD_PG_RESULT_ROW_H
#define RSD_PG_RESULT_ROW_H

#include "access/htup.h"
#include "access/tupdesc.h"

#include "pg/result_read.h"

/* Makes rows of one row type out of one result.  Opaque. */
typedef struct RsdRowMaker RsdRowMaker;

/*
 * For rows of desc whose columns correspond by position.  Raises
 * ERRCODE_DATATYPE_MISMATCH if the numbers of columns differ.  Lives in
 * CurrentMemoryContext, as long as result and desc.
 */
extern RsdRowMaker *rsd_row_by_position(RsdResult *result, TupleDesc desc);

/*
 * For rows of desc whose columns are found by name.  Columns the result
 * lacks get their value from defaults (a row of desc, or NULL for NULLs).
 */
extern RsdRowMaker *rsd_row_by_name(RsdResult *result, TupleDesc desc,
									HeapTupleHeader defaults);

/*
 * Converts the row last read by rsd_result_next.  values and nulls have
 * desc->natts members; what they point to lives in CurrentMemoryContext.  An
 * error of an input function gets row, column and value as context.
 */
extern void rsd_row_make(RsdRowMaker *maker, Datum *values, bool *nulls);

#endif							/* RSD_PG_RESULT_ROW_H */
