/*
 * skew.h
 *		How far our clock is from a service's, learned from a refusal.
 *
 * Services refuse signatures whose date is more than about five minutes
 * off (IAM User Guide, "Troubleshoot Signature Version 4"), and their
 * replies bear a Date.  AWS's SDKs correct their clock from it; so do we,
 * but only after a refusal, so that a wrong Date of some proxy does no harm.
 *
 * To be used by the sender (src/pg/talk.c): it keeps one offset per route,
 * 0 at first, signs with now + offset, and asks rsd_skew_learn about every
 * refusal.  If that says true, the call is sent once more at once with the
 * same ClientToken; a second refusal in a row is handled as its class.
 */
#ifndef RSD_AWS_SKEW_H
#define RSD_AWS_SKEW_H

#include <stdint.h>

#include "aws/awserror.h"

/* A Date that differs by less than this is not what a refusal is about. */
#define RSD_SKEW_MIN_US (INT64_C(240) * 1000 * 1000)

/*
 * Looks at a refusal (status not 2xx) and the error read from it.  now_us is
 * our clock when the reply came; *offset_us what was added to it to sign.
 * True: the error is one that a wrong clock causes (RequestTimeTooSkewed,
 * RequestExpired, RequestInTheFuture, InvalidSignatureException,
 * SignatureDoesNotMatch, AuthFailure) and Date is more than RSD_SKEW_MIN_US
 * away from now_us + *offset_us; *offset_us is then the new offset, good
 * to a second or so.  Else false, *offset_us as it was.
 */
extern bool rsd_skew_learn(const RsdAwsError *error, const RsdResponse *resp,
						   int64_t now_us, int64_t *offset_us);

#endif							/* RSD_AWS_SKEW_H */
