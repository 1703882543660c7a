/*
 * parts_rerun.h
 *	  A batch that failed, run again as a whole.
 */
#ifndef RSD_PG_PARTS_RERUN_H
#define RSD_PG_PARTS_RERUN_H

#include "pg/live.h"

/*
 * Has a failed batch that was described committed nothing, and may it do when
 * it is run again, by the causes of its option retry_on?
 */
extern bool rsd_parts_may_rerun(const RsdLive *live);

/* The next run begins: nothing is known of the parts. */
extern void rsd_parts_forget(RsdLive *live);

#endif							/* RSD_PG_PARTS_RERUN_H */
