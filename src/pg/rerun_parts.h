/*
 * rerun_parts.h
 *	  Which parts of a batch run again.
 *
 * Reads our tables as the extension's owner; writes nothing.
 */
#ifndef RSD_PG_RERUN_PARTS_H
#define RSD_PG_RERUN_PARTS_H

#include "utils/array.h"
#include "utils/jsonb.h"

/* What the new statement gets in place of the old one's. */
typedef struct RsdRerunParts
{
	ArrayType  *sqls;			/* NULL: all that the old one has */
	Jsonb	   *params;			/* those that the parts use */
	Jsonb	   *targets;		/* of the parts, by their new numbers */
} RsdRerunParts;

/*
 * Decides for statement id, which has ended; parts is "failed", "all" or NULL
 * for what is safe.  Of a batch that commits each part by itself that is
 * "failed": only parts that surely did not commit run again.  For any other
 * statement parts must be NULL: all of it runs again.  Raises
 * ERRCODE_INVALID_PARAMETER_VALUE for parts that do not fit, and
 * ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE if there is nothing to run.
 * palloc'd in CurrentMemoryContext.
 */
extern void rsd_rerun_parts(int64 id, const char *parts, RsdRerunParts *out);

#endif							/* RSD_PG_RERUN_PARTS_H */
