/*
 * exchange.h
 *		One request and its reply as it comes in: the half of the transport
 *		that needs no HTTP library.  For net only.
 *
 * It owns both messages, knows whether the reply is whole and by when more
 * must come, and puts the outcome into words.  It touches no socket.
 */
#ifndef RSD_NET_EXCHANGE_H
#define RSD_NET_EXCHANGE_H

#include <sys/queue.h>

#include "net/netfault.h"

typedef struct RsdExchange
{
	TAILQ_ENTRY(RsdExchange) link;	/* in a list of the transport's */
	void	   *tag;
	RsdBuf		url;			/* as text */
	RsdRequest	req;
	RsdResponse resp;
	RsdHttpLimits limits;		/* without its texts */
	bool		proxied;		/* goes through a proxy: */
	RsdUrl		proxy;
	RsdBuf		proxy_url;		/* as text, with user and password */
	int64_t		started_us;		/* monotonic */
	int64_t		heard_us;		/* last byte of the reply; 0 = none yet */
	bool		began;			/* a connection was ready to send on */
	bool		head_done;		/* the blank line after the headers came */
	RsdErrorKind failure;		/* RSD_ERR_LIMIT or _MEMORY once refused */
	RsdNetFault fault;			/* how it ended */
	RsdError	err;
} RsdExchange;

/* A list of exchanges: struct RsdExchangeList. */
TAILQ_HEAD(RsdExchangeList, RsdExchange);

/* Microseconds of the monotonic clock. */
extern int64_t rsd_exchange_now(void);

/*
 * Starts an exchange by taking req's content over (req is then empty), so
 * that its bytes stay where they are.  x must be all zero.  False: the
 * request is not sound or not allowed to go out in the clear, or its proxy
 * is no proxy (err set), and req untouched.
 */
extern bool rsd_exchange_init(RsdExchange *x, RsdRequest *req, void *tag,
							  const RsdHttpLimits *limits,
							  RsdError *err) RSD_MUSTCHECK;

/* Gives the request back to req, for one that could not be started. */
extern void rsd_exchange_return(RsdExchange *x, RsdRequest *req);

/* Wipes and frees what x owns, not the struct. */
extern void rsd_exchange_free(RsdExchange *x);

/*
 * Takes one line of the reply's head, its line end included.  A status line
 * begins a new list of headers, as after 100 Continue.  False: over a
 * ceiling.
 */
extern bool rsd_exchange_head(RsdExchange *x, RsdSlice line) RSD_MUSTCHECK;

/* Takes a piece of the reply's body.  False: over the ceiling, no memory. */
extern bool rsd_exchange_body(RsdExchange *x, RsdSlice piece) RSD_MUSTCHECK;

/* The instant by which we must hear from the peer; -1 = none. */
extern int64_t rsd_exchange_due(const RsdExchange *x);

/*
 * The first of a list whose peer has been silent for too long, or NULL;
 * *words then says how, a static string.
 */
extern RsdExchange *rsd_exchange_silent(struct RsdExchangeList *list,
										int64_t now_us, const char **words);

/*
 * The earliest rsd_exchange_due of a list and other, where -1 = none.
 */
extern int64_t rsd_exchange_list_due(const struct RsdExchangeList *list,
									 int64_t other);

/* The exchange of that tag, or NULL. */
extern RsdExchange *rsd_exchange_find(struct RsdExchangeList *list,
									  const void *tag);

/*
 * Writes the request's next header as a line into *line, replacing what it
 * held; *cursor starts at 0.  False after the last.  An empty value is
 * written as "Name;", which is how libcurl is told of one.
 */
extern bool rsd_exchange_header(const RsdExchange *x, size_t *cursor,
								RsdBuf *line) RSD_MUSTCHECK;

/*
 * Records how it ended.  The fault is made exact by what is known here: a
 * refused byte, a head that breaks off, a time-out before anything could be
 * sent, a proxy that says no.
 */
extern void rsd_exchange_end(RsdExchange *x, const RsdNetEnd *end);

/* Tells the outcome to its owner. */
extern void rsd_exchange_report(RsdExchange *x, RsdHttpDone done, void *arg);

#endif							/* RSD_NET_EXCHANGE_H */
