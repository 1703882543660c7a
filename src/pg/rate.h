/*
 * rate.h
 *	  How often the service may be called: the token buckets of all processes
 *	  of this server, in shared memory.
 *
 * Amazon's quotas are per account, region and operation, so all databases
 * draw from the same buckets.  A bucket gives "share" of the published quota;
 * servers may have different shares.  Nobody waits in here: who gets no token
 * is told when to come again.
 */
#ifndef RSD_PG_RATE_H
#define RSD_PG_RATE_H

#include "storage/lwlock.h"

#include "aws/op.h"

/*
 * Stands for an account in a region; 0 for one that is not limited.  Buckets
 * are kept for a hundred of them, those least used giving way.
 */
typedef uint64 RsdRateKey;

/*
 * The key for calls signed with this access key in this region: the one of
 * its account if rsd_rate_learn() was told that, else one of its own.  NULL
 * gives 0.
 */
extern RsdRateKey rsd_rate_key(const char *access_key_id, const char *region);

/*
 * To be told whose an access key is: the ARN that AWS gave for it ("": not
 * known, then nothing happens).  From then on all processes count its calls
 * for that account.
 */
extern void rsd_rate_learn(const char *access_key_id, const char *arn);

/*
 * Takes a token for one call: 0, or the microseconds until there is one.
 * Share 0 is no limit, and so is a process without preload.
 */
extern int64 rsd_rate_take(RsdRateKey key, RsdOp op, double share);

/*
 * Microseconds until there would be a token after "before" others were taken;
 * takes none.
 */
extern int64 rsd_rate_wait(RsdRateKey key, RsdOp op, double share, int before);

/* The service has throttled such a call. */
extern void rsd_rate_throttled(RsdRateKey key, RsdOp op);

/*
 * The retry quota: pays for another attempt after a fault; false if it is
 * used up, so that the attempt should be put off.
 */
extern bool rsd_rate_pay_retry(RsdRateKey key);

/* A call was answered well; was_retry if earlier attempts had failed. */
extern void rsd_rate_answered(RsdRateKey key, bool was_retry);

/* For shmem.c: how much shared memory this wants. */
extern Size rsd_rate_shmem_size(void);

/* For shmem.c: makes or finds it; the lock is for it alone. */
extern void rsd_rate_shmem_startup(LWLock *lock);

#endif							/* RSD_PG_RATE_H */
