/*
 * unixtime.h
 *	  Between the server's timestamps and microseconds since the Unix epoch,
 *	  which the folders below src/pg count in.
 */
#ifndef RSD_PG_UNIXTIME_H
#define RSD_PG_UNIXTIME_H

#include "datatype/timestamp.h"

#define RSD_UNIX_OFFSET \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

static inline TimestampTz
rsd_time_from_unix(int64 unix_us)
{
	return unix_us - RSD_UNIX_OFFSET;
}

static inline int64
rsd_time_to_unix(TimestampTz t)
{
	return t + RSD_UNIX_OFFSET;
}

#endif							/* RSD_PG_UNIXTIME_H */
