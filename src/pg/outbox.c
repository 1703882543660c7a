/*
 * outbox.c
 *	  Publishing outcomes to Amazon SNS, at least once.
 *
 * A row stays "pending" until the service has taken the message or we have
 * tried for days; a crash after the publish and before the row is written
 * publishes again, with the same deduplication id on FIFO topics.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/memutils.h"

#include "aws/awserror.h"
#include "aws/skew.h"
#include "aws/sns.h"
#include "base/env.h"
#include "base/retry.h"
#include "pg/fault.h"
#include "pg/outbox.h"
#include "pg/store_post.h"
#include "pg/txn.h"

/* Publishes on the wire at the same time. */
#define MAX_IN_FLIGHT		16

/* Delays between attempts, milliseconds; then about three days of trying. */
#define RETRY_BASE_MS		1000
#define RETRY_CAP_MS		(15 * 60 * 1000)
#define MAX_ATTEMPTS		300

/* FIFO topics keep order within a group; ours is one. */
#define GROUP_ID			"rsdata"

struct RsdOutbox
{
	MemoryContext cx;
	RsdHttp    *http;
	dlist_head	posts;			/* of RsdPost */
	int			in_flight;
	int64		not_before;		/* after a failed write of ours */
};

static void landed(void *arg, RsdFlight *flight);

RsdOutbox *
rsd_outbox_create(RsdHttp *http)
{
	RsdOutbox  *outbox = palloc0(sizeof(RsdOutbox));

	outbox->cx = CurrentMemoryContext;
	outbox->http = http;
	dlist_init(&outbox->posts);
	return outbox;
}

void
rsd_outbox_add(RsdOutbox *outbox, int64 id, Oid server, Oid owner,
			   int attempts, int64 due)
{
	RsdPost    *post = MemoryContextAllocZero(outbox->cx, sizeof(RsdPost));

	post->id = id;
	post->server = server;
	post->owner = owner;
	post->attempts = attempts;
	post->due = due;
	post->outbox = outbox;
	post->flight.landed = landed;
	post->flight.arg = post;
	dlist_push_tail(&outbox->posts, &post->node);
}

static void
forget(RsdPost *post)
{
	rsd_flight_drop(post->outbox->http, &post->flight);
	dlist_delete(&post->node);
	pfree(post);
}

void
rsd_outbox_forget(RsdOutbox *outbox, int64 id)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &outbox->posts)
	{
		RsdPost    *post = dlist_container(RsdPost, node, iter.cur);

		if (post->id != id)
			continue;
		outbox->in_flight -= post->flight.in_flight;
		forget(post);
	}
}

/* An attempt failed; the row will say why. */
static void
fail(RsdPost *post, const char *why, int64 now)
{
	strlcpy(post->error, why, sizeof(post->error));
	post->dirty = true;
	if (post->attempts >= MAX_ATTEMPTS)
		post->given_up = true;
	else
		post->due = now + rsd_backoff_delay(rsd_env_system(), post->attempts,
											RETRY_BASE_MS,
											RETRY_CAP_MS) * INT64CONST(1000);
}

static int64
wall(void)
{
	const RsdEnv *env = rsd_env_system();

	return env->wall_us(env->arg);
}

/* What stood in the way, clock or keys, may be better next time. */
static void
mend_refusal(RsdPost *post, const RsdAwsError *error, int64 now)
{
	RsdRoute   *route = post->route;
	bool		unknown = strcmp(error->code, "InvalidClientTokenId") == 0;

	if (rsd_skew_learn(error, &post->flight.response, now, &route->sns_skew))
		post->due = now;
	else if (route->source != NULL &&
			 (unknown || strncmp(error->code, "ExpiredToken",
								 strlen("ExpiredToken")) == 0))
		(void) rsd_cred_source_reject(route->source, post->signed_with,
									  unknown, now);
}

