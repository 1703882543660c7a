/*
 * router.h
 *		From a received call to a finished reply.
 */
#ifndef EMU_ROUTER_H
#define EMU_ROUTER_H

#include "world.h"

/*
 * Answer call: find the operation, check the signature, meet the trouble that
 * waits for it, carry it out, note it in the ledger. May take as long as a
 * long poll or a hang. reply comes zeroed but for request_id.
 */
extern void emu_router_answer(EmuWorld *world, const EmuCall *call,
							  EmuReply *reply);

#endif							/* EMU_ROUTER_H */
