/*
 * outbox_fill.c
 *	  What is in memory of that which waits to be published.
 *
 * Behind a topic that takes nothing many outcomes may wait for days.  Of each
 * topic, as one owner publishes to it for one server, only so many are in
 * memory: those that ended first.  The others stay in the tables, cost no
 * turn anything, and are read when there is room.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "pg/outbox_state.h"
#include "pg/store_post.h"
#include "pg/txn.h"

/* Outcomes of one topic in memory. */
#define TOPIC_ROOM			256

typedef struct Entry
{
	int64		id;
	RsdPost    *post;
} Entry;

void
rsd_outbox_list(RsdOutbox *outbox)
{
	HASHCTL		shape = {
		.keysize = sizeof(int64),
		.entrysize = sizeof(Entry),
		.hcxt = outbox->cx,
	};

	dlist_init(&outbox->posts);
	dlist_init(&outbox->topics);
	outbox->by_id = hash_create("rsdata outbox", TOPIC_ROOM, &shape,
								HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

RsdPost *
rsd_outbox_find(const RsdOutbox *outbox, int64 id)
{
	const Entry *entry = hash_search(outbox->by_id, &id, HASH_FIND, NULL);

	return entry != NULL ? entry->post : NULL;
}

void
rsd_outbox_drop(RsdPost *post)
{
	(void) hash_search(post->outbox->by_id, &post->id, HASH_REMOVE, NULL);
	rsd_topic_release(post->topic);
	dlist_delete(&post->node);
	pfree(post);
}

/* It is not in memory yet. */
static void
keep(RsdOutbox *outbox, RsdTopic *topic, const RsdPost *news)
{
	RsdPost    *post = MemoryContextAllocZero(outbox->cx, sizeof(RsdPost));
	Entry	   *entry = hash_search(outbox->by_id, &news->id, HASH_ENTER, NULL);

	entry->post = post;
	post->id = news->id;
	post->server = news->server;
	post->owner = news->owner;
	post->attempts = news->attempts;
	post->since = news->since;
	post->due = news->due;
	post->told = news->told;
	post->outbox = outbox;
	post->topic = topic;
	topic->users++;
	rsd_topic_recall(topic, news->attempts);
	dlist_push_tail(&outbox->posts, &post->node);
}

void
rsd_outbox_add(RsdOutbox *outbox, const RsdPost *news)
{
	RsdTopic   *topic = rsd_topic_use(&outbox->topics, outbox->cx,
									  news->topic_arn, news->server,
									  news->owner);

	if (topic->more)
		rsd_topic_news(topic, news->since);
	else if (rsd_outbox_find(outbox, news->id) == NULL)
	{
		keep(outbox, topic, news);
		topic->more = topic->users - 1 >= TOPIC_ROOM;	/* one is ours */
	}
	rsd_topic_release(topic);
}

void
rsd_outbox_recall(RsdOutbox *outbox, MemoryContext cx)
{
	ListCell   *lc;

	foreach(lc, rsd_store_unpublished(cx, TOPIC_ROOM))
		rsd_outbox_add(outbox, lfirst(lc));
}

/* ---- more of a topic ---- */

typedef struct Filling
{
	const RsdTopic *topic;
	MemoryContext cx;
	List	   *posts;
} Filling;

static void
read_posts(void *arg)
{
	Filling    *f = arg;

	f->posts = rsd_store_unpublished_to(f->cx, f->topic, TOPIC_ROOM);
}

static bool
wants(const RsdTopic *topic)
{
	return topic->more && topic->users <= TOPIC_ROOM / 2;
}

/* What is in memory already is among what the tables have. */
static bool
fill(RsdOutbox *outbox, RsdTopic *topic, MemoryContext cx)
{
	Filling		f = {.topic = topic, .cx = cx};
	ErrorData  *error = rsd_txn_run(read_posts, &f);
	ListCell   *lc;

	if (error != NULL)
	{
		FreeErrorData(error);
		return false;
	}
	foreach(lc, f.posts)
	{
		const RsdPost *post = lfirst(lc);

		if (rsd_outbox_find(outbox, post->id) == NULL)
			keep(outbox, topic, post);
	}
	topic->more = list_length(f.posts) == TOPIC_ROOM;
	return true;
}

bool
rsd_outbox_wants(RsdOutbox *outbox)
{
	dlist_iter	iter;

	dlist_foreach(iter, &outbox->topics)
	{
		if (wants(dlist_container(RsdTopic, node, iter.cur)))
			return true;
	}
	return false;
}

bool
rsd_outbox_fill(RsdOutbox *outbox)
{
	MemoryContext cx = AllocSetContextCreate(outbox->cx, "rsdata posts",
											 ALLOCSET_DEFAULT_SIZES);
	bool		good = true;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &outbox->topics)
	{
		RsdTopic   *topic = dlist_container(RsdTopic, node, iter.cur);

		if (!good || !wants(topic))
			continue;
		topic->users++;
		good = fill(outbox, topic, cx);
		rsd_topic_release(topic);
	}
	MemoryContextDelete(cx);
	return good;
}
