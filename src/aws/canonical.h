/*
 * canonical.h
 *		The canonical form of a request for Signature Version 4, as the IAM
 *		User Guide describes it ("Create a signed AWS API request").
 *
 * A pure function of the request: no clock, no key.
 */
#ifndef RSD_AWS_CANONICAL_H
#define RSD_AWS_CANONICAL_H

#include "base/httpmsg.h"

/* Ceiling of a canonical request, bytes. */
#define RSD_CANONICAL_MAX (256 * 1024)

/*
 * What a service wants done otherwise, or'ed together.  0 is what all
 * services but S3 want: "." and empty path segments removed, the path as
 * sent percent-encoded once more ("%20" becomes "%2520"), the session token
 * signed.
 */
#define RSD_SIGV4_KEEP_PATH 1	/* no path segment is removed */
#define RSD_SIGV4_PATH_ENCODED 2	/* the path is not encoded once more */
#define RSD_SIGV4_CONTENT_HASH 4	/* header form: send and sign
									 * x-amz-content-sha256 */
#define RSD_SIGV4_TOKEN_AFTER 8 /* the session token is sent unsigned */

/*
 * Appends the canonical request to canonical and the list of signed header
 * names ("content-type;host;...") to names, both initialised by the caller.
 * Signed are host, as rsd_url_authority writes it and the transport must
 * send it, and all headers of the request but those that are the
 * transport's or a proxy's to change (user-agent, connection, ...) and
 * authorization.  Repeated headers are joined in their order.  The query is
 * taken apart, decoded, encoded anew and sorted.  The body's hash is what a
 * header x-amz-content-sha256 says, if there is one.
 * Errors: LIMIT (too many or too long names), MEMORY, INTERNAL.
 */
extern bool rsd_canonical_request(const RsdRequest *req, unsigned flags,
								  RsdBuf *canonical, RsdBuf *names,
								  RsdError *err) RSD_MUSTCHECK;

/* Appends the names that rsd_canonical_request would sign.  Same errors. */
extern bool rsd_canonical_names(const RsdRequest *req, unsigned flags,
								RsdBuf *names, RsdError *err) RSD_MUSTCHECK;

/*
 * Appends the SHA-256 of data in lower-case hex to out.  False only if the
 * cryptographic library fails.
 */
extern bool rsd_canonical_hash(RsdSlice data, RsdBuf *out) RSD_MUSTCHECK;

#endif							/* RSD_AWS_CANONICAL_H */
