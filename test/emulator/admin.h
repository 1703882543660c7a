/*
 * admin.h
 *		The steering interface below /_emulator/.
 */
#ifndef EMU_ADMIN_H
#define EMU_ADMIN_H

#include <stdbool.h>

#include "world.h"

/* Is this path one of the steering interface? */
extern bool emu_admin_owns(const char *uri);

/* Carry out what call asks for and fill reply with JSON. */
extern void emu_admin_answer(EmuWorld *world, const EmuCall *call,
							 EmuReply *reply);

#endif							/* EMU_ADMIN_H */
