/*
 * http.h
 *		The transport: many HTTP requests in flight at once, watched through
 *		one descriptor, never blocking.
 *
 * It carries requests as they are: it does not sign, retry, follow
 * redirects or interpret statuses (but a proxy's 407).  Requests in flight
 * share no connection, so that none waits behind another.  Replies may come
 * compressed with gzip and are handed over plain; libcurl does not notice
 * compressed data that ends too soon in a message of the right length, so
 * what is read must be of a grammar that has an end, as JSON and XML.  No
 * environment variable is read.  It does not throw, log or keep global state
 * of its own.  Single-threaded: all calls from one thread.  The process must
 * ignore SIGPIPE, as PostgreSQL's do.
 *
 * libcurl sends a request once more by itself if a kept connection turns
 * out dead before a byte of reply came; requests must bear that (a client
 * token, or at-least-once by nature).
 */
#ifndef RSD_NET_HTTP_H
#define RSD_NET_HTTP_H

#include <stdint.h>

#include "base/httpmsg.h"

/* Opaque. */
typedef struct RsdHttp RsdHttp;

typedef struct RsdHttpOptions
{
	const char *ca_bundle;		/* PEM file; NULL or "" = the system's */
	const char *user_agent;		/* NULL or "" = none sent */
	int			max_connections;	/* in all; 0 = 256 */
	int			max_idle_s;		/* seconds that an idle connection may be used
								 * again; 0 = 50, which is less than the
								 * shortest idle limit reported of AWS */
} RsdHttpOptions;

/*
 * The terms of one request: its limits, in milliseconds, 0 = none
 * (connect_ms: 300 s), and the way it may take.  All zero after max_body is
 * what most want: no proxy, https only but to this machine itself.
 */
typedef struct RsdHttpLimits
{
	int64_t		connect_ms;		/* name look-up, TCP and TLS */
	int64_t		first_byte_ms;	/* from submit to the status line */
	int64_t		stall_ms;		/* silence once the reply has begun */
	int64_t		total_ms;		/* the whole request */
	size_t		max_body;		/* bytes of reply body accepted, after
								 * decompression */

	/*
	 * A proxy as rsd_proxy_parse reads it, and the hosts that are reached
	 * without it as rsd_proxy_skips reads them (net/proxy.h); NULL or "" =
	 * none.  Borrowed for the call of rsd_http_submit.
	 */
	const char *proxy;
	const char *no_proxy;

	/*
	 * Http to any host.  To be set only for an endpoint that a superuser
	 * wrote and for the metadata endpoints of AWS, which speak nothing else.
	 */
	bool		plain_http;

	/*
	 * On a new connection: one that was kept may be found closed, and libcurl
	 * then sends the request again by itself.
	 */
	bool		once;
} RsdHttpLimits;

typedef enum RsdNetFault
{
	RSD_NET_NONE,				/* a whole response is there, any status */
	RSD_NET_RESOLVE,			/* the host name has no address, or none came
								 * within connect_ms */
	RSD_NET_CONNECT,			/* refused or unreachable */
	RSD_NET_CONNECT_TIMEOUT,	/* not connected within connect_ms */
	RSD_NET_TLS,				/* handshake or certificate */
	RSD_NET_SEND,				/* broke while the request was leaving */
	RSD_NET_TIMEOUT,			/* first_byte_ms, stall_ms or total_ms */
	RSD_NET_CUT,				/* the reply is missing or incomplete */
	RSD_NET_TOO_LARGE,			/* over max_body or RSD_MAX_HEADERS */
	RSD_NET_PROTOCOL,			/* what came is not HTTP */
	RSD_NET_MEMORY,
	RSD_NET_OTHER,				/* anything the library adds one day */
	RSD_NET_PROXY				/* the proxy refused: 407 and the like */
} RsdNetFault;

/* How a request ended. */
typedef struct RsdHttpOutcome
{
	RsdNetFault fault;

	/*
	 * True only if no byte of the request can have left this machine: it
	 * ended before a connection was ready for it (waiting for one, look-up,
	 * connect, TLS).  False says nothing.
	 */
	bool		surely_not_sent;

	/*
	 * NULL unless fault is NONE.  Borrowed for the call; to keep it, copy the
	 * struct and rsd_response_init() the original.
	 */
	RsdResponse *response;
	RsdError	err;			/* fault's story in plain words; kind NETWORK,
								 * LIMIT or MEMORY */
} RsdHttpOutcome;

/*
 * Told of each ended request by rsd_http_pump.  It may submit and cancel,
 * but not pump or destroy, and it must return (no longjmp).
 */
typedef void (*RsdHttpDone) (void *arg, void *tag,
							 const RsdHttpOutcome *outcome);

/*
 * Makes a transport; NULL with err set on failure.  The first one in a
 * process initialises libcurl, so call it after fork only.  Where threads
 * may be started, all signals are blocked, so that no handler of ours runs
 * on them.
 */
extern RsdHttp *rsd_http_create(const RsdHttpOptions *options,
								RsdError *err) RSD_MUSTCHECK;

/*
 * Drops all requests without telling anyone and frees the transport.  May
 * wait for a name look-up in progress; a process about to exit had better
 * not call it.  NULL is fine.
 */
extern void rsd_http_destroy(RsdHttp *http);

/* The one descriptor: readable when rsd_http_pump has something to do. */
extern int	rsd_http_fd(const RsdHttp *http);

/*
 * Milliseconds until rsd_http_pump should be called even if the descriptor
 * stays silent; -1 = no need.
 */
extern int64_t rsd_http_timeout_ms(const RsdHttp *http);

/*
 * Takes req over (its content is moved, the struct left empty and still
 * safe to free) and starts it.  tag names it; it must be unique among those
 * in flight.  On false (INVALID: what limits does not allow, or a bad
 * proxy; LIMIT, MEMORY, INTERNAL) req is untouched and nothing was sent.
 */
extern bool rsd_http_submit(RsdHttp *http, RsdRequest *req, void *tag,
							const RsdHttpLimits *limits,
							RsdError *err) RSD_MUSTCHECK;

/* Drops a request; its callback will not be called.  False if unknown. */
extern bool rsd_http_cancel(RsdHttp *http, void *tag);

/* Moves everything on without blocking and reports what has ended. */
extern void rsd_http_pump(RsdHttp *http, RsdHttpDone done, void *arg);

/* Requests in flight. */
extern int	rsd_http_active(const RsdHttp *http);

/* The word for a fault: "resolve", "connect", ... */
extern const char *rsd_net_fault_name(RsdNetFault fault);

#endif							/* RSD_NET_HTTP_H */
