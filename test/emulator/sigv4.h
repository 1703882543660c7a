/*
 * sigv4.h
 *		Checks AWS Signature Version 4 of a request, as a service does it.
 */
#ifndef EMU_SIGV4_H
#define EMU_SIGV4_H

#include <stdint.h>

#include "keyring.h"
#include "message.h"
#include "options.h"

typedef enum EmuAuthFault
{
	EMU_AUTH_OK,
	EMU_AUTH_MISSING,			/* no Authorization header */
	EMU_AUTH_INCOMPLETE,		/* a part of it is missing or malformed */
	EMU_AUTH_UNKNOWN_KEY,		/* or a wrong session token */
	EMU_AUTH_KEY_EXPIRED,		/* temporary, and its time is over */
	EMU_AUTH_EXPIRED,			/* more than five minutes old or early */
	EMU_AUTH_MISMATCH			/* the signature is not the one we compute */
} EmuAuthFault;

typedef struct EmuAuth
{
	EmuAuthFault fault;
	char		message[1024];	/* the service's words where fault is set */
	char		access_key[128];	/* "" when none was given */
	char		region[64];
	EmuIdentity who;
} EmuAuth;

/*
 * Verify call for service (its signing name) at time now_us. With no keys in
 * options everything passes, and only the claim is read: access key, region
 * and whom the key stands for. No memory is kept.
 */
extern void emu_sigv4_verify(const EmuCall *call, const EmuOptions *options,
							 EmuKeyring *keyring, const char *service,
							 int64_t now_us, EmuAuth *auth);

#endif							/* EMU_SIGV4_H */
