/*
 * credvalue.h
 *		One set of AWS credentials as a value, wiped when it goes.
 *
 * It does not know where credentials come from, and never prints them.
 */
#ifndef RSD_AWS_CREDVALUE_H
#define RSD_AWS_CREDVALUE_H

#include <stdint.h>

#include "base/error.h"

/* All zero is the empty value.  The strings are owned. */
typedef struct RsdCredentials
{
	char	   *access_key_id;
	char	   *secret_access_key;
	char	   *session_token;	/* NULL for long-lived keys */
	int64_t		expires_us;		/* microseconds since 1970; 0 = never */
} RsdCredentials;

/*
 * Wipes cred, which must be all zero or set before, and gives it copies of
 * the strings; token may be NULL or "".  INVALID if a key is missing or has
 * blanks or control characters in it; MEMORY.
 */
extern bool rsd_credvalue_set(RsdCredentials *cred, const char *access_key_id,
							  const char *secret_access_key,
							  const char *session_token, int64_t expires_us,
							  RsdError *err) RSD_MUSTCHECK;

/* rsd_credvalue_set with the members of src. */
extern bool rsd_credvalue_copy(RsdCredentials *dst, const RsdCredentials *src,
							   RsdError *err) RSD_MUSTCHECK;

/* Has it expired, or will within margin_us? */
extern bool rsd_credvalue_expired(const RsdCredentials *cred, int64_t now_us,
								  int64_t margin_us);

/* Zeroes and frees the strings; cred is then empty. */
extern void rsd_credvalue_wipe(RsdCredentials *cred);

#endif							/* RSD_AWS_CREDVALUE_H */
