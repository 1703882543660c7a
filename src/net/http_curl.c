/*
 * http_curl.c
 *		The transport on libcurl's multi interface.
 *
 * The only file that knows it.  libcurl watches its sockets through our one
 * descriptor (net/watch.h) and its timer through one due time.  First-byte and
 * stall limits, which libcurl lacks, are net/exchange.h's.  What libcurl
 * calls (on_...) only stores; users are called from rsd_http_pump with no
 * libcurl frame below.
 *
 * libcurl's resolver runs on threads of its own.  They inherit the signal
 * mask, so every call that may start one is made with all signals blocked;
 * else a signal handler of the process could run on them.
 */
#include "net/exchange.h"
#include "net/watch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_CONNECTIONS 256
#define MAX_EVENTS DEFAULT_CONNECTIONS

/* One request in flight, or ended and not yet reported. */
typedef struct Transfer
{
	RsdExchange x;				/* must be first: lists are of exchanges */
	RsdHttp    *http;
	CURL	   *easy;
	struct curl_slist *headers;
	char		detail[CURL_ERROR_SIZE];	/* libcurl's own words */
} Transfer;

struct RsdHttp
{
	CURLM	   *multi;
	int			watch_fd;
	int64_t		due_us;			/* libcurl's timer; -1 = none */
	long		max_idle_s;
	int			active;
	struct RsdExchangeList live;	/* in flight */
	struct RsdExchangeList ended;	/* to be reported */
	char	   *ca_bundle;
	char	   *user_agent;
};

static void
block_signals(sigset_t *old)
{
	sigset_t	all;

	sigfillset(&all);
	(void) pthread_sigmask(SIG_SETMASK, &all, old);
}

/* A socket to watch, to watch otherwise, or to leave. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	RsdHttp    *http = arg;

	(void) easy;
	(void) unused;
	if (what == CURL_POLL_REMOVE)
	{
		rsd_watch_remove(http->watch_fd, fd);
		return 0;
	}
	return rsd_watch_set(http->watch_fd, fd,
						 what == CURL_POLL_IN || what == CURL_POLL_INOUT,
						 what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		? 0 : -1;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	RsdHttp    *http = arg;

	(void) multi;
	http->due_us = timeout_ms < 0 ? -1
		: rsd_exchange_now() + (int64_t) timeout_ms * 1000;
	return 0;
}

/* A connection is ready and the request is about to be written to it. */
static int
on_ready(void *arg, char *remote_ip, char *local_ip, int remote_port,
		 int local_port)
{
	Transfer   *t = arg;

	(void) remote_ip, (void) local_ip, (void) remote_port, (void) local_port;
	t->x.began = true;
	return CURL_PREREQFUNC_OK;
}

/* Returning less than was offered makes libcurl give the request up. */
static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	Transfer   *t = arg;

	return rsd_exchange_body(&t->x, rsd_slice(data, size * n)) ? size * n : 0;
}

static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	Transfer   *t = arg;

	return rsd_exchange_head(&t->x, rsd_slice(data, size * n)) ? size * n : 0;
}

/* Copies an option that is set; false if there is no memory for it. */
static bool
copy_option(const char *text, char **copy)
{
	if (text == NULL || text[0] == '\0')
		return true;
	*copy = strdup(text);
	return *copy != NULL;
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
		curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, connections) == CURLM_OK;
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
	TAILQ_INIT(&http->live);
	TAILQ_INIT(&http->ended);
	http->due_us = -1;
	http->max_idle_s = options->max_idle_s > 0 ? options->max_idle_s : 50;
	http->watch_fd = rsd_watch_create();
	block_signals(&old);
	good = copy_option(options->ca_bundle, &http->ca_bundle) &&
		copy_option(options->user_agent, &http->user_agent) &&
		curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
		(http->multi = curl_multi_init()) != NULL &&
		set_up_multi(http, options);
	(void) pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (good && http->watch_fd >= 0)
		return http;
	rsd_http_destroy(http);
	rsd_error_set(err, RSD_ERR_INTERNAL, "could not set up the transport");
	return NULL;
}

/* libcurl's copies of headers hold signatures and tokens. */
static void
free_headers(struct curl_slist *list)
{
	struct curl_slist *h;

	for (h = list; h != NULL; h = h->next)
		rsd_wipe(h->data, strlen(h->data));
	curl_slist_free_all(list);
}

