/*
 * keyring.h
 *		Every pair of keys that opens the emulator: those of the command line
 *		and the temporary ones it issues itself, with whom they stand for.
 */
#ifndef EMU_KEYRING_H
#define EMU_KEYRING_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "options.h"

typedef struct EmuKeyring EmuKeyring;

typedef enum EmuKeyState
{
	EMU_KEY_GOOD,
	EMU_KEY_UNKNOWN,			/* or its session token is another */
	EMU_KEY_EXPIRED
} EmuKeyState;

/* Whom a pair of keys stands for. */
typedef struct EmuIdentity
{
	bool		is_role;		/* an assumed role, else a user */
	char		name[128];		/* of role or user, without path */
	char		account[16];
	char		arn[384];
	char		user_id[192];
} EmuIdentity;

/* A copy of a key; wipe it after use. */
typedef struct EmuKeyCopy
{
	char		secret[256];
	EmuIdentity who;
} EmuKeyCopy;

/* Temporary keys as they are handed out. */
typedef struct EmuIssued
{
	char		access_key[24];
	char		secret[48];
	char		token[512];
	int64_t		issued_us;
	int64_t		expires_us;
} EmuIssued;

/* Make it; options must outlive it. */
extern EmuKeyring *emu_keyring_create(const EmuOptions *options);

/* Free it. */
extern void emu_keyring_destroy(EmuKeyring *keyring);

/*
 * Find the key at time now_us; token is NULL where the request has none.
 * *copy is filled in for EMU_KEY_GOOD; else it names a user called like the
 * access key, without a secret.
 */
extern EmuKeyState emu_keyring_find(EmuKeyring *keyring,
									const char *access_key,
									const char *token, int64_t now_us,
									EmuKeyCopy *copy);

/*
 * Write into who that session has assumed the role of role_arn, which must
 * be well formed.
 */
extern void emu_keyring_assumed(const char *role_arn, const char *session,
								EmuIdentity *who);

/*
 * Issue keys of who for lifetime_s seconds from now_us, or for as long as
 * the ttl that was set says.
 */
extern void emu_keyring_issue(EmuKeyring *keyring, const EmuIdentity *who,
							  long lifetime_s, int64_t now_us,
							  EmuIssued *issued);

/*
 * The keys of who that a metadata service shows: the same ones again until
 * they near their end or emu_keyring_rotate was called, then new ones.
 */
extern void emu_keyring_show(EmuKeyring *keyring, const EmuIdentity *who,
							 long lifetime_s, int64_t now_us,
							 EmuIssued *issued);

/* From now on new keys live ttl_s seconds; 0: as long as was asked for. */
extern void emu_keyring_set_ttl(EmuKeyring *keyring, long ttl_s);

/* All keys issued so far are expired. */
extern void emu_keyring_expire(EmuKeyring *keyring);

/* What was shown is not shown again, but stays good. */
extern void emu_keyring_rotate(EmuKeyring *keyring);

/* Is token the web identity that is believed?  Any is if none was set. */
extern bool emu_keyring_believes(EmuKeyring *keyring, const char *token);

/* From now on token alone is believed, NULL: any. */
extern void emu_keyring_set_web_token(EmuKeyring *keyring, const char *token);

/* What was issued, without secrets, and the settings. */
extern json_t *emu_keyring_dump(EmuKeyring *keyring);

/* Put the settings back to the command line's; issued keys stay good. */
extern void emu_keyring_reset(EmuKeyring *keyring);

#endif							/* EMU_KEYRING_H */
