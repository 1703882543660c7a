/*
 * error.h
 *		The error value that every fallible function of the pure folders
 *		fills in: fixed size, no allocation, safe to copy.
 *
 * It never throws, prints or logs; src/pg turns it into an ereport.  It must
 * never be given a secret, a token or a signed header.
 */
#ifndef RSD_BASE_ERROR_H
#define RSD_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attrs.h"

typedef enum RsdErrorKind
{
	RSD_ERR_NONE,				/* no error */
	RSD_ERR_MEMORY,				/* malloc said no */
	RSD_ERR_LIMIT,				/* a stated ceiling was reached */
	RSD_ERR_INVALID,			/* an argument or setting is unusable */
	RSD_ERR_MALFORMED,			/* received bytes break their grammar */
	RSD_ERR_ENCODING,			/* text that cannot be kept: invalid UTF-8,
								 * NUL, lone surrogate */
	RSD_ERR_NETWORK,			/* the transport failed */
	RSD_ERR_SERVICE,			/* the service answered with an error */
	RSD_ERR_INTERNAL			/* a library failed in an unforeseen way */
} RsdErrorKind;

/* All strings are NUL-terminated and clipped at a UTF-8 character. */
typedef struct RsdError
{
	RsdErrorKind kind;
	char		doing[128];		/* what was attempted: "reading the reply" */
	char		what[512];		/* what went wrong */
	char		code[96];		/* the service's error code, or empty */
	char		request_id[80]; /* the service's request id, or empty */
} RsdError;

/* Makes err say that nothing is wrong. */
extern void rsd_error_clear(RsdError *err);

/*
 * Sets kind and message (printf style) and empties the other members.
 * Returns false always, so that a caller can write "return rsd_error_set()".
 * err may be NULL: then nothing is kept.
 */
extern bool rsd_error_set(RsdError *err, RsdErrorKind kind, const char *fmt,
						  ...) RSD_PRINTF(3, 4);

/*
 * Adds what we were doing (printf style) to an error already set; a second
 * call puts its text in front ("outer: inner").  Returns false always.
 */
extern bool rsd_error_doing(RsdError *err, const char *fmt,
							...) RSD_PRINTF(2, 3);

/* The word for a kind, for logs and tests: "memory", "limit", ... */
extern const char *rsd_error_kind_name(RsdErrorKind kind);

/*
 * Copies a string of len bytes into dst (size bytes, NUL-terminated after
 * it), clipped so that no UTF-8 character is cut in two.  Stops at a NUL.
 * Returns false if it had to clip.
 */
extern bool rsd_clip(char *dst, size_t size, const char *src, size_t len);

#endif							/* RSD_BASE_ERROR_H */
