/*
 * sts.h
 *		The operations of the Security Token Service.
 */
#ifndef EMU_STS_H
#define EMU_STS_H

#include <stdbool.h>

#include "world.h"

/* The XML namespace of its replies. */
#define EMU_STS_XMLNS "https://sts.amazonaws.com/doc/2011-06-15/"

/* Is there such an operation? */
extern bool emu_sts_knows(const char *action);

/* Does the service answer action without a signature? */
extern bool emu_sts_is_unsigned(const char *action);

/* Carry out action of visit and fill reply. */
extern void emu_sts_answer(EmuWorld *world, const char *action,
						   EmuVisit *visit, EmuReply *reply);

#endif							/* EMU_STS_H */