/* Frees a transfer that is in no list.  libcurl's handle goes first. */
static void
free_transfer(Transfer *t)
{
	curl_easy_cleanup(t->easy);
	free_headers(t->headers);
	rsd_exchange_free(&t->x);
	free(t);
}

/* Takes a transfer in flight out of libcurl's hands and its list. */
static void
detach(Transfer *t)
{
	(void) curl_multi_remove_handle(t->http->multi, t->easy);
	TAILQ_REMOVE(&t->http->live, &t->x, link);
	t->http->active--;
}

void
rsd_http_destroy(RsdHttp *http)
{
	Transfer   *t;
	sigset_t	old;

	if (http == NULL)
		return;
	block_signals(&old);
	while ((t = (Transfer *) TAILQ_FIRST(&http->live)) != NULL)
	{
		detach(t);
		free_transfer(t);
	}
	while ((t = (Transfer *) TAILQ_FIRST(&http->ended)) != NULL)
	{
		TAILQ_REMOVE(&http->ended, &t->x, link);
		free_transfer(t);
	}
	if (http->multi != NULL)
	{
		/* closing kept connections must not call back into a dying struct */
		(void) curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, NULL);
		(void) curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, NULL);
		(void) curl_multi_cleanup(http->multi);
	}
	(void) pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (http->watch_fd >= 0)
		(void) close(http->watch_fd);
	free(http->ca_bundle);
	free(http->user_agent);
	free(http);
}

/* Appends a line to the list of headers libcurl sends. */
static bool
add_line(Transfer *t, const char *line)
{
	struct curl_slist *list = curl_slist_append(t->headers, line);

	if (list != NULL)
		t->headers = list;
	return list != NULL;
}

static bool
add_headers(Transfer *t)
{
	size_t		cursor = 0;
	bool		good = true;
	RsdBuf		line;

	rsd_buf_init(&line, RSD_MAX_HEADERS);
	while (good && rsd_exchange_header(&t->x, &cursor, &line))
		good = !rsd_buf_failed(&line) && add_line(t, rsd_buf_str(&line));
	rsd_buf_wipe(&line);
	rsd_buf_free(&line);
	/* a name without a value takes libcurl's own header away */
	return good && add_line(t, "Expect:") &&
		curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK;
}

/* What holds for every request, whatever libcurl's defaults are. */
static const struct
{
	CURLoption	option;
	long		value;
}			fixed_options[] =
{
	/* no alarm signals; name look-ups must not hold up the end */
	{CURLOPT_NOSIGNAL, 1},
	{CURLOPT_QUICK_EXIT, 1},
	/* the request goes where and as it was signed */
	{CURLOPT_FOLLOWLOCATION, 0},
	{CURLOPT_PATH_AS_IS, 1},
	{CURLOPT_HTTP09_ALLOWED, 0},

	/*
	 * HTTP/2 was measured against a local server: a fifth slower for pages of
	 * 1 MB, no faster for small replies.  It gains only where requests wait
	 * to share a connection (CURLOPT_PIPEWAIT), and then libcurl lets them
	 * wait behind a parked long poll.  So each has one to itself.
	 */
	{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	/* what a proxy says to CONNECT is no part of the reply */
	{CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
	/* the peer must prove who it is */
	{CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	{CURLOPT_PROXY_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	{CURLOPT_SSL_VERIFYPEER, 1},
	{CURLOPT_SSL_VERIFYHOST, 2},
	/* names are kept for so many seconds */
	{CURLOPT_DNS_CACHE_TIMEOUT, 60},
	{CURLOPT_TCP_KEEPALIVE, 1},
	{CURLOPT_TCP_KEEPIDLE, 60},
	{CURLOPT_BUFFERSIZE, 64 * 1024},
};

static bool
set_fixed_options(CURL *e)
{
	size_t		i;

	for (i = 0; i < sizeof(fixed_options) / sizeof(fixed_options[0]); i++)
		if (curl_easy_setopt(e, fixed_options[i].option,
							 fixed_options[i].value) != CURLE_OK)
			return false;
	return curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_ready) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK;
}

/* Options that are texts or other pointers; NULL leaves one as it is. */
static bool
set_pointers(Transfer *t)
{
	const struct
	{
		CURLoption	option;
		const void *value;
	}			options[] =
	{
		{CURLOPT_PROTOCOLS_STR, t->x.req.url.https ? "https" : "http"},
		/* texts, even if empty: else the environment would be asked */
		{CURLOPT_PROXY, rsd_buf_str(&t->x.proxy_url)},
		{CURLOPT_NOPROXY, ""},
		{CURLOPT_CAINFO, t->http->ca_bundle},
		{CURLOPT_PROXY_CAINFO, t->http->ca_bundle},
		{CURLOPT_ACCEPT_ENCODING, "gzip"},
		{CURLOPT_USERAGENT, t->http->user_agent},
		{CURLOPT_URL, t->x.url.data},
		{CURLOPT_CUSTOMREQUEST, t->x.req.method},
		{CURLOPT_PRIVATE, t},
		{CURLOPT_ERRORBUFFER, t->detail},
		{CURLOPT_PREREQDATA, t},
		{CURLOPT_WRITEDATA, t},
		{CURLOPT_HEADERDATA, t},
	};
	size_t		i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].value != NULL &&
			curl_easy_setopt(t->easy, options[i].option,
							 options[i].value) != CURLE_OK)
			return false;
	return true;
}

/* The body, sent from where it lies, and the time limits libcurl has. */
static bool
set_message(CURL *e, const RsdExchange *x)
{
	if (strcmp(x->req.method, "GET") != 0 &&
		(curl_easy_setopt(e, CURLOPT_POST, 1L) != CURLE_OK ||
		 curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
						  (curl_off_t) x->req.body.len) != CURLE_OK ||
		 curl_easy_setopt(e, CURLOPT_POSTFIELDS,
						  rsd_buf_str(&x->req.body)) != CURLE_OK))
		return false;
	return curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
							(long) x->limits.connect_ms) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
						 (long) x->limits.total_ms) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_FRESH_CONNECT,
						 x->limits.once ? 1L : 0L) == CURLE_OK;
}

