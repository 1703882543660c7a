/*
 * outbox.h
 *	  Telling Amazon SNS how statements ended, after the commit that ended
 *	  them: at least once, with its own retries.
 *
 * What is to be published stands in the statement's row (sns_status is
 * "pending"); here is the worker's list of such rows and the requests in
 * flight.  A publish that fails never changes the statement's status.
 */
#ifndef RSD_PG_OUTBOX_H
#define RSD_PG_OUTBOX_H

#include "lib/ilist.h"

#include "pg/flight.h"
#include "pg/route.h"
#include "pg/topic.h"

typedef struct RsdOutbox RsdOutbox;

/* An attempt, from its request until the row is written. */
typedef struct RsdAttempt
{
	RsdFlight	flight;
	unsigned	signed_with;	/* the source's generation of keys */
	char		message_id[64]; /* "" unless it was published */
} RsdAttempt;

/* One outcome to be published.  Instants are Unix microseconds. */
typedef struct RsdPost
{
	int64		id;				/* the statement */
	Oid			server;
	Oid			owner;
	const char *topic_arn;
	int			attempts;
	int64		since;			/* when it ended */
	int64		due;			/* 0 = at once */
	bool		told;			/* the row says what was in the way */
	bool		dirty;			/* the row must be written */
	int64		write_after;	/* somebody held the row: not before */
	bool		published;
	bool		given_up;
	char	   *error;			/* for the row, UTF-8; NULL none */
	RsdTopic   *topic;
	RsdRoute   *route;
	RsdAttempt *attempt;		/* NULL none */
	RsdOutbox  *outbox;
	dlist_node	node;
} RsdPost;

/* What is said; strings are UTF-8. */
typedef struct RsdLetter
{
	char	   *topic;
	char	   *subject;
	char	   *message;
	char	   *status;
	char	   *label;			/* "" if none */
	char	   *server;
	char	   *occasion;		/* tells repetitions apart from news */
} RsdLetter;

/* Makes an empty outbox in CurrentMemoryContext. */
extern RsdOutbox *rsd_outbox_create(RsdHttp *http);

/*
 * Adds what former workers have left to be published, or the first of it, in
 * an open transaction; cx is scratch.
 */
extern void rsd_outbox_recall(RsdOutbox *outbox, MemoryContext cx);

/*
 * Adds an outcome whose row is written: id, server, owner, topic_arn,
 * attempts, since, due and told of post count, which is copied.
 */
extern void rsd_outbox_add(RsdOutbox *outbox, const RsdPost *post);

/* Gives up what is to be said about a statement: it goes on after all. */
extern void rsd_outbox_forget(RsdOutbox *outbox, int64 id);

/* Sends what is due at "now"; opens a transaction of its own if need be. */
extern void rsd_outbox_send(RsdOutbox *outbox, RsdRoutes *routes, int64 now);

/* Writes how publishes went, in a transaction of its own, and forgets them. */
extern void rsd_outbox_record(RsdOutbox *outbox, int64 now);

/* When it next wants rsd_outbox_send or _record; 0 = nothing is waiting. */
extern int64 rsd_outbox_due(RsdOutbox *outbox);

/* How many outcomes are on the wire. */
extern int	rsd_outbox_in_flight(const RsdOutbox *outbox);

#endif							/* RSD_PG_OUTBOX_H */
