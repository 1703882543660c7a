/*
 * ask.h
 *	  HTTP requests and programs of an SQL function: one after the other,
 *	  waited for in the calling backend, interruptible, all within one time
 *	  limit.
 *
 * All lives in a memory context.  When that is reset or deleted, after an
 * error too, a request in flight is dropped, a program killed, and everything
 * freed and wiped.
 */
#ifndef RSD_PG_ASK_H
#define RSD_PG_ASK_H

#include "pg/command.h"
#include "pg/flight.h"
#include "pg/rate.h"

typedef struct RsdAsk RsdAsk;

/*
 * Makes a transport in CurrentMemoryContext for requests that must all have
 * ended within total_ms from now.  Raises an error if that is impossible.
 */
extern RsdAsk *rsd_ask_create(int64 total_ms);

/*
 * The proxy of all requests that follow, as limits->proxy of
 * rsd_flight_launch; borrowed.  Without this call it is NULL.  Returns the one
 * before.
 */
extern const char *rsd_ask_proxy(RsdAsk *ask, const char *proxy);

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

/*
 * Waits for the turn of one call by the limits of the service; false if time
 * is up before it comes.  key, op and share as rsd_rate_take.  Raises the
 * error of a cancel.
 */
extern bool rsd_ask_turn(RsdAsk *ask, RsdRateKey key, RsdOp op, double share);

/*
 * Runs argv, looked up in PATH, for limit_ms at most, and waits until it has
 * ended; "ended" is told how, also if it could not be started, and must throw
 * nothing.  It may print max bytes.  Raises the error of a cancel.
 */
extern void rsd_ask_run(RsdAsk *ask, char *const argv[], int64 limit_ms,
						size_t max, RsdCommandEnded ended, void *arg);

/* Sleeps for ms or until time is up.  Raises the error of a cancel. */
extern void rsd_ask_pause(RsdAsk *ask, int64 ms);

#endif							/* RSD_PG_ASK_H */
