/*
 * credsource.h
 *	  Credentials as the worker has them: fetched through its own transport,
 *	  beside everything else, and shared by all routes of one configuration.
 *
 * Nothing here waits, throws, or needs a transaction.  Who wants to sign asks
 * for keys; that alone starts a fetch or a refresh, so an idle source costs
 * nothing.  Who gets none asks again once rsd_cred_sources_turn() says that
 * something has changed.  Keys never leave this process.
 */
#ifndef RSD_PG_CREDSOURCE_H
#define RSD_PG_CREDSOURCE_H

#include "aws/creds.h"
#include "aws/endpoint.h"
#include "net/http.h"

typedef struct RsdCredSources RsdCredSources;
typedef struct RsdCredSource RsdCredSource;

/* Makes the empty set in CurrentMemoryContext, for the life of the process. */
extern RsdCredSources *rsd_cred_sources_create(RsdHttp *http);

/*
 * The source of this configuration, which is copied; to be released.  sts:
 * whom to ask for the identity (copied), or NULL for nobody.  proxy: as
 * limits->proxy of rsd_flight_launch (copied); metadata of this machine are
 * asked without one.  NULL with err set if the configuration is not sound.
 */
extern RsdCredSource *rsd_cred_sources_get(RsdCredSources *sources,
										   const RsdCredsConfig *config,
										   const RsdEndpoint *sts,
										   const char *proxy,
										   RsdError *err);

/* Holds a source once more, for another release. */
extern void rsd_cred_source_keep(RsdCredSource *source);

/*
 * Gives a source back; NULL is fine.  It and its keys go with the next turn
 * unless it was got again by then.
 */
extern void rsd_cred_source_release(RsdCredSource *source);

/* A turn: true if those who got no keys should ask again. */
extern bool rsd_cred_sources_turn(RsdCredSources *sources, int64_t now);

/* When it wants a turn (Unix microseconds); 0 = nothing is due. */
extern int64_t rsd_cred_sources_due(const RsdCredSources *sources);

/*
 * A descriptor that is readable while a program that fetches keys wants a
 * turn; it stays the same.
 */
extern int	rsd_cred_sources_fd(const RsdCredSources *sources);

/* Is a fetch under way that somebody waits for? */
extern bool rsd_cred_sources_busy(const RsdCredSources *sources);

/*
 * The keys to sign with now, or NULL: then see rsd_cred_source_problem.
 * Starts a fetch if one is needed.  Valid until the next pump of the
 * transport or call of this module.
 */
extern const RsdCredentials *rsd_cred_source_keys(RsdCredSource *source,
												  int64_t now);

/*
 * Why there are no keys, in words for people (UTF-8); NULL while they are
 * being fetched and have been for a moment only.  Valid as the keys are.
 */
extern const char *rsd_cred_source_problem(const RsdCredSource *source,
										   int64_t now);

/* Counts the keys this source has had: which ones signed a request? */
extern unsigned rsd_cred_source_generation(const RsdCredSource *source);

/*
 * A service takes keys of this generation no longer, or does not know them
 * ("unknown", which can be cured once only).  True if others can be had; they
 * are fetched when they are asked for.
 */
extern bool rsd_cred_source_reject(RsdCredSource *source, unsigned generation,
								   bool unknown, int64_t now);

/*
 * The ARN of whom the present keys belong to, or "" while it is not known.
 * Valid as the keys are.
 */
extern const char *rsd_cred_source_identity(const RsdCredSource *source);

/* Is STS being asked for it? */
extern bool rsd_cred_source_asking(const RsdCredSource *source);

/* The id of the present access key, NULL without keys.  Valid as they are. */
extern const char *rsd_cred_source_key_id(RsdCredSource *source, int64_t now);

/*
 * The latest problem of any source that somebody waits for, or "".  Valid as
 * the keys are.
 */
extern const char *rsd_cred_sources_problem(const RsdCredSources *sources);

#endif							/* RSD_PG_CREDSOURCE_H */
