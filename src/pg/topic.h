/*
 * topic.h
 *	  How publishing to one topic goes, with one owner's keys for one server:
 *	  a topic that takes nothing is asked now and then, and holds up no other.
 *
 * Decides when, and how many at once; sends nothing.
 */
#ifndef RSD_PG_TOPIC_H
#define RSD_PG_TOPIC_H

#include "lib/ilist.h"

/* Instants are Unix microseconds. */
typedef struct RsdTopic
{
	char	   *arn;
	Oid			server;
	Oid			owner;
	int			in_flight;		/* publishes on the wire */
	int			users;			/* messages in memory */
	bool		more;			/* others may wait in the tables */
	char		error[1024];	/* why the last one failed; UTF-8 */
	dlist_node	node;

	/* private */
	int			failures;		/* in a row */
	int64		failed_at;
	int64		not_before;
} RsdTopic;

/*
 * Finds or makes the topic in a list (of node), allocated in cx.  Each
 * success needs an rsd_topic_release().
 */
extern RsdTopic *rsd_topic_use(dlist_head *topics, MemoryContext cx,
							   const char *arn, Oid server, Oid owner);

/*
 * One user less; the last one takes it out of the list and frees it, unless
 * there are more.
 */
extern void rsd_topic_release(RsdTopic *topic);

/*
 * When news of this instant may be sent; 0 = at once, PG_INT64_MAX = not
 * before one that is on the wire has come back.
 */
extern int64 rsd_topic_due(const RsdTopic *topic, int64 since);

/* It took a message. */
extern void rsd_topic_worked(RsdTopic *topic);

/* It did not, for a reason that will hold for the next one too. */
extern void rsd_topic_failed(RsdTopic *topic, const char *why, int64 now);

/* What was in the way is mended: once more, now. */
extern void rsd_topic_mended(RsdTopic *topic);

/* There is a message of this instant that is not in memory: it knocks too. */
extern void rsd_topic_news(RsdTopic *topic, int64 since);

/* It has failed so often before, as the rows tell that are still there. */
extern void rsd_topic_recall(RsdTopic *topic, int attempts);

/*
 * When to try again after so many failures in a row: first soon, then at
 * full quarters of an hour, so that all that waits wakes one worker once.
 */
extern int64 rsd_topic_next_try(int failures, int64 now);

#endif							/* RSD_PG_TOPIC_H */
