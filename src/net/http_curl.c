/*
 * http_curl.c
 *		The transport on libcurl's multi interface and epoll.
 *
 * The only file that knows either.  libcurl watches its sockets through our
 * one epoll descriptor and its timer through one due time; first-byte and
 * stall limits are kept here, as libcurl has none.  Callbacks that libcurl
 * makes only store; users are called from rsd_http_pump with no libcurl
 * frame below.
 *
 * libcurl's resolver runs on threads of its own.  They inherit the signal
 * mask, so every call that may start one is made with all signals blocked;
 * else a signal handler of the process could run on them.
 */
#include "net/http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_CONNECTIONS 256
#define MAX_EVENTS 64
#define BUFFER_BYTES (64L * 1024)
#define DNS_CACHE_SECONDS 60L
#define IDLE_SECONDS 50L		/* below the shortest idle limit reported of
								 * AWS front ends */
#define KEEPALIVE_SECONDS 60L

/* One request in flight, or ended and not yet reported. */
typedef struct Transfer
{
	struct Transfer *next;
	struct Transfer *prev;
	RsdHttp    *http;
	void	   *tag;
	CURL	   *easy;
	struct curl_slist *headers;
	RsdBuf		url;
	RsdRequest	req;			/* libcurl reads the body in place */
	RsdResponse resp;
	RsdHttpLimits limits;
	int64_t		started_us;
	int64_t		heard_us;		/* last byte of the reply; 0 = none yet */
	bool		began;			/* a connection was ready to send on */
	bool		head_done;		/* the blank line after the headers came */
	bool		too_large;		/* a ceiling was reached */
	bool		no_memory;
	RsdNetFault fault;			/* how it ended */
	RsdError	err;
	char		curl_text[CURL_ERROR_SIZE];
} Transfer;

struct RsdHttp
{
	CURLM	   *multi;
	int			epoll_fd;
	int64_t		due_us;			/* libcurl's timer; -1 = none */
	int			active;
	Transfer	live;			/* ring of those in flight */
	Transfer	ended;			/* ring of those to be reported */
	char	   *ca_bundle;
	char	   *user_agent;
};

static int64_t
now_us(void)
{
	struct timespec ts;

	(void) clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
block_signals(sigset_t *old)
{
	sigset_t	all;

	sigfillset(&all);
	(void) pthread_sigmask(SIG_SETMASK, &all, old);
}

static void
restore_signals(const sigset_t *old)
{
	(void) pthread_sigmask(SIG_SETMASK, old, NULL);
}

static void
ring_init(Transfer *ring)
{
	ring->next = ring->prev = ring;
}

static void
ring_push(Transfer *ring, Transfer *t)
{
	t->prev = ring->prev;
	t->next = ring;
	ring->prev->next = t;
	ring->prev = t;
}

static void
ring_remove(Transfer *t)
{
	t->prev->next = t->next;
	t->next->prev = t->prev;
}

/* ------------------------------------------------------------------------
 * What libcurl calls.  These only store.
 * ------------------------------------------------------------------------
 */

/* A socket to watch, to watch otherwise, or to leave. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	RsdHttp    *http = arg;
	struct epoll_event ev = {0};

	(void) easy;
	(void) unused;
	if (what == CURL_POLL_REMOVE)
	{
		/* it may be closed already, or never have been added */
		(void) epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL, fd, &ev);
		return 0;
	}
	ev.data.fd = fd;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		ev.events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		ev.events |= EPOLLOUT;
	if (epoll_ctl(http->epoll_fd, EPOLL_CTL_MOD, fd, &ev) != 0 &&
		epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		return -1;
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	RsdHttp    *http = arg;

	(void) multi;
	http->due_us = timeout_ms < 0 ? -1
		: now_us() + (int64_t) timeout_ms * 1000;
	return 0;
}

/* A connection is ready and the request is about to be written to it. */
static int
on_ready(void *arg, char *remote_ip, char *local_ip, int remote_port,
		 int local_port)
{
	Transfer   *t = arg;

	(void) remote_ip;
	(void) local_ip;
	(void) remote_port;
	(void) local_port;
	t->began = true;
	return CURL_PREREQFUNC_OK;
}

/* Stores a ceiling's failure; what libcurl takes as "stop". */
static size_t
refuse(Transfer *t, const RsdBuf *buf)
{
	t->too_large = buf->failure == RSD_ERR_LIMIT;
	t->no_memory = buf->failure == RSD_ERR_MEMORY;
	return 0;
}

