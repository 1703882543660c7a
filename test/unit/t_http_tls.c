/*
 * t_http_tls.c
 *		net/http: certificates, ports that speak something else, silence,
 *		resets, compressed replies, and what may go out in the clear.
 */
#include "http_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static Peer peer;

static const RsdHttpLimits quick = {
	.connect_ms = 400,
	.first_byte_ms = 800,
	.max_body = 1000,
};

/* Certificates, with a CA file that trusts all of them. */
static void
test_certificates(RsdHttp *strict)
{
	RsdHttpOptions options = {.ca_bundle = peer.ca};
	RsdError	err;
	RsdHttp    *http = rsd_http_create(&options, &err);
	Result		r;

	if (!ok(http != NULL, "a transport with a CA file"))
		return;
	peer_call(http, "https://localhost", peer.tls[CERT_GOOD], "/echo", &usual,
			  &r);
	ok(r.fault == RSD_NET_NONE && r.status == 200, "trusted: %s", r.what);
	ok(strncmp(r.body, "POST /echo HTTP/1.1\r\n", 21) == 0, "HTTP/1.1");
	peer_call(strict, "https://localhost", peer.tls[CERT_GOOD], "/echo",
			  &usual, &r);
	peer_failed(&r, RSD_NET_TLS, true,
				"the server's certificate is self-signed and not trusted");
	is_str(r.doing, "calling localhost", "it says whom we called");
	peer_call(http, "https://127.0.0.1", peer.tls[CERT_GOOD], "/echo", &usual,
			  &r);
	peer_failed(&r, RSD_NET_TLS, true,
				"the server's certificate is for another host name");
	peer_call(http, "https://localhost", peer.tls[CERT_ELSEWHERE], "/echo",
			  &usual, &r);
	peer_failed(&r, RSD_NET_TLS, true,
				"the server's certificate is for another host name");
	if (peer.tls[CERT_EXPIRED] != 0)
	{
		peer_call(http, "https://localhost", peer.tls[CERT_EXPIRED], "/echo",
				  &usual, &r);
		peer_failed(&r, RSD_NET_TLS, true,
					"the server's certificate has expired");
	}
	else
		printf("# no expired certificate could be made\n");
	rsd_http_destroy(http);
}

/* A reply that does not come holds up nobody, with TLS and without. */
static void
test_side_by_side(void)
{
	RsdHttpOptions options = {.ca_bundle = peer.ca};
	RsdError	err;
	char		base[60];
	int			i;

	for (i = 0; i < 2; i++)
	{
		RsdHttp    *http = rsd_http_create(&options, &err);
		Result		hanging[3];
		Result		r;

		snprintf(base, sizeof(base), "%s://localhost:%d",
				 i == 0 ? "http" : "https",
				 i == 0 ? peer.port : peer.tls[CERT_GOOD]);
		ok(http != NULL &&
		   peer_submit(http, base, "/hang", &hanging[0], &usual) &&
		   peer_submit(http, base, "/hang", &hanging[1], &usual) &&
		   peer_submit(http, base, "/hang", &hanging[2], &usual) &&
		   peer_submit(http, base, "/echo", &r, &usual) &&
		   peer_pump(http, 1) == 1, "four requests, three hang");
		ok(r.calls == 1 && r.status == 200, "the fourth ends first");
		rsd_http_destroy(http);
	}
}

static void
test_ca_file(void)
{
	RsdHttpOptions options = {.ca_bundle = "/nonexistent/ca.pem"};
	RsdError	err;
	RsdHttp    *http = rsd_http_create(&options, &err);
	Result		r;

	if (!ok(http != NULL, "a transport without its CA file"))
		return;
	peer_call(http, "https://localhost", peer.tls[CERT_GOOD], "/echo", &usual,
			  &r);
	peer_failed(&r, RSD_NET_TLS, true, "the CA file cannot be used");
	rsd_http_destroy(http);
}

/* A port that talks as soon as somebody comes, as SSH and SMTP do. */
static int
listen_silently(int *port)
{
	struct sockaddr_in addr = {0};
	socklen_t	len = sizeof(addr);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_family = AF_INET;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *) &addr, sizeof(addr)) != 0 ||
		listen(fd, 8) != 0 ||
		getsockname(fd, (struct sockaddr *) &addr, &len) != 0)
		return -1;
	*port = ntohs(addr.sin_port);
	return fd;
}

/* Several requests to a host with which no connection comes about. */
static void
test_queue(RsdHttp *http, int port)
{
	Result		results[6];
	char		base[60];
	bool		good = true;
	int			i;

	snprintf(base, sizeof(base), "https://127.0.0.1:%d", port);
	for (i = 0; i < 6; i++)
		good = peer_submit(http, base, "/", &results[i], &quick) && good;
	ok(good && peer_pump(http, 6) == 6, "several requests end");
	for (i = 0; i < 6; i++)
		good = good && results[i].fault == RSD_NET_CONNECT_TIMEOUT &&
			results[i].not_sent;
	ok(good, "none was sent");
}

/* Accepts, if at all, and never answers. */
static void
test_half_open(RsdHttp *http)
{
	int			port = 0;
	int			fd = listen_silently(&port);
	Result		r;

	if (!ok(fd >= 0, "a socket that never answers"))
		return;
	peer_call(http, "http://127.0.0.1", port, "/", &quick, &r);
	peer_failed(&r, RSD_NET_TIMEOUT, false,
				"no complete reply in time: no first byte");
	peer_call(http, "https://127.0.0.1", port, "/", &quick, &r);
	peer_failed(&r, RSD_NET_CONNECT_TIMEOUT, true,
				peer_late_words(&r, "connected, but no TLS handshake in time",
								"no connection in time"));
	test_queue(http, port);
	(void) close(fd);
	peer_call(http, "http://127.0.0.1", port, "/", &quick, &r);
	peer_failed(&r, RSD_NET_CONNECT, true, "could not connect");
}

