/*
 * rate.c
 *		A bucket of one second's calls for each operation that is limited.
 *
 * Locking: one mutex guards the buckets for the length of one call.
 *
 * Published limits: "Quotas and limits in Amazon Redshift"; the two newest
 * operations are not in that table and have none here.
 */
#include "rate.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define OPS_MAX 32

static const struct
{
	const char *op;
	double		limit;
}			published[] = {
	{"ExecuteStatement", 30},
	{"BatchExecuteStatement", 20},
	{"DescribeStatement", 100},
	{"GetStatementResult", 20},
	{"CancelStatement", 3},
	{"DescribeTable", 3},
	{"ListDatabases", 3},
	{"ListSchemas", 3},
	{"ListStatements", 3},
	{"ListTables", 3},
};

typedef struct Bucket
{
	char		op[64];
	double		limit;			/* 0: none */
	double		left;
	int64_t		filled_us;
	long		refused;
} Bucket;

struct EmuRates
{
	pthread_mutex_t lock;
	Bucket		buckets[OPS_MAX];
	size_t		count;
};

EmuRates *
emu_rates_create(void)
{
	EmuRates   *rates = emu_alloc(sizeof(*rates));

	pthread_mutex_init(&rates->lock, NULL);
	return rates;
}

void
emu_rates_destroy(EmuRates *rates)
{
	pthread_mutex_destroy(&rates->lock);
	free(rates);
}

static Bucket *
find(EmuRates *rates, const char *op)
{
	for (size_t i = 0; i < rates->count; i++)
	{
		if (strcmp(rates->buckets[i].op, op) == 0)
			return &rates->buckets[i];
	}
	return NULL;
}

/* Lock held. What does not fit any more is not limited: none is so many. */
static void
set(EmuRates *rates, const char *op, double limit)
{
	Bucket	   *bucket = find(rates, op);

	if (bucket == NULL && rates->count < OPS_MAX)
		bucket = &rates->buckets[rates->count++];
	if (bucket == NULL)
		return;
	snprintf(bucket->op, sizeof(bucket->op), "%s", op);
	bucket->limit = limit;
	bucket->left = limit < 1 ? 1 : limit;
	bucket->filled_us = emu_ticks_us();
	bucket->refused = 0;
}

void
emu_rates_set(EmuRates *rates, const char *op, double limit)
{
	pthread_mutex_lock(&rates->lock);
	if (strcmp(op, "*") != 0)
		set(rates, op, limit);
	else if (limit == 0)
		rates->count = 0;
	else
	{
		for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++)
			set(rates, published[i].op, published[i].limit);
	}
	pthread_mutex_unlock(&rates->lock);
}

bool
emu_rates_read(EmuRates *rates, const char *text)
{
	char		op[64];
	double		limit;
	int			end = 0;

	if (strcmp(text, "*") == 0)
	{
		emu_rates_set(rates, text, 1);
		return true;
	}
	if (sscanf(text, "%63[A-Za-z0-9]=%lf%n", op, &limit, &end) != 2 ||
		text[end] != '\0' || limit < 0)
		return false;
	emu_rates_set(rates, op, limit);
	return true;
}

/* Fill the bucket up and take a call out of it. */
static bool
take(Bucket *bucket)
{
	int64_t		now_us = emu_ticks_us();
	double		most = bucket->limit < 1 ? 1 : bucket->limit;

	bucket->left += (double) (now_us - bucket->filled_us) / 1e6 *
		bucket->limit;
	bucket->filled_us = now_us;
	if (bucket->left > most)
		bucket->left = most;
	if (bucket->left < 1)
	{
		bucket->refused++;
		return false;
	}
	bucket->left -= 1;
	return true;
}

bool
emu_rates_pass(EmuRates *rates, const char *op)
{
	Bucket	   *bucket;
	bool		pass;

	pthread_mutex_lock(&rates->lock);
	bucket = find(rates, op);
	pass = bucket == NULL || bucket->limit == 0 || take(bucket);
	pthread_mutex_unlock(&rates->lock);
	return pass;
}

json_t *
emu_rates_dump(EmuRates *rates)
{
	json_t	   *list = json_array();

	pthread_mutex_lock(&rates->lock);
	for (size_t i = 0; i < rates->count; i++)
	{
		Bucket	   *bucket = &rates->buckets[i];

		json_array_append_new(list, json_pack("{s:s, s:f, s:i}",
											  "op", bucket->op,
											  "limit", bucket->limit,
											  "refused",
											  (int) bucket->refused));
	}
	pthread_mutex_unlock(&rates->lock);
	return list;
}
