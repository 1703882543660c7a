/*
 * httpmsg.h
 *		HTTP requests and responses as values, shared by protocols that write
 *		them and the transport that carries them.
 *
 * No I/O.  Freeing wipes headers and request bodies, as they may hold
 * signatures, tokens or keys.
 */
#ifndef RSD_BASE_HTTPMSG_H
#define RSD_BASE_HTTPMSG_H

#include "base/uri.h"

/* Ceilings, bytes. */
#define RSD_MAX_REQUEST_BODY (4 * 1024 * 1024)
#define RSD_MAX_HEADERS (64 * 1024)

/* A list of headers in order.  Opaque. */
typedef struct RsdHeaders
{
	RsdBuf		text;
} RsdHeaders;

typedef struct RsdRequest
{
	const char *method;			/* static string: "POST", "GET", "PUT" */
	RsdUrl		url;
	RsdBuf		query;			/* encoded, without "?"; may be empty */
	RsdHeaders	headers;
	RsdBuf		body;
} RsdRequest;

typedef struct RsdResponse
{
	int			status;			/* 200, ...; 0 before any came */
	RsdHeaders	headers;
	RsdBuf		body;
} RsdResponse;

/* Makes a request without headers and body; method must be static. */
extern void rsd_request_init(RsdRequest *req, const char *method,
							 const RsdUrl *url);

/*
 * Sets a header, replacing one of the same name.  A name that is not an
 * HTTP token, or a value with CR, LF or NUL, is refused (INVALID).  Host and
 * Content-Length are the transport's and not set here.
 */
extern bool rsd_request_header(RsdRequest *req, const char *name,
							   RsdSlice value, RsdError *err) RSD_MUSTCHECK;

/* Wipes and frees what the request owns, not the struct. */
extern void rsd_request_free(RsdRequest *req);

/* Makes an empty response whose body may grow to max_body bytes. */
extern void rsd_response_init(RsdResponse *resp, size_t max_body);

/* Frees what the response owns, not the struct. */
extern void rsd_response_free(RsdResponse *resp);

/*
 * The value of the first header of that name, any case, or NULL.  Valid
 * until the list changes.
 */
extern const char *rsd_headers_get(const RsdHeaders *headers,
								   const char *name);

/*
 * Appends a header as received; repeated names are kept.  Failure is the
 * sticky failure of headers->text.
 */
extern void rsd_headers_add(RsdHeaders *headers, RsdSlice name,
							RsdSlice value);

/*
 * Walks the list: *cursor starts at 0, name and value are NUL-terminated
 * as well.  False at the end.
 */
extern bool rsd_headers_next(const RsdHeaders *headers, size_t *cursor,
							 RsdSlice *name, RsdSlice *value);

#endif							/* RSD_BASE_HTTPMSG_H */
