/*
 * peer.c
 *		Looks at a caller's socket beside the HTTP library: has the caller
 *		gone, and break it off. Never reads or writes a byte of the dialogue.
 */
#include "peer.h"

#include <errno.h>
#include <sys/socket.h>

bool
emu_peer_gone(int fd)
{
	char		byte;
	ssize_t		got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (got == 0)
		return true;
	return got < 0 && errno != EAGAIN && errno != EWOULDBLOCK &&
		errno != EINTR;
}

void
emu_peer_reset(int fd)
{
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	/* Dissolving the association of a live TCP socket sends RST. */
	(void) connect(fd, &nowhere, sizeof(nowhere));
}
