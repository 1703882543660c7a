/*
 * t_http_proxy.c
 *		net/proxy, and net/http through a proxy that serves, refuses, hangs or
 *		is not there (http_peer.py is one if asked as one).
 */
#include "http_peer.h"
#include "net/proxy.h"

static Peer peer;

static void
test_parse(void)
{
	static const struct
	{
		const char *text;
		const char *host;		/* NULL: refused */
		int			port;
		bool		https;
		const char *user;
	}			cases[] =
	{
		{"http://proxy.test:3128", "proxy.test", 3128, false, ""},
		{"proxy.test:3128", "proxy.test", 3128, false, ""},
		{"proxy.test", "proxy.test", 80, false, ""},
		{"https://proxy.test/", "proxy.test", 443, true, ""},
		{"http://me:p%40ss@[::1]:8080", "[::1]", 8080, false, "me:p%40ss"},
		{"me@proxy.test", "proxy.test", 80, false, "me"},
		{"", NULL, 0, false, NULL}, {"socks5://p.test", NULL, 0, false, NULL},
		{"http://p.test/path", NULL, 0, false, NULL},
		{"http://p.test:0", NULL, 0, false, NULL},
		{"http://a b@p.test", NULL, 0, false, NULL},
		{"http://u:secret@x@p.test", NULL, 0, false, NULL},
		{"http://p.test:80?x", NULL, 0, false, NULL},
		{"http://u:secret@p.test:x", NULL, 0, false, NULL},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		RsdProxy	proxy;
		RsdError	err;
		bool		good = rsd_proxy_parse(cases[i].text, &proxy, &err);

		if (cases[i].host == NULL)
			ok(!good && err.kind == RSD_ERR_INVALID &&
			   strstr(err.what, "secret") == NULL, "refused: %s: %s",
			   cases[i].text, err.what);
		else
			ok(good && strcmp(proxy.url.host, cases[i].host) == 0 &&
			   proxy.url.port == cases[i].port &&
			   proxy.url.https == cases[i].https &&
			   strcmp(proxy.user, cases[i].user) == 0, "%s", cases[i].text);
	}
}

static void
test_skips(void)
{
	static const struct
	{
		const char *list;
		const char *host;
		bool		skips;
	}			cases[] =
	{
		{NULL, "a.test", false}, {"", "a.test", false},
		{"*", "a.test", true}, {" * ", "[::1]", true},
		{"a.test", "a.test", true}, {"A.Test", "a.test", true},
		{"a.test", "b.a.test", true}, {".a.test", "b.a.test", true},
		{".a.test", "a.test", true}, {"a.test.", "a.test", true},
		{"a.test", "ba.test", false}, {"b.a.test", "a.test", false},
		{"x,y ,, a.test", "a.test", true}, {"x a.test", "a.test", true},
		{"test", "a.test", true}, {".", "a.test", false},
		{"*.a.test", "b.a.test", false}, {"a.test", "a.test.", true},
		{"10.1.2.3", "10.1.2.3", true}, {"10.1.2.3", "10.1.2.30", false},
		{"2.3", "10.1.2.3", false}, {"10.0.0.0/8", "10.1.2.3", true},
		{"10.0.0.0/8", "11.1.2.3", false}, {"10.1.2.2/31", "10.1.2.3", true},
		{"10.1.2.0/31", "10.1.2.3", false}, {"0.0.0.0/0", "1.2.3.4", true},
		{"10.0.0.0/33", "10.0.0.0", false}, {"10.0.0.0/", "10.0.0.0", false},
		{"10.0.0.0/8x", "10.0.0.0", false}, {"0.0.0.0/0", "[::1]", false},
		{"::1", "[::1]", true}, {"[::1]", "[::1]", true},
		{"fd00::/8", "[fd12:3::4]", true}, {"fd00::/8", "[fe80::1]", false},
		{"10.0.0.0/8", "a.test", false}, {"128.0.0.0/1", "10.0.0.1", false},
	};
	size_t		i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(rsd_proxy_skips(cases[i].list, cases[i].host) == cases[i].skips,
		   "list \"%s\" and host %s",
		   cases[i].list == NULL ? "(none)" : cases[i].list, cases[i].host);
}

/* An environment of names and values, ended by NULL. */
static const char *
look_up(void *arg, const char *name)
{
	const char *const *env = arg;

	for (; *env != NULL; env += 2)
		if (strcmp(*env, name) == 0)
			return env[1];
	return NULL;
}

static void
test_env(void)
{
	const char *all[] = {"ALL_PROXY", "a", "HTTP_PROXY", "evil", NULL};
	const char *both[] = {"HTTPS_PROXY", "big", "https_proxy", "small",
		"http_proxy", "plain", "all_proxy", "all", NULL};
	const char *empty[] = {"https_proxy", "", "HTTPS_PROXY", "big",
		"NO_PROXY", "x", "no_proxy", "y", NULL};

	is_str(rsd_proxy_from_env(true, look_up, both), "small", "small first");
	is_str(rsd_proxy_from_env(false, look_up, both), "plain", "for http");
	is_str(rsd_proxy_from_env(false, look_up, all), "a",
	   "HTTP_PROXY is not trusted");
	is_str(rsd_proxy_from_env(true, look_up, empty), "big", "empty is unset");
	is_str(rsd_proxy_list_from_env(look_up, empty), "y", "no_proxy first");
	ok(rsd_proxy_from_env(false, look_up, empty) == NULL &&
	   rsd_proxy_list_from_env(look_up, all) == NULL, "none");
}