static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	Transfer   *t = arg;

	t->heard_us = now_us();
	rsd_buf_add(&t->resp.body, data, size * n);
	if (rsd_buf_failed(&t->resp.body))
		return refuse(t, &t->resp.body);
	return size * n;
}

/* One header line; a status line begins a new list (after 100 Continue). */
static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	Transfer   *t = arg;
	RsdSlice	line = rsd_slice(data, size * n);
	RsdBuf	   *text = &t->resp.headers.text;
	const char *colon;

	t->heard_us = now_us();
	if (rsd_slice_starts(line, "HTTP/"))
	{
		rsd_buf_reset(text);
		t->head_done = false;
	}
	else if (rsd_slice_trim(line).len == 0)
		t->head_done = true;
	else if ((colon = memchr(line.data, ':', line.len)) != NULL)
	{
		size_t		name_len = (size_t) (colon - line.data);

		rsd_headers_add(&t->resp.headers, rsd_slice(line.data, name_len),
						rsd_slice_trim(rsd_slice(colon + 1,
												 line.len - name_len - 1)));
	}
	if (rsd_buf_failed(text))
		return refuse(t, text);
	return size * n;
}

/* ------------------------------------------------------------------------
 * Making and freeing
 * ------------------------------------------------------------------------
 */

static char *
copy_option(const char *text)
{
	return text == NULL || text[0] == '\0' ? NULL : strdup(text);
}

static bool
set_up_multi(RsdHttp *http, const RsdHttpOptions *options)
{
	long		connections = options->max_connections > 0
		? options->max_connections : DEFAULT_CONNECTIONS;
	CURLM	   *m = http->multi;

	return curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
		curl_multi_setopt(m, CURLMOPT_SOCKETDATA, http) == CURLM_OK &&
		curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
		curl_multi_setopt(m, CURLMOPT_TIMERDATA, http) == CURLM_OK &&
		curl_multi_setopt(m, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections) == CURLM_OK &&
		curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, connections) == CURLM_OK &&
		curl_multi_setopt(m, CURLMOPT_MAX_HOST_CONNECTIONS,
						  (long) options->max_per_host) == CURLM_OK;
}

RsdHttp *
rsd_http_create(const RsdHttpOptions *options, RsdError *err)
{
	RsdHttp    *http = calloc(1, sizeof(*http));
	sigset_t	old;
	bool		good;

	if (http == NULL)
	{
		rsd_error_set(err, RSD_ERR_MEMORY, "out of memory for the transport");
		return NULL;
	}
	ring_init(&http->live);
	ring_init(&http->ended);
	http->due_us = -1;
	http->ca_bundle = copy_option(options->ca_bundle);
	http->user_agent = copy_option(options->user_agent);
	http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	block_signals(&old);
	good = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
		(http->multi = curl_multi_init()) != NULL &&
		set_up_multi(http, options);
	restore_signals(&old);
	if (good && http->epoll_fd >= 0)
		return http;
	rsd_http_destroy(http);
	rsd_error_set(err, RSD_ERR_INTERNAL, "could not set up the transport");
	return NULL;
}

/* Frees a transfer that is in no ring.  libcurl's handle goes first. */
static void
free_transfer(Transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	rsd_buf_free(&t->url);
	rsd_request_free(&t->req);
	rsd_response_free(&t->resp);
	free(t);
}

/* Takes a transfer in flight out of libcurl's hands and its ring. */
static void
detach(Transfer *t)
{
	(void) curl_multi_remove_handle(t->http->multi, t->easy);
	ring_remove(t);
	t->http->active--;
}

void
rsd_http_destroy(RsdHttp *http)
{
	sigset_t	old;

	if (http == NULL)
		return;
	block_signals(&old);
	while (http->live.next != &http->live)
	{
		Transfer   *t = http->live.next;

		detach(t);
		free_transfer(t);
	}
	while (http->ended.next != &http->ended)
	{
		Transfer   *t = http->ended.next;

		ring_remove(t);
		free_transfer(t);
	}
	if (http->multi != NULL)
	{
		/* closing kept connections must not call back into a dying struct */
		(void) curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, NULL);
		(void) curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, NULL);
		(void) curl_multi_cleanup(http->multi);
	}
	restore_signals(&old);
	if (http->epoll_fd >= 0)
		(void) close(http->epoll_fd);
	free(http->ca_bundle);
	free(http->user_agent);
	free(http);
}

