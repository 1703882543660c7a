/*
 * json_put.c
 *		Writing JSON into a buffer (RFC 8259).
 */
#include "base/json_put.h"

#include <inttypes.h>

void
rsd_json_put_comma(RsdBuf *buf)
{
	char		last = buf->len == 0 ? '[' : buf->data[buf->len - 1];

	if (last != '[' && last != '{' && last != ':')
		rsd_buf_addc(buf, ',');
}

/* Escapes one byte that may not stand for itself. */
static void
put_escape(RsdBuf *buf, unsigned char c)
{
	switch (c)
	{
		case '"':
			rsd_buf_adds(buf, "\\\"");
			break;
		case '\\':
			rsd_buf_adds(buf, "\\\\");
			break;
		case '\n':
			rsd_buf_adds(buf, "\\n");
			break;
		case '\r':
			rsd_buf_adds(buf, "\\r");
			break;
		case '\t':
			rsd_buf_adds(buf, "\\t");
			break;
		default:
			rsd_buf_addf(buf, "\\u%04x", c);
	}
}

void
rsd_json_put_string(RsdBuf *buf, RsdSlice text)
{
	size_t		start = 0;
	size_t		i;

	rsd_buf_addc(buf, '"');
	for (i = 0; i < text.len; i++)
	{
		unsigned char c = (unsigned char) text.data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		rsd_buf_add(buf, text.data + start, i - start);
		put_escape(buf, c);
		start = i + 1;
	}
	if (start < text.len)
		rsd_buf_add(buf, text.data + start, text.len - start);
	rsd_buf_addc(buf, '"');
}

void
rsd_json_put_key(RsdBuf *buf, const char *name)
{
	rsd_json_put_comma(buf);
	rsd_json_put_string(buf, rsd_slice_str(name));
	rsd_buf_addc(buf, ':');
}

void
rsd_json_put_text(RsdBuf *buf, const char *name, RsdSlice text)
{
	rsd_json_put_key(buf, name);
	rsd_json_put_string(buf, text);
}

void
rsd_json_put_optional(RsdBuf *buf, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		rsd_json_put_text(buf, name, rsd_slice_str(value));
}

void
rsd_json_put_int(RsdBuf *buf, const char *name, int64_t value)
{
	rsd_json_put_key(buf, name);
	rsd_buf_addf(buf, "%" PRId64, value);
}

void
rsd_json_put_bool(RsdBuf *buf, const char *name, bool value)
{
	rsd_json_put_key(buf, name);
	rsd_buf_adds(buf, value ? "true" : "false");
}
