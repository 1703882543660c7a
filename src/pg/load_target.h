/*
 * load_target.h
 *	  A target made ready for the rows of a part, by the loader.
 */
#ifndef RSD_PG_LOAD_TARGET_H
#define RSD_PG_LOAD_TARGET_H

#include "nodes/pg_list.h"

#include "base/slice.h"
#include "pg/target.h"

/* One column of the result, texts in the database's encoding. */
typedef struct RsdLoadColumn
{
	char	   *name;			/* label made unique */
	char	   *type_name;		/* Redshift's, "" not said */
	int64		precision;		/* -1 not said */
	int64		scale;
	bool		not_null;
} RsdLoadColumn;

/*
 * Reads a ColumnMetadata array; returns the columns palloc'd in
 * CurrentMemoryContext and how many.  Raises ERRCODE_DATA_CORRUPTED.
 */
extern int	rsd_load_columns(RsdSlice metadata, RsdLoadColumn **columns);

/*
 * Checks the target again as the current role, locks and empties it as its
 * mode says, or makes it; target->oid is set then.  Needs SPI connected.
 * Raises an error for what is no longer possible.
 */
extern void rsd_load_target_open(RsdTarget *target, RsdTargetMode mode,
								 const RsdLoadColumn *columns, int ncolumns);

/*
 * The names of the target's columns that the result's go to, a list of C
 * strings in the result's order.  Raises ERRCODE_DATATYPE_MISMATCH, saying
 * what does not fit, if one finds no place.
 */
extern List *rsd_load_target_match(const RsdTarget *target, bool by_position,
								   const RsdLoadColumn *columns,
								   int ncolumns);

/*
 * CREATE TABLE for such a result, as SQL.
 */
extern char *rsd_load_create_sql(const char *name,
								 const RsdLoadColumn *columns, int ncolumns);

#endif							/* RSD_PG_LOAD_TARGET_H */
