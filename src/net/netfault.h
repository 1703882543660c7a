/*
 * netfault.h
 *		The ways a request can fail, named and put into plain words.  For net
 *		only; the names are promised in net/http.h.
 *
 * It knows the texts of libcurl and OpenSSL, but calls neither.
 */
#ifndef RSD_NET_NETFAULT_H
#define RSD_NET_NETFAULT_H

#include "net/http.h"

/* What the library says about a request's end. */
typedef struct RsdNetEnd
{
	RsdNetFault fault;			/* by the library's result code */
	int			status;			/* of the reply, 0 = none */
	int			proxy_status;	/* of the proxy's reply to CONNECT, 0 = none */
	const char *detail;			/* the library's own text, may be "" */
} RsdNetEnd;

/*
 * What fault means in words, made exact by the library's text; a static
 * string.  proxied: the request went through a proxy.
 */
extern const char *rsd_netfault_words(RsdNetFault fault, const char *detail,
									  bool proxied);

/* The words for a status with which a proxy refuses; a static string. */
extern const char *rsd_netfault_proxy_words(int status);

#endif							/* RSD_NET_NETFAULT_H */
