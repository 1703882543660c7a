/*
 * t_http.c
 *		net/http against a badly behaved server (http_peer.py).
 *
 * RSD_TEST_PORTS="first last" chooses its ports.
 */
#include "net/http.h"
#include "tap.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a request came to. */
typedef struct Result
{
	int			calls;
	RsdNetFault fault;
	bool		not_sent;
	int			status;
	char		body[600];
	char		header[64];		/* X-Two */
	bool		early;			/* X-Early was there */
	char		what[300];
	RsdErrorKind kind;
} Result;

static int	peer_port;
static int	tls_port;			/* 0: no certificate could be made */
static char pem[] = "/tmp/t_http.XXXXXX";
static int	peer_pipe;
static pid_t peer_pid;

/* A key and a certificate of its own for localhost, in one file. */
static bool
make_certificate(void)
{
	char		command[300];
	int			fd = mkstemp(pem);

	if (fd < 0)
		return false;
	(void) close(fd);
	snprintf(command, sizeof(command),
			 "openssl req -x509 -newkey rsa:2048 -nodes -days 2 "
			 "-subj /CN=localhost -addext subjectAltName=DNS:localhost "
			 "-keyout %s -out %s.crt 2>/dev/null && cat %s.crt >>%s && "
			 "rm %s.crt", pem, pem, pem, pem, pem);
	return system(command) == 0;
}

static bool
start_peer(void)
{
	int			to_peer[2];
	int			from_peer[2];
	char		line[20] = "";
	const char *ports = getenv("RSD_TEST_PORTS");
	int			first = 18200;
	int			last = 18249;
	bool		certified = make_certificate();

	if (ports != NULL)
		(void) sscanf(ports, "%d %d", &first, &last);
	if (pipe(to_peer) != 0 || pipe(from_peer) != 0)
		return false;
	peer_pid = fork();
	if (peer_pid == 0)
	{
		char		a[12];
		char		b[12];

		(void) dup2(to_peer[0], 0);
		(void) dup2(from_peer[1], 1);
		(void) close(to_peer[1]);
		(void) close(from_peer[0]);
		snprintf(a, sizeof(a), "%d", first);
		snprintf(b, sizeof(b), "%d", last);
		execlp("python3", "python3", RSD_TEST_DIR "/http_peer.py", a, b,
			   certified ? pem : (char *) NULL, (char *) NULL);
		_exit(127);
	}
	(void) close(to_peer[0]);
	(void) close(from_peer[1]);
	peer_pipe = to_peer[1];
	if (read(from_peer[0], line, sizeof(line) - 1) <= 0)
		return false;
	return sscanf(line, "%d %d", &peer_port, &tls_port) >= 1;
}

static void
on_done(void *arg, void *tag, const RsdHttpOutcome *o)
{
	Result	   *r = tag;

	*(int *) arg += 1;
	r->calls++;
	r->fault = o->fault;
	r->not_sent = o->surely_not_sent;
	r->kind = o->err.kind;
	(void) rsd_clip(r->what, sizeof(r->what), o->err.what,
					strlen(o->err.what));
	if (o->response != NULL)
	{
		const char *two = rsd_headers_get(&o->response->headers, "x-TWO");

		r->status = o->response->status;
		r->early = rsd_headers_get(&o->response->headers, "x-early") != NULL;
		(void) rsd_clip(r->header, sizeof(r->header), two == NULL ? "" : two,
						two == NULL ? 0 : strlen(two));
		(void) rsd_clip(r->body, sizeof(r->body), o->response->body.data,
						o->response->body.len);
	}
}

/* Pumps until count requests have ended, 10 s at most; ends counted. */
static int
pump_until(RsdHttp *http, int count)
{
	int			ended = 0;
	int			turns;

	for (turns = 0; ended < count && turns < 2000; turns++)
	{
		struct pollfd fd = {rsd_http_fd(http), POLLIN, 0};
		int64_t		wait = rsd_http_timeout_ms(http);

		if (wait < 0 || wait > 1000)
			wait = 1000;
		(void) poll(&fd, 1, (int) wait);
		rsd_http_pump(http, on_done, &ended);
	}
	return ended;
}

static bool
submit(RsdHttp *http, const char *base, const char *path, Result *r,
	   const RsdHttpLimits *limits)
{
	char		text[300];
	RsdUrl		url;
	RsdRequest	req;
	RsdError	err;
	bool		good;

	memset(r, 0, sizeof(*r));
	snprintf(text, sizeof(text), "%s%s", base, path);
	if (!rsd_url_split(rsd_slice_str(text), &url, &err))
		return false;
	rsd_request_init(&req, "POST", &url);
	rsd_buf_adds(&req.body, "hello");
	good = rsd_request_header(&req, "Content-Type", rsd_slice_str("x/y"),
							  &err) &&
		rsd_request_header(&req, "X-Empty", rsd_slice_str(""), &err) &&
		rsd_http_submit(http, &req, r, limits, &err);
	rsd_request_free(&req);
	return good;
}

static const RsdHttpLimits usual = {2000, 2000, 2000, 5000, 100000};

