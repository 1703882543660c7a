/*
 * results.h
 *		The operations that fetch results.
 */
#ifndef EMU_RESULTS_H
#define EMU_RESULTS_H

#include "world.h"

/* GetStatementResult: fill reply. */
extern void emu_results_get(EmuWorld *world, EmuVisit *visit,
							EmuReply *reply);

#endif							/* EMU_RESULTS_H */
