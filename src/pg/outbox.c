/*
 * outbox.c
 *	  Publishing outcomes to Amazon SNS, at least once.
 *
 * A row stays "pending" until the service has taken the message or we have
 * tried for days; a crash after the publish and before the row is written
 * publishes again, with the same deduplication id on FIFO topics.  What is
 * due next is in the row too, so a worker need not stay for it.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/memutils.h"

#include "aws/awserror.h"
#include "aws/skew.h"
#include "aws/sns.h"
#include "base/env.h"
#include "pg/fault.h"
#include "pg/outbox_state.h"
#include "pg/store_post.h"
#include "pg/txn.h"

/* Publishes on the wire at the same time. */
#define MAX_IN_FLIGHT		16

/* Rows written in one transaction. */
#define MAX_WRITES			64

/* From the end of the statement: then we give up. */
#define TRY_FOR				(3 * USECS_PER_DAY)

/* Of what is in the way of a post, so many bytes are kept. */
#define ERROR_BYTES			1024

static void landed(void *arg, RsdFlight *flight);

RsdOutbox *
rsd_outbox_create(RsdHttp *http)
{
	RsdOutbox  *outbox = palloc0(sizeof(RsdOutbox));

	outbox->cx = CurrentMemoryContext;
	outbox->http = http;
	rsd_outbox_list(outbox);
	return outbox;
}

static bool
on_the_wire(const RsdPost *post)
{
	return post->attempt != NULL && post->attempt->flight.in_flight;
}

static void
set_error(RsdPost *post, const char *why)
{
	if (post->error != NULL)
		pfree(post->error);
	post->error = NULL;
	if (why[0] == '\0')
		return;
	post->error = MemoryContextAlloc(post->outbox->cx,
									 Min(strlen(why) + 1, ERROR_BYTES));
	strlcpy(post->error, why, ERROR_BYTES);
}

/* Back to what a wait needs. */
static void
end_attempt(RsdPost *post)
{
	set_error(post, "");
	if (post->attempt == NULL)
		return;
	rsd_flight_drop(post->outbox->http, &post->attempt->flight);
	pfree(post->attempt);
	post->attempt = NULL;
}

static void
forget(RsdPost *post)
{
	end_attempt(post);
	rsd_outbox_drop(post);
}

void
rsd_outbox_forget(RsdOutbox *outbox, int64 id)
{
	RsdPost    *post = rsd_outbox_find(outbox, id);

	if (post == NULL)
		return;
	outbox->in_flight -= on_the_wire(post);
	post->topic->in_flight -= on_the_wire(post);
	forget(post);
}

/* The row is to say what is in the way, and if that was the last word. */
static void
tell(RsdPost *post, const char *why, int64 now)
{
	set_error(post, why);
	post->told = true;
	post->dirty = true;
	post->given_up = now - post->since > TRY_FOR;
}

/* An attempt failed, because of this message alone. */
static void
fail_alone(RsdPost *post, const char *why, int64 now)
{
	post->due = rsd_topic_next_try(post->attempts, now);
	tell(post, why, now);
}

/* An attempt failed, as the next one to that topic would. */
static void
fail(RsdPost *post, const char *why, int64 now)
{
	rsd_topic_failed(post->topic, why, now);
	fail_alone(post, why, now);
}

/*
 * The door is closed.  What waits behind it says why, once, and is given up
 * in its time without having been tried.  True if there is something to say.
 */
static bool
hold(RsdPost *post, int64 now)
{
	if (post->topic->error[0] == '\0' ||
		(post->told && now - post->since <= TRY_FOR))
		return false;
	tell(post, post->topic->error, now);
	return true;
}

/* What stood in the way, clock or keys, may be better next time. */
static void
mend_refusal(RsdPost *post, const RsdAwsError *error, int64 now)
{
	RsdRoute   *route = post->route;
	bool		unknown = strcmp(error->code, "InvalidClientTokenId") == 0;

	if (rsd_skew_learn(error, &post->attempt->flight.response, now,
					   &route->sns_skew))
	{
		post->due = now;
		rsd_topic_mended(post->topic);
	}
	else if (route->source != NULL &&
			 (unknown || strncmp(error->code, "ExpiredToken",
								 strlen("ExpiredToken")) == 0))
		(void) rsd_cred_source_reject(route->source,
									  post->attempt->signed_with, unknown,
									  now);
}

