/*
 * retry.c
 *		Backoff, poll intervals, token bucket, retry quota: arithmetic only.
 */
#include "base/retry.h"

#define POLL_FIRST_MS 100
#define POLL_EVEN_MS 265
#define POLL_EVEN 23			/* polls until they come less often */
#define POLL_CAP_MS 5000

/* The bucket. */
#define AHEAD_US 500000			/* how far ahead it may be busy */
#define RECOVERY 0.05			/* of the whole rate, per second */
#define LEAST_STRENGTH (1.0 / 32)
#define LEAST_RATE 0.5			/* per second, as the SDKs' adaptive mode */
#define TOGETHER_US 1000000		/* throttles nearer than this are one */

#define QUOTA_CAPACITY 500

int64_t
rsd_backoff_delay(const RsdEnv *env, int failures, int64_t base_ms,
				  int64_t cap_ms)
{
	int64_t		ceiling = base_ms;
	int64_t		delay;

	for (; failures > 1 && ceiling < cap_ms; failures--)
		ceiling *= 2;
	if (ceiling > cap_ms)
		ceiling = cap_ms;
	delay = rsd_env_pick(env, ceiling);
	return delay < 1 ? 1 : delay;
}

/* The first polls come fast, some more at an even pace, the rest ever later. */
int64_t
rsd_poll_delay(const RsdEnv *env, int polls)
{
	int64_t		delay = POLL_FIRST_MS;
	int64_t		jitter;

	for (int i = 0; i < polls && delay < POLL_EVEN_MS; i++)
		delay += delay;
	if (delay > POLL_EVEN_MS)
		delay = POLL_EVEN_MS;
	for (int i = POLL_EVEN; i < polls && delay < POLL_CAP_MS; i++)
		delay += delay / 2;
	if (delay > POLL_CAP_MS)
		delay = POLL_CAP_MS;
	jitter = delay / 5;
	return delay - jitter + rsd_env_pick(env, 2 * jitter);
}

void
rsd_bucket_init(RsdBucket *bucket, int64_t now_us)
{
	bucket->strength = 1.0;
	bucket->throttled_us = now_us;
	bucket->busy_us = now_us;
}

/* A clock that went back heals nothing. */
static double
strength_at(const RsdBucket *bucket, int64_t now_us)
{
	double		strength = bucket->strength;

	if (now_us > bucket->throttled_us)
		strength += RECOVERY * (double) (now_us - bucket->throttled_us) / 1e6;
	return strength > 1.0 ? 1.0 : strength;
}

double
rsd_bucket_rate(const RsdBucket *bucket, double rate, int64_t now_us)
{
	double		left = rate * strength_at(bucket, now_us);
	double		least = rate < LEAST_RATE ? rate : LEAST_RATE;

	return left > least ? left : least;
}

int64_t
rsd_bucket_wait(const RsdBucket *bucket, double rate, int before,
				int64_t now_us)
{
	int64_t		busy = bucket->busy_us > now_us ? bucket->busy_us : now_us;
	int64_t		wait;

	if (before > 0)
		busy += (int64_t) (before * 1e6 /
						   rsd_bucket_rate(bucket, rate, now_us));
	wait = busy - AHEAD_US - now_us;
	return wait > 0 ? wait : 0;
}

bool
rsd_bucket_take(RsdBucket *bucket, double rate, int64_t now_us)
{
	if (rsd_bucket_wait(bucket, rate, 0, now_us) > 0)
		return false;
	if (bucket->busy_us < now_us)
		bucket->busy_us = now_us;
	bucket->busy_us += (int64_t) (1e6 / rsd_bucket_rate(bucket, rate, now_us));
	return true;
}

void
rsd_bucket_throttled(RsdBucket *bucket, int64_t now_us)
{
	double		strength = strength_at(bucket, now_us);

	if (strength < 1.0 && now_us - bucket->throttled_us < TOGETHER_US)
		return;
	bucket->strength = strength / 2 > LEAST_STRENGTH ? strength / 2 :
		LEAST_STRENGTH;
	bucket->throttled_us = now_us;
	if (bucket->busy_us < now_us + AHEAD_US)
		bucket->busy_us = now_us + AHEAD_US;
}

void
rsd_retry_quota_init(RsdRetryQuota *quota)
{
	quota->tokens = QUOTA_CAPACITY;
}

bool
rsd_retry_quota_take(RsdRetryQuota *quota)
{
	if (quota->tokens < RSD_RETRY_COST)
		return false;
	quota->tokens -= RSD_RETRY_COST;
	return true;
}

void
rsd_retry_quota_pay(RsdRetryQuota *quota, bool was_retry)
{
	quota->tokens += was_retry ? RSD_RETRY_COST : 1;
	if (quota->tokens > QUOTA_CAPACITY)
		quota->tokens = QUOTA_CAPACITY;
}
