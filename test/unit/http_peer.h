/*
 * http_peer.h
 *		What the tests of net/http share: a badly behaved server
 *		(http_peer.py) with its certificates, and one request to it.
 *
 * RSD_TEST_PORTS="first last" chooses the server's ports.
 */
#ifndef RSD_TEST_HTTP_PEER_H
#define RSD_TEST_HTTP_PEER_H

#include "net/http.h"
#include "tap.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEER_CERTS 3

/* Keys and certificates, one file each; the number tells which is meant. */
enum
{
	CERT_GOOD,					/* for localhost, self-signed */
	CERT_EXPIRED,				/* the same, of yesterday */
	CERT_ELSEWHERE				/* for another host */
};

/* The server. */
typedef struct Peer
{
	pid_t		pid;
	int			pipe;			/* it lives as long as this is open */
	int			port;
	int			port6;			/* on ::1; 0: there is no IPv6 */
	int			tls[PEER_CERTS];	/* 0: no such certificate could be made */
	char		dir[40];		/* of the certificates; ca.pem has all */
	char		ca[60];
} Peer;

/* What a request came to. */
typedef struct Result
{
	int			calls;
	RsdNetFault fault;
	bool		not_sent;
	int			status;
	size_t		length;			/* of the body */
	char		body[900];
	char		header[64];		/* X-Two */
	bool		early;			/* X-Early was there */
	char		what[300];
	char		doing[128];
	RsdErrorKind kind;
} Result;

static const RsdHttpLimits usual = {
	.connect_ms = 2000,
	.first_byte_ms = 2000,
	.stall_ms = 2000,
	.total_ms = 5000,
	.max_body = 100000,
};

/* Runs a command of the shell in dir; did it succeed? */
static inline bool
peer_shell(const char *dir, const char *command)
{
	char		line[900];

	snprintf(line, sizeof(line), "cd %s && { %s; } >/dev/null 2>&1", dir,
			 command);
	return system(line) == 0;
}

static inline bool
peer_certificates(Peer *peer)
{
	strcpy(peer->dir, "/tmp/t_http.XXXXXX");
	if (mkdtemp(peer->dir) == NULL)
		return false;
	snprintf(peer->ca, sizeof(peer->ca), "%s/ca.pem", peer->dir);
	if (!peer_shell(peer->dir,
					"openssl req -x509 -newkey rsa:2048 -nodes -days 2 "
					"-subj /CN=localhost -addext subjectAltName=DNS:localhost "
					"-keyout 0.pem -out 0.crt && "
					"openssl req -x509 -key 0.pem -days 2 -subj /CN=elsewhere "
					"-addext subjectAltName=DNS:elsewhere.test -out 2.crt && "
					"cp 0.pem 2.pem && cp 0.pem 1.pem"))
		return false;
	/* from 3.4 on the command dates back by other options only */
	(void) peer_shell(peer->dir,
					  "openssl req -new -key 0.pem -subj /CN=localhost -out r "
					  "&& { openssl x509 -req -in r -signkey 0.pem -days -1 "
					  "-out 1.crt || openssl x509 -req -in r -signkey 0.pem "
					  "-not_before 20200101000000Z "
					  "-not_after 20200102000000Z -out 1.crt; }");
	return peer_shell(peer->dir, "cat *.crt >ca.pem; for i in *.crt; do "
					  "cat $i >>${i%crt}pem; done");
}

/* The arguments of http_peer.py: the range of ports, the certificates. */
static inline void
peer_exec(const Peer *peer, bool certified)
{
	const char *ports = getenv("RSD_TEST_PORTS");
	int			first = 18200;
	int			last = 18249;
	char		command[900];
	char		certs[300] = "";
	int			i;

	if (ports != NULL)
		(void) sscanf(ports, "%d %d", &first, &last);
	for (i = 0; certified && i < PEER_CERTS; i++)
		snprintf(certs + strlen(certs), sizeof(certs) - strlen(certs),
				 " %s/%d.pem", peer->dir, i);
	snprintf(command, sizeof(command), "exec python3 %s/http_peer.py %d %d%s",
			 RSD_TEST_DIR, first, last, certs);
	execl("/bin/sh", "sh", "-c", command, (char *) NULL);
	_exit(127);
}

