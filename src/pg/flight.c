/*
 * flight.c
 *	  Requests of the worker between launch and landing.
 */
#include "postgres.h"

#include "base/env.h"
#include "net/proxy.h"
#include "pg/flight.h"

static const char *
variable(void *arg, const char *name)
{
	return rsd_env_get(arg, name);
}

const char *
rsd_flight_proxy(const char *option, const RsdUrl *url)
{
	return rsd_proxy_choose(option, url, variable,
							unconstify(RsdEnv *, rsd_env_system()));
}

bool
rsd_flight_launch(RsdHttp *http, RsdFlight *flight, RsdRequest *req,
				  const RsdHttpLimits *limits, RsdError *err)
{
	RsdHttpLimits own = *limits;

	Assert(!flight->in_flight);

	/* Only a superuser can have written a URL that is not https. */
	own.plain_http = !req->url.https;
	own.proxy = rsd_flight_proxy(limits->proxy, &req->url);
	own.no_proxy = NULL;		/* heeded there */
	flight->sent_at = rsd_env_mono_us();
	flight->in_flight = rsd_http_submit(http, req, flight, &own, err);
	return flight->in_flight;
}

/* Runs inside the transport's pump: keeps the outcome, throws nothing. */
static void
keep_outcome(void *arg, void *tag, const RsdHttpOutcome *outcome)
{
	slist_head *ended = arg;
	RsdFlight  *flight = tag;

	flight->in_flight = false;
	flight->took = rsd_env_mono_us() - flight->sent_at;
	flight->fault = outcome->fault;
	flight->surely_not_sent = outcome->surely_not_sent;
	flight->err = outcome->err;
	rsd_response_free(&flight->response);
	if (outcome->response != NULL)
	{
		flight->response = *outcome->response;
		rsd_response_init(outcome->response, 0);
	}
	slist_push_head(ended, &flight->node);
}

int
rsd_flight_pump(RsdHttp *http)
{
	slist_head	ended;
	int			n = 0;

	slist_init(&ended);
	rsd_http_pump(http, keep_outcome, &ended);
	while (!slist_is_empty(&ended))
	{
		RsdFlight  *flight = slist_container(RsdFlight, node,
											 slist_pop_head_node(&ended));

		flight->landed(flight->arg, flight);
		rsd_response_free(&flight->response);
		n++;
	}
	return n;
}

void
rsd_flight_drop(RsdHttp *http, RsdFlight *flight)
{
	if (flight->in_flight)
		rsd_http_cancel(http, flight);
	flight->in_flight = false;
	rsd_response_free(&flight->response);
}
