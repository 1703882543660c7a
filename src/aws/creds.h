/*
 * creds.h
 *		Where the keys come from: one source of AWS credentials, fetched,
 *		kept and refreshed without I/O of its own.
 *
 * It says what it needs (a request to send, a command to run, a time to wait
 * for) and is fed with the answers.  Local files and environment variables
 * are read through RsdEnv.  Order, precedence and windows follow the AWS SDKs
 * and Tools Reference Guide ("Standardized credential providers").  No secret
 * is ever in an error, a story or a name.
 */
#ifndef RSD_AWS_CREDS_H
#define RSD_AWS_CREDS_H

#include "aws/credvalue.h"
#include "base/env.h"
#include "base/httpmsg.h"

/* Opaque. */
typedef struct RsdCreds RsdCreds;

typedef enum RsdCredsSource
{
	RSD_CREDS_KEYS,				/* given in the configuration */
	RSD_CREDS_ENVIRONMENT,		/* AWS_ACCESS_KEY_ID and companions */
	RSD_CREDS_PROFILE,			/* a profile of the shared files */
	RSD_CREDS_WEB_IDENTITY,		/* a token file exchanged at STS */
	RSD_CREDS_CONTAINER,		/* the container credentials endpoint */
	RSD_CREDS_INSTANCE,			/* EC2 instance metadata */
	RSD_CREDS_CHAIN				/* the first of all but KEYS that applies */
} RsdCredsSource;

/*
 * What to use.  Strings are copied by rsd_creds_create; NULL or "" = not
 * given.
 */
typedef struct RsdCredsConfig
{
	RsdCredsSource source;
	const char *access_key_id;	/* KEYS */
	const char *secret_access_key;	/* KEYS */
	const char *session_token;	/* KEYS */

	/*
	 * PROFILE, WEB_IDENTITY, CHAIN: else AWS_PROFILE, else "default".  Given
	 * with CHAIN, it rules the environment's keys and web identity out.
	 */
	const char *profile;

	/*
	 * A role to assume with what the source gives.  With WEB_IDENTITY and no
	 * role in environment or profile, it is the token's own role instead.
	 */
	const char *role_arn;
	const char *external_id;	/* for role_arn */
	int			duration_seconds;	/* for role_arn; 0 = the service's default */

	/*
	 * For role_arn, and for roles of profiles and web identities that name
	 * none; else "rsdata".
	 */
	const char *role_session_name;
	const char *region;			/* of STS; else AWS_REGION,
								 * AWS_DEFAULT_REGION, the profile's */
	const char *sts_endpoint_url;	/* else by region and the switches */
	bool		fips;
	bool		dualstack;
	bool		sts_legacy;		/* the global STS, see aws/endpoint.h */
	const RsdEnv *env;			/* must outlive the RsdCreds */
} RsdCredsConfig;

typedef enum RsdCredsNeed
{
	RSD_CREDS_READY,			/* use rsd_creds_current() */
	RSD_CREDS_SEND,				/* send ask->request, then feed */
	RSD_CREDS_RUN,				/* run ask->argv, then feed */
	RSD_CREDS_WAIT,				/* no keys yet: until fed, or ask->until_us */
	RSD_CREDS_FAILED			/* no keys: ask->err; next try at until_us */
} RsdCredsNeed;

/* What rsd_creds_poll asks for. */
typedef struct RsdCredsAsk
{
	/*
	 * SEND: whole, and signed if need be.  The caller's from then on: give it
	 * to the transport or rsd_request_free() it.  Where its URL is http, that
	 * is meant: metadata, or an endpoint that was configured so.
	 */
	RsdRequest	request;
	bool		local;			/* SEND: metadata of this machine, never
								 * through a proxy */
	int64_t		connect_ms;		/* SEND */
	int64_t		first_byte_ms;	/* SEND */
	int64_t		total_ms;		/* SEND, RUN: kill and feed_fault after it */
	size_t		max_body;		/* SEND: bytes of reply; RUN: of stdout */

	/*
	 * RUN: program and arguments, NULL at the end, without a shell; borrowed
	 * until fed or freed.  argv[0] is looked up in PATH.
	 */
	char	  **argv;

	/*
	 * READY, WAIT, FAILED: poll again at this instant (microseconds since
	 * 1970); 0 = no need.
	 */
	int64_t		until_us;
	RsdError	err;			/* FAILED */
} RsdCredsAsk;

/*
 * Makes a source from a copy of config; reads and sends nothing yet.  NULL
 * with err set: INVALID (a bad role ARN, session name, duration...), MEMORY.
 */
extern RsdCreds *rsd_creds_create(const RsdCredsConfig *config,
								  RsdError *err) RSD_MUSTCHECK;

/* Wipes and frees; what was asked and not fed is forgotten.  NULL is fine. */
extern void rsd_creds_free(RsdCreds *creds);

/*
 * What is to be done now.  SEND and RUN are given once, and nothing more is
 * asked before their answer is fed; they come too while keys are still good,
 * so that a refresh runs beside their use: always ask rsd_creds_current()
 * whether there are keys.  *ask is overwritten; only SEND leaves something in
 * it to free.  now_us, here and below: the wall clock, corrected by what is
 * known of its error, as requests are signed with it.
 */
extern RsdCredsNeed rsd_creds_poll(RsdCreds *creds, int64_t now_us,
								   RsdCredsAsk *ask);

/* The reply to SEND, of any status.  Borrowed for the call. */
extern void rsd_creds_feed_response(RsdCreds *creds, int64_t now_us,
									const RsdResponse *response);

/*
 * SEND or RUN came to nothing: fault says why in plain words ("connection
 * refused"); timed_out: the peer was reached but did not answer in time, the
 * command did not end in time.
 */
extern void rsd_creds_feed_fault(RsdCreds *creds, int64_t now_us,
								 const char *fault, bool timed_out);

/* RUN ended: its exit code (signals: 128 + number), stdout and stderr. */
extern void rsd_creds_feed_output(RsdCreds *creds, int64_t now_us,
								  int exit_code, RsdSlice out, RsdSlice errors);

/*
 * The keys to sign with, or NULL.  Valid until the next feed, reject or
 * free: sign or copy at once.
 */
extern const RsdCredentials *rsd_creds_current(const RsdCreds *creds,
											   int64_t now_us);

/*
 * A service refused the keys with this id as expired or unknown: they are
 * fetched anew, at once the first time, then less and less often.  Ids that
 * are no longer current are ignored; NULL means the current one.
 */
extern void rsd_creds_reject(RsdCreds *creds, int64_t now_us,
							 const char *access_key_id);

/*
 * For people: what was tried in the last fetch and where it stopped, "" if
 * nothing was.  Valid until the next poll or feed.
 */
extern const char *rsd_creds_story(const RsdCreds *creds);

/*
 * For people: the source in use, as in "profile etl (config file), role
 * arn:aws:iam::123456789012:role/r"; before the first fetch, the source
 * configured.  Same life.
 */
extern const char *rsd_creds_source_name(const RsdCreds *creds);

/*
 * The ARN of the assumed role's session as STS gave it, or "": then only
 * GetCallerIdentity (aws/sts.h) tells.  Same life.
 */
extern const char *rsd_creds_identity(const RsdCreds *creds);

#endif							/* RSD_AWS_CREDS_H */
