/*
 * ended.h
 *	  What the end of a statement sets going.
 */
#ifndef RSD_PG_ENDED_H
#define RSD_PG_ENDED_H

#include "pg/driver_state.h"

/*
 * The end of a statement is committed: tells the sessions that wait for it,
 * those that come after it, retention and, unless the row is gone, SNS (if
 * live->publish_to is set) and whoever is to learn its signer.
 */
extern void rsd_ended_tell(RsdDriver *driver, RsdLive *live);

#endif							/* RSD_PG_ENDED_H */
