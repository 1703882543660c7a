/*
 * t_retry.c
 *		The token bucket under a clock of its own, and the retry quota.
 */
#include "aws/op.h"
#include "base/retry.h"
#include "tap.h"

#define SECOND INT64_C(1000000)

/* Takes what there is at this instant. */
static int
drain(RsdBucket *b, double rate, int64_t now)
{
	int			n = 0;

	while (n < 10000 && rsd_bucket_take(b, rate, now))
		n++;
	return n;
}

/* Sends within some seconds of one who takes each token as it comes. */
static int
sends(RsdBucket *b, double rate, int64_t *now, int seconds)
{
	int64_t		end = *now + seconds * SECOND;
	int			n = 0;

	while (*now < end)
	{
		n += drain(b, rate, *now);
		*now += rsd_bucket_wait(b, rate, 0, *now);
	}
	return n;
}

static void
test_pace(void)
{
	RsdBucket	b;
	int64_t		now = 5 * SECOND;
	int			n;

	rsd_bucket_init(&b, now);
	n = drain(&b, 15, now);
	is_int(n, 8, "at first half a second's worth, and one");
	ok(rsd_bucket_wait(&b, 15, 0, now) > 0 &&
	   rsd_bucket_wait(&b, 15, 0, now) < 70000, "then one each 67 ms");
	is_int(rsd_bucket_wait(&b, 15, 30, now) / 100000, 20,
	   "the 31st has two seconds to wait");
	now += rsd_bucket_wait(&b, 15, 0, now);
	is_int(rsd_bucket_wait(&b, 15, 0, now), 0, "after the wait there is one");
	is_int(drain(&b, 15, now), 1, "to be taken");
	is_int(drain(&b, 15, now - SECOND), 0, "a clock going back earns nothing");
	n = sends(&b, 15, &now, 100);
	ok(n >= 1499 && n <= 1501, "the rate is kept: %d in 100 s", n);
	now += 3600 * SECOND;
	is_int(drain(&b, 15, now), 8, "and no more is saved than half a second");

	rsd_bucket_init(&b, now);
	is_int(drain(&b, 0.1, now), 1, "a slow one lets one go");
	is_int(rsd_bucket_wait(&b, 0.1, 0, now) / 100000, 95, "and waits");
}

/* Servers with different shares draw from one bucket. */
static void
test_shares(void)
{
	RsdBucket	b;
	int64_t		now = 0;
	int			n[2] = {0, 0};
	int			turn = 0;

	rsd_bucket_init(&b, now);
	for (; now < 100 * SECOND; now += 1000)
		if (rsd_bucket_take(&b, turn == 0 ? 20 : 5, now))
		{
			n[turn]++;
			turn = 1 - turn;
		}
	ok(n[0] == n[1] && n[0] >= 399 && n[0] <= 405,
	   "in turn: %d and %d in 100 s, each token at its own price", n[0], n[1]);
}

static void
test_throttle(void)
{
	RsdBucket	b;
	int64_t		now = 0;

	rsd_bucket_init(&b, now);
	rsd_bucket_throttled(&b, now);
	is_int(rsd_bucket_rate(&b, 16, now), 8, "a throttle halves the rate");
	is_int(drain(&b, 16, now), 1, "and takes what was saved");
	for (int i = 0; i < 100; i++)
		rsd_bucket_throttled(&b, now + i * 1000);
	is_int(rsd_bucket_rate(&b, 16, now), 8, "those that come together are one");
	ok(rsd_bucket_rate(&b, 16, now + 2 * SECOND) > 9.5 &&
	   rsd_bucket_rate(&b, 16, now + 2 * SECOND) < 9.7,
	   "without one it recovers slowly");
	is_int(rsd_bucket_rate(&b, 16, now + 10 * SECOND), 16, "in ten seconds");
	is_int(rsd_bucket_rate(&b, 16, now + 60 * SECOND), 16, "and no further");
	for (int i = 0; i < 1000; i++)
		rsd_bucket_throttled(&b, now += 1001000);
	ok(rsd_bucket_rate(&b, 100, now) > 3, "it is bounded below");
	ok(rsd_bucket_rate(&b, 3, now) > 0.49 && rsd_bucket_rate(&b, 3, now) < 0.51,
	   "one in two seconds");
	ok(rsd_bucket_rate(&b, 0.1, now) > 0.09, "unless it was slower anyway");
}

static void
test_quota(void)
{
	RsdRetryQuota quota;
	int			n = 0;

	rsd_retry_quota_init(&quota);
	while (n < 1000 && rsd_retry_quota_take(&quota))
		n++;
	is_int(n, 35, "500 tokens pay 35 retries");
	rsd_retry_quota_pay(&quota, false);
	ok(!rsd_retry_quota_take(&quota), "a success pays one");
	rsd_retry_quota_pay(&quota, true);
	ok(rsd_retry_quota_take(&quota), "that of a retry pays it back");
	for (n = 0; n < 1000; n++)
		rsd_retry_quota_pay(&quota, true);
	for (n = 0; n < 1000 && rsd_retry_quota_take(&quota);)
		n++;
	is_int(n, 35, "it never holds more");
}

static void
test_published(void)
{
	is_int(rsd_op_quota(RSD_OP_EXECUTE), 30, "ExecuteStatement");
	is_int(rsd_op_quota(RSD_OP_BATCH), 20, "BatchExecuteStatement");
	is_int(rsd_op_quota(RSD_OP_DESCRIBE), 100, "DescribeStatement");
	is_int(rsd_op_quota(RSD_OP_RESULT), 20, "GetStatementResult");
	is_int(rsd_op_quota(RSD_OP_CANCEL), 3, "CancelStatement");
	is_int(rsd_op_quota(RSD_OP_LIST_STATEMENTS), 3, "ListStatements");
	is_int(rsd_op_quota(RSD_OP_PUBLISH), 0, "Publish is not limited here");
}

int
main(void)
{
	test_pace();
	test_shares();
	test_throttle();
	test_quota();
	test_published();
	return tap_done();
}
