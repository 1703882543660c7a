/*
 * creds_provider.h
 *		What the providers of credentials and their conductor (creds.c) share:
 *		the plan and state of a fetch.  Of use to aws/creds_*.c only.
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
	RsdBuf		token;			/* the secret that goes with the link's
								 * requests; empty at its start */
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
							   const char *name,...) RSD_PRINTF(3, 4);

/* Gives a link a copy of text; NULL or "" leaves it out.  False: f->err. */
extern bool rsd_creds_link_set(RsdFetch *f, RsdLink *link, RsdLinkText which,
							   const char *text) RSD_MUSTCHECK;

/* The shared files, read at first use; NULL with f->err. */
extern const RsdProfiles *rsd_creds_profiles(RsdFetch *f);

#endif							/* RSD_AWS_CREDS_PROVIDER_H */
