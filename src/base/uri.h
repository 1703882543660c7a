/*
 * uri.h
 *		Percent-encoding, form encoding, and URLs taken apart.
 *
 * Encoding follows the rule of AWS Signature Version 4: everything but
 * A-Z a-z 0-9 - . _ ~ is encoded, in upper-case hex.
 */
#ifndef RSD_BASE_URI_H
#define RSD_BASE_URI_H

#include "base/buf.h"

/* A URL's parts, each NUL-terminated. */
typedef struct RsdUrl
{
	bool		https;			/* else http */
	char		host[256];		/* lower case; IPv6 literals in brackets */
	int			port;			/* always set: the default if none given */
	char		path[1024];		/* at least "/", percent-encoded as given */
} RsdUrl;

/* Appends text percent-encoded; keep_slash leaves "/" as it is. */
extern void rsd_uri_encode(RsdBuf *buf, RsdSlice text, bool keep_slash);

/*
 * Appends text with its percent triples ("%2F", "%2f") as the bytes they
 * stand for; all else, a lone "%" or "+" too, as it is.
 */
extern void rsd_uri_decode(RsdBuf *buf, RsdSlice text);

/*
 * Appends name=value to a form body (application/x-www-form-urlencoded),
 * with "&" in front unless the buffer is empty; blanks become "+".
 */
extern void rsd_form_add(RsdBuf *buf, const char *name, RsdSlice value);

/*
 * Takes apart http://host[:port][/path] or https://...  Errors (INVALID)
 * name the reason: another scheme, no host, a bad host or port, user
 * information, query or fragment, blanks or control characters, too long.
 */
extern bool rsd_url_split(RsdSlice text, RsdUrl *url,
						  RsdError *err) RSD_MUSTCHECK;

/* Appends host[:port], the port only if not the scheme's default. */
extern void rsd_url_authority(const RsdUrl *url, RsdBuf *buf);

/* Is the host this machine itself: localhost, 127.x.x.x, [::1]? */
extern bool rsd_url_is_loopback(const RsdUrl *url);

#endif							/* RSD_BASE_URI_H */