static void
landed(void *arg, RsdFlight *flight)
{
	RsdPost    *post = arg;
	RsdAwsError aws;
	RsdError	err;
	char		why[512];

	post->outbox->in_flight--;
	if (flight->fault != RSD_NET_NONE)
		fail(post, flight->err.what, wall());
	else if (flight->response.status < 200 || flight->response.status > 299)
	{
		rsd_awserror_read(&flight->response, &aws);
		snprintf(why, sizeof(why), "%s: %.400s", aws.code, aws.message);
		fail(post, why, wall());
		mend_refusal(post, &aws, wall());
	}
	else if (!rsd_sns_read(rsd_buf_slice(&flight->response.body),
						   post->message_id, sizeof(post->message_id), &err))
		fail(post, err.what, wall());
	else
	{
		post->error[0] = '\0';
		post->published = true;
		post->dirty = true;
	}
}

static const char *
problem_of(const RsdRoute *route, int64 now)
{
	const char *problem = rsd_cred_source_problem(route->source, now);

	return problem != NULL ? problem : "credentials are being fetched";
}

/* Makes the signed request of a letter. */
static bool
compose(RsdPost *post, const RsdLetter *letter, int64 now, RsdRequest *req,
		RsdError *err)
{
	RsdRoute   *route = post->route;
	const RsdCredentials *keys = rsd_cred_source_keys(route->source, now);
	RsdEndpoint endpoint;
	char		region[64];
	bool		fifo = rsd_sns_arn_fifo(letter->topic);
	RsdSnsAttribute attributes[] = {
		{"status", letter->status},
		{"label", letter->label},
		{"server", letter->server},
	};
	RsdPublishCall call = {
		.topic_arn = letter->topic,
		.subject = letter->subject,
		.message = letter->message,
		.attributes = attributes,
		.nattributes = lengthof(attributes),
		.group_id = fifo ? GROUP_ID : NULL,
		.dedup_id = fifo ? letter->token : NULL,
	};

	if (keys == NULL)
		return rsd_error_set(err, RSD_ERR_SERVICE, "%s",
							 problem_of(route, now));
	post->signed_with = rsd_cred_source_generation(route->source);
	if (!rsd_sns_arn_region(letter->topic, region))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "\"%s\" is not the ARN of an SNS topic",
							 letter->topic);
	if (!rsd_endpoint_plan_resolve(&route->plan, RSD_SERVICE_SNS, region,
								   &endpoint, err) ||
		!rsd_sns_publish(&call, &endpoint, req, err))
		return false;
	if (rsd_sigv4_sign(req, keys, endpoint.region, endpoint.service,
					   now + route->sns_skew, &route->sns_key, err))
		return true;
	rsd_request_free(req);
	return false;
}

static void
send_one(RsdPost *post, const RsdLetter *letter, int64 now)
{
	RsdHttpLimits limits = {
		.connect_ms = 10000,
		.first_byte_ms = 30000,
		.stall_ms = 10000,
		.total_ms = 60000,
		.max_body = 256 * 1024,
		.proxy = post->route->proxy,
	};
	RsdRequest	req;
	RsdError	err;

	post->attempts++;
	if (!compose(post, letter, now, &req, &err))
	{
		fail(post, err.what, now);
		return;
	}
	rsd_fault("before-publish");
	if (rsd_flight_launch(post->outbox->http, &post->flight, &req, &limits,
						  &err))
		post->outbox->in_flight++;
	else
		fail(post, err.what, now);
	rsd_request_free(&req);
}

/* What one transaction reads for the posts that are due. */
typedef struct Reading
{
	RsdOutbox  *outbox;
	RsdRoutes  *routes;
	MemoryContext cx;
	int64		now;
	int			n;
	RsdPost    *posts[MAX_IN_FLIGHT];
	RsdLetter	letters[MAX_IN_FLIGHT];
	bool		found[MAX_IN_FLIGHT];
} Reading;

static bool
is_due(const RsdPost *post, int64 now)
{
	return !post->dirty && !post->flight.in_flight && post->due <= now;
}

