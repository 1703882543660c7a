/*
 * rate.h
 *		How many calls of an operation pass in a second.
 */
#ifndef EMU_RATE_H
#define EMU_RATE_H

#include <stdbool.h>

#include <jansson.h>

typedef struct EmuRates EmuRates;

/* Make it, without any limit. */
extern EmuRates *emu_rates_create(void);

/* Free it. */
extern void emu_rates_destroy(EmuRates *rates);

/*
 * Limit an operation to so many calls a second, 0 for no limit; "*" with any
 * limit but 0 stands for what the service publishes of each.
 */
extern void emu_rates_set(EmuRates *rates, const char *op, double limit);

/* Read "OP=N" as the command line has it, or "*"; false if it is neither. */
extern bool emu_rates_read(EmuRates *rates, const char *text);

/* May a call of op pass now? */
extern bool emu_rates_pass(EmuRates *rates, const char *op);

/* What is limited, and how many calls were refused. */
extern json_t *emu_rates_dump(EmuRates *rates);

#endif							/* EMU_RATE_H */
