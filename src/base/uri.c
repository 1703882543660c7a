/*
 * uri.c
 *		Percent-encoding, form bodies, URLs taken apart (RFC 3986).
 */
#include "base/uri.h"

#include <ctype.h>
#include <strings.h>

/* Unreserved by RFC 3986 2.3, which is what SigV4 leaves as it is. */
static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
		c == '~';
}

void
rsd_uri_encode(RsdBuf *buf, RsdSlice text, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t		i;

	for (i = 0; i < text.len; i++)
	{
		unsigned char c = (unsigned char) text.data[i];
		char		triple[3];

		if (is_unreserved(text.data[i]) || (c == '/' && keep_slash))
		{
			rsd_buf_addc(buf, text.data[i]);
			continue;
		}
		triple[0] = '%';
		triple[1] = digits[c >> 4];
		triple[2] = digits[c & 0x0F];
		rsd_buf_add(buf, triple, sizeof(triple));
	}
}

/* The value of a hex digit, or -1. */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void
rsd_uri_decode(RsdBuf *buf, RsdSlice text)
{
	size_t		i;

	for (i = 0; i < text.len; i++)
	{
		bool		triple = text.data[i] == '%' && text.len - i > 2 &&
			hex_value(text.data[i + 1]) >= 0 &&
			hex_value(text.data[i + 2]) >= 0;

		if (!triple)
		{
			rsd_buf_addc(buf, text.data[i]);
			continue;
		}
		rsd_buf_addc(buf, (char) (hex_value(text.data[i + 1]) * 16 +
								  hex_value(text.data[i + 2])));
		i += 2;
	}
}

/* A blank is a plus sign in forms, as browsers and SDKs write it. */
static void
add_form_value(RsdBuf *buf, RsdSlice value)
{
	const char *blank;

	while (value.len > 0 &&
		   (blank = memchr(value.data, ' ', value.len)) != NULL)
	{
		size_t		n = (size_t) (blank - value.data);

		rsd_uri_encode(buf, rsd_slice(value.data, n), false);
		rsd_buf_addc(buf, '+');
		value = rsd_slice(blank + 1, value.len - n - 1);
	}
	rsd_uri_encode(buf, value, false);
}

void
rsd_form_add(RsdBuf *buf, const char *name, RsdSlice value)
{
	if (buf->len > 0)
		rsd_buf_addc(buf, '&');
	rsd_uri_encode(buf, rsd_slice_str(name), false);
	rsd_buf_addc(buf, '=');
	add_form_value(buf, value);
}

static bool
url_error(RsdError *err, const char *reason)
{
	return rsd_error_set(err, RSD_ERR_INVALID, "URL %s", reason);
}

/* Takes "http://" or "https://" off the front. */
static bool
take_scheme(RsdSlice *rest, RsdUrl *url)
{
	size_t		n;

	if (rest->len >= 8 && strncasecmp(rest->data, "https://", 8) == 0)
		n = 8;
	else if (rest->len >= 7 && strncasecmp(rest->data, "http://", 7) == 0)
		n = 7;
	else
		return false;
	url->https = n == 8;
	url->port = url->https ? 443 : 80;
	*rest = rsd_slice(rest->data + n, rest->len - n);
	return true;
}

/* A name of letters, digits, "-", "_" and single dots inside? */
static bool
is_host_name(RsdSlice host)
{
	size_t		i;

	for (i = 0; i < host.len; i++)
	{
		char		c = host.data[i];

		if (c == '.' && (i == 0 || host.data[i - 1] == '.'))
			return false;
		if (c != '.' && (!is_unreserved(c) || c == '~'))
			return false;
	}
	return host.len > 0 && host.data[0] != '-';
}

/* Hex digits, colons and dots in brackets, at least two colons? */
static bool
is_ipv6_literal(RsdSlice host)
{
	int			colons = 0;
	size_t		i;

	if (host.len < 4 || host.data[0] != '[' || host.data[host.len - 1] != ']')
		return false;
	for (i = 1; i + 1 < host.len; i++)
	{
		unsigned char c = (unsigned char) host.data[i];

		if (c == ':')
			colons++;
		else if (!isxdigit(c) && c != '.')
			return false;
	}
	return colons >= 2;
}

static bool
take_port(RsdSlice digits, RsdUrl *url, RsdError *err)
{
	int			port = 0;
	size_t		i;

	if (digits.len == 0 || digits.len > 5)
		return url_error(err, "has a bad port");
	for (i = 0; i < digits.len; i++)
	{
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return url_error(err, "has a bad port");
		port = port * 10 + (digits.data[i] - '0');
	}
	if (port < 1 || port > 65535)
		return url_error(err, "has a port outside 1 to 65535");
	url->port = port;
	return true;
}

/* host[:port] */
static bool
take_authority(RsdSlice authority, RsdUrl *url, RsdError *err)
{
	RsdSlice	host = authority;
	size_t		i;

	if (authority.len == 0)
		return url_error(err, "has no host");
	if (memchr(authority.data, '@', authority.len) != NULL)
		return url_error(err, "must not hold user information");
	for (i = authority.len; i > 0 && authority.data[i - 1] != ']'; i--)
	{
		if (authority.data[i - 1] != ':')
			continue;
		host.len = i - 1;
		if (!take_port(rsd_slice(authority.data + i, authority.len - i), url,
					   err))
			return false;
		break;
	}
	if (host.len >= sizeof(url->host))
		return url_error(err, "has too long a host");
	if (!is_host_name(host) && !is_ipv6_literal(host))
		return url_error(err, host.len == 0 ? "has no host" : "has a bad host");
	for (i = 0; i < host.len; i++)
		url->host[i] = (char) tolower((unsigned char) host.data[i]);
	url->host[host.len] = '\0';
	return true;
}

/* The path as given; "/" if there is none. */
static bool
take_path(RsdSlice path, RsdUrl *url, RsdError *err)
{
	if (path.len == 0)
		path = rsd_slice_str("/");
	if (path.len >= sizeof(url->path))
		return url_error(err, "has too long a path");
	if (memchr(path.data, '?', path.len) != NULL ||
		memchr(path.data, '#', path.len) != NULL)
		return url_error(err, "must not hold a query or fragment");
	memcpy(url->path, path.data, path.len);
	url->path[path.len] = '\0';
	return true;
}

bool
rsd_url_split(RsdSlice text, RsdUrl *url, RsdError *err)
{
	RsdSlice	rest = text;
	size_t		n = 0;
	size_t		i;

	memset(url, 0, sizeof(*url));
	for (i = 0; i < text.len; i++)
		if ((unsigned char) text.data[i] <= 0x20 ||
			(unsigned char) text.data[i] >= 0x7F)
			return url_error(err, "holds a blank, control or non-ASCII character");
	if (!take_scheme(&rest, url))
		return url_error(err, "must begin with https:// or http://");
	while (n < rest.len && strchr("/?#", rest.data[n]) == NULL)
		n++;
	return take_authority(rsd_slice(rest.data, n), url, err) &&
		take_path(rsd_slice(rest.data + n, rest.len - n), url, err);
}

void
rsd_url_authority(const RsdUrl *url, RsdBuf *buf)
{
	rsd_buf_adds(buf, url->host);
	if (url->port != (url->https ? 443 : 80))
		rsd_buf_addf(buf, ":%d", url->port);
}

bool
rsd_url_is_loopback(const RsdUrl *url)
{
	const char *host = url->host;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return strncmp(host, "127.", 4) == 0 &&
		host[strspn(host, "0123456789.")] == '\0';
}
