/*
 * httpmsg.c
 *		HTTP messages as values.
 *
 * Headers are kept in one buffer as name, NUL, value, NUL, so that a lookup
 * gives C strings and freeing is one wipe.
 */
#include "base/httpmsg.h"

#include <strings.h>

void
rsd_request_init(RsdRequest *req, const char *method, const RsdUrl *url)
{
	memset(req, 0, sizeof(*req));
	req->method = method;
	req->url = *url;
	rsd_buf_init(&req->query, RSD_MAX_HEADERS);
	rsd_buf_init(&req->headers.text, RSD_MAX_HEADERS);
	rsd_buf_init(&req->body, RSD_MAX_REQUEST_BODY);
}

/* A token of RFC 9110 5.6.2? */
static bool
is_token(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
	{
		bool		alnum = (*p >= '0' && *p <= '9') ||
			(*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z');

		if (!alnum && strchr("!#$%&'*+-.^_`|~", *p) == NULL)
			return false;
	}
	return p > name;
}

static bool
is_header_value(RsdSlice value)
{
	size_t		i;

	for (i = 0; i < value.len; i++)
		if (value.data[i] == '\r' || value.data[i] == '\n' ||
			value.data[i] == '\0')
			return false;
	return true;
}

/* Takes all headers of that name out of the list. */
static void
remove_header(RsdHeaders *headers, const char *name)
{
	RsdBuf	   *text = &headers->text;
	size_t		cursor = 0;
	size_t		start = 0;
	RsdSlice	n;
	RsdSlice	v;

	while (rsd_headers_next(headers, &cursor, &n, &v))
	{
		if (strcasecmp(n.data, name) != 0)
		{
			start = cursor;
			continue;
		}
		memmove(text->data + start, text->data + cursor, text->len - cursor);
		rsd_wipe(text->data + text->len - (cursor - start), cursor - start);
		text->len -= cursor - start;
		cursor = start;
	}
}

bool
rsd_request_header(RsdRequest *req, const char *name, RsdSlice value,
				   RsdError *err)
{
	if (!is_token(name))
		return rsd_error_set(err, RSD_ERR_INVALID, "invalid header name");
	if (!is_header_value(value))
		return rsd_error_set(err, RSD_ERR_INVALID,
							 "invalid value for header \"%s\"", name);
	remove_header(&req->headers, name);
	rsd_headers_add(&req->headers, rsd_slice_str(name), value);
	return rsd_buf_check(&req->headers.text, "request headers", err);
}

static void
free_wiped(RsdBuf *buf)
{
	rsd_buf_wipe(buf);
	rsd_buf_free(buf);
}

void
rsd_request_free(RsdRequest *req)
{
	free_wiped(&req->query);
	free_wiped(&req->headers.text);
	free_wiped(&req->body);
}

void
rsd_response_init(RsdResponse *resp, size_t max_body)
{
	memset(resp, 0, sizeof(*resp));
	rsd_buf_init(&resp->headers.text, RSD_MAX_HEADERS);
	rsd_buf_init(&resp->body, max_body);
}

void
rsd_response_free(RsdResponse *resp)
{
	free_wiped(&resp->headers.text);
	rsd_buf_free(&resp->body);
}

const char *
rsd_headers_get(const RsdHeaders *headers, const char *name)
{
	size_t		cursor = 0;
	RsdSlice	n;
	RsdSlice	v;

	while (rsd_headers_next(headers, &cursor, &n, &v))
		if (strcasecmp(n.data, name) == 0)
			return v.data;
	return NULL;
}

/* A NUL inside would shift the list: what follows it is dropped. */
static RsdSlice
until_nul(RsdSlice s)
{
	const char *nul = s.len == 0 ? NULL : memchr(s.data, '\0', s.len);

	return nul == NULL ? s : rsd_slice(s.data, (size_t) (nul - s.data));
}

void
rsd_headers_add(RsdHeaders *headers, RsdSlice name, RsdSlice value)
{
	RsdBuf	   *text = &headers->text;
	size_t		before = text->len;

	name = until_nul(name);
	value = until_nul(value);
	rsd_buf_add(text, name.data, name.len);
	rsd_buf_addc(text, '\0');
	rsd_buf_add(text, value.data, value.len);
	rsd_buf_addc(text, '\0');
	/* all or nothing, so that the list stays whole */
	if (rsd_buf_failed(text))
		text->len = before;
}

bool
rsd_headers_next(const RsdHeaders *headers, size_t *cursor, RsdSlice *name,
				 RsdSlice *value)
{
	const RsdBuf *text = &headers->text;

	if (*cursor >= text->len)
		return false;
	*name = rsd_slice_str(text->data + *cursor);
	*value = rsd_slice_str(name->data + name->len + 1);
	*cursor += name->len + value->len + 2;
	return true;
}
