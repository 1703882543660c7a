/*
 * keyring.c
 *		Keeps the keys that open the emulator and makes temporary ones. Who
 *		may have them is decided in sts.c and metadata.c.
 *
 * Locking: one mutex guards the issued keys and the settings for the length
 * of one call; no other module but text.c is called with it held.
 */
#include "keyring.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "text.h"

#define ISSUED_MAX 10000		/* the oldest are forgotten */
#define TOKEN_BYTES 256			/* not a multiple of 3, so that "=" occurs */
#define SHOWN_MARGIN_US (INT64_C(5) * 60 * 1000000)

typedef struct Issued
{
	struct Issued *next;
	EmuIssued	keys;
	EmuIdentity who;
	bool		shown;			/* by a metadata service, as the current one */
} Issued;

struct EmuKeyring
{
	const EmuOptions *options;
	pthread_mutex_t lock;
	Issued	   *newest;			/* newest first */
	size_t		nissued;
	long		ttl_s;
	char	   *web_token;
};

EmuKeyring *
emu_keyring_create(const EmuOptions *options)
{
	EmuKeyring *keyring = emu_alloc(sizeof(*keyring));

	keyring->options = options;
	pthread_mutex_init(&keyring->lock, NULL);
	keyring->ttl_s = options->credential_ttl_s;
	keyring->web_token = emu_strdup(options->web_token);
	return keyring;
}

static void
free_issued(Issued *issued)
{
	OPENSSL_cleanse(&issued->keys, sizeof(issued->keys));
	free(issued);
}

void
emu_keyring_destroy(EmuKeyring *keyring)
{
	Issued	   *issued;

	while ((issued = keyring->newest) != NULL)
	{
		keyring->newest = issued->next;
		free_issued(issued);
	}
	free(keyring->web_token);
	pthread_mutex_destroy(&keyring->lock);
	free(keyring);
}

static void
user_identity(const EmuOptions *options, const char *access_key,
			  EmuIdentity *who)
{
	const char *name = *access_key != '\0' ? access_key : "anonymous";

	memset(who, 0, sizeof(*who));
	snprintf(who->name, sizeof(who->name), "%s", name);
	snprintf(who->account, sizeof(who->account), "%s", options->account);
	snprintf(who->arn, sizeof(who->arn), "arn:aws:iam::%s:user/%s",
			 options->account, who->name);
	snprintf(who->user_id, sizeof(who->user_id), "%s", who->name);
}

/* A key of the command line, its session token fitting; NULL if none. */
static const EmuKey *
find_given(const EmuOptions *options, const char *access_key,
		   const char *token)
{
	for (size_t i = 0; i < options->nkeys; i++)
	{
		const EmuKey *key = &options->keys[i];

		if (strcmp(key->access_key, access_key) != 0)
			continue;
		if (key->session_token == NULL && token == NULL)
			return key;
		if (key->session_token != NULL && token != NULL &&
			strcmp(key->session_token, token) == 0)
			return key;
	}
	return NULL;
}

/* An issued key, its session token fitting; NULL if none; lock held. */
static const Issued *
find_issued(const EmuKeyring *keyring, const char *access_key,
			const char *token)
{
	const Issued *issued = keyring->newest;

	if (token == NULL)
		return NULL;
	while (issued != NULL && (strcmp(issued->keys.access_key,
									 access_key) != 0 ||
							  strcmp(issued->keys.token, token) != 0))
		issued = issued->next;
	return issued;
}

