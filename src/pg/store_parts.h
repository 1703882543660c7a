/*
 * store_parts.h
 *	  Rows of rsdata.part of a batch, into the worker's memory and back.
 *
 *	  See store.h for what holds of each function.
 */
#ifndef RSD_PG_STORE_PARTS_H
#define RSD_PG_STORE_PARTS_H

#include "utils/jsonb.h"

#include "pg/parts.h"
#include "pg/rowio.h"

/* Reads where the rows of its parts go, of a batch that has targets. */
extern void rsd_store_read_targets(RsdLive *live);

/* Reads what is known of the parts of a batch, and how far they came. */
extern void rsd_store_read_parts(RsdLive *live);

/*
 * Adds the parts that have changed to the rows that RSD_SQL_RECORD_PART
 * writes; "columns" (or NULL) describe the result of the current one.
 */
extern void rsd_store_add_parts(RsdLive *live, const Jsonb *columns,
								RsdArgRows *rows);

#endif							/* RSD_PG_STORE_PARTS_H */