/* Answers a TLS greeting with plain text, once. */
static void
test_wrong_scheme(RsdHttp *http)
{
	int			port = 0;
	int			fd = listen_silently(&port);
	pid_t		pid = fork();
	Result		r;

	if (pid == 0)
	{
		static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
		char		greeting[2000];
		int			conn = accept(fd, NULL, NULL);

		if (read(conn, greeting, sizeof(greeting)) > 0)
			(void) !write(conn, text, sizeof(text) - 1);
		_exit(0);
	}
	peer_call(http, "https://127.0.0.1", port, "/", &usual, &r);
	peer_failed(&r, RSD_NET_TLS, true, "the port does not speak TLS");
	(void) kill(pid, SIGKILL);
	(void) waitpid(pid, NULL, 0);
	(void) close(fd);
	peer_call(http, "http://127.0.0.1", peer.tls[CERT_GOOD], "/echo", &usual,
			  &r);
	ok(r.fault == RSD_NET_CUT || r.fault == RSD_NET_PROTOCOL,
	   "plain to a TLS port: %s", rsd_net_fault_name(r.fault));
	ok(strstr(r.what, "the port may want https") != NULL, "%s", r.what);
}

static void
test_resets(RsdHttp *http)
{
	Result		r;

	peer_call(http, "http://127.0.0.1", peer.port, "/reset", &usual, &r);
	peer_failed(&r, RSD_NET_CUT, false,
				"connection closed before the reply was complete");
	ok(strstr(r.what, "reset") != NULL, "by a reset: %s", r.what);
	peer_call(http, "http://127.0.0.1", peer.port, "/reset-early", &usual, &r);
	peer_failed(&r, RSD_NET_CUT, false, "connection closed");
}

/* Replies that come compressed are handed over plain, within the limit. */
static void
test_gzip(RsdHttp *http)
{
	Result		r;

	peer_call(http, "http://127.0.0.1", peer.port, "/gzip", &usual, &r);
	ok(r.fault == RSD_NET_NONE && r.length == 6000 &&
	   strncmp(r.body, "plain plain ", 12) == 0, "decompressed");
	peer_call(http, "http://127.0.0.1", peer.port, "/gzip", &quick, &r);
	peer_failed(&r, RSD_NET_TOO_LARGE, false, "reply exceeds its limit");
	peer_call(http, "http://127.0.0.1", peer.port, "/gzip-bomb", &usual, &r);
	peer_failed(&r, RSD_NET_TOO_LARGE, false, "reply exceeds its limit");
	peer_call(http, "http://127.0.0.1", peer.port, "/gzip-false", &usual, &r);
	peer_failed(&r, RSD_NET_PROTOCOL, false, "reply's compression is broken");
	peer_call(http, "http://127.0.0.1", peer.port, "/unasked", &usual, &r);
	peer_failed(&r, RSD_NET_PROTOCOL, false, "reply's compression is broken");
	peer_call(http, "http://127.0.0.1", peer.port, "/gzip-cut", &usual, &r);
	peer_failed(&r, RSD_NET_CUT, false, "connection closed before the reply");
}

static void
test_ipv6(RsdHttp *http)
{
	Result		r;

	if (peer.port6 == 0)
	{
		printf("# no IPv6 here\n");
		return;
	}
	peer_call(http, "http://[::1]", peer.port6, "/echo", &usual, &r);
	ok(r.fault == RSD_NET_NONE && r.status == 200, "IPv6: %s", r.what);
	ok(strstr(r.body, "\r\nHost: [::1]:") != NULL, "in brackets");
}

/* In the clear only to this machine, unless the caller says so. */
static void
test_https_only(RsdHttp *http)
{
	RsdHttpLimits plain = quick;
	Result		r;

	ok(!peer_submit(http, "http://example.test", "/", &r, &quick),
	   "http is refused");
	is_str(r.what, "only https is allowed to host \"example.test\"",
		   "in so many words");
	ok(!peer_submit(http, "http://127.evil.test", "/", &r, &quick) &&
	   !peer_submit(http, "http://localhost.evil.test", "/", &r, &quick) &&
	   !peer_submit(http, "http://[::2]", "/", &r, &quick),
	   "what only looks like this machine");
	plain.plain_http = true;
	ok(peer_submit(http, "http://[100::1]", "/", &r, &plain) &&
	   peer_pump(http, 1) == 1 && r.not_sent, "allowed: %s", r.what);
	peer_call(http, "http://localhost", peer.port, "/echo", &usual, &r);
	ok(r.fault == RSD_NET_NONE, "this machine");
}

int
main(void)
{
	RsdHttpOptions options = {.ca_bundle = NULL};
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
	if (peer.tls[CERT_GOOD] != 0)
	{
		test_certificates(http);
		test_side_by_side();
		test_ca_file();
		test_wrong_scheme(http);
	}
	else
		printf("# no openssl command: certificates are not tested\n");
	test_half_open(http);
	test_resets(http);
	test_gzip(http);
	test_ipv6(http);
	test_https_only(http);
	rsd_http_destroy(http);
	peer_stop(&peer);
	return tap_done();
}
