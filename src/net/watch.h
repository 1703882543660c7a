/*
 * watch.h
 *		Many sockets watched through one descriptor.  For net and
 *		for the worker's commands.
 *
 * Linux's epoll, which no other file knows.  It owns the one descriptor and
 * none of the sockets.
 */
#ifndef RSD_NET_WATCH_H
#define RSD_NET_WATCH_H

#include <stdbool.h>

/* A socket on which something happened. */
typedef struct RsdReady
{
	int			fd;
	bool		in;				/* readable, or closed by the peer */
	bool		out;			/* writable */
	bool		error;
} RsdReady;

/*
 * Makes the descriptor, closed on exec; -1 on failure.  It is readable as
 * long as rsd_watch_ready has something to tell.  Freed by close().
 */
extern int	rsd_watch_create(void);

/* Watches fd from now on for what is asked.  False if the system refuses. */
extern bool rsd_watch_set(int watch, int fd, bool in, bool out);

/* No longer; fd may be closed already, or never have been watched. */
extern void rsd_watch_remove(int watch, int fd);

/* Fills ready with at most max sockets, without waiting; their number. */
extern int	rsd_watch_ready(int watch, RsdReady *ready, int max);

#endif							/* RSD_NET_WATCH_H */
