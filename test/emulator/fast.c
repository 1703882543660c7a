/*
 * fast.c
 *		One thread, one epoll, HTTP/1.1 as our callers speak it: a head with
 *		Content-Length, a body, and the same back, again and again on one
 *		connection. Sends each reply when it is due. Knows no operation and
 *		checks no signature.
 */
#include "fast.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "listen.h"

#define TARGET_PREFIX "RedshiftData."
#define READ_BYTES (64 * 1024)
#define REQUEST_BYTES_MAX (8 * 1024 * 1024)
#define EVENTS 64
#define PIECES 4

typedef struct Caller
{
	struct Caller *next;
	struct Caller *previous;
	int			fd;
	EmuText		in;				/* received and not answered */
	EmuReply	reply;			/* its texts are used again and again */
	EmuText		head;
	struct iovec out[PIECES];
	int			sent;			/* pieces that are gone */
	int64_t		due_us;			/* ticks; 0: no reply waits */
	bool		sending;
	bool		watched;		/* for room to write */
} Caller;

struct EmuFast
{
	EmuCanned  *canned;
	EmuRates   *rates;
	pthread_t	thread;
	int			listener;
	int			stop;
	int			timer;
	int			epoll;
	Caller	   *first;
	int64_t		armed_us;		/* when the timer ends; 0: never */
	unsigned long requests;
	time_t		dated;			/* second that date tells */
	char		date[64];
	char		url[EMU_LISTEN_URL_SIZE];
};

static bool read_requests(EmuFast *fast, Caller *caller);

/* ---- callers ---- */

