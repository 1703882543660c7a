/*
 * t_http.c
 *		net/http against a badly behaved server (http_peer.py): the basics.
 */
#include "http_peer.h"

#include <pthread.h>
#include <time.h>

static Peer peer;

static void
call(RsdHttp *http, const char *path, const RsdHttpLimits *limits, Result *r)
{
	peer_call(http, "http://127.0.0.1", peer.port, path, limits, r);
}

static void
test_good(RsdHttp *http)
{
	Result		r;

	call(http, "/echo", &usual, &r);
	ok(r.fault == RSD_NET_NONE && r.status == 200 && !r.not_sent, "well");
	ok(strncmp(r.body, "POST /echo HTTP/1.1\r\n", 21) == 0, "method and path");
	ok(strstr(r.body, "\r\nContent-Type: x/y\r\n") != NULL, "our type");
	ok(strstr(r.body, "\r\nUser-Agent: unit/1\r\n") != NULL, "our name");
	ok(strstr(r.body, "\r\nX-Empty:") != NULL, "an empty header");
	ok(strstr(r.body, "Expect") == NULL &&
	   strstr(r.body, "\r\nAccept-Encoding: gzip\r\n") != NULL,
	   "nothing unasked but gzip");
	ok(strlen(r.body) > 5 && strcmp(r.body + strlen(r.body) - 5, "hello") == 0,
	   "the body");
	is_str(r.header, "a", "the first of two headers, any case");
	call(http, "/error", &usual, &r);
	ok(r.fault == RSD_NET_NONE && r.status == 400, "an error is a response");
	call(http, "/redirect", &usual, &r);
	ok(r.status == 302, "redirects are not followed");
	call(http, "/continue", &usual, &r);
	ok(r.status == 200 && strcmp(r.body, "late") == 0 && !r.early,
	   "100 Continue leaves no trace");
	call(http, "/chunked", &usual, &r);
	is_str(r.body, "abcde", "chunked");
	call(http, "/delay", &usual, &r);
	is_str(r.body, "delayed", "waited for");
}

static void
test_faults(RsdHttp *http)
{
	static const RsdHttpLimits first = {2000, 200, 2000, 5000, 100000, NULL, NULL, false, false};
	static const RsdHttpLimits stall = {2000, 2000, 200, 5000, 100000, NULL, NULL, false, false};
	static const RsdHttpLimits total = {2000, 0, 0, 200, 100000, NULL, NULL, false, false};
	static const struct
	{
		const char *path;
		const RsdHttpLimits *limits;
		RsdNetFault fault;
	}			cases[] =
	{
		{"/hang", &first, RSD_NET_TIMEOUT},
		{"/hang", &total, RSD_NET_TIMEOUT},
		{"/stall", &stall, RSD_NET_TIMEOUT},
		{"/cut", &usual, RSD_NET_CUT},
		{"/cut-head", &usual, RSD_NET_CUT},
		{"/truncated", &usual, RSD_NET_CUT},
		{"/truncated-chunk", &usual, RSD_NET_CUT},
		{"/huge", &usual, RSD_NET_TOO_LARGE},
		{"/large-head", &usual, RSD_NET_TOO_LARGE},
		{"/garbage", &usual, RSD_NET_PROTOCOL},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Result		r;

		call(http, cases[i].path, cases[i].limits, &r);
		is_str(rsd_net_fault_name(r.fault), rsd_net_fault_name(cases[i].fault),
			   "its fault: %s", r.what);
		ok(!r.not_sent && r.calls == 1, "perhaps sent, told once");
		ok((r.kind == RSD_ERR_LIMIT) == (r.fault == RSD_NET_TOO_LARGE),
		   "its kind");
	}
}

static void
test_not_sent(RsdHttp *http)
{
	static const RsdHttpLimits quick = {300, 0, 0, 0, 1000, NULL, NULL, false, false};
	char		tls[60];
	Result		r;

	ok(peer_submit(http, "http://127.0.0.1:1", "/", &r, &usual) &&
	   peer_pump(http, 1) == 1, "a closed port");
	ok(r.fault == RSD_NET_CONNECT && r.not_sent, "refused: %s", r.what);
	ok(peer_submit(http, "https://no-such-host.invalid", "/", &r, &usual) &&
	   peer_pump(http, 1) == 1, "an unknown host");
	ok((r.fault == RSD_NET_RESOLVE || r.fault == RSD_NET_CONNECT_TIMEOUT) &&
	   r.not_sent, "unresolved: %s", r.what);
	/* the peer waits for HTTP and says nothing to a TLS greeting */
	snprintf(tls, sizeof(tls), "https://127.0.0.1:%d", peer.port);
	ok(peer_submit(http, tls, "/", &r, &quick) && peer_pump(http, 1) == 1,
	   "TLS to a silent peer");
	ok(r.fault == RSD_NET_CONNECT_TIMEOUT && r.not_sent, "%s", r.what);
}

