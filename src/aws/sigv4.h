/*
 * sigv4.h
 *		AWS Signature Version 4 in the Authorization header, as the IAM User
 *		Guide describes it ("Create a signed AWS API request").
 *
 * The stages are visible so that tests can compare each with published
 * vectors.  It reads no clock and no environment.
 */
#ifndef RSD_AWS_SIGV4_H
#define RSD_AWS_SIGV4_H

#include "aws/credvalue.h"
#include "base/hash.h"
#include "base/httpmsg.h"

/*
 * A derived key kept between requests; good for one secret, day, region and
 * service, and renewed by itself.  All zero is empty.  Wipe with rsd_wipe.
 */
typedef struct RsdSigningKey
{
	bool		valid;
	char		date[9];		/* YYYYMMDD */
	char		region[64];
	char		service[32];
	uint8_t		secret_hash[RSD_SHA256_LEN];
	uint8_t		key[RSD_SHA256_LEN];
} RsdSigningKey;

/*
 * Sets X-Amz-Date, X-Amz-Security-Token (if there is a token) and
 * Authorization on req, replacing those of an earlier attempt.  Signed are
 * host (as rsd_url_authority writes it, which is what the transport must
 * send), content-type and every x-amz-* header.  cache may be NULL.
 * Errors: MEMORY, LIMIT, INVALID, INTERNAL.
 */
extern bool rsd_sigv4_sign(RsdRequest *req, const RsdCredentials *cred,
						   const char *region, const char *service,
						   int64_t now_us, RsdSigningKey *cache,
						   RsdError *err) RSD_MUSTCHECK;

/*
 * Stage 1: appends the canonical request to canonical and the list of
 * signed header names ("content-type;host;...") to names.
 */
extern bool rsd_sigv4_canonical(const RsdRequest *req, RsdBuf *canonical,
								RsdBuf *names, RsdError *err) RSD_MUSTCHECK;

/*
 * Stage 2: appends the string to sign for that canonical request.
 */
extern bool rsd_sigv4_string_to_sign(RsdSlice canonical, const char *region,
									 const char *service, int64_t now_us,
									 RsdBuf *out, RsdError *err) RSD_MUSTCHECK;

/* Stage 3: the signing key of a secret, date (YYYYMMDD), region, service. */
extern bool rsd_sigv4_key(const char *secret, const char *date,
						  const char *region, const char *service,
						  uint8_t key[RSD_SHA256_LEN],
						  RsdError *err) RSD_MUSTCHECK;

/* Stage 4: the signature as 64 hex digits and a NUL. */
extern bool rsd_sigv4_signature(const uint8_t key[RSD_SHA256_LEN],
								RsdSlice string_to_sign,
								char hex[RSD_SHA256_HEX],
								RsdError *err) RSD_MUSTCHECK;

#endif							/* RSD_AWS_SIGV4_H */
