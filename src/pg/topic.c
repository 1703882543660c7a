/*
 * topic.c
 *	  How publishing to one topic goes.
 *
 * A topic that failed is a closed door at which one message at a time
 * knocks, with growing pauses, or when there is news.  So one that hangs keeps
 * few connections, one that refuses makes few calls, and thousands of messages
 * behind it cost no call while they wait.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "miscadmin.h"

#include "aws/sns.h"
#include "base/env.h"
#include "base/retry.h"
#include "pg/topic.h"

/* Publishes to one topic on the wire at the same time. */
#define MAX_IN_FLIGHT		4

/* Pauses in milliseconds; longer ones end at a full quarter of an hour. */
#define RETRY_BASE_MS		1000
#define RETRY_CAP_MS		(64 * 1000)
#define SOON_FAILURES		7
#define QUARTER				(15 * USECS_PER_MINUTE)

RsdTopic *
rsd_topic_use(dlist_head *topics, MemoryContext cx, const char *arn,
			  Oid server, Oid owner)
{
	RsdTopic   *topic;
	dlist_iter	iter;

	dlist_foreach(iter, topics)
	{
		topic = dlist_container(RsdTopic, node, iter.cur);
		if (topic->server == server && topic->owner == owner &&
			strcmp(topic->arn, arn) == 0)
		{
			topic->users++;
			return topic;
		}
	}
	topic = MemoryContextAllocZero(cx, sizeof(RsdTopic));
	topic->arn = MemoryContextStrdup(cx, arn);
	topic->server = server;
	topic->owner = owner;
	topic->users = 1;
	dlist_push_tail(topics, &topic->node);
	return topic;
}

void
rsd_topic_release(RsdTopic *topic)
{
	if (--topic->users > 0 || topic->more)
		return;
	dlist_delete(&topic->node);
	pfree(topic->arn);
	pfree(topic);
}

/* FIFO topics keep the order in which they get messages: one by one. */
static int
max_in_flight(const RsdTopic *topic)
{
	return topic->failures > 0 || rsd_sns_arn_fifo(topic->arn) ? 1 :
		MAX_IN_FLIGHT;
}

/* What is newer than the last failure may find that it is over. */
int64
rsd_topic_due(const RsdTopic *topic, int64 since)
{
	if (topic->in_flight >= max_in_flight(topic))
		return PG_INT64_MAX;
	return since > topic->failed_at ? 0 : topic->not_before;
}

void
rsd_topic_worked(RsdTopic *topic)
{
	topic->failures = 0;
	topic->not_before = 0;
	topic->error[0] = '\0';
}

void
rsd_topic_failed(RsdTopic *topic, const char *why, int64 now)
{
	/* Those that were on the wire together fail together: count them once. */
	if (topic->not_before <= now)
	{
		topic->failures++;
		topic->not_before = rsd_topic_next_try(topic->failures, now);
	}
	topic->failed_at = now;
	strlcpy(topic->error, why, sizeof(topic->error));
}

void
rsd_topic_mended(RsdTopic *topic)
{
	topic->not_before = 0;
}

void
rsd_topic_news(RsdTopic *topic, int64 since)
{
	if (since > topic->failed_at)
		topic->not_before = 0;
}

void
rsd_topic_recall(RsdTopic *topic, int attempts)
{
	topic->failures = Max(topic->failures, attempts);
}

int64
rsd_topic_next_try(int failures, int64 now)
{
	/* Each database has its own quarters, or all would call together. */
	int64		shift = (int64) MyDatabaseId * USECS_PER_SEC % QUARTER;

	if (failures < SOON_FAILURES)
		return now + rsd_backoff_delay(rsd_env_system(), Max(failures, 1),
									   RETRY_BASE_MS,
									   RETRY_CAP_MS) * INT64CONST(1000);
	return now + QUARTER - (now - shift) % QUARTER;
}
