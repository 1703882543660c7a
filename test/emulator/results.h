/*
 * results.h
 *		The operations that fetch results.
 */
#ifndef EMU_RESULTS_H
#define EMU_RESULTS_H

#include "world.h"

/* GetStatementResult, and GetStatementResultV2 for CSV: fill reply. */
extern void emu_results_get(EmuWorld *world, EmuVisit *visit,
							EmuReply *reply);
extern void emu_results_get_csv(EmuWorld *world, EmuVisit *visit,
								EmuReply *reply);

#endif							/* EMU_RESULTS_H */
