/*
 * retention.h
 *	  Forgetting what is too old or too much: when the worker looks for it.
 *
 * What there is to forget, and the settings that say so, are
 * store_retention.h's.  Ages have a due time; numbers and sizes are looked at
 * after so many ends of statements, and before the worker leaves.
 */
#ifndef RSD_PG_RETENTION_H
#define RSD_PG_RETENTION_H

typedef struct RsdRetention RsdRetention;

/* Makes it in CurrentMemoryContext; the first look comes soon after now. */
extern RsdRetention *rsd_retention_create(int64 now);

/* A statement has ended and so many bytes of its result are kept. */
extern void rsd_retention_ended(RsdRetention *retention, int64 bytes);

/* The settings may have changed. */
extern void rsd_retention_changed(RsdRetention *retention, int64 now);

/* When it wants a turn, microseconds since the Unix epoch; 0 never. */
extern int64 rsd_retention_due(const RsdRetention *retention);

/*
 * If it is due at now, forgets a little in a transaction of its own.  Errors
 * are logged, and it comes again later.
 */
extern void rsd_retention_turn(RsdRetention *retention, int64 now);

/*
 * Is nothing to be forgotten but what has a due time?  Looks in a transaction
 * of its own if something has ended since the last look.
 */
extern bool rsd_retention_settled(RsdRetention *retention, int64 now);

#endif							/* RSD_PG_RETENTION_H */
