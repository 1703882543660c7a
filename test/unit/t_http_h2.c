/*
 * t_http_h2.c
 *		net/http speaking HTTP/2, to nghttpd, which speaks nothing else.
 *
 * Skipped where that server (Debian's nghttp2-server) is not installed.
 */
#include "http_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static Peer peer;				/* for its certificates */
static char base[60];
static pid_t server;

/* A port that was free a moment ago, or, given one, is it taken? */
static bool
try_port(int *port, bool connecting)
{
	struct sockaddr_in addr = {0};
	socklen_t	len = sizeof(addr);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);
	bool		good;

	addr.sin_family = AF_INET;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	addr.sin_port = htons((uint16_t) *port);
	if (connecting)
		good = connect(fd, (struct sockaddr *) &addr, sizeof(addr)) == 0;
	else
		good = bind(fd, (struct sockaddr *) &addr, sizeof(addr)) == 0 &&
			getsockname(fd, (struct sockaddr *) &addr, &len) == 0;
	*port = ntohs(addr.sin_port);
	(void) close(fd);
	return good;
}

static bool
start_server(void)
{
	char		command[300];
	int			port = 0;
	int			i;

	if (system("command -v nghttpd >/dev/null 2>&1") != 0 ||
		!peer_certificates(&peer) || !try_port(&port, false))
		return false;
	snprintf(base, sizeof(base), "https://localhost:%d", port);
	snprintf(command, sizeof(command),
			 "exec nghttpd -a 127.0.0.1 --echo-upload %d %s/0.pem %s/0.crt "
			 ">/dev/null 2>&1", port, peer.dir, peer.dir);
	server = fork();
	if (server == 0)
	{
		execl("/bin/sh", "sh", "-c", command, (char *) NULL);
		_exit(127);
	}
	for (i = 0; i < 100; i++)
	{
		if (try_port(&port, true))
			return true;
		(void) usleep(50000);
	}
	return false;
}

/* Many requests at once, one of which is given up for its length. */
static void
test_many(RsdHttp *http)
{
	enum
	{
		MANY = 150
	};
	static Result results[MANY];
	RsdHttpLimits tiny = usual;
	bool		good = true;
	int			i;

	tiny.max_body = 2;
	for (i = 0; i < MANY; i++)
		good = peer_submit(http, base, "/", &results[i],
						   i == 70 ? &tiny : &usual) && good;
	ok(good, "all are on their way");
	is_int(peer_pump(http, MANY), MANY, "all end");
	for (i = 0; i < MANY; i++)
		if (i != 70)
			good = good && results[i].calls == 1 &&
				results[i].status == 200 &&
				strcmp(results[i].body, "hello") == 0;
	ok(good, "each well and once");
	is_str(rsd_net_fault_name(results[70].fault), "too_large", "but one");
}

/* The server falls silent, then dies. */
static void
test_end(RsdHttp *http)
{
	RsdHttpLimits quick = usual;
	Result		r;
	Result		s;

	quick.first_byte_ms = 300;
	(void) kill(server, SIGSTOP);
	ok(peer_submit(http, base, "/", &r, &quick) &&
	   peer_submit(http, base, "/", &s, &usual) && peer_pump(http, 1) == 1,
	   "a silent server");
	peer_failed(&r, RSD_NET_TIMEOUT, false,
				"no complete reply in time: no first byte");
	(void) kill(server, SIGKILL);
	(void) waitpid(server, NULL, 0);
	is_int(peer_pump(http, 1), 1, "a dead server");
	/* libcurl tries once more by itself; that says nothing of the first */
	ok(s.calls == 1 && s.fault != RSD_NET_NONE && !s.not_sent, "%s: %s",
	   rsd_net_fault_name(s.fault), s.what);
}

int
main(void)
{
	RsdHttpOptions options = {peer.ca, NULL, 0};
	RsdError	err;
	RsdHttp    *http;
	Result		r;

	(void) signal(SIGPIPE, SIG_IGN);
	if (!start_server())
	{
		printf("1..0 # SKIP no nghttpd, or it does not start\n");
		return 0;
	}
	http = rsd_http_create(&options, &err);
	if (!ok(http != NULL, "a transport"))
		return tap_done();
	ok(peer_submit(http, base, "/", &r, &usual) && peer_pump(http, 1) == 1,
	   "one request");
	ok(r.fault == RSD_NET_NONE && r.status == 200 &&
	   strcmp(r.body, "hello") == 0, "HTTP/2: %s", r.what);
	test_many(http);
	test_end(http);
	rsd_http_destroy(http);
	(void) peer_shell(peer.dir, "rm -f *.pem *.crt r");
	(void) rmdir(peer.dir);
	return tap_done();
}