EmuKeyState
emu_keyring_find(EmuKeyring *keyring, const char *access_key,
				 const char *token, int64_t now_us, EmuKeyCopy *copy)
{
	const EmuKey *given = find_given(keyring->options, access_key, token);
	EmuKeyState state = EMU_KEY_UNKNOWN;
	const Issued *issued;

	memset(copy, 0, sizeof(*copy));
	user_identity(keyring->options, access_key, &copy->who);
	if (given != NULL)
	{
		snprintf(copy->secret, sizeof(copy->secret), "%s", given->secret);
		return EMU_KEY_GOOD;
	}
	pthread_mutex_lock(&keyring->lock);
	issued = find_issued(keyring, access_key, token);
	if (issued != NULL && issued->keys.expires_us <= now_us)
		state = EMU_KEY_EXPIRED;
	else if (issued != NULL)
	{
		snprintf(copy->secret, sizeof(copy->secret), "%s",
				 issued->keys.secret);
		copy->who = issued->who;
		state = EMU_KEY_GOOD;
	}
	pthread_mutex_unlock(&keyring->lock);
	return state;
}

/* A stable id that looks like a role's, made of its ARN. */
static void
role_id(const char *arn, char out[22])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint64_t	hash = UINT64_C(14695981039346656037);

	strcpy(out, "AROA");
	for (int i = 4; i < 21; i++)
	{
		for (const char *c = arn; *c != '\0'; c++)
			hash = (hash ^ (unsigned char) *c) * UINT64_C(1099511628211);
		out[i] = digits[hash >> 59];
	}
	out[21] = '\0';
}

void
emu_keyring_assumed(const char *role_arn, const char *session,
					EmuIdentity *who)
{
	const char *partition = strchr(role_arn, ':') + 1;
	const char *account = strstr(role_arn, ":iam::") + 6;
	char		id[22];

	memset(who, 0, sizeof(*who));
	who->is_role = true;
	snprintf(who->name, sizeof(who->name), "%s", strrchr(role_arn, '/') + 1);
	snprintf(who->account, sizeof(who->account), "%.12s", account);
	snprintf(who->arn, sizeof(who->arn), "arn:%.*s:sts::%s:assumed-role/%s/%s",
			 (int) strcspn(partition, ":"), partition, who->account,
			 who->name, session);
	role_id(role_arn, id);
	snprintf(who->user_id, sizeof(who->user_id), "%s:%s", id, session);
}

static void
random_bytes(unsigned char *out, size_t len)
{
	if (RAND_bytes(out, (int) len) != 1)
		abort();
}

static void
random_base64(char *out, size_t size, size_t bytes)
{
	unsigned char raw[TOKEN_BYTES];
	EmuText		text = {0};

	random_bytes(raw, bytes);
	emu_text_add_base64(&text, raw, bytes);
	snprintf(out, size, "%s", text.data);
	emu_text_free(&text);
}

static void
make_keys(EmuIssued *keys)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned char raw[16];

	memset(keys, 0, sizeof(*keys));
	strcpy(keys->access_key, "ASIA");
	random_bytes(raw, sizeof(raw));
	for (size_t i = 0; i < sizeof(raw); i++)
		keys->access_key[4 + i] = digits[raw[i] & 31];
	random_base64(keys->secret, sizeof(keys->secret), 30);
	random_base64(keys->token, sizeof(keys->token), TOKEN_BYTES);
}

/* Forget the oldest; lock held. */
static void
drop_oldest(EmuKeyring *keyring)
{
	Issued	  **last = &keyring->newest;

	while ((*last)->next != NULL)
		last = &(*last)->next;
	free_issued(*last);
	*last = NULL;
	keyring->nissued--;
}

/* Make and keep keys; lock held. */
static Issued *
issue(EmuKeyring *keyring, const EmuIdentity *who, long lifetime_s,
	  int64_t now_us)
{
	Issued	   *issued = emu_alloc(sizeof(*issued));

	if (keyring->nissued >= ISSUED_MAX)
		drop_oldest(keyring);
	if (keyring->ttl_s > 0)
		lifetime_s = keyring->ttl_s;
	make_keys(&issued->keys);
	issued->keys.issued_us = now_us;
	/* Whole seconds, as the reply will say it. */
	issued->keys.expires_us = (now_us / 1000000 + lifetime_s) * 1000000;
	issued->who = *who;
	issued->next = keyring->newest;
	keyring->newest = issued;
	keyring->nissued++;
	return issued;
}

