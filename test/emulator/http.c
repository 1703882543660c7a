/*
 * http.c
 *		Reads requests and sends replies with libmicrohttpd, one thread per
 *		connection: a parked long poll costs a sleeping thread and nothing
 *		else. Cuts, resets and dribbles replies when a reply asks for it.
 *		Decides nothing about their contents.
 */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>
#include <zlib.h>

#include "listen.h"
#include "peer.h"
#include "router.h"

#define BODY_BYTES_MAX (8 * 1024 * 1024)
#define CONNECTIONS_MAX 4000
#define IDLE_SECONDS 120
#define THREAD_STACK (512 * 1024)
#define GZIP_WINDOW (15 + 16)	/* zlib: the largest, with gzip's header */
#define SLOW_PIECES 20

struct EmuHttp
{
	struct MHD_Daemon *daemon;
	EmuWorld   *world;
	char		url[EMU_LISTEN_URL_SIZE];
};

/* What a body callback sends; owned by the response. */
typedef struct Stream
{
	EmuText		body;
	size_t		size;			/* promised */
	size_t		available;		/* after this the connection is cut */
	size_t		piece;			/* at most so much at once; 0: any */
	long		pause_ms;		/* before each piece */
} Stream;

static enum MHD_Result
collect_header(void *arg, enum MHD_ValueKind kind, const char *name,
			   const char *value)
{
	EmuCall    *call = arg;

	(void) kind;
	call->headers = realloc(call->headers,
							sizeof(*call->headers) * (call->nheaders + 1));
	if (call->headers == NULL)
		abort();
	call->headers[call->nheaders].name = name;
	call->headers[call->nheaders].value = value != NULL ? value : "";
	call->nheaders++;
	return MHD_YES;
}

/* The raw request target, before the library decodes it. */
static void *
begin_call(void *arg, const char *uri, struct MHD_Connection *connection)
{
	EmuCall    *call = emu_alloc(sizeof(*call));

	(void) arg;
	(void) connection;
	call->uri = emu_strdup(uri);
	return call;
}

static void
end_call(void *arg, struct MHD_Connection *connection, void **context,
		 enum MHD_RequestTerminationCode code)
{
	EmuCall    *call = *context;

	(void) arg;
	(void) connection;
	(void) code;
	*context = NULL;
	if (call == NULL)
		return;
	free(call->uri);
	free(call->method);
	free(call->headers);
	emu_text_free(&call->body);
	free(call);
}

static void
pause_for(long ms)
{
	struct timespec time = {ms / 1000, (ms % 1000) * 1000000};

	nanosleep(&time, NULL);
}

static ssize_t
read_stream(void *arg, uint64_t position, char *out, size_t max)
{
	Stream	   *stream = arg;
	size_t		at = (size_t) position;
	size_t		len = stream->available - at;

	if (at >= stream->available)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (stream->pause_ms > 0)
		pause_for(stream->pause_ms);
	if (len > max)
		len = max;
	if (stream->piece > 0 && len > stream->piece)
		len = stream->piece;
	if (stream->body.len > 0)
		memcpy(out, stream->body.data + at, len);
	else
		memset(out, ' ', len);
	return (ssize_t) len;
}

static void
free_stream(void *arg)
{
	Stream	   *stream = arg;

	emu_text_free(&stream->body);
	free(stream);
}

/* A response whose body comes in an unkind way. */
static struct MHD_Response *
make_stream(EmuReply *reply)
{
	Stream	   *stream = emu_alloc(sizeof(*stream));

	stream->body = reply->body;
	memset(&reply->body, 0, sizeof(reply->body));
	stream->size = stream->available = stream->body.len;
	if (reply->delivery == EMU_SEND_HALF)
		stream->available /= 2;
	else if (reply->delivery == EMU_SEND_HUGE)
		stream->size = stream->available = reply->huge_bytes;
	else
	{
		stream->piece = stream->size / SLOW_PIECES + 1;
		stream->pause_ms = reply->delivery_ms / SLOW_PIECES;
	}
	return MHD_create_response_from_callback(stream->size, 64 * 1024,
											 read_stream, stream,
											 free_stream);
}

static void
free_shared(void *arg)
{
	EmuText    *own = arg;

	emu_text_free(&own[0]);
	emu_text_free(&own[1]);
	free(own);
}

/* Body, shared text and tail in one response, none of them copied. */
static struct MHD_Response *
make_shared(EmuReply *reply)
{
	EmuText    *own = emu_alloc(sizeof(*own) * 2);
	struct MHD_IoVec pieces[3];

	own[0] = reply->body;
	own[1] = reply->tail;
	memset(&reply->body, 0, sizeof(reply->body));
	memset(&reply->tail, 0, sizeof(reply->tail));
	pieces[0].iov_base = own[0].data;
	pieces[0].iov_len = own[0].len;
	pieces[1].iov_base = reply->shared->data;
	pieces[1].iov_len = reply->shared->len;
	pieces[2].iov_base = own[1].data;
	pieces[2].iov_len = own[1].len;
	return MHD_create_response_from_iovec(pieces, 3, free_shared, own);
}

/* The body moves into the response, which frees it. */
static struct MHD_Response *
make_response(EmuReply *reply)
{
	struct MHD_Response *response;

	if (reply->shared != NULL)
		return make_shared(reply);
	if (reply->delivery != EMU_SEND)
		return make_stream(reply);
	response = MHD_create_response_from_buffer(reply->body.len,
											   reply->body.data,
											   MHD_RESPMEM_MUST_FREE);
	memset(&reply->body, 0, sizeof(reply->body));
	return response;
}

