/*
 * options.h
 *	  Options of servers and user mappings, as values to read.
 *
 * What options exist, where they are allowed, who may set them and which
 * values they take is one table in options.c, which also is the foreign data
 * wrapper's validator.  Never puts a secret into a message.
 */
#ifndef RSD_PG_OPTIONS_H
#define RSD_PG_OPTIONS_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "aws/creds.h"
#include "base/tri.h"

/* Defaults of options that were not given. */
#define RSD_DEFAULT_MAX_IN_FLIGHT 20
#define RSD_DEFAULT_QUOTA_SHARE 0.5

/*
 * A server as one role uses it.  Texts are NULL where not set, in the
 * database's encoding.  One palloc'd piece after the other in the caller's
 * memory context.
 */
typedef struct RsdServerConfig
{
	Oid			oid;
	char	   *name;
	char	   *region;
	char	   *cluster_identifier; /* exactly one of this and the next */
	char	   *workgroup_name;
	char	   *database;
	char	   *db_user;
	char	   *secret_arn;
	char	   *endpoint_url;	/* server's or mapping's; mapping wins */
	char	   *sns_endpoint_url;	/* the same */
	char	   *success_topic_arn;
	char	   *failure_topic_arn;
	List	   *topic_arns;		/* of char *; first = default */
	bool		sns_error_text; /* messages bear the error's text */
	int			max_in_flight;
	double		quota_share;	/* of the published quotas; 0 = no limit */
	Interval   *timeout;		/* NULL: not set; zero: none */
	Interval   *deadline;		/* NULL: not set; zero: none */
	bool		describe_always;
	char	   *result_format;	/* NULL: not set */
	bool		enabled;		/* else its statements wait */

	/* Where the keys come from; of server or mapping, mapping wins. */
	RsdCredsSource source;
	char	   *profile;
	char	   *role_arn;
	char	   *external_id;
	char	   *role_session_name;
	int			duration_seconds;	/* 0: not set */
	char	   *sts_endpoint_url;
	RsdTri		use_fips;
	RsdTri		use_dualstack;

	/* From the mapping of the role, else of PUBLIC. */
	bool		has_keys;		/* access_key_id and secret_access_key */
	bool		own_keys;		/* what signs are those, and the mapping is
								 * the role's own */
	char	   *access_key_id;	/* this and the next two only if asked for */
	char	   *secret_access_key;
	char	   *session_token;
	char	   *proxy;			/* mapping's, if asked for (it may hold a
								 * password), else the server's */
} RsdServerConfig;

/* Why a statement of a server that is not enabled waits. */
#define RSD_PAUSED_WORDS "the server's option \"enabled\" is off"

/* Flags of rsd_server_config. */
#define RSD_CONFIG_MISSING_OK	0x1 /* NULL for a server that is gone */
#define RSD_CONFIG_SECRETS		0x2 /* copy keys too; wipe them after use */

/*
 * Reads a server's options and those of the user mapping of role owner (else
 * PUBLIC's; none is no error).  Needs a transaction.  The result is palloc'd
 * in CurrentMemoryContext; text fields are copies.  Checks no privilege.
 * Raises ERRCODE_UNDEFINED_OBJECT for a server that is gone, unless told
 * otherwise, and ERRCODE_WRONG_OBJECT_TYPE for one of another wrapper.
 */
extern RsdServerConfig *rsd_server_config(Oid server, Oid owner, int flags);

/* Can this role have credentials at all: keys, or a source that is named? */
extern bool rsd_server_has_credentials(const RsdServerConfig *config);

/* The source of credentials of that name; false if there is none. */
extern bool rsd_creds_source_parse(const char *word, RsdCredsSource *source);

/*
 * May a statement of the role this config was read for publish to arn?  True
 * if the server names the topic, or if the role's own keys sign.
 */
extern bool rsd_server_topic_allowed(const RsdServerConfig *config,
									 const char *arn);

/* Zeroes the keys in config and forgets them. */
extern void rsd_server_config_wipe(RsdServerConfig *config);

#endif							/* RSD_PG_OPTIONS_H */
