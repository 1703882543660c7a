/*
 * t_error.c
 *		A reply that is no success, whole: head line by line, body, class.
 *
 * The input is an HTTP reply as it comes from the wire.
 */
#include "aws/awserror.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "net/exchange.h"

/* The next line with its end; what is left goes to *rest. */
static RsdSlice
take_line(RsdSlice *rest)
{
	const char *end = memchr(rest->data, '\n', rest->len);
	size_t		n = end == NULL ? rest->len : (size_t) (end - rest->data) + 1;
	RsdSlice	line = rsd_slice(rest->data, n);

	*rest = rsd_slice(rest->data + n, rest->len - n);
	return line;
}

static void
need_text(const char *text, size_t size)
{
	need_string(text, size);
	need(rsd_utf8_valid(rsd_slice_str(text)));
}

static int
status_of(RsdSlice line)
{
	int			status = 0;
	size_t		i;

	for (i = 9; i < line.len && i < 12; i++)
		status = status * 10 + ((unsigned char) line.data[i] & 0x0F) % 10;
	return status;
}

static void
fuzz_one(RsdSlice input)
{
	RsdExchange x = {.limits = {.max_body = 64 * 1024}};
	RsdAwsError error;
	RsdSlice	line;
	int			op;

	rsd_response_init(&x.resp, x.limits.max_body);
	while (input.len > 0 && !x.head_done)
	{
		line = take_line(&input);
		if (rsd_slice_starts(line, "HTTP/"))
			x.resp.status = status_of(line);
		if (!rsd_exchange_head(&x, line))
			break;
	}
	if (input.len > 0 && !rsd_exchange_body(&x, input))
		need(x.failure != RSD_ERR_NONE);
	rsd_awserror_read(&x.resp, &error);
	need(error.code[0] != '\0');
	need_text(error.code, sizeof(error.code));
	need_text(error.message, sizeof(error.message));
	need_text(error.request_id, sizeof(error.request_id));
	need_text(error.statement_id, sizeof(error.statement_id));
	for (op = 0; op < RSD_OP_COUNT; op++)
		need(rsd_awserror_class_name(rsd_awserror_class((RsdOp) op, &error)) !=
			 NULL);
	rsd_exchange_free(&x);
}
