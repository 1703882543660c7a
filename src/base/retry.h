/*
 * retry.h
 *		When to try again: backoff, poll intervals, a token bucket.
 *
 * Pure arithmetic over a given clock and die; it sleeps nowhere.  Delays are
 * milliseconds, instants microseconds.
 */
#ifndef RSD_BASE_RETRY_H
#define RSD_BASE_RETRY_H

#include "base/env.h"

/* Plain values only, so that it may lie in shared memory under a lock. */
typedef struct RsdBucket
{
	double		rate;			/* tokens per second */
	double		burst;			/* most tokens kept */
	double		tokens;			/* at updated_us */
	int64_t		updated_us;		/* monotonic */
} RsdBucket;

/*
 * Delay before the next attempt after this many failures in a row (1 or
 * more): evenly random between 0 and min(cap, base * 2^(failures - 1)), the
 * "full jitter" of the AWS SDKs; never under 1 ms.
 */
extern int64_t rsd_backoff_delay(const RsdEnv *env, int failures,
								 int64_t base_ms, int64_t cap_ms);

/*
 * Delay before poll number polls (0 = first): 50 ms growing by half each
 * time up to 5 s, plus or minus up to 20 %.
 */
extern int64_t rsd_poll_delay(const RsdEnv *env, int polls);

/* A full bucket.  rate > 0; burst at least 1. */
extern void rsd_bucket_init(RsdBucket *bucket, double rate, double burst,
							int64_t now_us);

/* Changes the rate, keeping what has been earned so far. */
extern void rsd_bucket_set_rate(RsdBucket *bucket, double rate,
								int64_t now_us);

/* Takes one token if there is one. */
extern bool rsd_bucket_take(RsdBucket *bucket, int64_t now_us) RSD_MUSTCHECK;

/* Microseconds until a token is there; 0 if there is one. */
extern int64_t rsd_bucket_wait(const RsdBucket *bucket, int64_t now_us);

#endif							/* RSD_BASE_RETRY_H */
