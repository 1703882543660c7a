/*
 * peer.h
 *		What may be asked of, and done to, the socket of a caller who waits.
 */
#ifndef EMU_PEER_H
#define EMU_PEER_H

#include <stdbool.h>

/* True when the other side has closed or broken the connection. */
extern bool emu_peer_gone(int fd);

/* Break the connection at once with a TCP reset; fd stays open, unusable. */
extern void emu_peer_reset(int fd);

#endif							/* EMU_PEER_H */
