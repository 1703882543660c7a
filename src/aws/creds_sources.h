/*
 * creds_sources.h
 *		The sources of credentials: each looks whether it is set up, and adds
 *		its links to the plan of a fetch.  Of use to aws/creds_*.c only.
 *
 * NO and ERROR leave the reason in f->err; what was added before an ERROR is
 * the conductor's to free.
 */
#ifndef RSD_AWS_CREDS_SOURCES_H
#define RSD_AWS_CREDS_SOURCES_H

#include "aws/creds_provider.h"

/* KEYS of the configuration (creds_keys.c). */
extern RsdClaim rsd_creds_claim_keys(RsdFetch *f);

/* AWS_ACCESS_KEY_ID and companions (creds_keys.c). */
extern RsdClaim rsd_creds_claim_environment(RsdFetch *f);

/* Keys written in a profile of that file (creds_keys.c). */
extern RsdClaim rsd_creds_claim_profile_keys(RsdFetch *f,
											 RsdProfilesFile file,
											 const char *profile);

/*
 * All that a profile may hold (creds_profile.c); environment: AWS_ROLE_ARN
 * and companions count as well.  named: it must exist.
 */
extern RsdClaim rsd_creds_claim_profile(RsdFetch *f, const char *profile,
										bool named, bool environment);

/* A web identity of environment, profile or both (creds_web_identity.c). */
extern RsdClaim rsd_creds_claim_web_identity(RsdFetch *f, const char *profile,
											 bool environment);

/* An SSO login of a profile (creds_sso.c). */
extern RsdClaim rsd_creds_claim_sso(RsdFetch *f, const char *profile);

/* A profile's credential_process (creds_process.c). */
extern RsdClaim rsd_creds_claim_process(RsdFetch *f, const char *profile);

/* AWS_CONTAINER_CREDENTIALS_... (creds_container.c). */
extern RsdClaim rsd_creds_claim_container(RsdFetch *f);

/* Instance metadata, unless it is turned off (creds_instance.c). */
extern RsdClaim rsd_creds_claim_instance(RsdFetch *f);

/* Is that link instance metadata?  Its keys may outlive their end. */
extern bool rsd_creds_is_instance(const RsdLink *link);

/* Adds a link that assumes role with the keys of those before it. */
extern RsdClaim rsd_creds_add_role(RsdFetch *f, const char *role_arn,
								   const char *session_name,
								   const char *external_id,
								   int duration_seconds);

#endif							/* RSD_AWS_CREDS_SOURCES_H */