/* Sets all of libcurl's options and starts. */
static bool
start(Transfer *t)
{
	return t->easy != NULL && set_fixed_options(t->easy) &&
		curl_easy_setopt(t->easy, CURLOPT_MAXAGE_CONN,
						 t->http->max_idle_s) == CURLE_OK &&
		set_message(t->easy, &t->x) && set_pointers(t) && add_headers(t) &&
		curl_multi_add_handle(t->http->multi, t->easy) == CURLM_OK;
}

bool
rsd_http_submit(RsdHttp *http, RsdRequest *req, void *tag,
				const RsdHttpLimits *limits, RsdError *err)
{
	Transfer   *t = calloc(1, sizeof(*t));
	sigset_t	old;
	bool		good;

	if (t == NULL)
		return rsd_error_set(err, RSD_ERR_MEMORY, "out of memory for a request");
	if (!rsd_exchange_init(&t->x, req, tag, limits, err))
	{
		free_transfer(t);
		return false;
	}
	t->http = http;
	block_signals(&old);
	t->easy = curl_easy_init();
	good = start(t);
	(void) pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!good)
	{
		rsd_exchange_return(&t->x, req);
		free_transfer(t);
		return rsd_error_set(err, RSD_ERR_INTERNAL, "could not start a request");
	}
	TAILQ_INSERT_TAIL(&http->live, &t->x, link);
	http->active++;
	return true;
}

bool
rsd_http_cancel(RsdHttp *http, void *tag)
{
	Transfer   *t = (Transfer *) rsd_exchange_find(&http->ended, tag);
	sigset_t	old;

	block_signals(&old);
	if (t != NULL)
		TAILQ_REMOVE(&http->ended, &t->x, link);
	else if ((t = (Transfer *) rsd_exchange_find(&http->live,
												 tag)) != NULL)
		detach(t);
	if (t != NULL)
		free_transfer(t);
	(void) pthread_sigmask(SIG_SETMASK, &old, NULL);
	return t != NULL;
}