static void
read_letters(void *arg)
{
	Reading    *r = arg;

	rsd_routes_refresh(r->routes);
	for (int i = 0; i < r->n; i++)
	{
		RsdPost    *post = r->posts[i];

		post->route = rsd_routes_get(r->routes, post->server, post->owner);
		r->found[i] = rsd_store_letter(post->id, r->cx, &r->letters[i]);
	}
}

static void
send_letters(Reading *r)
{
	for (int i = 0; i < r->n; i++)
	{
		RsdPost    *post = r->posts[i];

		if (!r->found[i])
			forget(post);
		else if (post->route->source != NULL &&
				 post->route->state != RSD_ROUTE_DENIED)
			send_one(post, &r->letters[i], r->now);
		else
		{
			post->attempts++;
			fail(post, post->route->problem, r->now);
		}
	}
}

void
rsd_outbox_send(RsdOutbox *outbox, RsdRoutes *routes, int64 now)
{
	Reading		r = {.outbox = outbox, .routes = routes, .now = now};
	dlist_iter	iter;
	ErrorData  *error;

	if (now < outbox->not_before)
		return;
	dlist_foreach(iter, &outbox->posts)
	{
		RsdPost    *post = dlist_container(RsdPost, node, iter.cur);

		if (outbox->in_flight + r.n >= MAX_IN_FLIGHT)
			break;
		if (is_due(post, now))
			r.posts[r.n++] = post;
	}
	if (r.n == 0)
		return;
	r.cx = AllocSetContextCreate(outbox->cx, "rsdata letters",
								 ALLOCSET_DEFAULT_SIZES);
	error = rsd_txn_run(read_letters, &r);
	if (error == NULL)
		send_letters(&r);
	else
	{
		outbox->not_before = now + USECS_PER_SEC;
		FreeErrorData(error);
	}
	MemoryContextDelete(r.cx);
}

/* What one transaction writes. */
typedef struct Writing
{
	RsdOutbox  *outbox;
	int64		now;
} Writing;

static bool
may_write(const RsdPost *post, int64 now)
{
	return post->dirty && post->write_after <= now;
}

static void
write_posts(void *arg)
{
	Writing    *w = arg;
	dlist_iter	iter;

	dlist_foreach(iter, &w->outbox->posts)
	{
		RsdPost    *post = dlist_container(RsdPost, node, iter.cur);

		if (may_write(post, w->now) &&
			rsd_store_posted(post) == RSD_WRITE_HELD)
			post->write_after = w->now + USECS_PER_SEC;
	}
}

void
rsd_outbox_record(RsdOutbox *outbox, int64 now)
{
	Writing		w = {.outbox = outbox, .now = now};
	dlist_mutable_iter iter;
	bool		any = false;
	ErrorData  *error;

	dlist_foreach_modify(iter, &outbox->posts)
		any |= may_write(dlist_container(RsdPost, node, iter.cur), now);
	if (!any || now < outbox->not_before)
		return;
	rsd_fault("before-published");
	error = rsd_txn_run(write_posts, &w);
	if (error != NULL)
	{
		outbox->not_before = now + USECS_PER_SEC;
		FreeErrorData(error);
		return;
	}
	dlist_foreach_modify(iter, &outbox->posts)
	{
		RsdPost    *post = dlist_container(RsdPost, node, iter.cur);

		if (!may_write(post, now))
			continue;
		post->dirty = false;
		if (post->published || post->given_up)
			forget(post);
	}
	rsd_fault("after-published");
}

int64
rsd_outbox_due(RsdOutbox *outbox)
{
	int64		due = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &outbox->posts)
	{
		RsdPost    *post = dlist_container(RsdPost, node, iter.cur);
		int64		at = post->dirty ? Max(post->write_after, 1) : post->due;

		if (post->flight.in_flight ||
			(!post->dirty && outbox->in_flight >= MAX_IN_FLIGHT))
			continue;
		at = Max(at, outbox->not_before);
		if (due == 0 || at < due)
			due = at;
	}
	return due;
}

int
rsd_outbox_in_flight(const RsdOutbox *outbox)
{
	return outbox->in_flight;
}
