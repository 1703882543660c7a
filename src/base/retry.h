/*
 * retry.h
 *		When to try again: due times, backoff, poll intervals, a token bucket,
 *		the retry quota.
 *
 * Pure arithmetic over a given clock and die; it sleeps nowhere.  Delays are
 * milliseconds, instants microseconds.
 */
#ifndef RSD_BASE_RETRY_H
#define RSD_BASE_RETRY_H

#include "base/env.h"

/*
 * A token bucket told as time: each send makes it busy for as long as a token
 * takes to come, and it may be busy half a second ahead.  The rate is the
 * caller's, so that callers with different shares may use one bucket; what
 * belongs to the bucket is which part of it is left after throttles.
 *
 * Plain values only, so that it may lie in shared memory under a lock.
 */
typedef struct RsdBucket
{
	double		strength;		/* part of the rate left, at throttled_us */
	int64_t		throttled_us;	/* last throttle that counted */
	int64_t		busy_us;		/* until when it is busy */
} RsdBucket;

/*
 * The retry quota of the AWS SDKs: each retry costs, each success pays back.
 * When it is used up something is wrong with the service, not with a call.
 */
typedef struct RsdRetryQuota
{
	int			tokens;
} RsdRetryQuota;

#define RSD_RETRY_COST 14		/* of a retry after a fault */

/* The earlier of two instants of which 0 means none. */
static inline int64_t
rsd_earlier(int64_t a, int64_t b)
{
	if (a == 0 || (b != 0 && b < a))
		return b;
	return a;
}

/*
 * Delay before the next attempt after this many failures in a row (1 or
 * more): evenly random between 0 and min(cap, base * 2^(failures - 1)), the
 * "full jitter" of the AWS SDKs; never under 1 ms.
 */
extern int64_t rsd_backoff_delay(const RsdEnv *env, int failures,
								 int64_t base_ms, int64_t cap_ms);

/*
 * Delay before poll number polls (0 = first): 100 ms doubling up to 265 ms,
 * which is kept for the first six seconds or so (about twenty polls), then
 * growing by half each time up to 5 s; plus or minus up to 20 %.
 */
extern int64_t rsd_poll_delay(const RsdEnv *env, int polls);

/* A bucket that is not busy and was never throttled. */
extern void rsd_bucket_init(RsdBucket *bucket, int64_t now_us);

/*
 * Sends per second that are left of rate now: all of it, or after a throttle
 * half, recovering by a twentieth of the whole per second.  Never under one
 * in two seconds, unless rate itself is.  rate > 0.
 */
extern double rsd_bucket_rate(const RsdBucket *bucket, double rate,
							  int64_t now_us);

/* Takes one token at that rate if there is one. */
extern bool rsd_bucket_take(RsdBucket *bucket, double rate,
							int64_t now_us) RSD_MUSTCHECK;

/*
 * Microseconds until a token is there when "before" others have been taken
 * first; 0 if there is one.
 */
extern int64_t rsd_bucket_wait(const RsdBucket *bucket, double rate,
							   int before, int64_t now_us);

/*
 * The service has throttled a call: halves the rate and uses up what was
 * saved.  Once a second at most, because the calls that were under way
 * together are throttled together.
 */
extern void rsd_bucket_throttled(RsdBucket *bucket, int64_t now_us);

/* A full quota. */
extern void rsd_retry_quota_init(RsdRetryQuota *quota);

/* Pays for a retry after a fault; false if there is not enough. */
extern bool rsd_retry_quota_take(RsdRetryQuota *quota) RSD_MUSTCHECK;

/* A call was answered: pays back RSD_RETRY_COST if it was a retry, else 1. */
extern void rsd_retry_quota_pay(RsdRetryQuota *quota, bool was_retry);

#endif							/* RSD_BASE_RETRY_H */
