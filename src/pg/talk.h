/*
 * talk.h
 *	  Between a statement in the worker's memory and the service: its calls
 *	  become requests, the answers become facts and events.
 *
 * Nothing here needs or opens a transaction.
 */
#ifndef RSD_PG_TALK_H
#define RSD_PG_TALK_H

#include "pg/live.h"

/* An event with what people will read about it. */
typedef struct RsdNews
{
	RsdEvent	event;
	char		words[8192];	/* UTF-8; "" if the event has none */
	const char *sqlstate;		/* static, or NULL */
} RsdNews;

/* Has it to wait a moment for keys?  Then ask again in a later turn. */
extern bool rsd_talk_waits(RsdLive *live, int64 now);

/*
 * Sends one call.  On false nothing was sent and *news says what to tell the
 * machine instead.
 */
extern bool rsd_talk_send(RsdLive *live, RsdCall call, RsdHttp *http,
						  int64 now, RsdNews *news);

/*
 * Takes what a call brought: facts go into *live (a page is kept there), the
 * event and its words into *news.  "reply" is scratch space, zeroed once.
 */
extern void rsd_talk_hear(RsdLive *live, RsdCall call, RsdFlight *flight,
						  int64 now, RsdReply *reply, RsdNews *news);

/*
 * Is the result, by what is told of it, larger than it may be?  Then none of
 * its pages is needed, and *news says so.
 */
extern bool rsd_talk_too_large(const RsdLive *live, RsdNews *news);

/* Forgets a page in hand. */
extern void rsd_talk_drop_page(RsdLive *live);

/*
 * How long a call has to wait for its turn by the limits of the service, in
 * microseconds; 0: it may be sent now, and must be, because that has been
 * counted.
 */
extern int64 rsd_talk_hold(const RsdLive *live, RsdCall call, int64 now);

/*
 * How long a new statement on this route would have to wait to be sent, with
 * "before" others waiting already, in microseconds.
 */
extern int64 rsd_talk_new_wait(const RsdRoute *route, int before,
							   int64 now);

#endif							/* RSD_PG_TALK_H */