/* The library writes Date by the real clock unless it is there already. */
static void
add_date(struct MHD_Response *response, long offset_s)
{
	time_t		now = (time_t) (emu_now_us() / 1000000) + offset_s;
	struct tm	parts;
	char		date[64];

	gmtime_r(&now, &parts);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
	MHD_add_response_header(response, "Date", date);
}

static enum MHD_Result
send_reply(const EmuHttp *http, struct MHD_Connection *connection,
		   EmuReply *reply)
{
	struct MHD_Response *response = make_response(reply);
	long		offset_s = http->world->options.clock_offset_s;
	enum MHD_Result result;

	if (offset_s != 0)
		add_date(response, offset_s);

	MHD_add_response_header(response, "Content-Type", reply->content_type);
	MHD_add_response_header(response, "x-amzn-RequestId", reply->request_id);
	if (*reply->error_type != '\0')
		MHD_add_response_header(response, "x-amzn-ErrorType",
								reply->error_type);
	if (reply->gzip)
		MHD_add_response_header(response, "Content-Encoding", "gzip");
	if (reply->header_name != NULL)
		MHD_add_response_header(response, reply->header_name,
								reply->header_value);
	result = MHD_queue_response(connection, (unsigned int) reply->status,
								response);
	MHD_destroy_response(response);
	return result;
}

/* Compress the body where options and caller wish it. */
static void
compress_body(const EmuHttp *http, const EmuCall *call, EmuReply *reply)
{
	size_t		least = http->world->options.gzip_bytes;
	const char *accepted = emu_call_header(call, "Accept-Encoding");
	z_stream	stream = {0};
	EmuText		packed = {0};

	if (least == 0 || reply->shared != NULL || reply->body.len < least || accepted == NULL ||
		strstr(accepted, "gzip") == NULL ||
		deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, 8,
					 Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	packed.capacity = deflateBound(&stream, reply->body.len);
	packed.data = emu_alloc(packed.capacity);
	stream.next_in = (unsigned char *) reply->body.data;
	stream.avail_in = (unsigned int) reply->body.len;
	stream.next_out = (unsigned char *) packed.data;
	stream.avail_out = (unsigned int) packed.capacity;
	deflate(&stream, Z_FINISH);
	packed.len = stream.total_out;
	deflateEnd(&stream);
	emu_text_free(&reply->body);
	reply->body = packed;
	reply->gzip = true;
}

static enum MHD_Result
answer(EmuHttp *http, struct MHD_Connection *connection, EmuCall *call)
{
	EmuReply	reply = {0};
	enum MHD_Result result = MHD_NO;

	MHD_get_connection_values(connection, MHD_HEADER_KIND, collect_header,
							  call);
	call->fd = MHD_get_connection_info(connection,
									   MHD_CONNECTION_INFO_CONNECTION_FD
									   )->connect_fd;
	emu_uuid(reply.request_id);
	emu_router_answer(http->world, call, &reply);
	compress_body(http, call, &reply);
	if (reply.delivery == EMU_RESET)
		emu_peer_reset(call->fd);
	else if (reply.delivery != EMU_CUT)
		result = send_reply(http, connection, &reply);
	emu_text_free(&reply.body);
	emu_text_free(&reply.tail);
	return result;
}

/* Called for the head, for each piece of the body, and at its end. */
static enum MHD_Result
handle(void *arg, struct MHD_Connection *connection, const char *url,
	   const char *method, const char *version, const char *data,
	   size_t *data_size, void **context)
{
	EmuCall    *call = *context;

	(void) url;
	(void) version;
	if (call->method == NULL)
	{
		call->method = emu_strdup(method);
		return MHD_YES;
	}
	if (*data_size == 0)
		return answer(arg, connection, call);
	if (call->body.len + *data_size > BODY_BYTES_MAX)
		call->too_large = true;
	else
		emu_text_add(&call->body, data, *data_size);
	*data_size = 0;
	return MHD_YES;
}

EmuHttp *
emu_http_start(EmuWorld *world, const char *address)
{
	EmuHttp    *http;
	int			fd = emu_listen_on(address);

	if (fd < 0)
		return NULL;
	http = emu_alloc(sizeof(*http));
	http->world = world;
	emu_listen_url(fd, http->url);
	http->daemon =
		MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
						 MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
						 MHD_USE_ITC,
						 0, NULL, NULL, handle, http,
						 MHD_OPTION_LISTEN_SOCKET, fd,
						 MHD_OPTION_URI_LOG_CALLBACK, begin_call, NULL,
						 MHD_OPTION_NOTIFY_COMPLETED, end_call, NULL,
						 MHD_OPTION_CONNECTION_LIMIT,
						 (unsigned int) CONNECTIONS_MAX,
						 MHD_OPTION_CONNECTION_TIMEOUT,
						 (unsigned int) IDLE_SECONDS,
						 MHD_OPTION_CONNECTION_MEMORY_LIMIT,
						 (size_t) (64 * 1024),
						 MHD_OPTION_THREAD_STACK_SIZE, (size_t) THREAD_STACK,
						 MHD_OPTION_END);
	if (http->daemon == NULL)
	{
		fputs("rsdata-emulator: the HTTP library did not start\n", stderr);
		close(fd);
		free(http);
		return NULL;
	}
	return http;
}

const char *
emu_http_url(const EmuHttp *http)
{
	return http->url;
}

void
emu_http_stop(EmuHttp *http)
{
	MHD_stop_daemon(http->daemon);
	free(http);
}
