/*
 * exchange.c
 *		Collecting a reply within its limits, and telling how it ended.
 *
 * Knows HTTP's shape but no library and no socket.
 */
#include "net/exchange.h"

#include "base/env.h"
#include "net/proxy.h"

int64_t
rsd_exchange_now(void)
{
	return rsd_env_mono_us();
}

static void
make_url(RsdBuf *out, const RsdRequest *req)
{
	rsd_buf_init(out, RSD_MAX_HEADERS * 2);
	rsd_buf_adds(out, req->url.https ? "https://" : "http://");
	rsd_url_authority(&req->url, out);
	rsd_buf_adds(out, req->url.path);
	if (req->query.len > 0)
		rsd_buf_addf(out, "?%s", rsd_buf_str(&req->query));
}

/* Has every part of the request been stored whole? */
static bool
check_request(const RsdRequest *req, RsdError *err)
{
	return rsd_buf_check(&req->body, "request body", err) &&
		rsd_buf_check(&req->headers.text, "request headers", err) &&
		rsd_buf_check(&req->query, "request query", err);
}

/* May this request go out in the clear, if it would? */
static bool
check_scheme(const RsdRequest *req, const RsdHttpLimits *limits, RsdError *err)
{
	if (req->url.https || limits->plain_http ||
		rsd_url_is_loopback(&req->url))
		return true;
	return rsd_error_set(err, RSD_ERR_INVALID,
						 "only https is allowed to host \"%s\"",
						 req->url.host);
}

/*
 * The proxy for this request, if there is one; what curl needs of it is
 * written to x->proxy_url, which is wiped with x.
 */
static bool
choose_proxy(RsdExchange *x, const RsdRequest *req,
			 const RsdHttpLimits *limits, RsdError *err)
{
	RsdProxy	proxy;
	bool		good;

	if (limits->proxy == NULL || limits->proxy[0] == '\0' ||
		rsd_proxy_skips(limits->no_proxy, req->url.host))
		return true;
	rsd_buf_init(&x->proxy_url, 1024);
	good = rsd_proxy_parse(limits->proxy, &proxy, err);
	if (good)
	{
		x->proxied = true;
		x->proxy = proxy.url;
		rsd_buf_adds(&x->proxy_url, proxy.url.https ? "https://" : "http://");
		if (proxy.user[0] != '\0')
			rsd_buf_addf(&x->proxy_url, "%s@", proxy.user);
		rsd_buf_addf(&x->proxy_url, "%s:%d", proxy.url.host, proxy.url.port);
		good = rsd_buf_check(&x->proxy_url, "proxy URL", err);
	}
	rsd_wipe(&proxy, sizeof(proxy));
	return good;
}

bool
rsd_exchange_init(RsdExchange *x, RsdRequest *req, void *tag,
				  const RsdHttpLimits *limits, RsdError *err)
{
	RsdUrl		url = req->url;

	if (!check_request(req, err) || !check_scheme(req, limits, err) ||
		!choose_proxy(x, req, limits, err))
		return false;
	make_url(&x->url, req);
	if (!rsd_buf_check(&x->url, "request URL", err))
		return false;
	x->req = *req;
	rsd_request_init(req, req->method, &url);
	rsd_response_init(&x->resp, limits->max_body);
	x->tag = tag;
	x->limits = *limits;
	x->limits.proxy = NULL;		/* borrowed; taken over above */
	x->limits.no_proxy = NULL;
	x->started_us = rsd_exchange_now();
	return true;
}

void
rsd_exchange_return(RsdExchange *x, RsdRequest *req)
{
	*req = x->req;
	rsd_request_init(&x->req, req->method, &req->url);
}

void
rsd_exchange_free(RsdExchange *x)
{
	rsd_buf_wipe(&x->url);		/* may be presigned */
	rsd_buf_free(&x->url);
	rsd_buf_wipe(&x->proxy_url);	/* may hold a password */
	rsd_buf_free(&x->proxy_url);
	rsd_request_free(&x->req);
	rsd_response_free(&x->resp);
}

/* Remembers why a buffer takes no more. */
static bool
note_failure(RsdExchange *x, const RsdBuf *buf)
{
	x->failure = buf->failure;
	return buf->failure == RSD_ERR_NONE;
}

/* Name and value of a header line; a line without a colon is passed over. */
static void
add_header(RsdHeaders *headers, RsdSlice line)
{
	const char *colon = memchr(line.data, ':', line.len);
	size_t		n;

	if (colon == NULL)
		return;
	n = (size_t) (colon - line.data);
	rsd_headers_add(headers, rsd_slice(line.data, n),
					rsd_slice_trim(rsd_slice(colon + 1, line.len - n - 1)));
}

bool
rsd_exchange_head(RsdExchange *x, RsdSlice line)
{
	RsdBuf	   *text = &x->resp.headers.text;

	x->heard_us = rsd_exchange_now();
	if (rsd_slice_starts(line, "HTTP/"))
	{
		rsd_buf_reset(text);
		x->head_done = false;
	}
	else if (rsd_slice_trim(line).len == 0)
		x->head_done = true;
	else
		add_header(&x->resp.headers, line);
	return note_failure(x, text);
}

bool
rsd_exchange_body(RsdExchange *x, RsdSlice piece)
{
	x->heard_us = rsd_exchange_now();
	rsd_buf_add(&x->resp.body, piece.data, piece.len);
	return note_failure(x, &x->resp.body);
}

