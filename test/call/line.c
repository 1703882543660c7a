/*
 * line.c
 *		One request at a time, waited for.
 */
#include "line.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/env.h"
#include "net/proxy.h"

struct CallLine
{
	RsdHttp    *http;
	const char *proxy;			/* option */
	int64_t		end_us;			/* monotonic */
	CallReply  *reply;			/* of the request in flight */
};

static int64_t
now_us(void)
{
	const RsdEnv *env = rsd_env_system();

	return env->mono_us(env->arg);
}

CallLine *
call_line_open(const char *ca_bundle, const char *proxy, int timeout_s)
{
	RsdHttpOptions options = {
		.ca_bundle = ca_bundle,.user_agent = "rsdata-call"
	};
	CallLine   *line = calloc(1, sizeof(CallLine));
	RsdError	err = {0};

	if (line == NULL)
		return NULL;
	line->proxy = proxy;
	line->end_us = now_us() + (int64_t) timeout_s * 1000000;
	line->http = rsd_http_create(&options, &err);
	if (line->http != NULL)
		return line;
	fprintf(stderr, "rsdata-call: %s\n", err.what);
	free(line);
	return NULL;
}

void
call_line_close(CallLine *line)
{
	rsd_http_destroy(line->http);
	free(line);
}

int64_t
call_line_left_ms(const CallLine *line)
{
	int64_t		left = (line->end_us - now_us()) / 1000;

	return left < 1 ? 1 : left;
}

/* The transport frees the response once this returns: take it away. */
static void
on_done(void *arg, void *tag, const RsdHttpOutcome *outcome)
{
	CallLine   *line = arg;

	(void) tag;
	line->reply->fault = outcome->fault;
	line->reply->err = outcome->err;
	if (outcome->response == NULL)
		return;
	line->reply->response = *outcome->response;
	rsd_response_init(outcome->response, 0);
}

/* The transport enforces the limits, so this ends. */
static void
wait_for_end(CallLine *line)
{
	struct pollfd fd = {.fd = rsd_http_fd(line->http),.events = POLLIN};
	int64_t		ms;

	while (rsd_http_active(line->http) > 0)
	{
		rsd_http_pump(line->http, on_done, line);
		if (rsd_http_active(line->http) == 0)
			break;
		ms = rsd_http_timeout_ms(line->http);
		if (ms < 0 || ms > 1000)
			ms = 1000;
		(void) poll(&fd, 1, (int) ms);
	}
}

static const char *
variable(void *arg, const char *name)
{
	return rsd_env_get(arg, name);
}

/* The proxy to url, shown without user and password; NULL for none. */
static const char *
choose_proxy(const CallLine *line, const RsdUrl *url)
{
	const char *text = rsd_proxy_choose(line->proxy, url, variable,
										(void *) (uintptr_t) rsd_env_system());
	RsdProxy	proxy;

	if (text != NULL && rsd_proxy_parse(text, &proxy, NULL))
	{
		printf("  through proxy %s://%s:%d\n",
			   proxy.url.https ? "https" : "http", proxy.url.host,
			   proxy.url.port);
		rsd_wipe(&proxy, sizeof(proxy));
	}
	return text;
}

void
call_line_send(CallLine *line, RsdRequest *req, const RsdHttpLimits *limits,
			   bool direct, CallReply *reply)
{
	RsdHttpLimits own = *limits;

	if (own.total_ms == 0 || own.total_ms > call_line_left_ms(line))
		own.total_ms = call_line_left_ms(line);
	own.plain_http = !req->url.https;	/* as the user wrote it */
	own.proxy = direct ? NULL : choose_proxy(line, &req->url);
	memset(reply, 0, sizeof(*reply));
	rsd_response_init(&reply->response, 0);
	line->reply = reply;
	if (rsd_http_submit(line->http, req, reply, &own, &reply->err))
		wait_for_end(line);
	else
		reply->fault = RSD_NET_OTHER;
	rsd_request_free(req);
}
