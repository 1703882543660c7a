/*
 * sts.h
 *		AWS STS (Query protocol, version 2011-06-15): requests and replies of
 *		AssumeRole, AssumeRoleWithWebIdentity and GetCallerIdentity.
 *
 * Limits are those of the public STS API Reference.  It signs nothing and
 * decides nothing about retries.
 */
#ifndef RSD_AWS_STS_H
#define RSD_AWS_STS_H

#include "aws/credvalue.h"
#include "aws/endpoint.h"
#include "base/httpmsg.h"

/* Longest token that AssumeRoleWithWebIdentity takes, bytes. */
#define RSD_STS_MAX_WEB_TOKEN 20000

/* Whom to become.  Strings are borrowed; NULL or "" = not sent. */
typedef struct RsdStsRole
{
	const char *role_arn;
	const char *session_name;
	const char *external_id;	/* AssumeRole only */
	int			duration_seconds;	/* 0 = not sent: the service takes an hour */
} RsdStsRole;

/* Who one is.  NUL-terminated, clipped; empty where the reply did not say. */
typedef struct RsdStsIdentity
{
	char		arn[2100];
	char		account[16];
	char		user_id[200];
} RsdStsIdentity;

/*
 * Would the service take these?  INVALID names the one that is missing, too
 * long or has characters that the service does not allow.
 */
extern bool rsd_sts_check_role(const RsdStsRole *role,
							   RsdError *err) RSD_MUSTCHECK;

/*
 * Makes the request AssumeRole, still to be signed for endpoint.  req is
 * empty on failure (INVALID, LIMIT, MEMORY), else the caller's to free.
 */
extern bool rsd_sts_assume_role(const RsdStsRole *role,
								const RsdEndpoint *endpoint, RsdRequest *req,
								RsdError *err) RSD_MUSTCHECK;

/*
 * Makes the request AssumeRoleWithWebIdentity, which is sent unsigned.  token
 * goes out as it is, 4 to 20000 bytes.  Else as rsd_sts_assume_role.
 */
extern bool rsd_sts_web_identity(const RsdStsRole *role, RsdSlice token,
								 const RsdEndpoint *endpoint, RsdRequest *req,
								 RsdError *err) RSD_MUSTCHECK;

/* Makes the request GetCallerIdentity, still to be signed for endpoint. */
extern bool rsd_sts_caller_identity(const RsdEndpoint *endpoint,
									RsdRequest *req,
									RsdError *err) RSD_MUSTCHECK;

/*
 * Reads the reply to either AssumeRole into cred (all zero or set before),
 * and the session's ARN into arn (size bytes, clipped; "" if not told).
 * MALFORMED if keys or a readable Expiration are missing.
 */
extern bool rsd_sts_read_credentials(RsdSlice body, RsdCredentials *cred,
									 char *arn, size_t size,
									 RsdError *err) RSD_MUSTCHECK;

/* Reads the reply to GetCallerIdentity; MALFORMED if it has no Arn. */
extern bool rsd_sts_read_identity(RsdSlice body, RsdStsIdentity *identity,
								  RsdError *err) RSD_MUSTCHECK;

/*
 * Writes the account's id of an ARN, twelve digits and a NUL; false, and
 * nothing written, if it has none.
 */
extern bool rsd_sts_arn_account(const char *arn, char out[13]);

#endif							/* RSD_AWS_STS_H */
