/*
 * flight.h
 *	  One HTTP request of the worker: who wants its answer, and the answer.
 *
 * The transport reports ends from inside its pump, where nothing may throw.
 * So an outcome is only kept there and handed on afterwards, from a frame of
 * our own.
 */
#ifndef RSD_PG_FLIGHT_H
#define RSD_PG_FLIGHT_H

#include "lib/ilist.h"

#include "net/http.h"

typedef struct RsdFlight RsdFlight;

/*
 * Told once when a request has ended.  May raise errors; must not free any
 * flight, as others that ended in the same pump are still to be told.
 */
typedef void (*RsdLanded) (void *arg, RsdFlight *flight);

struct RsdFlight
{
	RsdLanded	landed;			/* set by the owner before launch */
	void	   *arg;			/* passed to landed */
	bool		in_flight;		/* in the transport's hands */
	int64		sent_at;		/* monotonic microseconds */
	int64		took;			/* microseconds, once landed */
	RsdNetFault fault;
	bool		surely_not_sent;
	RsdResponse response;		/* owned; valid if fault is NONE */
	RsdError	err;
	slist_node	node;			/* on the list of ended ones */
};

/* What to put into limits->proxy for a request that must not take one. */
#define RSD_NO_PROXY "none"

/*
 * The proxy that a request to url takes, with its password, or NULL: the
 * option's, which may be RSD_NO_PROXY, else (NULL) that of this process's
 * environment.  Valid until the next look at the environment.
 */
extern const char *rsd_flight_proxy(const char *option, const RsdUrl *url);

/*
 * Sends req, whose content is taken over; rsd_request_free() is fine after.
 * limits->proxy is an option as above.  On false nothing was sent, err says
 * why, and req must still be freed.
 */
extern bool rsd_flight_launch(RsdHttp *http, RsdFlight *flight,
							  RsdRequest *req, const RsdHttpLimits *limits,
							  RsdError *err);

/*
 * Lets the transport move on, then hands each ended request to its owner.
 * Returns how many.
 */
extern int	rsd_flight_pump(RsdHttp *http);

/* Gives the request up, wherever it is; frees its response. */
extern void rsd_flight_drop(RsdHttp *http, RsdFlight *flight);

#endif							/* RSD_PG_FLIGHT_H */