/* Starts the server; false if that cannot be done here. */
static inline bool
peer_start(Peer *peer)
{
	int			to_peer[2];
	int			from_peer[2];
	char		line[80] = "";
	bool		certified = peer_certificates(peer);

	if (pipe(to_peer) != 0 || pipe(from_peer) != 0)
		return false;
	peer->pid = fork();
	if (peer->pid == 0)
	{
		(void) dup2(to_peer[0], 0);
		(void) dup2(from_peer[1], 1);
		(void) close(to_peer[1]);
		(void) close(from_peer[0]);
		peer_exec(peer, certified);
	}
	(void) close(to_peer[0]);
	(void) close(from_peer[1]);
	peer->pipe = to_peer[1];
	if (read(from_peer[0], line, sizeof(line) - 1) <= 0)
		return false;
	return sscanf(line, "%d %d %d %d %d", &peer->port, &peer->port6,
				  &peer->tls[0], &peer->tls[1], &peer->tls[2]) >= 2;
}

static inline void
peer_stop(Peer *peer)
{
	(void) close(peer->pipe);
	(void) waitpid(peer->pid, NULL, 0);
	(void) peer_shell(peer->dir, "rm -f *.pem *.crt r");
	(void) rmdir(peer->dir);
}

static inline void
peer_done(void *arg, void *tag, const RsdHttpOutcome *o)
{
	Result	   *r = tag;

	*(int *) arg += 1;
	r->calls++;
	r->fault = o->fault;
	r->not_sent = o->surely_not_sent;
	r->kind = o->err.kind;
	(void) rsd_clip(r->what, sizeof(r->what), o->err.what,
					strlen(o->err.what));
	(void) rsd_clip(r->doing, sizeof(r->doing), o->err.doing,
					strlen(o->err.doing));
	if (o->response != NULL)
	{
		const char *two = rsd_headers_get(&o->response->headers, "x-TWO");

		r->status = o->response->status;
		r->early = rsd_headers_get(&o->response->headers, "x-early") != NULL;
		r->length = o->response->body.len;
		(void) rsd_clip(r->header, sizeof(r->header), two == NULL ? "" : two,
						two == NULL ? 0 : strlen(two));
		(void) rsd_clip(r->body, sizeof(r->body), o->response->body.data,
						o->response->body.len);
	}
}

/* Pumps until count requests have ended, 10 s at most; ends counted. */
static inline int
peer_pump(RsdHttp *http, int count)
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
		rsd_http_pump(http, peer_done, &ended);
	}
	return ended;
}

/* Sends "hello" to base and path. */
static inline bool
peer_submit(RsdHttp *http, const char *base, const char *path, Result *r,
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
	if (!good)
		(void) rsd_clip(r->what, sizeof(r->what), err.what, strlen(err.what));
	rsd_request_free(&req);
	return good;
}

/* One request to scheme://host:port/path, from start to end. */
static inline void
peer_call(RsdHttp *http, const char *scheme_host, int port, const char *path,
		  const RsdHttpLimits *limits, Result *r)
{
	char		base[100];

	snprintf(base, sizeof(base), "%s:%d", scheme_host, port);
	ok(peer_submit(http, base, path, r, limits) && peer_pump(http, 1) == 1,
	   "%s%s ends", base, path);
}

/* The last request failed so, was not or perhaps sent, and says why. */
static inline void
peer_failed(const Result *r, RsdNetFault fault, bool not_sent,
			const char *words)
{
	is_str(rsd_net_fault_name(r->fault), rsd_net_fault_name(fault),
		   "its fault: %s", r->what);
	ok(r->not_sent == not_sent && r->calls == 1, not_sent ? "not sent"
	   : "perhaps sent");
	ok(strncmp(r->what, words, strlen(words)) == 0, "it says \"%s\"", words);
}

/*
 * The words to expect of a connection that was not ready in time: newer
 * versions of libcurl no longer tell what it waited for.
 */
static inline const char *
peer_late_words(const Result *r, const char *exact, const char *plain)
{
	return strstr(r->what, ": Connection timed out after") != NULL ? plain
		: exact;
}

#endif							/* RSD_TEST_HTTP_PEER_H */
