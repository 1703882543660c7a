/*
 * proxy.h
 *		Which proxy a request goes through: its URL taken apart, the list of
 *		hosts that go without one, and the customary environment variables.
 *
 * Values only; it opens nothing, and the passwords that a proxy's URL may
 * hold stay out of its errors.
 */
#ifndef RSD_NET_PROXY_H
#define RSD_NET_PROXY_H

#include "base/uri.h"

/* A proxy: where it is and who we are to it. */
typedef struct RsdProxy
{
	RsdUrl		url;			/* scheme, host, port; the path is "/" */
	char		user[256];		/* "user" or "user:password" as written,
								 * percent-encoded; "" = nobody */
} RsdProxy;

/* Looks an environment variable up; NULL if it is not set. */
typedef const char *(*RsdProxyLookup) (void *arg, const char *name);

/*
 * Takes a proxy's URL apart: [http://|https://][user[:password]@]host[:port],
 * with at most a "/" after it; no scheme means http, no port 80 or 443.
 * Errors (INVALID) show no part of text.  Wipe *proxy after use.
 */
extern bool rsd_proxy_parse(const char *text, RsdProxy *proxy,
							RsdError *err) RSD_MUSTCHECK;

/* Does text, which rsd_proxy_parse takes, hold a password? */
extern bool rsd_proxy_has_password(const char *text);

/*
 * Is host (as in RsdUrl) one that list sends past the proxy?  As curl reads
 * NO_PROXY: "*" is all; else names, separated by commas or blanks, that fit
 * the host itself and all below it (a leading dot changes nothing), and
 * addresses, with /bits for a whole network.  NULL and "" are no list.
 */
extern bool rsd_proxy_skips(const char *list, const char *host);

/*
 * The proxy that the environment names for a scheme: https_proxy,
 * HTTPS_PROXY, or http_proxy (lower case only, as upper case can come from a
 * request's header in CGI), then all_proxy, ALL_PROXY.  NULL = none.  The
 * pointer is the lookup's.
 */
extern const char *rsd_proxy_from_env(bool https, RsdProxyLookup lookup,
									  void *arg);

/* no_proxy, else NO_PROXY, of the environment; NULL = not set. */
extern const char *rsd_proxy_list_from_env(RsdProxyLookup lookup, void *arg);

/*
 * The proxy for a request to url, or NULL for none.  option (NULL or "" = not
 * set) rules alone and for every host; its word "none" is none.  Without it
 * the environment decides with its list, but never for this machine itself.
 * The pointer is option's or the lookup's.
 */
extern const char *rsd_proxy_choose(const char *option, const RsdUrl *url,
									RsdProxyLookup lookup, void *arg);

#endif							/* RSD_NET_PROXY_H */
