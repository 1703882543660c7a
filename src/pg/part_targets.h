/*
 * part_targets.h
 *	  Where the rows of a statement's parts go, in the worker's memory.
 *
 * All targets of a statement are filled by one loader in one transaction, so
 * what holds for one of them holds for all.
 */
#ifndef RSD_PG_PART_TARGETS_H
#define RSD_PG_PART_TARGETS_H

#include "pg/live.h"

/*
 * The target of the part that is being fetched, or whose page is in hand; NULL
 * if those rows are kept.  Belongs to live.
 */
extern const RsdTarget *rsd_part_target(const RsdLive *live);

/*
 * The names of all targets of a statement, as stored, palloc'd in
 * CurrentMemoryContext; returns how many.
 */
extern int	rsd_part_target_names(const RsdLive *live, const char ***names);

/* Do two statements of one owner load into a common target? */
extern bool rsd_part_targets_meet(const RsdLive *a, const RsdLive *b);

/*
 * Nothing was loaded: what has been fetched for targets is to be fetched
 * again, from the first such part on.
 */
extern void rsd_part_targets_anew(RsdLive *live);

#endif							/* RSD_PG_PART_TARGETS_H */
