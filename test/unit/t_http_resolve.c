/*
 * t_http_resolve.c
 *		net/http and name look-ups: one that hangs, one that finds nothing,
 *		and the thread it runs on, where no signal handler of ours may run.
 *
 * The program's own getaddrinfo takes the place of the system's, for libcurl
 * too; a libcurl that resolves otherwise skips the tests.
 */
#include "http_peer.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

static Peer peer;
static pthread_t main_thread;

/* Told by the look-up's thread. */
static atomic_int lookups;		/* begun */
static atomic_bool in_main;		/* one ran on the main thread */
static atomic_bool unmasked;	/* a signal was not blocked there */

/* Told by the signal handler. */
static volatile sig_atomic_t handled;
static volatile sig_atomic_t handled_elsewhere;

static void
on_signal(int signo)
{
	(void) signo;
	handled++;
	if (!pthread_equal(pthread_self(), main_thread))
		handled_elsewhere++;
}

/* Are the signals that PostgreSQL has handlers for blocked here? */
static bool
signals_blocked(void)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM,
	SIGUSR1, SIGUSR2, SIGCHLD};
	sigset_t	now;
	size_t		i;

	(void) pthread_sigmask(SIG_SETMASK, NULL, &now);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigismember(&now, signals[i]))
			return false;
	return true;
}

static void
sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&t, &t) != 0)
		;
}

/* Takes the place of the C library's, which knows no host of ours. */
int
getaddrinfo(const char *node, const char *service,
			const struct addrinfo *hints, struct addrinfo **result)
{
	int			(*real) (const char *, const char *, const struct addrinfo *,
						 struct addrinfo **);

	*(void **) &real = dlsym(RTLD_NEXT, "getaddrinfo");
	lookups++;
	if (pthread_equal(pthread_self(), main_thread))
		in_main = true;
	if (!signals_blocked())
		unmasked = true;
	if (node != NULL && strcmp(node, "hang.test") == 0)
	{
		sleep_ms(4000);
		return EAI_AGAIN;
	}
	if (node != NULL && strcmp(node, "nowhere.test") == 0)
		return EAI_NONAME;
	if (node != NULL && strcmp(node, "peer.test") == 0)
		node = "127.0.0.1";
	return real(node, service, hints, result);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	(void) clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static RsdHttpLimits
limits_of(int64_t connect_ms)
{
	RsdHttpLimits limits = usual;

	limits.connect_ms = connect_ms;
	limits.plain_http = true;
	return limits;
}

static void
test_look_up(RsdHttp *http)
{
	RsdHttpLimits limits = limits_of(2000);
	Result		r;

	peer_call(http, "http://peer.test", peer.port, "/echo", &limits, &r);
	ok(r.fault == RSD_NET_NONE && r.status == 200, "found: %s", r.what);
	peer_call(http, "http://nowhere.test", peer.port, "/", &limits, &r);
	peer_failed(&r, RSD_NET_RESOLVE, true,
				"could not find the host's address");
}

/* A look-up that hangs costs its time and holds up nobody. */
static void
test_hang(RsdHttp *http)
{
	RsdHttpLimits limits = limits_of(800);
	int64_t		start = now_ms();
	int64_t		longest = 0;
	bool		first = false;
	char		base[60];
	Result		r;
	Result		other;
	int			ended = 0;

	snprintf(base, sizeof(base), "http://127.0.0.1:%d", peer.port);
	ok(peer_submit(http, "http://hang.test", "/", &r, &limits) &&
	   peer_submit(http, base, "/echo", &other, &usual), "two requests");
	while (r.calls == 0 && now_ms() - start < 30000)
	{
		int64_t		before = now_ms();

		rsd_http_pump(http, peer_done, &ended);
		if (now_ms() - before > longest)
			longest = now_ms() - before;
		first |= other.calls > 0 && r.calls == 0;
		sleep_ms(5);
	}
	ok(other.calls == 1 && first, "the other ends meanwhile");
	peer_failed(&r, RSD_NET_RESOLVE, true, "name look-up took too long");
	/* the look-up itself takes 4 s; a machine may be busy */
	ok(longest < 2000, "no turn waited for it: %d ms", (int) longest);
}

/* Giving a request up does not wait for its look-up either. */
static void
test_cancel(RsdHttp *http)
{
	RsdHttpLimits limits = limits_of(2000);
	int			before = lookups;
	int64_t		start;
	Result		r;
	int			ended = 0;
	int			i;

	ok(peer_submit(http, "http://hang.test", "/", &r, &limits), "a request");
	for (i = 0; i < 100 && lookups == before; i++)
	{
		rsd_http_pump(http, peer_done, &ended);
		sleep_ms(5);
	}
	start = now_ms();
	ok(lookups > before && rsd_http_cancel(http, &r), "dropped");
	ok(now_ms() - start < 2000, "without waiting for the look-up");
}

/*
 * A signal that comes while the main thread has it blocked waits for the
 * main thread, although the look-up's thread is there to take it.
 */
static void
test_signals(RsdHttp *http)
{
	RsdHttpLimits limits = limits_of(400);
	int			before = lookups;
	int			ended = 0;
	sigset_t	usr1;
	sigset_t	old;
	Result		r;
	int			i;

	(void) signal(SIGUSR1, on_signal);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	ok(peer_submit(http, "http://hang.test", "/", &r, &limits), "a request");
	for (i = 0; i < 100 && lookups == before; i++)
	{
		rsd_http_pump(http, peer_done, &ended);
		sleep_ms(5);
	}
	(void) pthread_sigmask(SIG_BLOCK, &usr1, &old);
	(void) kill(getpid(), SIGUSR1);
	sleep_ms(100);
	is_int(handled, 0, "the signal waits");
	(void) pthread_sigmask(SIG_SETMASK, &old, NULL);
	is_int(handled, 1, "and comes when the main thread lets it");
	is_int(handled_elsewhere, 0, "on the main thread");
	is_int(peer_pump(http, 1), 1, "the request ends");
}

int
main(void)
{
	RsdHttpOptions options = {.ca_bundle = NULL};
	RsdError	err;
	RsdHttp    *http;

	main_thread = pthread_self();
	(void) signal(SIGPIPE, SIG_IGN);
	if (!peer_start(&peer))
	{
		printf("1..0 # SKIP no python3 or no free port\n");
		return 0;
	}
	http = rsd_http_create(&options, &err);
	if (!ok(http != NULL, "a transport"))
		return tap_done();
	test_look_up(http);
	if (lookups > 0)
	{
		test_hang(http);
		test_cancel(http);
		test_signals(http);
		ok(!in_main, "no look-up runs on the main thread");
		ok(!unmasked, "all signals are blocked where they run");
	}
	else
		printf("# libcurl does not call getaddrinfo\n");
	rsd_http_destroy(http);
	peer_stop(&peer);
	return tap_done();
}