static void
chosen_is(const char *option, const char *text, const char **env,
		  const char *expected, const char *name)
{
	const char *chosen;
	RsdUrl		url;
	RsdError	err;

	ok(rsd_url_split(rsd_slice_str(text), &url, &err), "%s", text);
	chosen = rsd_proxy_choose(option, &url, look_up, env);
	is_str(chosen == NULL ? "direct" : chosen, expected, "%s", name);
}

static void
test_choose(void)
{
	const char *env[] = {"HTTPS_PROXY", "tls", "http_proxy", "plain",
		"NO_PROXY", "past.test", NULL};
	const char *all[] = {"HTTPS_PROXY", "tls", "no_proxy", "*", NULL};
	const char *nothing[] = {NULL};

	chosen_is(NULL, "https://h.test", env, "tls", "by scheme");
	chosen_is("", "http://h.test", env, "plain", "by the other");
	chosen_is(NULL, "https://a.past.test", env, "direct", "on the list");
	chosen_is(NULL, "https://localhost", env, "direct", "this machine");
	chosen_is(NULL, "http://[::1]:80", env, "direct", "this machine, IPv6");
	chosen_is(NULL, "https://h.test", all, "direct", "all are on the list");
	chosen_is(NULL, "https://h.test", nothing, "direct", "no proxy at all");
	chosen_is("mine", "https://past.test", all, "mine",
			  "the option knows no list");
	chosen_is("mine", "http://127.0.0.1", env, "mine", "and no exception");
	chosen_is("none", "https://h.test", env, "direct", "none");
}

static void
test_password(void)
{
	ok(rsd_proxy_has_password("http://u:p@h:1") &&
	   rsd_proxy_has_password("u:@h"), "passwords");
	ok(!rsd_proxy_has_password("http://u@h:1") &&
	   !rsd_proxy_has_password("http://h:1") &&
	   !rsd_proxy_has_password("socks5://u:p@h"), "none, or no proxy");
}

/* One request to the TLS peer through the proxy; user may be "". */
static void
call(RsdHttp *http, const char *user, int port, const char *path, Result *r)
{
	RsdHttpLimits limits = usual;
	char		proxy[80];

	snprintf(proxy, sizeof(proxy), "http://%s127.0.0.1:%d", user, port);
	limits.proxy = proxy;
	limits.connect_ms = 500;
	peer_call(http, "https://localhost", peer.tls[CERT_GOOD], path, &limits,
			  r);
}

/* Through a tunnel, which https takes. */
static void
test_tunnel(RsdHttp *http)
{
	Result		r;
	char		doing[60];

	call(http, "good:p%40ss@", peer.port, "/echo", &r);
	ok(r.fault == RSD_NET_NONE && r.status == 200, "through: %s", r.what);
	ok(strncmp(r.body, "POST /echo HTTP/1.1\r\n", 21) == 0 &&
	   strstr(r.body, "Proxy-") == NULL && !r.early,
	   "the host knows of no proxy, nor we what the proxy said");
	call(http, "good:p%40ss@", peer.port, "/407", &r);
	is_int(r.status, 407, "a 407 through a tunnel is the host's");
	call(http, "", peer.port, "/echo", &r);
	peer_failed(&r, RSD_NET_PROXY, true,
				"the proxy wants a user name and password, or other ones");
	snprintf(doing, sizeof(doing),
			 "calling localhost through proxy 127.0.0.1:%d", peer.port);
	is_str(r.doing, doing, "it says through which");
	call(http, "good:secret@", peer.port, "/echo", &r);
	peer_failed(&r, RSD_NET_PROXY, true, "the proxy wants");
	ok(strstr(r.what, "407") != NULL && strstr(r.what, "secret") == NULL &&
	   strstr(r.doing, "secret") == NULL, "and no password");
	call(http, "deny@", peer.port, "/echo", &r);
	peer_failed(&r, RSD_NET_PROXY, true,
				"the proxy does not let us through: HTTP 403");
	call(http, "slow@", peer.port, "/echo", &r);
	peer_failed(&r, RSD_NET_CONNECT_TIMEOUT, true,
				peer_late_words(&r, "no answer from the proxy in time",
								"no connection through the proxy in time"));
	call(http, "", 1, "/echo", &r);
	peer_failed(&r, RSD_NET_CONNECT, true, "could not connect to the proxy");
}

