/*
 * show.c
 *		Requests and replies for people.  Signatures, tokens and keys stay
 *		unseen: of a request only its line is shown.
 */
#include "line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/awserror.h"
#include "base/env.h"
#include "base/timefmt.h"

/* A service refuses signatures that are further off than this. */
#define MAX_SKEW_S (5 * 60)

/* Headers that help to find a call in the logs of others. */
static const char *const worth_seeing[] =
{
	"Date", "Content-Type", "x-amzn-RequestId", "x-amz-request-id",
	"x-amzn-ErrorType", "Retry-After", "Location", "Server", "Via"
};

/* What rsdata does about a class, see aws/awserror.h. */
static const struct
{
	const char *cls;
	const char *what;
}			meanings[] =
{
	{"throttle", "too many calls a second; it slows down and goes on"},
	{"capacity", "too many active statements or sessions; it waits and goes on"},
	{"waiters", "too many long polls; it asks without waiting"},
	{"no_long_poll", "the service does not know WaitTimeSeconds; it asks without"},
	{"transient", "may pass; it tries again"},
	{"auth", "keys, signature or permission are refused; look at the identity and its policies"},
	{"expired", "the keys have expired; it fetches new ones"},
	{"skew", "this machine's clock differs too much from the service's"},
	{"not_found", "no such statement, or its result is gone (24 hours)"},
	{"result_none", "the statement has no result, or none yet"},
	{"not_cancellable", "the statement has ended already"},
	{"session_gone", "the session has ended; a new one is opened"},
	{"session_busy", "the session is in use; it waits and goes on"},
	{"refused", "this request will never do"},
};

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

void
call_show_request(const char *name, const RsdRequest *req, const char *region)
{
	RsdBuf		authority;

	rsd_buf_init(&authority, 1024);
	rsd_url_authority(&req->url, &authority);
	printf("%s: %s %s://%s%s", name, req->method,
		   req->url.https ? "https" : "http", rsd_buf_str(&authority),
		   req->url.path);
	if (region != NULL)
		printf(", signed for %s", region);
	printf("\n");
	rsd_buf_free(&authority);
}

static const char *
meaning(const char *cls)
{
	size_t		i;

	for (i = 0; i < LENGTH(meanings); i++)
		if (strcmp(meanings[i].cls, cls) == 0)
			return meanings[i].what;
	return "see src/aws/awserror.h";
}

/* Is there a control character at i: of ASCII, or U+0080 to U+009F? */
static bool
is_control(RsdSlice text, size_t i)
{
	unsigned char c = (unsigned char) text.data[i];
	unsigned char next = i + 1 < text.len ? (unsigned char) text.data[i + 1] : 0;

	return (c < ' ' && c != '\n' && c != '\t') || c == 0x7F ||
		(c == 0xC2 && next >= 0x80 && next < 0xA0);
}

void
call_show_text(RsdSlice text)
{
	size_t		i;

	for (i = 0; i < text.len; i++)
		putchar(is_control(text, i) ? '.' : text.data[i]);
	if (text.len > 0 && text.data[text.len - 1] != '\n')
		putchar('\n');
}

static void
show_clock(const RsdHeaders *headers)
{
	const RsdEnv *env = rsd_env_system();
	const char *date = rsd_headers_get(headers, "Date");
	int64_t		theirs;
	int64_t		off;

	if (date == NULL || !rsd_time_parse_http(rsd_slice_str(date), &theirs))
		return;
	off = (env->wall_us(env->arg) - theirs) / 1000000;
	if (llabs(off) >= MAX_SKEW_S)
		printf("clock: this machine is %" PRId64 " seconds %s the service\n",
			   off < 0 ? -off : off, off < 0 ? "behind" : "ahead of");
}

static void
show_error(RsdOp op, const RsdResponse *response)
{
	RsdAwsError error;
	const char *cls;

	rsd_awserror_read(response, &error);
	cls = rsd_awserror_class_name(rsd_awserror_class(op, &error));
	printf("error: ");
	call_show_text(rsd_slice_str(error.code));
	if (error.message[0] != '\0')
	{
		printf("message: ");
		call_show_text(rsd_slice_str(error.message));
	}
	printf("class: %s (%s)\n", cls, meaning(cls));
}

bool
call_show_reply(RsdOp op, const CallReply *reply)
{
	const RsdResponse *response = &reply->response;
	bool		good = response->status >= 200 && response->status < 300;
	size_t		i;

	if (reply->fault != RSD_NET_NONE)
	{
		printf("no reply: %s\nfault: %s\n", reply->err.what,
			   rsd_net_fault_name(reply->fault));
		return false;
	}
	printf("HTTP %d\n", response->status);
	for (i = 0; i < LENGTH(worth_seeing); i++)
	{
		const char *value = rsd_headers_get(&response->headers,
											worth_seeing[i]);

		if (value != NULL)
		{
			printf("  %s: ", worth_seeing[i]);
			call_show_text(rsd_slice_str(value));
		}
	}
	call_show_text(rsd_buf_slice(&response->body));
	show_clock(&response->headers);
	if (!good)
		show_error(op, response);
	return good;
}