static void
test_many(RsdHttp *http)
{
	enum
	{
		MANY = 40
	};
	static Result results[MANY];
	struct pollfd fd = {-1, POLLIN, 0};
	struct timespec a;
	struct timespec b;
	char		base[60];
	bool		good = true;
	int			i;

	snprintf(base, sizeof(base), "http://127.0.0.1:%d", peer.port);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < MANY; i++)
		good = peer_submit(http, base, "/delay", &results[i], &usual) && good;
	is_int(rsd_http_active(http), MANY, "all in flight");
	is_int(peer_pump(http, MANY), MANY, "all end");
	clock_gettime(CLOCK_MONOTONIC, &b);
	for (i = 0; i < MANY; i++)
		good = good && results[i].calls == 1 &&
			strcmp(results[i].body, "delayed") == 0;
	ok(good, "each well and once");
	ok(b.tv_sec - a.tv_sec < 4, "side by side");
	is_int(rsd_http_active(http), 0, "none left");
	is_int(rsd_http_timeout_ms(http), -1, "and nothing to wait for");
	fd.fd = rsd_http_fd(http);
	is_int(poll(&fd, 1, 300), 0, "kept connections wake nobody");
}

static void
test_cancel(RsdHttp *http)
{
	char		base[60];
	Result		r;
	Result		s;
	int			ended = 0;

	snprintf(base, sizeof(base), "http://127.0.0.1:%d", peer.port);
	ok(peer_submit(http, base, "/delay", &r, &usual) &&
	   peer_submit(http, base, "/delay", &s, &usual), "two");
	rsd_http_pump(http, peer_done, &ended);
	ok(rsd_http_cancel(http, &r), "one is dropped");
	ok(!rsd_http_cancel(http, &r), "once only");
	is_int(peer_pump(http, 1), 1, "the other ends");
	ok(r.calls == 0 && s.calls == 1, "only it is told");
	ok(peer_submit(http, base, "/hang", &r, &usual), "one left hanging");
}

/* The port we came from, which tells connections apart. */
static int
our_port(RsdHttp *http, const char *path)
{
	Result		r;

	call(http, path, &usual, &r);
	return ok(r.fault == RSD_NET_NONE, "%s: %s", path, r.what)
		? atoi(r.body) : 0;
}

/* An idle connection is used again, unless it is closed or too old. */
static void
test_reuse(void)
{
	RsdHttpOptions options = {.max_idle_s = 1};
	RsdError	err;
	RsdHttp    *http = rsd_http_create(&options, &err);
	int			port;

	if (!ok(http != NULL, "a transport that soon forgets"))
		return;
	port = our_port(http, "/port");
	is_int(our_port(http, "/last"), port, "the same connection");
	port = our_port(http, "/port");
	ok(port > 0, "the peer has closed it: another");
	(void) usleep(2500000);		/* libcurl counts whole seconds */
	ok(our_port(http, "/port") != port, "idle for too long");
	rsd_http_destroy(http);
}

/* Signals of the process are as before, and nothing runs on other threads. */
static void
test_signals(void)
{
	sigset_t	now;

	(void) pthread_sigmask(SIG_SETMASK, NULL, &now);
	ok(!sigismember(&now, SIGTERM) && !sigismember(&now, SIGUSR1),
	   "signals are not left blocked");
}

int
main(void)
{
	RsdHttpOptions options = {.user_agent = "unit/1"};
	RsdError	err;
	RsdHttp    *http;

	(void) signal(SIGPIPE, SIG_IGN);
	if (!peer_start(&peer))
	{
		printf("1..0 # SKIP no python3 or no free port\n");
		return 0;
	}
	http = rsd_http_create(&options, &err);
	if (!ok(http != NULL, "a transport"))
		return tap_done();
	test_good(http);
	test_faults(http);
	test_not_sent(http);
	test_many(http);
	test_cancel(http);
	test_reuse();
	test_signals();
	rsd_http_destroy(http);
	peer_stop(&peer);
	return tap_done();
}
