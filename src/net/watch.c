/*
 * watch.c
 *		Sockets watched through one epoll descriptor.
 */
#include "net/watch.h"

#include <sys/epoll.h>

#define AT_ONCE 256				/* taken from the system in one call */

int
rsd_watch_create(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

bool
rsd_watch_set(int watch, int fd, bool in, bool out)
{
	struct epoll_event ev = {0};

	ev.data.fd = fd;
	if (in)
		ev.events |= EPOLLIN;
	if (out)
		ev.events |= EPOLLOUT;
	return epoll_ctl(watch, EPOLL_CTL_MOD, fd, &ev) == 0 ||
		epoll_ctl(watch, EPOLL_CTL_ADD, fd, &ev) == 0;
}

void
rsd_watch_remove(int watch, int fd)
{
	struct epoll_event ev = {0};

	(void) epoll_ctl(watch, EPOLL_CTL_DEL, fd, &ev);
}

int
rsd_watch_ready(int watch, RsdReady *ready, int max)
{
	struct epoll_event events[AT_ONCE];
	int			n = epoll_wait(watch, events, max < AT_ONCE ? max : AT_ONCE,
							   0);
	int			i;

	for (i = 0; i < n; i++)
	{
		ready[i].fd = events[i].data.fd;
		ready[i].in = (events[i].events & (EPOLLIN | EPOLLHUP)) != 0;
		ready[i].out = (events[i].events & EPOLLOUT) != 0;
		ready[i].error = (events[i].events & EPOLLERR) != 0;
	}
	return n < 0 ? 0 : n;
}