/* ------------------------------------------------------------------------
 * Submitting
 * ------------------------------------------------------------------------
 */

/* Appends one header line to the list libcurl sends. */
static bool
add_header(Transfer *t, const char *name, const char *value)
{
	struct curl_slist *list;
	RsdBuf		line;
	bool		good;

	rsd_buf_init(&line, RSD_MAX_HEADERS);
	/* libcurl's way to say "this header, empty" is a semicolon */
	if (value[0] == '\0')
		rsd_buf_addf(&line, "%s;", name);
	else
		rsd_buf_addf(&line, "%s: %s", name, value);
	list = rsd_buf_failed(&line) ? NULL
		: curl_slist_append(t->headers, rsd_buf_str(&line));
	good = list != NULL;
	if (good)
		t->headers = list;
	rsd_buf_wipe(&line);
	rsd_buf_free(&line);
	return good;
}

static bool
add_headers(Transfer *t)
{
	size_t		cursor = 0;
	RsdSlice	name;
	RsdSlice	value;
	struct curl_slist *list;

	while (rsd_headers_next(&t->req.headers, &cursor, &name, &value))
		if (!add_header(t, name.data, value.data))
			return false;
	/* a name without a value takes libcurl's own header away */
	list = curl_slist_append(t->headers, "Expect:");
	if (list == NULL)
		return false;
	t->headers = list;
	return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, list) == CURLE_OK;
}

static bool
set_url(Transfer *t)
{
	const RsdUrl *url = &t->req.url;

	rsd_buf_init(&t->url, RSD_MAX_HEADERS * 2);
	rsd_buf_adds(&t->url, url->https ? "https://" : "http://");
	rsd_url_authority(url, &t->url);
	rsd_buf_adds(&t->url, url->path);
	if (t->req.query.len > 0)
		rsd_buf_addf(&t->url, "?%s", rsd_buf_str(&t->req.query));
	return !rsd_buf_failed(&t->url) &&
		curl_easy_setopt(t->easy, CURLOPT_URL, t->url.data) == CURLE_OK;
}

/* Method and body. */
static bool
set_message(Transfer *t)
{
	CURL	   *e = t->easy;

	if (strcmp(t->req.method, "GET") == 0)
		return curl_easy_setopt(e, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	return curl_easy_setopt(e, CURLOPT_POST, 1L) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, t->req.method) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
						 (curl_off_t) t->req.body.len) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_POSTFIELDS,
						 rsd_buf_str(&t->req.body)) == CURLE_OK;
}

/* What may be done on the wire, and how sure we are of the peer. */
static bool
set_safety(CURL *e, const RsdHttp *http)
{
	return curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
						 (long) CURL_HTTP_VERSION_1_1) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_SSLVERSION,
						 (long) CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
		(http->ca_bundle == NULL ||
		 curl_easy_setopt(e, CURLOPT_CAINFO, http->ca_bundle) == CURLE_OK) &&
		(http->user_agent == NULL ||
		 curl_easy_setopt(e, CURLOPT_USERAGENT, http->user_agent) == CURLE_OK);
}

/* Time limits and what is kept between requests. */
static bool
set_limits(CURL *e, const RsdHttpLimits *limits)
{
	return curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
							(long) limits->connect_ms) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
						 (long) limits->total_ms) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT,
						 DNS_CACHE_SECONDS) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, IDLE_SECONDS) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE,
						 KEEPALIVE_SECONDS) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_BUFFERSIZE, BUFFER_BYTES) == CURLE_OK;
}

static bool
set_callbacks(Transfer *t)
{
	CURL	   *e = t->easy;

	return curl_easy_setopt(e, CURLOPT_PRIVATE, t) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->curl_text) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_ready) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_PREREQDATA, t) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_WRITEDATA, t) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_HEADERDATA, t) == CURLE_OK;
}

/* A request sound enough to be sent? */
static bool
check_request(const RsdRequest *req, RsdError *err)
{
	return rsd_buf_check(&req->body, "request body", err) &&
		rsd_buf_check(&req->headers.text, "request headers", err) &&
		rsd_buf_check(&req->query, "request query", err);
}

