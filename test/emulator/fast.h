/*
 * fast.h
 *		A second way in, for canned replies only: one thread for all callers,
 *		and no HTTP library, so that a bench measures the caller and not us.
 */
#ifndef EMU_FAST_H
#define EMU_FAST_H

#include "canned.h"
#include "rate.h"

typedef struct EmuFast EmuFast;

/*
 * Listen on address (ADDR:PORT, IPv6 in brackets) and answer the operations
 * of canned while it is on, as often as rates allow. Returns NULL after a
 * complaint on stderr.
 */
extern EmuFast *emu_fast_start(EmuCanned *canned, EmuRates *rates,
							   const char *address);

/* The URL it listens on; lives as long as fast. */
extern const char *emu_fast_url(const EmuFast *fast);

/* Break off what is going on, and free it. */
extern void emu_fast_stop(EmuFast *fast);

#endif							/* EMU_FAST_H */
