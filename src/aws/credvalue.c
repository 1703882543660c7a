/*
 * credvalue.c
 *		The credentials value: copied, compared with the clock, wiped.
 */
#include "aws/credvalue.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Printable ASCII without blanks, at least one character? */
static bool
is_key(const char *text)
{
	const char *p;

	if (text == NULL || text[0] == '\0')
		return false;
	for (p = text; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return true;
}

static void
wipe_string(char **text)
{
	if (*text == NULL)
		return;
	rsd_wipe(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void
rsd_credvalue_wipe(RsdCredentials *cred)
{
	wipe_string(&cred->access_key_id);
	wipe_string(&cred->secret_access_key);
	wipe_string(&cred->session_token);
	cred->expires_us = 0;
}

bool
rsd_credvalue_set(RsdCredentials *cred, const char *access_key_id,
				  const char *secret_access_key, const char *session_token,
				  int64_t expires_us, RsdError *err)
{
	bool		has_token = session_token != NULL && session_token[0] != '\0';
	RsdCredentials fresh = {NULL, NULL, NULL, expires_us};

	if (!is_key(access_key_id) || !is_key(secret_access_key) ||
		(has_token && !is_key(session_token)))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "credentials are incomplete or hold blanks or control characters");
	fresh.access_key_id = strdup(access_key_id);
	fresh.secret_access_key = strdup(secret_access_key);
	if (has_token)
		fresh.session_token = strdup(session_token);
	if (fresh.access_key_id == NULL || fresh.secret_access_key == NULL ||
		(has_token && fresh.session_token == NULL))
	{
		rsd_credvalue_wipe(&fresh);
		return rsd_error_set(err, RSD_ERR_MEMORY,
							 "out of memory for credentials");
	}
	rsd_credvalue_wipe(cred);
	*cred = fresh;
	return true;
}

bool
rsd_credvalue_copy(RsdCredentials *dst, const RsdCredentials *src,
				   RsdError *err)
{
	return rsd_credvalue_set(dst, src->access_key_id, src->secret_access_key,
							 src->session_token, src->expires_us, err);
}

bool
rsd_credvalue_expired(const RsdCredentials *cred, int64_t now_us,
					  int64_t margin_us)
{
	return cred->expires_us != 0 && now_us >= cred->expires_us - margin_us;
}