/* The service's words, and what can be done about it. */
static void
refused(RsdPost *post, int64 now)
{
	RsdAwsError aws;
	const char *hint;
	char		why[ERROR_BYTES];

	rsd_awserror_read(&post->attempt->flight.response, &aws);
	hint = rsd_sns_hint(aws.code);
	rsd_clip(why, 600, aws.message, strlen(aws.message));
	strlcpy(why, psprintf("%s: %s%s%s", aws.code, pstrdup(why),
						  hint != NULL ? " HINT: " : "",
						  hint != NULL ? hint : ""), sizeof(why));
	if (rsd_sns_blames_message(aws.code))
		fail_alone(post, why, now);
	else
		fail(post, why, now);
	mend_refusal(post, &aws, now);
}

static void
landed(void *arg, RsdFlight *flight)
{
	RsdPost    *post = arg;
	RsdError	err;

	post->outbox->in_flight--;
	post->topic->in_flight--;
	if (flight->fault != RSD_NET_NONE)
		fail(post, flight->err.what, rsd_env_wall_us());
	else if (flight->response.status < 200 || flight->response.status > 299)
		refused(post, rsd_env_wall_us());
	else if (!rsd_sns_read(rsd_buf_slice(&flight->response.body),
						   post->attempt->message_id,
						   sizeof(post->attempt->message_id), &err))
		fail(post, err.what, rsd_env_wall_us());
	else
	{
		rsd_topic_worked(post->topic);
		set_error(post, "");
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
		.group_id = fifo ? letter->server : NULL,
		.dedup_id = fifo ? letter->occasion : NULL,
	};

	if (keys == NULL)
		return rsd_error_set(err, RSD_ERR_SERVICE, "%s",
							 problem_of(route, now));
	post->attempt->signed_with = rsd_cred_source_generation(route->source);
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
begin_attempt(RsdPost *post)
{
	Assert(post->attempt == NULL);
	post->attempt = MemoryContextAllocZero(post->outbox->cx,
										   sizeof(RsdAttempt));
	post->attempt->flight.landed = landed;
	post->attempt->flight.arg = post;
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
	begin_attempt(post);
	if (!compose(post, letter, now, &req, &err))
	{
		fail(post, err.what, now);
		return;
	}
	rsd_fault("before-publish");
	if (rsd_flight_launch(post->outbox->http, &post->attempt->flight, &req,
						  &limits, &err))
	{
		post->outbox->in_flight++;
		post->topic->in_flight++;
	}
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
	return !post->dirty && !on_the_wire(post) && post->due <= now;
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
		r->found[i] = rsd_store_letter(post->id, post->route->sns_error_text,
									   r->cx, &r->letters[i]);
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

/*
 * Chooses what may go now.  A chosen post takes up a place at its topic, so
 * that the next one sees it.
 */
static void
choose(Reading *r)
{
	dlist_iter	iter;
	int			held = 0;

	dlist_foreach(iter, &r->outbox->posts)
	{
		RsdPost    *post = dlist_container(RsdPost, node, iter.cur);

		if (!is_due(post, r->now))
			continue;
		if (rsd_topic_due(post->topic, post->since) > r->now)
		{
			/*
			 * no more than can be written at once; the others with a next
			 * turn
			 */
			if (held < MAX_WRITES)
				held += hold(post, r->now);
		}
		else if (r->outbox->in_flight + r->n < MAX_IN_FLIGHT)
		{
			post->topic->in_flight++;
			r->posts[r->n++] = post;
		}
	}
	for (int i = 0; i < r->n; i++)
		r->posts[i]->topic->in_flight--;
}

/* False if the letters could not be read. */
static bool
read_and_send(Reading *r)
{
	ErrorData  *error = rsd_txn_run(read_letters, r);
	bool		alone;

	if (error == NULL)
	{
		send_letters(r);
		return true;
	}
	/* Words that have no form in UTF-8, and nobody else's? */
	alone = r->n == 1 &&
		ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_DATA_EXCEPTION;
	if (alone)
	{
		r->posts[0]->attempts++;
		fail_alone(r->posts[0], error->message, r->now);
	}
	FreeErrorData(error);
	return alone;
}

static bool
send_one_by_one(const Reading *all)
{
	bool		good = true;

	for (int i = 0; i < all->n && good; i++)
	{
		Reading		one = *all;

		one.n = 1;
		one.posts[0] = all->posts[i];
		good = read_and_send(&one);
	}
	return good;
}

void
rsd_outbox_send(RsdOutbox *outbox, RsdRoutes *routes, int64 now)
{
	Reading		r = {.outbox = outbox, .routes = routes, .now = now};

	if (now < outbox->not_before)
		return;
	if (rsd_outbox_wants(outbox) && !rsd_outbox_fill(outbox))
	{
		outbox->not_before = now + USECS_PER_SEC;
		return;
	}
	choose(&r);
	if (r.n == 0)
		return;
	r.cx = AllocSetContextCreate(outbox->cx, "rsdata letters",
								 ALLOCSET_DEFAULT_SIZES);
	if (!read_and_send(&r) && !send_one_by_one(&r))
		outbox->not_before = now + USECS_PER_SEC;
	MemoryContextDelete(r.cx);
}

/* What one transaction writes. */
typedef struct Writing
{
	RsdOutbox  *outbox;
	int64		now;
	int			n;
	RsdPost    *posts[MAX_WRITES];
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

	for (int i = 0; i < w->n; i++)
	{
		RsdPost    *post = w->posts[i];

		if (rsd_store_posted(post) == RSD_WRITE_HELD)
			post->write_after = w->now + USECS_PER_SEC;
	}
}

static void
collect_writes(Writing *w)
{
	dlist_iter	iter;

	dlist_foreach(iter, &w->outbox->posts)
	{
		RsdPost    *post = dlist_container(RsdPost, node, iter.cur);

		if (w->n < MAX_WRITES && may_write(post, w->now))
			w->posts[w->n++] = post;
	}
}

void
rsd_outbox_record(RsdOutbox *outbox, int64 now)
{
	Writing		w = {.outbox = outbox, .now = now};
	ErrorData  *error;

	collect_writes(&w);
	if (w.n == 0 || now < outbox->not_before)
		return;
	rsd_fault("before-published");
	error = rsd_txn_run(write_posts, &w);
	if (error != NULL)
	{
		outbox->not_before = now + USECS_PER_SEC;
		FreeErrorData(error);
		return;
	}
	for (int i = 0; i < w.n; i++)
	{
		RsdPost    *post = w.posts[i];

		if (!may_write(post, now))
			continue;			/* somebody holds its row */
		post->dirty = false;
		end_attempt(post);
		if (post->published || post->given_up)
			forget(post);
	}
	rsd_fault("after-published");
}

/* When a post next wants something; PG_INT64_MAX = when another has landed. */
static int64
post_due(const RsdPost *post)
{
	if (post->dirty)
		return post->write_after;
	if (on_the_wire(post) ||
		post->outbox->in_flight >= MAX_IN_FLIGHT)
		return PG_INT64_MAX;
	return Max(post->due, rsd_topic_due(post->topic, post->since));
}

int64
rsd_outbox_due(RsdOutbox *outbox)
{
	int64		due = PG_INT64_MAX;
	dlist_iter	iter;

	dlist_foreach(iter, &outbox->posts)
	{
		RsdPost    *post = dlist_container(RsdPost, node, iter.cur);

		due = Min(due, post_due(post));
	}
	if (rsd_outbox_wants(outbox))
		due = 0;
	if (due == PG_INT64_MAX)
		return 0;
	return Max(Max(due, outbox->not_before), 1);
}

int
rsd_outbox_in_flight(const RsdOutbox *outbox)
{
	return outbox->in_flight;
}
