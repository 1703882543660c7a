/*
 * http.h
 *		The HTTP front; the only part that knows the HTTP library.
 */
#ifndef EMU_HTTP_H
#define EMU_HTTP_H

#include "world.h"

typedef struct EmuHttp EmuHttp;

/*
 * Listen on address (ADDR:PORT, IPv6 in brackets) and answer calls to world,
 * each connection in a thread. Returns NULL after a complaint on stderr.
 */
extern EmuHttp *emu_http_start(EmuWorld *world, const char *address);

/* The URL it listens on; lives as long as http. */
extern const char *emu_http_url(const EmuHttp *http);

/*
 * Stop: no new connections, those at work are waited for (their waits must
 * have been ended before), then free it.
 */
extern void emu_http_stop(EmuHttp *http);

#endif							/* EMU_HTTP_H */
