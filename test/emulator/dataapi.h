/*
 * dataapi.h
 *		The operations of the Redshift Data API.
 */
#ifndef EMU_DATAAPI_H
#define EMU_DATAAPI_H

#include <stdbool.h>

#include "world.h"

/* Is there an operation of this name? */
extern bool emu_dataapi_knows(const char *op);

/* Carry out operation op of visit and fill reply. */
extern void emu_dataapi_answer(EmuWorld *world, const char *op,
							   EmuVisit *visit, EmuReply *reply);

#endif							/* EMU_DATAAPI_H */
