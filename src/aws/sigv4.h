/*
 * sigv4.h
 *		AWS Signature Version 4, in the Authorization header or in the query
 *		(presigned), as the IAM User Guide describes it ("Create a signed AWS
 *		API request").
 *
 * The stages after the canonical request (stage 1, aws/canonical.h) are
 * visible so that tests can compare each with published vectors.  It reads no
 * clock and no environment.
 */
#ifndef RSD_AWS_SIGV4_H
#define RSD_AWS_SIGV4_H

#include "aws/canonical.h"
#include "aws/credvalue.h"
#include "base/hash.h"

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

/* For whom, when and how to sign. */
typedef struct RsdSigning
{
	const char *region;
	const char *service;		/* signing name: "redshift-data", "sns" */
	int64_t		now_us;			/* the service's time, see aws/skew.h */
	unsigned	flags;			/* RSD_SIGV4_..., 0 = as most services want */
	int			expires_s;		/* presigned form only: validity in seconds */
} RsdSigning;

/*
 * Sets X-Amz-Date, X-Amz-Security-Token (if there is a token) and
 * Authorization on req, replacing those of an earlier attempt.  What is
 * signed: rsd_canonical_request, flags 0.  cache may be NULL.
 * Errors: MEMORY, LIMIT, INVALID, INTERNAL.
 */
extern bool rsd_sigv4_sign(RsdRequest *req, const RsdCredentials *cred,
						   const char *region, const char *service,
						   int64_t now_us, RsdSigningKey *cache,
						   RsdError *err) RSD_MUSTCHECK;

/* The same with all choices; expires_s is not used. */
extern bool rsd_sigv4_sign_as(RsdRequest *req, const RsdCredentials *cred,
							  const RsdSigning *how, RsdSigningKey *cache,
							  RsdError *err) RSD_MUSTCHECK;

/*
 * Presigns: adds X-Amz-Algorithm and its companions to req's query, which
 * must not hold any of them yet; headers are signed but not changed.  The
 * query then is as good as the credentials until it expires: a secret.
 * cache may be NULL.  Errors as rsd_sigv4_sign; after one the query may
 * hold some of the parameters.
 */
extern bool rsd_sigv4_presign(RsdRequest *req, const RsdCredentials *cred,
							  const RsdSigning *how, RsdSigningKey *cache,
							  RsdError *err) RSD_MUSTCHECK;

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