/* Sets all of libcurl's options and starts. */
static bool
start(Transfer *t)
{
	return t->easy != NULL && set_safety(t->easy, t->http) &&
		set_limits(t->easy, &t->limits) && set_callbacks(t) && set_url(t) &&
		set_message(t) && add_headers(t) &&
		curl_multi_add_handle(t->http->multi, t->easy) == CURLM_OK;
}

bool
rsd_http_submit(RsdHttp *http, RsdRequest *req, void *tag,
				const RsdHttpLimits *limits, RsdError *err)
{
	Transfer   *t;
	RsdUrl		url = req->url;
	sigset_t	old;
	bool		good;

	if (!check_request(req, err))
		return false;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return rsd_error_set(err, RSD_ERR_MEMORY, "out of memory for a request");
	t->http = http;
	t->tag = tag;
	t->req = *req;
	t->limits = *limits;
	t->started_us = now_us();
	rsd_response_init(&t->resp, limits->max_body);
	block_signals(&old);
	t->easy = curl_easy_init();
	good = start(t);
	/* what libcurl was not given, the caller keeps */
	rsd_request_init(good ? req : &t->req, req->method, &url);
	if (!good)
		free_transfer(t);
	restore_signals(&old);
	if (!good)
		return rsd_error_set(err, RSD_ERR_INTERNAL, "could not start a request");
	ring_push(&http->live, t);
	http->active++;
	return true;
}

bool
rsd_http_cancel(RsdHttp *http, void *tag)
{
	Transfer   *t;
	sigset_t	old;

	for (t = http->ended.next; t != &http->ended; t = t->next)
		if (t->tag == tag)
		{
			ring_remove(t);
			free_transfer(t);
			return true;
		}
	for (t = http->live.next; t != &http->live && t->tag != tag;)
		t = t->next;
	if (t == &http->live)
		return false;
	block_signals(&old);
	detach(t);
	free_transfer(t);
	restore_signals(&old);
	return true;
}

/* ------------------------------------------------------------------------
 * Ending
 * ------------------------------------------------------------------------
 */

/* The fault that a result of libcurl means. */
static RsdNetFault
fault_of(const Transfer *t, CURLcode code)
{
	if (t->too_large)
		return RSD_NET_TOO_LARGE;
	if (t->no_memory)
		return RSD_NET_MEMORY;
	switch (code)
	{
		case CURLE_OK:
			/* libcurl is content with headers that break off */
			return t->head_done ? RSD_NET_NONE : RSD_NET_CUT;
		case CURLE_COULDNT_RESOLVE_HOST:
			return RSD_NET_RESOLVE;
		case CURLE_COULDNT_CONNECT:
			return RSD_NET_CONNECT;
		case CURLE_OPERATION_TIMEDOUT:
			return t->began ? RSD_NET_TIMEOUT : RSD_NET_CONNECT_TIMEOUT;
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_CIPHER:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_ISSUER_ERROR:
			return RSD_NET_TLS;
		case CURLE_SEND_ERROR:
			return RSD_NET_SEND;
		case CURLE_RECV_ERROR:
		case CURLE_GOT_NOTHING:
		case CURLE_PARTIAL_FILE:
			return RSD_NET_CUT;
		case CURLE_WEIRD_SERVER_REPLY:
		case CURLE_UNSUPPORTED_PROTOCOL:
		case CURLE_BAD_CONTENT_ENCODING:
			return RSD_NET_PROTOCOL;
		case CURLE_OUT_OF_MEMORY:
			return RSD_NET_MEMORY;
		default:
			return RSD_NET_OTHER;
	}
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
		"no error", "could not find the host's address",
		"could not connect", "no connection in time",
		"could not agree on a secure connection",
		"connection broke while sending", "no complete reply in time",
		"connection closed before the reply was complete",
		"reply exceeds its limit", "reply is not HTTP", "out of memory",
		"request failed"
	};

	return texts[fault];
}

