/*
 * submit_targets.h
 *	  The targets argument of a batch: which part's rows go where.
 *
 * Touches no table of ours.
 */
#ifndef RSD_PG_SUBMIT_TARGETS_H
#define RSD_PG_SUBMIT_TARGETS_H

#include "aws/dataapi.h"
#include "pg/submit_options.h"

/* The targets of a batch, found. */
typedef struct RsdSubmitTargets
{
	int			n;				/* parts that have one */
	RsdTarget	target[RSD_MAX_PARTS];
	int			part[RSD_MAX_PARTS];	/* the number of each */
	Jsonb	   *stored;			/* as the row has them; NULL = none */
} RsdSubmitTargets;

/*
 * Finds the targets of a batch of nparts parts by the current search_path, as
 * rsd_target_resolve() does.  targets (NULL = none) is an object whose names
 * are numbers of parts and whose values are names of tables, or objects with
 * the name and options of its own; else "options" counts.  Raises
 * ERRCODE_INVALID_PARAMETER_VALUE for what is not that.  palloc'd in
 * CurrentMemoryContext.
 */
extern void rsd_submit_targets(Jsonb *targets, int nparts,
							   const RsdSubmitOptions *options,
							   RsdSubmitTargets *out);

#endif							/* RSD_PG_SUBMIT_TARGETS_H */
