/*
 * retry.c
 *		Backoff, poll intervals and the token bucket: arithmetic only.
 */
#include "base/retry.h"

#define POLL_FIRST_MS 50
#define POLL_CAP_MS 5000

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

int64_t
rsd_poll_delay(const RsdEnv *env, int polls)
{
	int64_t		delay = POLL_FIRST_MS;
	int64_t		jitter;

	for (; polls > 0 && delay < POLL_CAP_MS; polls--)
		delay += delay / 2;
	if (delay > POLL_CAP_MS)
		delay = POLL_CAP_MS;
	jitter = delay / 5;
	return delay - jitter + rsd_env_pick(env, 2 * jitter);
}

void
rsd_bucket_init(RsdBucket *bucket, double rate, double burst, int64_t now_us)
{
	bucket->rate = rate;
	bucket->burst = burst < 1.0 ? 1.0 : burst;
	bucket->tokens = bucket->burst;
	bucket->updated_us = now_us;
}

/* Tokens at that instant; a clock that went back earns nothing. */
static double
tokens_at(const RsdBucket *bucket, int64_t now_us)
{
	double		tokens = bucket->tokens;

	if (now_us > bucket->updated_us)
		tokens += bucket->rate * (double) (now_us - bucket->updated_us) / 1e6;
	return tokens > bucket->burst ? bucket->burst : tokens;
}

static void
update(RsdBucket *bucket, int64_t now_us)
{
	bucket->tokens = tokens_at(bucket, now_us);
	if (now_us > bucket->updated_us)
		bucket->updated_us = now_us;
}

void
rsd_bucket_set_rate(RsdBucket *bucket, double rate, int64_t now_us)
{
	update(bucket, now_us);
	bucket->rate = rate;
}

/* Rounding may leave a hair less than a whole token. */
#define ONE_TOKEN 0.999999

bool
rsd_bucket_take(RsdBucket *bucket, int64_t now_us)
{
	update(bucket, now_us);
	if (bucket->tokens < ONE_TOKEN)
		return false;
	bucket->tokens -= 1.0;
	return true;
}

int64_t
rsd_bucket_wait(const RsdBucket *bucket, int64_t now_us)
{
	double		missing = 1.0 - tokens_at(bucket, now_us);

	if (missing <= 1.0 - ONE_TOKEN)
		return 0;
	return (int64_t) (missing / bucket->rate * 1e6) + 1;
}
