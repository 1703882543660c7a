/*
 * creds_files.h
 *		The shared config and credentials files of the AWS SDKs, read into
 *		profiles, sso-sessions and services sections.
 *
 * AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name them, else
 * ~/.aws/config and ~/.aws/credentials; a file that does not exist is an
 * empty one.  A profile's keys in the credentials file win over those in the
 * config file, key by key ("Shared config and credentials files" in the AWS
 * SDKs and Tools Reference Guide).
 */
#ifndef RSD_AWS_CREDS_FILES_H
#define RSD_AWS_CREDS_FILES_H

#include "base/env.h"

/* Opaque.  Holds secrets. */
typedef struct RsdProfiles RsdProfiles;

typedef enum RsdProfilesFile
{
	RSD_FILE_CONFIG,
	RSD_FILE_CREDENTIALS,
	RSD_FILE_ANY				/* the credentials file, then the config file */
} RsdProfilesFile;

/*
 * Reads both files.  NULL with err naming file and line if one cannot be read
 * or parsed; MEMORY; LIMIT (1 MB a file).  lenient: a file that exists but
 * cannot be read is an empty one too, and err tells of it; HOME may well be
 * somebody else's.
 */
extern RsdProfiles *rsd_profiles_load(const RsdEnv *env, bool lenient,
									  RsdError *err) RSD_MUSTCHECK;

/* Wipes and frees.  NULL is fine. */
extern void rsd_profiles_free(RsdProfiles *profiles);

/* Is there a section for this profile in that file? */
extern bool rsd_profiles_has(const RsdProfiles *profiles,
							 RsdProfilesFile file, const char *profile);

/*
 * The value of a profile's key (lower case), or NULL if absent or empty;
 * lives as long as profiles.
 */
extern const char *rsd_profiles_get(const RsdProfiles *profiles,
									RsdProfilesFile file, const char *profile,
									const char *key);

/* The same of an [sso-session name]. */
extern const char *rsd_profiles_session(const RsdProfiles *profiles,
										const char *session, const char *key);

/* Is there an [sso-session name]? */
extern bool rsd_profiles_has_session(const RsdProfiles *profiles,
									 const char *session);

/* Is there a [services name]? */
extern bool rsd_profiles_has_services(const RsdProfiles *profiles,
									  const char *services);

/*
 * The value of a key of one service (lower case, "redshift_data") in a
 * [services name] section, or NULL.
 */
extern const char *rsd_profiles_service(const RsdProfiles *profiles,
										const char *services,
										const char *service, const char *key);

/* The path of a file, for messages.  Not with RSD_FILE_ANY. */
extern const char *rsd_profiles_path(const RsdProfiles *profiles,
									 RsdProfilesFile file);

/*
 * The profile to use: chosen if not NULL or empty, else AWS_PROFILE, else
 * AWS_DEFAULT_PROFILE, else "default".  Valid until the next look at env.
 * *named, unless NULL, tells whether anyone named it.
 */
extern const char *rsd_profiles_choose(const RsdEnv *env, const char *chosen,
									   bool *named);

#endif							/* RSD_AWS_CREDS_FILES_H */