/* Puts an ended transfer aside to be reported. */
static void
end_transfer(Transfer *t, RsdNetFault fault)
{
	RsdErrorKind kind = fault == RSD_NET_MEMORY ? RSD_ERR_MEMORY
		: fault == RSD_NET_TOO_LARGE ? RSD_ERR_LIMIT : RSD_ERR_NETWORK;
	long		status = 0;

	(void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->resp.status = (int) status;
	t->fault = fault;
	detach(t);
	ring_push(&t->http->ended, t);
	if (fault == RSD_NET_NONE)
		return;
	rsd_error_set(&t->err, kind, "%s%s%s", fault_text(fault),
				  t->curl_text[0] == '\0' ? "" : ": ", t->curl_text);
	rsd_error_doing(&t->err, "calling %s", t->req.url.host);
}

/* The instant by which we must hear from the peer; -1 = none. */
static int64_t
silence_due(const Transfer *t)
{
	if (t->heard_us == 0)
		return t->limits.first_byte_ms <= 0 ? -1
			: t->started_us + t->limits.first_byte_ms * 1000;
	return t->limits.stall_ms <= 0 ? -1
		: t->heard_us + t->limits.stall_ms * 1000;
}

/* Ends what has been silent for too long. */
static void
end_silent(RsdHttp *http, int64_t now)
{
	Transfer   *t = http->live.next;

	while (t != &http->live)
	{
		Transfer   *next = t->next;
		int64_t		due = silence_due(t);

		if (due >= 0 && due <= now)
		{
			snprintf(t->curl_text, sizeof(t->curl_text), "%s",
					 t->heard_us == 0 ? "no first byte"
					 : "silence in the middle of the reply");
			end_transfer(t, t->began ? RSD_NET_TIMEOUT
						 : RSD_NET_CONNECT_TIMEOUT);
		}
		t = next;
	}
}

/* Takes over what libcurl has finished. */
static void
end_finished(RsdHttp *http)
{
	CURLMsg    *msg;
	int			left;

	while ((msg = curl_multi_info_read(http->multi, &left)) != NULL)
	{
		CURLcode	code = msg->data.result;	/* gone after the removal */
		char	   *private = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void) curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
		if (private != NULL)
		{
			Transfer   *t = (Transfer *) (void *) private;

			end_transfer(t, fault_of(t, code));
		}
	}
}

/* Gives libcurl what has happened on its sockets. */
static void
drive_sockets(RsdHttp *http)
{
	struct epoll_event events[MAX_EVENTS];
	int			n = epoll_wait(http->epoll_fd, events, MAX_EVENTS, 0);
	int			i;

	for (i = 0; i < n; i++)
	{
		int			flags = 0;
		int			running;

		if ((events[i].events & (EPOLLIN | EPOLLHUP)) != 0)
			flags |= CURL_CSELECT_IN;
		if ((events[i].events & EPOLLOUT) != 0)
			flags |= CURL_CSELECT_OUT;
		if ((events[i].events & EPOLLERR) != 0)
			flags |= CURL_CSELECT_ERR;
		(void) curl_multi_socket_action(http->multi, events[i].data.fd, flags,
										&running);
	}
}

/* Reports what has ended, one by one, as the callee may cancel others. */
static void
report_ended(RsdHttp *http, RsdHttpDone done, void *arg)
{
	while (http->ended.next != &http->ended)
	{
		Transfer   *t = http->ended.next;
		RsdHttpOutcome outcome;

		ring_remove(t);
		outcome.fault = t->fault;
		outcome.surely_not_sent = t->fault != RSD_NET_NONE && !t->began;
		outcome.response = t->fault == RSD_NET_NONE ? &t->resp : NULL;
		outcome.err = t->err;
		done(arg, t->tag, &outcome);
		free_transfer(t);
	}
}

void
rsd_http_pump(RsdHttp *http, RsdHttpDone done, void *arg)
{
	sigset_t	old;
	int			running;
	int64_t		now = now_us();

	block_signals(&old);
	if (http->due_us >= 0 && http->due_us <= now)
	{
		http->due_us = -1;		/* before the call, which may set the next */
		(void) curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0,
										&running);
	}
	drive_sockets(http);
	end_finished(http);
	end_silent(http, now);
	restore_signals(&old);
	report_ended(http, done, arg);
}

int
rsd_http_fd(const RsdHttp *http)
{
	return http->epoll_fd;
}

int64_t
rsd_http_timeout_ms(const RsdHttp *http)
{
	int64_t		due = http->due_us;
	const Transfer *t;
	int64_t		left;

	if (http->ended.next != &http->ended)
		return 0;
	for (t = http->live.next; t != &http->live; t = t->next)
	{
		int64_t		silence = silence_due(t);

		if (silence >= 0 && (due < 0 || silence < due))
			due = silence;
	}
	if (due < 0)
		return -1;
	left = due - now_us();
	return left <= 0 ? 0 : (left + 999) / 1000;
}

int
rsd_http_active(const RsdHttp *http)
{
	return http->active;
}
