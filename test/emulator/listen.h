/*
 * listen.h
 *		A listening socket from an address, and its URL.
 */
#ifndef EMU_LISTEN_H
#define EMU_LISTEN_H

#define EMU_LISTEN_URL_SIZE 300

/*
 * A socket that listens on address (ADDR:PORT, IPv6 in brackets; port 0: any
 * that is free). Returns -1 after a complaint on stderr.
 */
extern int	emu_listen_on(const char *address);

/* The URL of what listens on fd. */
extern void emu_listen_url(int fd, char out[EMU_LISTEN_URL_SIZE]);

#endif							/* EMU_LISTEN_H */
