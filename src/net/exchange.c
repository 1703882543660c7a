/*
 * exchange.c
 *		Collecting a reply within its limits, and the words for its end.
 *
 * Knows HTTP's shape but no library and no socket.
 */
#include "net/exchange.h"

#include "base/env.h"

int64_t
rsd_exchange_now(void)
{
	const RsdEnv *env = rsd_env_system();

	return env->mono_us(env->arg);
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

bool
rsd_exchange_init(RsdExchange *x, RsdRequest *req, void *tag,
				  const RsdHttpLimits *limits, RsdError *err)
{
	RsdUrl		url = req->url;

	if (!check_request(req, err))
		return false;
	make_url(&x->url, req);
	if (!rsd_buf_check(&x->url, "request URL", err))
		return false;
	x->req = *req;
	rsd_request_init(req, req->method, &url);
	rsd_response_init(&x->resp, limits->max_body);
	x->tag = tag;
	x->limits = *limits;
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
	rsd_buf_free(&x->url);
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

const char *
rsd_net_fault_name(RsdNetFault fault)
{
	static const char *const names[] =
	{
		"none", "resolve", "connect", "connect_timeout", "tls", "send",
		"timeout", "cut", "too_large", "protocol", "memory", "other"
	};

	return (size_t) fault < sizeof(names) / sizeof(names[0]) ? names[fault]
		: "unknown";
}

/* A fault in plain words. */
static const char *
fault_text(RsdNetFault fault)
{
	static const char *const texts[] =
	{
		"no error", "could not find the host's address", "could not connect",
		"no connection in time", "could not agree on a secure connection",
		"connection broke while sending", "no complete reply in time",
		"connection closed before the reply was complete",
		"reply exceeds its limit", "reply is not HTTP", "out of memory",
		"request failed"
	};

	return (size_t) fault < sizeof(texts) / sizeof(texts[0]) ? texts[fault]
		: "request failed";
}

/* The fault as far as only this file can tell. */
static RsdNetFault
exact_fault(const RsdExchange *x, RsdNetFault fault)
{
	if (x->failure != RSD_ERR_NONE)
		return x->failure == RSD_ERR_LIMIT ? RSD_NET_TOO_LARGE
			: RSD_NET_MEMORY;
	if (fault == RSD_NET_NONE && !x->head_done)
		return RSD_NET_CUT;
	if (fault == RSD_NET_TIMEOUT && !x->began)
		return RSD_NET_CONNECT_TIMEOUT;
	return fault;
}

void
rsd_exchange_end(RsdExchange *x, RsdNetFault fault, int status,
				 const char *detail)
{
	RsdErrorKind kind;

	fault = exact_fault(x, fault);
	kind = fault == RSD_NET_MEMORY ? RSD_ERR_MEMORY
		: fault == RSD_NET_TOO_LARGE ? RSD_ERR_LIMIT : RSD_ERR_NETWORK;
	x->fault = fault;
	x->resp.status = status;
	if (fault == RSD_NET_NONE)
		return;
	rsd_error_set(&x->err, kind, "%s%s%s", fault_text(fault),
				  detail[0] == '\0' ? "" : ": ", detail);
	rsd_error_doing(&x->err, "calling %s", x->req.url.host);
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
