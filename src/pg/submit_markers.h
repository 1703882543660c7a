/*
 * submit_markers.h
 *	  Do the parameters of a submit and the markers in its SQL fit together?
 *
 * Says so only where it is certain (aws/markers.h).  Touches no table.
 */
#ifndef RSD_PG_SUBMIT_MARKERS_H
#define RSD_PG_SUBMIT_MARKERS_H

#include "utils/jsonb.h"

/*
 * Checks params (NULL = none, else as rsd_submit_params took them) against
 * n texts, the parts of a batch or one statement: each marker must have a
 * value, each value a marker in one of them at least.  Raises
 * ERRCODE_INVALID_PARAMETER_VALUE naming the parameter; "batch" chooses the
 * words.
 */
extern void rsd_submit_markers(Jsonb *params, text *const *sqls, int n,
							   bool batch);

/*
 * The members of params that at least one of n texts could use, for a batch
 * of which only some parts run again; NULL if none is left.  palloc'd, or
 * params itself.
 */
extern Jsonb *rsd_submit_used_params(Jsonb *params, text *const *sqls, int n);

#endif							/* RSD_PG_SUBMIT_MARKERS_H */