/* What results of libcurl mean; any other is RSD_NET_OTHER. */
static const struct
{
	CURLcode	code;
	RsdNetFault fault;
}			faults[] =
{
	{CURLE_OK, RSD_NET_NONE},
	{CURLE_COULDNT_RESOLVE_HOST, RSD_NET_RESOLVE},
	{CURLE_COULDNT_RESOLVE_PROXY, RSD_NET_RESOLVE},
	{CURLE_COULDNT_CONNECT, RSD_NET_CONNECT},
	{CURLE_OPERATION_TIMEDOUT, RSD_NET_TIMEOUT},
	{CURLE_SSL_CONNECT_ERROR, RSD_NET_TLS},
	{CURLE_PEER_FAILED_VERIFICATION, RSD_NET_TLS},
	{CURLE_SSL_CERTPROBLEM, RSD_NET_TLS},
	{CURLE_SSL_CIPHER, RSD_NET_TLS},
	{CURLE_SSL_CACERT_BADFILE, RSD_NET_TLS},
	{CURLE_SSL_ISSUER_ERROR, RSD_NET_TLS},
	{CURLE_SEND_ERROR, RSD_NET_SEND},
	{CURLE_RECV_ERROR, RSD_NET_CUT},
	{CURLE_GOT_NOTHING, RSD_NET_CUT},
	{CURLE_PARTIAL_FILE, RSD_NET_CUT},
	{CURLE_WEIRD_SERVER_REPLY, RSD_NET_PROTOCOL},
	{CURLE_UNSUPPORTED_PROTOCOL, RSD_NET_PROTOCOL},
	{CURLE_BAD_CONTENT_ENCODING, RSD_NET_PROTOCOL},
	{CURLE_OUT_OF_MEMORY, RSD_NET_MEMORY},
};

static RsdNetFault
fault_of(CURLcode code)
{
	size_t		i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].code == code)
			return faults[i].fault;
	return RSD_NET_OTHER;
}

/* Puts an ended transfer aside to be reported; detail is why it ended. */
static void
end_transfer(Transfer *t, RsdNetFault fault, const char *detail)
{
	RsdNetEnd	end = {.fault = fault, .detail = detail};
	long		status = 0;
	long		proxy_status = 0;

	(void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	(void) curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE,
							 &proxy_status);
	end.status = (int) status;
	end.proxy_status = (int) proxy_status;
	detach(t);
	rsd_exchange_end(&t->x, &end);
	TAILQ_INSERT_TAIL(&t->http->ended, &t->x, link);
}

/* Ends what has been silent for too long. */
static void
end_silent(RsdHttp *http, int64_t now)
{
	RsdExchange *x;
	const char *words;

	while ((x = rsd_exchange_silent(&http->live, now, &words)) != NULL)
		end_transfer((Transfer *) x, RSD_NET_TIMEOUT, words);
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
		Transfer   *t;

		(void) curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
		RSD_ASSERT(msg->msg == CURLMSG_DONE && private != NULL);
		t = (Transfer *) (void *) private;
		end_transfer(t, fault_of(code), code == CURLE_OK ||
					 t->detail[0] != '\0' ? t->detail
					 : curl_easy_strerror(code));
	}
}

/* Gives libcurl what has happened on its sockets. */
static void
drive_sockets(RsdHttp *http)
{
	RsdReady	ready[MAX_EVENTS];
	int			n = rsd_watch_ready(http->watch_fd, ready, MAX_EVENTS);
	int			i;

	for (i = 0; i < n; i++)
	{
		int			flags = (ready[i].in ? CURL_CSELECT_IN : 0) |
			(ready[i].out ? CURL_CSELECT_OUT : 0) |
			(ready[i].error ? CURL_CSELECT_ERR : 0);
		int			running;

		(void) curl_multi_socket_action(http->multi, ready[i].fd, flags,
										&running);
	}
}

/* Reports what has ended, one by one, as the callee may cancel others. */
static void
report_ended(RsdHttp *http, RsdHttpDone done, void *arg)
{
	RsdExchange *x;

	while ((x = TAILQ_FIRST(&http->ended)) != NULL)
	{
		TAILQ_REMOVE(&http->ended, x, link);
		rsd_exchange_report(x, done, arg);
		free_transfer((Transfer *) x);
	}
}

void
rsd_http_pump(RsdHttp *http, RsdHttpDone done, void *arg)
{
	sigset_t	old;
	int			running;
	int64_t		now = rsd_exchange_now();

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
	(void) pthread_sigmask(SIG_SETMASK, &old, NULL);
	report_ended(http, done, arg);
}

int
rsd_http_fd(const RsdHttp *http)
{
	return http->watch_fd;
}

int64_t
rsd_http_timeout_ms(const RsdHttp *http)
{
	int64_t		due = rsd_exchange_list_due(&http->live, http->due_us);
	int64_t		left;

	if (!TAILQ_EMPTY(&http->ended))
		return 0;
	if (due < 0)
		return -1;
	left = due - rsd_exchange_now();
	return left <= 0 ? 0 : (left + 999) / 1000;
}

int
rsd_http_active(const RsdHttp *http)
{
	return http->active;
}
