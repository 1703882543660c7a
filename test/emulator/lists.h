/*
 * lists.h
 *		The operations that list what the service itself holds.
 */
#ifndef EMU_LISTS_H
#define EMU_LISTS_H

#include "world.h"

/* ListStatements and ListSessions: fill reply. */
extern void emu_lists_statements(EmuWorld *world, EmuVisit *visit,
								 EmuReply *reply);
extern void emu_lists_sessions(EmuWorld *world, EmuVisit *visit,
							   EmuReply *reply);

#endif							/* EMU_LISTS_H */
