/*
 * ask.c
 *	  HTTP requests and programs of an SQL function, waited for in the calling
 *	  backend.
 *
 * The only file that drives the transport in a backend.  Between two turns
 * the backend sleeps on its latch and the transport's descriptor, so a cancel
 * is served within milliseconds.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/env.h"
#include "pg/ask.h"
#include "pg/compat.h"
#include "pg/guc.h"

#define CONNECT_MS			10000
#define ANSWER_MS			10000

/* A hundred statements of up to 200 kB, as ListStatements may give them. */
#define MAX_BODY			(32 * 1024 * 1024)

struct RsdAsk
{
	RsdHttp    *http;
	RsdCommands *commands;		/* NULL before the first */
	const char *proxy;
	int64		end_us;			/* monotonic */
	RsdFlight	flight;
	RsdResponse landed;			/* on its way from the pump to the caller */
	MemoryContextCallback cleanup;
};

static void
clean_up(void *arg)
{
	RsdAsk	   *ask = arg;

	rsd_commands_destroy(ask->commands);
	rsd_flight_drop(ask->http, &ask->flight);
	rsd_response_free(&ask->landed);
	rsd_http_destroy(ask->http);
}

/* The pump frees the response once this returns: take it away. */
static void
on_landed(void *arg, RsdFlight *flight)
{
	RsdAsk	   *ask = arg;

	ask->landed = flight->response;
	rsd_response_init(&flight->response, 0);
}

RsdAsk *
rsd_ask_create(int64 total_ms)
{
	RsdAsk	   *ask = palloc0(sizeof(RsdAsk));
	RsdHttpOptions options = {
		.ca_bundle = rsd_guc()->ca_bundle,
		.user_agent = "rsdata",
	};
	RsdError	err;

	rsd_response_init(&ask->flight.response, 0);
	rsd_response_init(&ask->landed, 0);
	ask->flight.landed = on_landed;
	ask->flight.arg = ask;
	ask->end_us = rsd_env_mono_us() + total_ms * 1000;
	ask->http = rsd_http_create(&options, &err);
	if (ask->http == NULL)
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("could not start the HTTP transport: %s", err.what));
	ask->cleanup.func = clean_up;
	ask->cleanup.arg = ask;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &ask->cleanup);
	return ask;
}

const char *
rsd_ask_proxy(RsdAsk *ask, const char *proxy)
{
	const char *before = ask->proxy;

	ask->proxy = proxy;
	return before;
}

int64
rsd_ask_left(const RsdAsk *ask)
{
	return Max((ask->end_us - rsd_env_mono_us()) / 1000, 0);
}

/* Sleeps until fd (unless it is -1) is readable or ms have passed. */
static void
sleep_on(pgsocket fd, int64 ms)
{
	static uint32 wait_event = 0;
	int			events = WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH;
	int			fired;

	if (wait_event == 0)
		wait_event = rsd_compat_wait_event("RsdataAsk");
	if (fd >= 0)
		events |= WL_SOCKET_READABLE;
	fired = WaitLatchOrSocket(MyLatch, events, fd, (long) ms, wait_event);
	if (fired & WL_LATCH_SET)
		ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/* The transport enforces the limits, so this ends. */
static void
wait_for_end(RsdAsk *ask)
{
	while (ask->flight.in_flight)
	{
		int64		ms;

		rsd_flight_pump(ask->http);
		if (!ask->flight.in_flight)
			break;
		ms = rsd_http_timeout_ms(ask->http);
		if (ms < 0 || ms > rsd_ask_left(ask))
			ms = rsd_ask_left(ask) + 1;
		sleep_on(rsd_http_fd(ask->http), ms);
	}
}

RsdFlight *
rsd_ask_send(RsdAsk *ask, RsdRequest *req, int64 hold_ms)
{
	RsdFlight  *flight = &ask->flight;
	RsdHttpLimits limits = {
		.connect_ms = CONNECT_MS,
		.first_byte_ms = ANSWER_MS + hold_ms,
		.stall_ms = ANSWER_MS,
		.total_ms = Max(rsd_ask_left(ask), 1),
		.max_body = MAX_BODY,
		.proxy = ask->proxy,
	};

	rsd_response_free(&flight->response);
	if (!rsd_flight_launch(ask->http, flight, req, &limits, &flight->err))
	{
		flight->fault = RSD_NET_OTHER;
		flight->surely_not_sent = true;
	}
	rsd_request_free(req);
	wait_for_end(ask);
	flight->response = ask->landed;
	rsd_response_init(&ask->landed, 0);
	return flight;
}

/* A program's end, on its way to who wants it. */
typedef struct Awaited
{
	bool		over;
	RsdCommandEnded ended;
	void	   *arg;
} Awaited;

static void
hand_on(void *arg, const RsdCommandEnd *end)
{
	Awaited    *awaited = arg;

	awaited->over = true;
	awaited->ended(awaited->arg, end);
}

/* False, with err set, if it could not be started. */
static bool
start_command(RsdAsk *ask, char *const argv[], int64 limit_ms, size_t max,
			  Awaited *awaited, RsdError *err)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(ask));

	if (ask->commands == NULL)
		ask->commands = rsd_commands_create();
	MemoryContextSwitchTo(old);
	if (ask->commands == NULL)
		return rsd_error_set(err, RSD_ERR_LIMIT,
							 "no descriptor is left for it");
	limit_ms = Min(limit_ms, Max(rsd_ask_left(ask), 1));
	return rsd_command_start(ask->commands, argv, limit_ms, max, hand_on,
							 awaited, err) != NULL;
}

void
rsd_ask_run(RsdAsk *ask, char *const argv[], int64 limit_ms, size_t max,
			RsdCommandEnded ended, void *arg)
{
	Awaited    *awaited = MemoryContextAllocZero(GetMemoryChunkContext(ask),
												 sizeof(Awaited));
	RsdError	err;

	awaited->ended = ended;
	awaited->arg = arg;
	if (!start_command(ask, argv, limit_ms, max, awaited, &err))
	{
		RsdCommandEnd end = {.problem = err.what};

		hand_on(awaited, &end);
	}
	while (!awaited->over)
	{
		sleep_on(rsd_commands_fd(ask->commands),
				 rsd_commands_timeout_ms(ask->commands));
		rsd_commands_turn(ask->commands);
	}
	pfree(awaited);
}

void
rsd_ask_pause(RsdAsk *ask, int64 ms)
{
	int64		until = Min(rsd_env_mono_us() + ms * 1000, ask->end_us);
	int64		left;

	while ((left = (until - rsd_env_mono_us() + 999) / 1000) > 0)
		sleep_on(PGINVALID_SOCKET, left);
}

bool
rsd_ask_turn(RsdAsk *ask, RsdRateKey key, RsdOp op, double share)
{
	int64		wait;

	while ((wait = rsd_rate_take(key, op, share)) > 0)
	{
		if (rsd_ask_left(ask) == 0)
			return false;
		rsd_ask_pause(ask, (wait + 999) / 1000);
	}
	return true;
}