void
emu_keyring_issue(EmuKeyring *keyring, const EmuIdentity *who,
				  long lifetime_s, int64_t now_us, EmuIssued *issued)
{
	pthread_mutex_lock(&keyring->lock);
	*issued = issue(keyring, who, lifetime_s, now_us)->keys;
	pthread_mutex_unlock(&keyring->lock);
}

/* Has it so little left that a metadata service shows the next one? */
static bool
near_end(const EmuIssued *keys, int64_t now_us)
{
	int64_t		margin = (keys->expires_us - keys->issued_us) / 2;

	if (margin > SHOWN_MARGIN_US)
		margin = SHOWN_MARGIN_US;
	return keys->expires_us - now_us <= margin;
}

void
emu_keyring_show(EmuKeyring *keyring, const EmuIdentity *who,
				 long lifetime_s, int64_t now_us, EmuIssued *issued)
{
	Issued	   *shown;

	pthread_mutex_lock(&keyring->lock);
	for (shown = keyring->newest; shown != NULL; shown = shown->next)
	{
		if (shown->shown && strcmp(shown->who.arn, who->arn) == 0)
			break;
	}
	if (shown == NULL || near_end(&shown->keys, now_us))
	{
		if (shown != NULL)
			shown->shown = false;
		shown = issue(keyring, who, lifetime_s, now_us);
		shown->shown = true;
	}
	*issued = shown->keys;
	pthread_mutex_unlock(&keyring->lock);
}

void
emu_keyring_set_ttl(EmuKeyring *keyring, long ttl_s)
{
	pthread_mutex_lock(&keyring->lock);
	keyring->ttl_s = ttl_s;
	pthread_mutex_unlock(&keyring->lock);
}

void
emu_keyring_expire(EmuKeyring *keyring)
{
	pthread_mutex_lock(&keyring->lock);
	for (Issued *issued = keyring->newest; issued != NULL;
		 issued = issued->next)
	{
		issued->keys.expires_us = 0;
		issued->shown = false;
	}
	pthread_mutex_unlock(&keyring->lock);
}

void
emu_keyring_rotate(EmuKeyring *keyring)
{
	pthread_mutex_lock(&keyring->lock);
	for (Issued *issued = keyring->newest; issued != NULL;
		 issued = issued->next)
		issued->shown = false;
	pthread_mutex_unlock(&keyring->lock);
}

bool
emu_keyring_believes(EmuKeyring *keyring, const char *token)
{
	bool		believed;

	pthread_mutex_lock(&keyring->lock);
	believed = keyring->web_token == NULL ||
		strcmp(keyring->web_token, token) == 0;
	pthread_mutex_unlock(&keyring->lock);
	return believed;
}

void
emu_keyring_set_web_token(EmuKeyring *keyring, const char *token)
{
	char	   *copy = emu_strdup(token);

	pthread_mutex_lock(&keyring->lock);
	free(keyring->web_token);
	keyring->web_token = copy;
	pthread_mutex_unlock(&keyring->lock);
}

json_t *
emu_keyring_dump(EmuKeyring *keyring)
{
	json_t	   *list = json_array();
	json_t	   *dump;

	pthread_mutex_lock(&keyring->lock);
	for (Issued *issued = keyring->newest; issued != NULL;
		 issued = issued->next)
		json_array_append_new(list,
							  json_pack("{s:s, s:s, s:o, s:o, s:b}",
										"access_key", issued->keys.access_key,
										"arn", issued->who.arn,
										"issued",
										emu_json_time(issued->keys.issued_us),
										"expires",
										emu_json_time(issued->keys.expires_us),
										"shown", issued->shown));
	dump = json_pack("{s:o, s:I}", "issued", list,
					 "ttl", (json_int_t) keyring->ttl_s);
	pthread_mutex_unlock(&keyring->lock);
	return dump;
}

void
emu_keyring_reset(EmuKeyring *keyring)
{
	emu_keyring_set_ttl(keyring, keyring->options->credential_ttl_s);
	emu_keyring_set_web_token(keyring, keyring->options->web_token);
}
