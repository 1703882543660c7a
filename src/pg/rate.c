/*
 * rate.c
 *	  Token buckets and retry quotas in shared memory, behind one lock that is
 *	  held for a few instructions.
 *
 * The arithmetic is base/retry.c's, the quotas are aws/op.c's.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "storage/shmem.h"

#include "aws/sts.h"
#include "base/env.h"
#include "base/retry.h"
#include "pg/rate.h"

#define NGROUPS				100
#define NKEYS				1024

/* The account that an access key belongs to. */
typedef struct KeyOwner
{
	uint64		key;			/* hash of its id */
	char		account[13];	/* "" = free */
} KeyOwner;

/* What an account has in one region. */
typedef struct Group
{
	RsdRateKey	key;			/* 0 = free */
	int64		used_us;
	RsdRetryQuota retries;
	RsdBucket	buckets[RSD_OP_COUNT];
} Group;

typedef struct Rates
{
	LWLock	   *lock;
	Group		groups[NGROUPS];
	KeyOwner	keys[NKEYS];	/* each in one place, by its hash */
} Rates;

static Rates *rates = NULL;

Size
rsd_rate_shmem_size(void)
{
	return MAXALIGN(sizeof(Rates));
}

void
rsd_rate_shmem_startup(LWLock *lock)
{
	bool		found;

	rates = ShmemInitStruct("rsdata rates", sizeof(Rates), &found);
	if (found)
		return;
	memset(rates, 0, sizeof(*rates));
	rates->lock = lock;
}

static uint64
hash_text(const char *text, uint64 seed)
{
	return hash_bytes_extended((const unsigned char *) text,
							   (int) strlen(text), seed);
}

/* A key that falls on the place of another one takes it. */
void
rsd_rate_learn(const char *access_key_id, const char *arn)
{
	char		account[13];
	uint64		key;
	KeyOwner   *owner;

	if (rates == NULL || access_key_id == NULL ||
		!rsd_sts_arn_account(arn, account))
		return;
	key = hash_text(access_key_id, 0);
	owner = &rates->keys[key % NKEYS];
	LWLockAcquire(rates->lock, LW_EXCLUSIVE);
	owner->key = key;
	memcpy(owner->account, account, sizeof(account));
	LWLockRelease(rates->lock);
}

/* The account of a key; false if nobody has learned it. */
static bool
find_account(uint64 key, char account[13])
{
	const KeyOwner *owner;
	bool		known;

	if (rates == NULL)
		return false;
	owner = &rates->keys[key % NKEYS];
	LWLockAcquire(rates->lock, LW_SHARED);
	known = owner->key == key && owner->account[0] != '\0';
	memcpy(account, owner->account, sizeof(owner->account));
	LWLockRelease(rates->lock);
	return known;
}

RsdRateKey
rsd_rate_key(const char *access_key_id, const char *region)
{
	char		account[13];
	uint64		hash;

	if (access_key_id == NULL)
		return 0;
	hash = hash_text(access_key_id, 0);
	if (find_account(hash, account))
		hash = hash_text(account, 0);
	hash = hash_text(region, hash);
	return hash == 0 ? 1 : hash;
}

static void
begin_group(Group *group, RsdRateKey key, int64 now)
{
	group->key = key;
	rsd_retry_quota_init(&group->retries);
	for (int i = 0; i < RSD_OP_COUNT; i++)
		rsd_bucket_init(&group->buckets[i], now);
}

/*
 * The group of a key, locked, or NULL and nothing locked where there is no
 * limit.  What was used longest ago gives way: it has recovered by then.
 */
static Group *
lock_group(RsdRateKey key, int64 *now)
{
	Group	   *group;

	if (rates == NULL || key == 0)
		return NULL;
	*now = rsd_env_mono_us();
	LWLockAcquire(rates->lock, LW_EXCLUSIVE);
	group = &rates->groups[0];
	for (int i = 0; i < NGROUPS && group->key != key; i++)
	{
		Group	   *other = &rates->groups[i];

		if (other->key == key || other->used_us < group->used_us)
			group = other;
	}
	if (group->key != key)
		begin_group(group, key, *now);
	group->used_us = *now;
	return group;
}

static void
unlock_group(void)
{
	LWLockRelease(rates->lock);
}

int64
rsd_rate_take(RsdRateKey key, RsdOp op, double share)
{
	double		rate = share * rsd_op_quota(op);
	int64		wait = 0;
	int64		now;
	Group	   *group;

	if (rate <= 0 || (group = lock_group(key, &now)) == NULL)
		return 0;
	if (!rsd_bucket_take(&group->buckets[op], rate, now))
		wait = rsd_bucket_wait(&group->buckets[op], rate, 0, now);
	unlock_group();
	return wait;
}

int64
rsd_rate_wait(RsdRateKey key, RsdOp op, double share, int before)
{
	double		rate = share * rsd_op_quota(op);
	int64		wait;
	int64		now;
	Group	   *group;

	if (rate <= 0 || (group = lock_group(key, &now)) == NULL)
		return 0;
	wait = rsd_bucket_wait(&group->buckets[op], rate, before, now);
	unlock_group();
	return wait;
}

void
rsd_rate_throttled(RsdRateKey key, RsdOp op)
{
	int64		now;
	Group	   *group = lock_group(key, &now);

	if (group == NULL)
		return;
	rsd_bucket_throttled(&group->buckets[op], now);
	unlock_group();
}

bool
rsd_rate_pay_retry(RsdRateKey key)
{
	bool		paid;
	int64		now;
	Group	   *group = lock_group(key, &now);

	if (group == NULL)
		return true;
	paid = rsd_retry_quota_take(&group->retries);
	unlock_group();
	return paid;
}

void
rsd_rate_answered(RsdRateKey key, bool was_retry)
{
	int64		now;
	Group	   *group = lock_group(key, &now);

	if (group == NULL)
		return;
	rsd_retry_quota_pay(&group->retries, was_retry);
	unlock_group();
}
