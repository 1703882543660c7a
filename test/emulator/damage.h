/*
 * damage.h
 *		What trouble does to a call: instead of an answer, or to the answer.
 */
#ifndef EMU_DAMAGE_H
#define EMU_DAMAGE_H

#include <stdbool.h>

#include "message.h"
#include "trouble.h"

/*
 * Do what the trouble does before anything is carried out; fd is the caller's
 * socket, xmlns that of XML errors or NULL for JSON. Returns true when reply
 * is complete with that and nothing may be carried out.
 */
extern bool emu_damage_before(EmuTroubles *troubles,
							  const EmuTrouble *trouble, int fd,
							  const char *xmlns, EmuReply *reply);

/* Do to a finished reply what the trouble does to it. */
extern void emu_damage_after(EmuTroubles *troubles,
							 const EmuTrouble *trouble, int fd,
							 const char *xmlns, EmuReply *reply);

#endif							/* EMU_DAMAGE_H */
