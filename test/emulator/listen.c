/*
 * listen.c
 *		A listening socket from an address, and its URL.
 */
#include "listen.h"

#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Split ADDR:PORT at the last colon; brackets around ADDR go. */
static bool
split_address(const char *address, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(address, ':');
	size_t		len = colon != NULL ? (size_t) (colon - address) : 0;

	if (len > 2 && address[0] == '[' && address[len - 1] == ']')
	{
		address++;
		len -= 2;
	}
	if (len == 0 || len >= size)
		return false;
	memcpy(host, address, len);
	host[len] = '\0';
	*port = colon + 1;
	return true;
}

int
emu_listen_on(const char *address)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM
	};
	struct addrinfo *found;
	char		host[128];
	const char *port;
	int			one = 1;
	int			fd;

	if (!split_address(address, host, sizeof(host), &port) ||
		getaddrinfo(host, port, &hints, &found) != 0)
	{
		fprintf(stderr, "rsdata-emulator: not an address: %s\n", address);
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
		bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
		listen(fd, 1024) != 0)
	{
		fprintf(stderr, "rsdata-emulator: could not listen on %s: %m\n",
				address);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

void
emu_listen_url(int fd, char out[EMU_LISTEN_URL_SIZE])
{
	struct sockaddr_storage name = {0};
	socklen_t	len = sizeof(name);
	char		host[128];
	char		port[16];
	bool		six;

	getsockname(fd, (struct sockaddr *) &name, &len);
	getnameinfo((struct sockaddr *) &name, len, host, sizeof(host),
				port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	six = name.ss_family == AF_INET6;
	snprintf(out, EMU_LISTEN_URL_SIZE, "http://%s%s%s:%s",
			 six ? "[" : "", host, six ? "]" : "", port);
}