/* What the proxy says is no byte of the host's reply. */
static void
test_silent_host(RsdHttp *http)
{
	RsdHttpLimits limits = usual;
	char		proxy[80];
	Result		r;

	snprintf(proxy, sizeof(proxy), "http://good:p%%40ss@127.0.0.1:%d",
			 peer.port);
	limits.proxy = proxy;
	limits.first_byte_ms = 400;
	peer_call(http, "https://localhost", peer.tls[CERT_GOOD], "/hang",
			  &limits, &r);
	peer_failed(&r, RSD_NET_TIMEOUT, false,
				"no complete reply in time: no first byte");
}

/* A proxy that is reached with TLS itself. */
static void
test_tls_proxy(RsdHttp *http)
{
	RsdHttpLimits limits = usual;
	char		proxy[80];
	Result		r;

	snprintf(proxy, sizeof(proxy), "https://good:p%%40ss@localhost:%d",
			 peer.tls[CERT_GOOD]);
	limits.proxy = proxy;
	peer_call(http, "https://localhost", peer.tls[CERT_GOOD], "/echo",
			  &limits, &r);
	ok(r.fault == RSD_NET_NONE && r.status == 200, "TLS in TLS: %s", r.what);
	snprintf(proxy, sizeof(proxy), "https://good:p%%40ss@127.0.0.1:%d",
			 peer.tls[CERT_GOOD]);
	peer_call(http, "https://localhost", peer.tls[CERT_GOOD], "/echo",
			  &limits, &r);
	peer_failed(&r, RSD_NET_TLS, true,
				"the server's certificate is for another host name");
}

/* What is not encrypted is not tunnelled: the proxy sees it. */
static void
test_plain(RsdHttp *http)
{
	RsdHttpLimits limits = usual;
	char		proxy[80];
	Result		r;

	limits.plain_http = true;
	limits.proxy = proxy;
	snprintf(proxy, sizeof(proxy), "good:p%%40ss@127.0.0.1:%d", peer.port);
	peer_call(http, "http://nowhere.test", 80, "/x", &limits, &r);
	ok(strncmp(r.body, "POST http://nowhere.test/x HTTP/1.1\r\n", 37) == 0,
	   "the proxy is asked for the URL: %s", r.what);
	snprintf(proxy, sizeof(proxy), "127.0.0.1:%d", peer.port);
	peer_call(http, "http://nowhere.test", 80, "/x", &limits, &r);
	peer_failed(&r, RSD_NET_PROXY, false, "the proxy wants a user name");
	limits.proxy = "http://no-such-proxy.invalid:3128";
	peer_call(http, "http://nowhere.test", 80, "/x", &limits, &r);
	ok((r.fault == RSD_NET_RESOLVE || r.fault == RSD_NET_CONNECT_TIMEOUT) &&
	   r.not_sent, "no such proxy: %s", r.what);
}

/* Past the proxy, and no proxy from the environment. */
static void
test_around(RsdHttp *http)
{
	RsdHttpLimits limits = usual;
	Result		r;

	limits.proxy = "http://127.0.0.1:1";
	limits.no_proxy = "other.test, 127.0.0.0/8";
	peer_call(http, "http://127.0.0.1", peer.port, "/echo", &limits, &r);
	ok(r.fault == RSD_NET_NONE, "past the proxy: %s", r.what);
	limits.no_proxy = "other.test";
	peer_call(http, "http://127.0.0.1", peer.port, "/echo", &limits, &r);
	ok(r.fault == RSD_NET_CONNECT, "not on the list: %s", r.what);
	limits.proxy = "ftp://u:secret@127.0.0.1";
	ok(!peer_submit(http, "http://127.0.0.1", "/", &r, &limits) &&
	   strstr(r.what, "secret") == NULL, "no proxy at all: %s", r.what);
	(void) setenv("http_proxy", "http://127.0.0.1:1", 1);
	(void) setenv("all_proxy", "http://127.0.0.1:1", 1);
	(void) setenv("no_proxy", "*", 1);
	peer_call(http, "http://127.0.0.1", peer.port, "/echo", &usual, &r);
	ok(r.fault == RSD_NET_NONE, "the environment gives no proxy");
	limits.proxy = "http://127.0.0.1:1";
	peer_call(http, "http://127.0.0.1", peer.port, "/echo", &limits, &r);
	ok(r.fault == RSD_NET_CONNECT, "nor does it take one away");
}

int
main(void)
{
	RsdHttpOptions options = {.ca_bundle = peer.ca};
	RsdError	err;
	RsdHttp    *http;

	(void) signal(SIGPIPE, SIG_IGN);
	test_parse();
	test_skips();
	test_env();
	test_choose();
	test_password();
	if (!peer_start(&peer))
	{
		printf("# no python3 or no free port: nothing is sent\n");
		return tap_done();
	}
	http = rsd_http_create(&options, &err);
	if (!ok(http != NULL, "a transport"))
		return tap_done();
	if (peer.tls[CERT_GOOD] != 0)
	{
		test_silent_host(http); /* first: it wants a tunnel of its own */
		test_tunnel(http);
		test_tls_proxy(http);
	}
	else
		printf("# no openssl command: tunnels are not tested\n");
	test_plain(http);
	test_around(http);
	rsd_http_destroy(http);
	peer_stop(&peer);
	return tap_done();
}
