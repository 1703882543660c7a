/*
 * creds_step.h
 *		Steps that several providers of credentials take, and words for what
 *		they find.  Of use to aws/creds_*.c only.
 */
#ifndef RSD_AWS_CREDS_STEP_H
#define RSD_AWS_CREDS_STEP_H

#include "aws/creds_provider.h"

/* Adds a sentence to the story, printf style. */
extern void rsd_creds_say(RsdFetch *f, const char *fmt,...) RSD_PRINTF(2, 3);

/* Sets f->err; the claim, or step, to return. */
extern RsdClaim rsd_creds_no(RsdFetch *f, const char *fmt,...)
			RSD_PRINTF(2, 3);
extern RsdClaim rsd_creds_wrong(RsdFetch *f, const char *fmt,...)
			RSD_PRINTF(2, 3);
extern RsdStep rsd_creds_fail(RsdFetch *f, RsdErrorKind kind, const char *fmt,
							  ...) RSD_PRINTF(3, 4);

/*
 * Makes f->request for base followed by path, which may have a query; FAIL if
 * it is no URL, else SEND.  The time-outs are milliseconds: to connect, to
 * the first byte (and half as much again in all).
 */
extern RsdStep rsd_creds_ask(RsdFetch *f, const char *method,
							 const char *base, const char *path,
							 int64_t connect_ms, int64_t first_byte_ms);

/* Adds a header to f->request; SEND or FAIL. */
extern RsdStep rsd_creds_header(RsdFetch *f, const char *name,
								const char *value);

/* f->request is an STS request: the limits for it; SEND. */
extern RsdStep rsd_creds_ask_sts(RsdFetch *f);

/* Where STS is for this fetch; false with f->err. */
extern bool rsd_creds_sts_endpoint(RsdFetch *f, RsdEndpoint *endpoint);

/* The reply to either AssumeRole. */
extern RsdStep rsd_creds_sts_reply(RsdFetch *f, const RsdResponse *response);

/*
 * Puts stars over the secrets of the fetch where text, which came from
 * outside, repeats them.
 */
extern void rsd_creds_hide(const RsdFetch *f, char *text);

/* A reply that is no success: RETRY or FAIL, as its code says. */
extern RsdStep rsd_creds_refused(RsdFetch *f, const RsdResponse *response);

/* How a JSON document names keys. */
typedef struct RsdKeysShape
{
	const char *key_id;
	const char *secret;
	const char *token;
	const char *expiration;
	bool		temporary;		/* token and expiration are required */
	bool		milliseconds;	/* expiration is a number of them since 1970 */
} RsdKeysShape;

/*
 * Reads keys from a JSON object into f->cred (creds_json.c); what it says of
 * a failure names members, never values.  DONE or FAIL.
 */
extern RsdStep rsd_creds_read_json(RsdFetch *f, RsdSlice doc,
								   const RsdKeysShape *shape);

#endif							/* RSD_AWS_CREDS_STEP_H */
