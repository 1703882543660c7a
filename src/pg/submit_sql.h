/*
 * submit_sql.h
 *	  The SQL of a submit, checked: one text, or the parts of a batch.
 *
 * Touches no table.
 */
#ifndef RSD_PG_SUBMIT_SQL_H
#define RSD_PG_SUBMIT_SQL_H

#include "c.h"
#include "utils/array.h"

/*
 * Raises an error unless sql is not NULL, not empty, and within the limits of
 * the service.
 */
extern void rsd_submit_sql(const text *sql);

/*
 * The same for each of the parts of a batch, of which there must be 1 to 40
 * in one dimension.  Returns them as an array of *n texts, palloc'd.
 */
extern text **rsd_submit_sqls(ArrayType *sqls, int *n);

/* Length of a text once it is UTF-8; raises an error if it cannot be that. */
extern size_t rsd_submit_utf8_length(const text *value);

#endif							/* RSD_PG_SUBMIT_SQL_H */