int64_t
rsd_exchange_due(const RsdExchange *x)
{
	if (x->heard_us == 0)
		return x->limits.first_byte_ms <= 0 ? -1
			: x->started_us + x->limits.first_byte_ms * 1000;
	return x->limits.stall_ms <= 0 ? -1
		: x->heard_us + x->limits.stall_ms * 1000;
}

RsdExchange *
rsd_exchange_silent(struct RsdExchangeList *list, int64_t now_us,
					const char **words)
{
	RsdExchange *x;

	TAILQ_FOREACH(x, list, link)
	{
		int64_t		due = rsd_exchange_due(x);

		if (due >= 0 && due <= now_us)
			break;
	}
	if (x != NULL)
		*words = x->heard_us == 0 ? "no first byte"
			: "silence in the middle of the reply";
	return x;
}

int64_t
rsd_exchange_list_due(const struct RsdExchangeList *list, int64_t other)
{
	const RsdExchange *x;

	TAILQ_FOREACH(x, list, link)
	{
		int64_t		due = rsd_exchange_due(x);

		if (due >= 0 && (other < 0 || due < other))
			other = due;
	}
	return other;
}

RsdExchange *
rsd_exchange_find(struct RsdExchangeList *list, const void *tag)
{
	RsdExchange *x;

	TAILQ_FOREACH(x, list, link)
		if (x->tag == tag)
			break;
	return x;
}

bool
rsd_exchange_header(const RsdExchange *x, size_t *cursor, RsdBuf *line)
{
	RsdSlice	name;
	RsdSlice	value;

	if (!rsd_headers_next(&x->req.headers, cursor, &name, &value))
		return false;
	rsd_buf_reset(line);
	rsd_buf_add(line, name.data, name.len);
	rsd_buf_adds(line, value.len == 0 ? ";" : ": ");
	rsd_buf_add(line, value.data, value.len);
	return true;
}

/*
 * The status with which the proxy refused to carry the request on; 0 if it
 * did not.  Https goes through a tunnel, so there a 407 is the host's own.
 */
static int
proxy_refusal(const RsdExchange *x, const RsdNetEnd *end)
{
	if (!x->proxied)
		return 0;
	if (!x->req.url.https)
		return end->status == 407 ? 407 : 0;
	return end->fault != RSD_NET_NONE && end->proxy_status >= 300
		? end->proxy_status : 0;
}

/* The fault as far as only this file can tell. */
static RsdNetFault
exact_fault(const RsdExchange *x, const RsdNetEnd *end)
{
	if (x->failure != RSD_ERR_NONE)
		return x->failure == RSD_ERR_LIMIT ? RSD_NET_TOO_LARGE
			: RSD_NET_MEMORY;
	if (proxy_refusal(x, end) != 0)
		return RSD_NET_PROXY;
	if (end->fault == RSD_NET_NONE && !x->head_done)
		return RSD_NET_CUT;
	if (end->fault == RSD_NET_TIMEOUT && !x->began)
		return strncmp(end->detail, "Resolving", 9) == 0 ? RSD_NET_RESOLVE
			: RSD_NET_CONNECT_TIMEOUT;
	return end->fault;
}

/* What went wrong, in words. */
static const char *
words_of(const RsdExchange *x, RsdNetFault fault, const RsdNetEnd *end)
{
	if (fault == RSD_NET_CUT && x->heard_us == 0)
		return x->req.url.https ? "connection closed without a reply"
			: "connection closed without a reply; the port may want https";
	return rsd_netfault_words(fault, end->detail, x->proxied);
}

/* What was attempted: "calling HOST through proxy HOST:PORT". */
static void
tell_doing(RsdExchange *x)
{
	if (x->proxied)
		rsd_error_doing(&x->err, "calling %s through proxy %s:%d",
						x->req.url.host, x->proxy.host, x->proxy.port);
	else
		rsd_error_doing(&x->err, "calling %s", x->req.url.host);
}

void
rsd_exchange_end(RsdExchange *x, const RsdNetEnd *end)
{
	RsdNetFault fault = exact_fault(x, end);
	RsdErrorKind kind;

	kind = fault == RSD_NET_MEMORY ? RSD_ERR_MEMORY
		: fault == RSD_NET_TOO_LARGE ? RSD_ERR_LIMIT : RSD_ERR_NETWORK;
	x->fault = fault;
	x->resp.status = end->status;
	if (fault == RSD_NET_NONE)
		return;
	if (fault == RSD_NET_PROXY)
		rsd_error_set(&x->err, kind, "%s: HTTP %d",
					  rsd_netfault_proxy_words(proxy_refusal(x, end)),
					  proxy_refusal(x, end));
	else
		rsd_error_set(&x->err, kind, "%s%s%s", words_of(x, fault, end),
					  end->detail[0] == '\0' ? "" : ": ", end->detail);
	tell_doing(x);
}

void
rsd_exchange_report(RsdExchange *x, RsdHttpDone done, void *arg)
{
	RsdHttpOutcome outcome;

	outcome.fault = x->fault;
	outcome.surely_not_sent = x->fault != RSD_NET_NONE && !x->began;
	outcome.response = x->fault == RSD_NET_NONE ? &x->resp : NULL;
	outcome.err = x->err;
	done(arg, x->tag, &outcome);
}
