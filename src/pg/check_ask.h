/*
 * check_ask.h
 *	  HTTP requests of an SQL function: one after the other, waited for in the
 *	  calling backend, interruptible, all within one time limit.
 *
 * All lives in a memory context.  When that is reset or deleted, after an
 * error too, a request in flight is dropped and everything freed and wiped.
 */
#ifndef RSD_PG_CHECK_ASK_H
#define RSD_PG_CHECK_ASK_H

#include "pg/flight.h"

typedef struct RsdAsk RsdAsk;

/*
 * Makes a transport in CurrentMemoryContext for requests that must all have
 * ended within total_ms from now.  Raises an error if that is impossible.
 */
extern RsdAsk *rsd_ask_create(int64 total_ms);

/*
 * The proxy of all requests that follow, as limits->proxy of
 * rsd_flight_launch; borrowed.  Without this call it is NULL.
 */
extern void rsd_ask_proxy(RsdAsk *ask, const char *proxy);

/* Milliseconds left; 0 when time is up. */
extern int64 rsd_ask_left(const RsdAsk *ask);

/*
 * Sends req, which is taken over whatever happens, and waits until it has
 * ended.  hold_ms: how long the service may hold the answer, in addition to
 * our own patience.  The outcome, faults included, is valid until the next
 * call.  Raises the error of a cancel.
 */
extern RsdFlight *rsd_ask_send(RsdAsk *ask, RsdRequest *req,
									 int64 hold_ms);

/* Sleeps for ms or until time is up.  Raises the error of a cancel. */
extern void rsd_ask_pause(RsdAsk *ask, int64 ms);

#endif							/* RSD_PG_CHECK_ASK_H */