static void
watch(EmuFast *fast, int fd, void *who, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = who};

	epoll_ctl(fast->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void
accept_caller(EmuFast *fast)
{
	int			one = 1;
	int			fd = accept4(fast->listener, NULL, NULL, SOCK_CLOEXEC);
	Caller	   *caller;

	if (fd < 0)
		return;
	caller = emu_alloc(sizeof(*caller));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	caller->fd = fd;
	caller->next = fast->first;
	if (caller->next != NULL)
		caller->next->previous = caller;
	fast->first = caller;
	watch(fast, fd, caller, EPOLLIN);
}

static void
drop(EmuFast *fast, Caller *caller)
{
	close(caller->fd);
	if (caller->next != NULL)
		caller->next->previous = caller->previous;
	if (caller->previous != NULL)
		caller->previous->next = caller->next;
	else
		fast->first = caller->next;
	emu_text_free(&caller->in);
	emu_text_free(&caller->reply.body);
	emu_text_free(&caller->reply.tail);
	emu_text_free(&caller->head);
	free(caller);
}

/* ---- sending ---- */

static void
watch_room(EmuFast *fast, Caller *caller, bool wanted)
{
	struct epoll_event event = {
		.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = caller
	};

	if (caller->watched == wanted)
		return;
	caller->watched = wanted;
	epoll_ctl(fast->epoll, EPOLL_CTL_MOD, caller->fd, &event);
}

/* Send as much as there is room for; false when the caller is gone. */
static bool
send_some(EmuFast *fast, Caller *caller)
{
	while (caller->sent < PIECES)
	{
		struct msghdr message = {
			.msg_iov = &caller->out[caller->sent],
			.msg_iovlen = (size_t) (PIECES - caller->sent)
		};
		ssize_t		n = sendmsg(caller->fd, &message,
								MSG_NOSIGNAL | MSG_DONTWAIT);

		watch_room(fast, caller, n < 0);
		if (n < 0)
			return true;		/* what is wrong is heard from epoll */
		while (caller->sent < PIECES &&
			   (size_t) n >= caller->out[caller->sent].iov_len)
			n -= (ssize_t) caller->out[caller->sent++].iov_len;
		if (n > 0)
		{
			struct iovec *piece = &caller->out[caller->sent];

			piece->iov_base = (char *) piece->iov_base + n;
			piece->iov_len -= (size_t) n;
		}
	}
	caller->sending = false;
	return read_requests(fast, caller);
}

static const char *
date_of_now(EmuFast *fast)
{
	time_t		now = time(NULL);
	struct tm	parts;

	if (now != fast->dated)
	{
		gmtime_r(&now, &parts);
		strftime(fast->date, sizeof(fast->date),
				 "%a, %d %b %Y %H:%M:%S GMT", &parts);
		fast->dated = now;
	}
	return fast->date;
}

static void
add_piece(Caller *caller, int at, const EmuText *text)
{
	caller->out[at].iov_base = text != NULL ? text->data : NULL;
	caller->out[at].iov_len = text != NULL ? text->len : 0;
}

static bool
send_reply(EmuFast *fast, Caller *caller)
{
	EmuReply   *reply = &caller->reply;
	size_t		shared = reply->shared != NULL ? reply->shared->len : 0;
	char		line[512];
	int			len = snprintf(line, sizeof(line), "HTTP/1.1 %d %s\r\n"
							   "Content-Type: %s\r\n"
							   "x-amzn-RequestId: %08lx-0000-4000-8000-"
							   "000000000000\r\n%s%s%sDate: %s\r\n"
							   "Content-Length: %zu\r\n\r\n", reply->status,
							   reply->status == 200 ? "OK" : "Bad Request",
							   reply->content_type, ++fast->requests,
							   *reply->error_type ? "x-amzn-ErrorType: " : "",
							   reply->error_type,
							   *reply->error_type ? "\r\n" : "",
							   date_of_now(fast),
							   reply->body.len + shared + reply->tail.len);

	caller->head.len = 0;
	emu_text_add(&caller->head, line, (size_t) len);
	add_piece(caller, 0, &caller->head);
	add_piece(caller, 1, &reply->body);
	add_piece(caller, 2, reply->shared);
	add_piece(caller, 3, &reply->tail);
	caller->due_us = 0;
	caller->sent = 0;
	caller->sending = true;
	return send_some(fast, caller);
}

/* ---- receiving ---- */

/* The value of a header, up to its line's end; NULL without. */
static const char *
find_header(const char *head, const char *name, size_t *len)
{
	size_t		name_len = strlen(name);
	const char *line = strstr(head, "\r\n");

	for (; line != NULL; line = strstr(line, "\r\n"))
	{
		line += 2;
		if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
			continue;
		line += name_len + 1;
		line += strspn(line, " \t");
		*len = strcspn(line, "\r");
		return line;
	}
	return NULL;
}

static void
answer(EmuFast *fast, Caller *caller, const char *head, const char *body,
	   size_t body_len)
{
	size_t		prefix = strlen(TARGET_PREFIX);
	size_t		len = 0;
	const char *target = find_header(head, "x-amz-target", &len);
	json_t	   *input = json_loadb(body, body_len, JSON_ALLOW_NUL, NULL);
	EmuReply   *reply = &caller->reply;
	char		op[64] = "";
	int64_t		delay_us = 0;

	if (target != NULL && len > prefix && len - prefix < sizeof(op))
		memcpy(op, target + prefix, len - prefix);
	reply->body.len = reply->tail.len = 0;
	reply->shared = NULL;
	*reply->error_type = '\0';
	if (!json_is_object(input) || !emu_canned_answers(fast->canned, op))
		emu_reply_front_error(reply, 400, "UnknownOperationException",
							  "There is no canned reply.");
	else if (!emu_rates_pass(fast->rates, op))
		emu_reply_front_error(reply, 400, "ThrottlingException",
							  "Rate exceeded");
	else
		delay_us = emu_canned_answer(fast->canned, op, input, reply);
	json_decref(input);
	caller->due_us = emu_ticks_us() + (delay_us > 0 ? delay_us : 0);
}

/* Take the first request that is there in full: its length, or 0. */
static size_t
take_request(EmuFast *fast, Caller *caller)
{
	char	   *end = caller->in.len == 0 ? NULL :
		strstr(caller->in.data, "\r\n\r\n");
	size_t		head_len;
	size_t		body_len = 0;
	const char *value;
	size_t		len;

	if (end == NULL)
		return 0;
	head_len = (size_t) (end - caller->in.data) + 4;
	*end = '\0';
	value = find_header(caller->in.data, "content-length", &len);
	if (value != NULL)
		body_len = strtoul(value, NULL, 10);
	if (body_len <= caller->in.len - head_len)
		answer(fast, caller, caller->in.data, caller->in.data + head_len,
			   body_len);
	*end = '\r';
	return caller->due_us != 0 ? head_len + body_len : 0;
}

/* Answer what was received, one after the other; false: the caller is gone. */
static bool
read_requests(EmuFast *fast, Caller *caller)
{
	size_t		taken;

	if (caller->sending || caller->due_us != 0 ||
		(taken = take_request(fast, caller)) == 0)
		return caller->in.len <= REQUEST_BYTES_MAX;
	caller->in.len -= taken;
	memmove(caller->in.data, caller->in.data + taken, caller->in.len);
	caller->in.data[caller->in.len] = '\0';
	if (caller->due_us > emu_ticks_us())
		return true;
	return send_reply(fast, caller);
}

static bool
receive(EmuFast *fast, Caller *caller)
{
	char		buffer[READ_BYTES];
	ssize_t		n = recv(caller->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (n <= 0)
		return false;
	emu_text_add(&caller->in, buffer, (size_t) n);
	return read_requests(fast, caller);
}

/* ---- the loop ---- */

/* Send what is due, and wake for what will be. */
static void
send_due(EmuFast *fast)
{
	int64_t		next = 0;
	int64_t		now = emu_ticks_us();
	struct itimerspec when = {.it_value = {0, 0}};

	for (Caller *caller = fast->first, *after; caller != NULL; caller = after)
	{
		after = caller->next;
		if (caller->due_us == 0)
			continue;
		if (caller->due_us <= now && !send_reply(fast, caller))
			drop(fast, caller);
		else if (caller->due_us != 0 && (next == 0 || caller->due_us < next))
			next = caller->due_us;
	}
	if (next == fast->armed_us)
		return;
	fast->armed_us = next;
	when.it_value.tv_sec = (time_t) (next / 1000000);
	when.it_value.tv_nsec = (long) (next % 1000000) * 1000;
	timerfd_settime(fast->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
serve(EmuFast *fast, Caller *caller, uint32_t events)
{
	bool		good = true;

	if (events & EPOLLOUT)
		good = send_some(fast, caller);
	if (good && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		good = receive(fast, caller);
	if (!good)
		drop(fast, caller);
}

static void *
run(void *arg)
{
	EmuFast    *fast = arg;
	struct epoll_event events[EVENTS];
	uint64_t	count;

	for (;;)
	{
		int			n = epoll_wait(fast->epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
		{
			if (events[i].data.ptr == &fast->stop)
				return NULL;
			else if (events[i].data.ptr == &fast->listener)
				accept_caller(fast);
			else if (events[i].data.ptr == &fast->timer)
			{
				if (read(fast->timer, &count, sizeof(count)) > 0)
					fast->armed_us = 0;
			}
			else
				serve(fast, events[i].data.ptr, events[i].events);
		}
		send_due(fast);
	}
}

EmuFast *
emu_fast_start(EmuCanned *canned, EmuRates *rates, const char *address)
{
	EmuFast    *fast = emu_alloc(sizeof(*fast));

	fast->canned = canned;
	fast->rates = rates;
	fast->listener = emu_listen_on(address);
	if (fast->listener < 0)
	{
		free(fast);
		return NULL;
	}
	emu_listen_url(fast->listener, fast->url);
	fast->stop = eventfd(0, EFD_CLOEXEC);
	fast->timer = timerfd_create(CLOCK_MONOTONIC,
								 TFD_CLOEXEC | TFD_NONBLOCK);
	fast->epoll = epoll_create1(EPOLL_CLOEXEC);
	watch(fast, fast->listener, &fast->listener, EPOLLIN);
	watch(fast, fast->stop, &fast->stop, EPOLLIN);
	watch(fast, fast->timer, &fast->timer, EPOLLIN);
	if (pthread_create(&fast->thread, NULL, run, fast) != 0)
		abort();
	return fast;
}

const char *
emu_fast_url(const EmuFast *fast)
{
	return fast->url;
}

void
emu_fast_stop(EmuFast *fast)
{
	uint64_t	one = 1;

	if (write(fast->stop, &one, sizeof(one)) < 0)
		abort();
	pthread_join(fast->thread, NULL);
	while (fast->first != NULL)
		drop(fast, fast->first);
	close(fast->epoll);
	close(fast->timer);
	close(fast->stop);
	close(fast->listener);
	free(fast);
}
