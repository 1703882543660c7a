/*
 * creds_provider.h
 *		What the providers of credentials and their conductor (creds.c) share;
 *		nobody else includes it.
 *
 * A fetch follows a plan: a list of links, of which the first gives keys and
 * each next one exchanges the keys it is given for others (assumes a role).
 * Planning looks at variables and files only.  A link is worked off by its
 * provider, one step after the other; a step is a value that says what comes
 * next, and never does I/O.
 */
#ifndef RSD_AWS_CREDS_PROVIDER_H
#define RSD_AWS_CREDS_PROVIDER_H

#include "aws/creds.h"
#include "aws/creds_files.h"
#include "aws/endpoint.h"
#include "base/words.h"

#define RSD_MAX_LINKS 8
#define RSD_MAX_KEY (16 * 1024) /* bytes of a key or token */

typedef enum RsdStep
{
	RSD_STEP_DONE,				/* fetch->cred is what this link gives */
	RSD_STEP_SEND,				/* fetch->request is to be sent */
	RSD_STEP_RUN,				/* fetch->words is to be run */
	RSD_STEP_RETRY,				/* failed, may pass: fetch->err */
	RSD_STEP_FAIL				/* failed: fetch->err */
} RsdStep;

/* Does a source apply? */
typedef enum RsdClaim
{
	RSD_CLAIM_NO,				/* not set up; fetch->err says what is missing */
	RSD_CLAIM_YES,				/* its links are in the plan */
	RSD_CLAIM_ERROR				/* set up, but wrongly: fetch->err */
} RsdClaim;

/* The texts of a link, by name.  Which ones are set depends on its provider. */
typedef enum RsdLinkText
{
	RSD_LINK_NAME,				/* for people; always set */
	RSD_LINK_KEY_ID,
	RSD_LINK_SECRET,
	RSD_LINK_SESSION_TOKEN,
	RSD_LINK_EXPIRATION,
	RSD_LINK_ROLE_ARN,
	RSD_LINK_SESSION_NAME,
	RSD_LINK_EXTERNAL_ID,
	RSD_LINK_FILE,				/* of a token */
	RSD_LINK_TOKEN,
	RSD_LINK_COMMAND,
	RSD_LINK_URL,
	RSD_LINK_SSO_ACCOUNT,
	RSD_LINK_SSO_ROLE,
	RSD_LINK_SSO_REGION,
	RSD_LINK_PROFILE,
	RSD_LINK_TEXTS				/* how many */
} RsdLinkText;

typedef struct RsdFetch RsdFetch;
typedef struct RsdLink RsdLink;

/*
 * How a kind of link is worked off.  start is called with phase 0, the others
 * with what came of the last SEND or RUN; fetch->err tells of a fault.
 */
typedef struct RsdProvider
{
	RsdStep		(*start) (RsdFetch *f, const RsdLink *link, int64_t now_us);
	RsdStep		(*response) (RsdFetch *f, const RsdLink *link, int64_t now_us,
							 const RsdResponse *response);

	/* NULL: any fault may pass */
	RsdStep		(*fault) (RsdFetch *f, const RsdLink *link, int64_t now_us,
						  bool timed_out);
	RsdStep		(*output) (RsdFetch *f, const RsdLink *link, int exit_code,
						   RsdSlice out, RsdSlice errors);
} RsdProvider;

struct RsdLink
{
	const RsdProvider *provider;
	char	   *text[RSD_LINK_TEXTS];	/* owned */
	int			duration_seconds;
	int			attempts;		/* at least 1 */
	int64_t		pause_us;		/* between them */
	int64_t		timeout_ms;
	bool		no_v1;			/* instance metadata: no version 1 */
};

struct RsdFetch
{
	const RsdCredsConfig *config;
	const RsdEnv *env;
	RsdProfiles *profiles;		/* while planning, once asked for */
	RsdLink		links[RSD_MAX_LINKS];
	int			nlinks;
	char		region[64];		/* of STS, if a link needs it */
	bool		role_used;		/* config->role_arn is in the plan already */

	int			at;				/* link at work */
	int			phase;			/* its provider's own; 0 at start */
	int			attempt;		/* of that link, 1 = first */
	RsdCredentials cred;		/* given by the links before, then by this one */
	RsdBuf		token;			/* the secret that goes with the link's requests;
								 * empty at its start */
	char		identity[2100]; /* the last role's session ARN, or "" */

	RsdRequest	request;		/* with SEND */
	char		where[512];		/* it, for people: "GET http://host/path" */
	bool		local;
	int64_t		connect_ms;
	int64_t		first_byte_ms;
	int64_t		total_ms;
	RsdWords	words;			/* with RUN */

	RsdBuf		story;
	RsdError	err;
};

/*
 * Planning (creds_plan.c).  Fills links and region; false with f->err.
 */
extern bool rsd_creds_plan(RsdFetch *f);

/*
 * Adds a link named printf style, with one attempt; NULL with f->err if there
 * are too many.
 */
extern RsdLink *rsd_creds_link(RsdFetch *f, const RsdProvider *provider,
							   const char *name, ...) RSD_PRINTF(3, 4);

/* Gives a link a copy of text; NULL or "" leaves it out.  False: f->err. */
extern bool rsd_creds_link_set(RsdFetch *f, RsdLink *link, RsdLinkText which,
							   const char *text) RSD_MUSTCHECK;

/* The shared files, read at first use; NULL with f->err. */
extern const RsdProfiles *rsd_creds_profiles(RsdFetch *f);

/* Adds a link that assumes role with the keys of those before it. */
extern RsdClaim rsd_creds_add_role(RsdFetch *f, const char *role_arn,
								   const char *session_name,
								   const char *external_id,
								   int duration_seconds);

/*
 * The sources: each looks whether it is set up, and adds its links.
 */

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

/*
 * Common steps (creds_step.c).
 */

/* Adds a sentence to the story, printf style. */
extern void rsd_creds_say(RsdFetch *f, const char *fmt, ...) RSD_PRINTF(2, 3);

/* Sets f->err; the claim, or step, to return. */
extern RsdClaim rsd_creds_no(RsdFetch *f, const char *fmt, ...)
			RSD_PRINTF(2, 3);
extern RsdClaim rsd_creds_wrong(RsdFetch *f, const char *fmt, ...)
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

/* How a JSON document names keys.  NULL: it has no such member. */
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

#endif							/* RSD_AWS_CREDS_PROVIDER_H */