/* One request to the peer, from start to end. */
static void
call(RsdHttp *http, const char *path, const RsdHttpLimits *limits, Result *r)
{
	char		base[60];

	snprintf(base, sizeof(base), "http://127.0.0.1:%d", peer_port);
	ok(submit(http, base, path, r, limits) && pump_until(http, 1) == 1,
	   "%s ends", path);
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
	   strstr(r.body, "Accept-Encoding") == NULL, "nothing unasked");
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
	static const RsdHttpLimits first = {2000, 200, 2000, 5000, 100000};
	static const RsdHttpLimits stall = {2000, 2000, 200, 5000, 100000};
	static const RsdHttpLimits total = {2000, 0, 0, 200, 100000};
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
	static const RsdHttpLimits quick = {300, 0, 0, 0, 1000};
	char		tls[60];
	Result		r;

	ok(submit(http, "http://127.0.0.1:1", "/", &r, &usual) &&
	   pump_until(http, 1) == 1, "a closed port");
	ok(r.fault == RSD_NET_CONNECT && r.not_sent, "refused: %s", r.what);
	ok(submit(http, "http://no-such-host.invalid", "/", &r, &usual) &&
	   pump_until(http, 1) == 1, "an unknown host");
	ok((r.fault == RSD_NET_RESOLVE || r.fault == RSD_NET_CONNECT_TIMEOUT) &&
	   r.not_sent, "unresolved: %s", r.what);
	/* the peer waits for HTTP and says nothing to a TLS greeting */
	snprintf(tls, sizeof(tls), "https://127.0.0.1:%d", peer_port);
	ok(submit(http, tls, "/", &r, &quick) && pump_until(http, 1) == 1,
	   "TLS to a silent peer");
	ok(r.fault == RSD_NET_CONNECT_TIMEOUT && r.not_sent, "%s", r.what);
}

/* A certificate is accepted if it is trusted and names the host. */
static void
test_tls(RsdHttp *strict)
{
	RsdHttpOptions options = {pem, NULL, 0};
	RsdError	err;
	RsdHttp    *http = rsd_http_create(&options, &err);
	char		base[60];
	Result		r;

	if (!ok(http != NULL, "a transport with a CA file"))
		return;
	snprintf(base, sizeof(base), "https://localhost:%d", tls_port);
	ok(submit(http, base, "/echo", &r, &usual) && pump_until(http, 1) == 1,
	   "TLS");
	ok(r.fault == RSD_NET_NONE && r.status == 200, "trusted: %s", r.what);
	ok(submit(strict, base, "/echo", &r, &usual) &&
	   pump_until(strict, 1) == 1, "TLS with the system's CAs");
	ok(r.fault == RSD_NET_TLS && r.not_sent, "not trusted: %s", r.what);
	snprintf(base, sizeof(base), "https://127.0.0.1:%d", tls_port);
	ok(submit(http, base, "/echo", &r, &usual) && pump_until(http, 1) == 1,
	   "TLS by another name");
	ok(r.fault == RSD_NET_TLS && r.not_sent, "refused: %s", r.what);
	rsd_http_destroy(http);
	options.ca_bundle = "/nonexistent/ca.pem";
	http = rsd_http_create(&options, &err);
	if (!ok(http != NULL, "a transport without its CA file"))
		return;
	ok(submit(http, base, "/echo", &r, &usual) && pump_until(http, 1) == 1 &&
	   r.fault == RSD_NET_TLS && r.not_sent, "no CA file: %s", r.what);
	rsd_http_destroy(http);
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

	snprintf(base, sizeof(base), "http://127.0.0.1:%d", peer_port);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < MANY; i++)
		good = submit(http, base, "/delay", &results[i], &usual) && good;
	is_int(rsd_http_active(http), MANY, "all in flight");
	is_int(pump_until(http, MANY), MANY, "all end");
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

	snprintf(base, sizeof(base), "http://127.0.0.1:%d", peer_port);
	ok(submit(http, base, "/delay", &r, &usual) &&
	   submit(http, base, "/delay", &s, &usual), "two");
	rsd_http_pump(http, on_done, &ended);
	ok(rsd_http_cancel(http, &r), "one is dropped");
	ok(!rsd_http_cancel(http, &r), "once only");
	is_int(pump_until(http, 1), 1, "the other ends");
	ok(r.calls == 0 && s.calls == 1, "only it is told");
	ok(submit(http, base, "/hang", &r, &usual), "one left hanging");
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
	RsdHttpOptions options = {NULL, "unit/1", 0};
	RsdError	err;
	RsdHttp    *http;

	(void) signal(SIGPIPE, SIG_IGN);
	if (!start_peer())
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
	if (tls_port > 0)
		test_tls(http);
	else
		printf("# no openssl command: TLS is not tested\n");
	test_many(http);
	test_cancel(http);
	test_signals();
	rsd_http_destroy(http);
	(void) close(peer_pipe);
	(void) waitpid(peer_pid, NULL, 0);
	(void) unlink(pem);
	return tap_done();
}
