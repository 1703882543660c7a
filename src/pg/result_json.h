/*
 * result_json.h
 *	  From the fields of a result's row to one JSON object.
 */
#ifndef RSD_PG_RESULT_JSON_H
#define RSD_PG_RESULT_JSON_H

#include "utils/jsonb.h"

#include "pg/result_read.h"

/*
 * The row last read as an object of the columns' unique names, palloc'd in
 * CurrentMemoryContext: numbers (numeric too) digit for digit, booleans,
 * SUPER as the JSON it is, everything else as text.
 */
extern Jsonb *rsd_result_json(RsdResult *result);

#endif							/* RSD_PG_RESULT_JSON_H */
