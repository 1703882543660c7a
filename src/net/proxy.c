/*
 * proxy.c
 *		Which proxy a request goes through.
 */
#include "net/proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <strings.h>

#define MAX_ADDRESS 16			/* bytes of an IPv6 address */

static bool
proxy_error(RsdError *err, const char *reason)
{
	return rsd_error_set(err, RSD_ERR_INVALID, "proxy URL %s", reason);
}

/* Printable ASCII without blanks, quotes and the URL's own separators? */
static bool
is_user(RsdSlice user)
{
	size_t		i;

	for (i = 0; i < user.len; i++)
		if (user.data[i] <= ' ' || user.data[i] > '~' ||
			strchr("\"<>\\^`{|}/?#@", user.data[i]) != NULL)
			return false;
	return true;
}

/* Says whose URL it is that is wrong. */
static bool
bad_url(RsdError *err)
{
	char		reason[sizeof(err->what)];

	if (err == NULL)
		return false;
	memcpy(reason, err->what, sizeof(reason));
	return rsd_error_set(err, err->kind, "proxy %s", reason);
}

bool
rsd_proxy_parse(const char *text, RsdProxy *proxy, RsdError *err)
{
	const char *sep = strstr(text, "://");
	const char *host = sep == NULL ? text : sep + 3;
	const char *at = strrchr(host, '@');
	RsdSlice	user = rsd_slice(host, at == NULL ? 0 : (size_t) (at - host));
	RsdBuf		plain;
	bool		good;

	memset(proxy, 0, sizeof(*proxy));
	if (!is_user(user) || user.len >= sizeof(proxy->user))
		return proxy_error(err, "has bad user information");
	(void) rsd_clip(proxy->user, sizeof(proxy->user), user.data, user.len);
	rsd_buf_init(&plain, 2048);
	if (sep == NULL)
		rsd_buf_adds(&plain, "http://");
	else
		rsd_buf_add(&plain, text, (size_t) (host - text));
	rsd_buf_adds(&plain, at == NULL ? host : at + 1);
	good = rsd_buf_check(&plain, "proxy URL", err) &&
		rsd_url_split(rsd_buf_slice(&plain), &proxy->url, err);
	rsd_buf_free(&plain);
	if (!good)
		return bad_url(err);
	if (strcmp(proxy->url.path, "/") != 0)
		return proxy_error(err, "must not hold a path");
	return true;
}

bool
rsd_proxy_has_password(const char *text)
{
	RsdProxy	proxy;
	bool		found = rsd_proxy_parse(text, &proxy, NULL) &&
		strchr(proxy.user, ':') != NULL;

	rsd_wipe(&proxy, sizeof(proxy));
	return found;
}

/* The bytes of an address, brackets or not; their number, 0 if it is none. */
static int
read_address(RsdSlice text, unsigned char bytes[MAX_ADDRESS])
{
	char		copy[64];

	if (text.len > 1 && text.data[0] == '[' && text.data[text.len - 1] == ']')
		text = rsd_slice(text.data + 1, text.len - 2);
	if (text.len == 0 || text.len >= sizeof(copy))
		return 0;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, bytes) == 1)
		return 4;
	return inet_pton(AF_INET6, copy, bytes) == 1 ? 16 : 0;
}

/* Reads "/bits" at text; false if it is not that, or more than max. */
static bool
read_bits(RsdSlice text, int max, int *bits)
{
	size_t		i;

	*bits = 0;
	for (i = 1; i < text.len; i++)
	{
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		*bits = *bits * 10 + (text.data[i] - '0');
		if (*bits > max)
			return false;
	}
	return text.len > 1;
}

/* Is the address in the network that entry ("10.0.0.0/8") means? */
static bool
fits_network(RsdSlice entry, const unsigned char *address, int len)
{
	const char *slash = memchr(entry.data, '/', entry.len);
	size_t		n = slash == NULL ? entry.len : (size_t) (slash - entry.data);
	unsigned char network[MAX_ADDRESS];
	int			bits = len * 8;
	int			i;

	if (read_address(rsd_slice(entry.data, n), network) != len)
		return false;
	if (slash != NULL &&
		!read_bits(rsd_slice(slash, entry.len - n), len * 8, &bits))
		return false;
	for (i = 0; i < bits; i++)
		if (((network[i / 8] ^ address[i / 8]) >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

/* Is host that name or one below it? */
static bool
fits_name(RsdSlice entry, const char *host)
{
	size_t		len = strlen(host);

	while (len > 0 && host[len - 1] == '.')
		len--;
	while (entry.len > 0 && entry.data[entry.len - 1] == '.')
		entry.len--;
	if (entry.len > 0 && entry.data[0] == '.')
		entry = rsd_slice(entry.data + 1, entry.len - 1);
	return entry.len > 0 && len >= entry.len &&
		strncasecmp(host + len - entry.len, entry.data, entry.len) == 0 &&
		(len == entry.len || host[len - entry.len - 1] == '.');
}

bool
rsd_proxy_skips(const char *list, const char *host)
{
	unsigned char address[MAX_ADDRESS];
	int			len = read_address(rsd_slice_str(host), address);
	const char *p = list == NULL ? "" : list;

	if (rsd_slice_is(rsd_slice_trim(rsd_slice_str(p)), "*"))
		return true;
	while (*p != '\0')
	{
		size_t		n;

		p += strspn(p, ", \t");
		n = strcspn(p, ", \t");
		if (len > 0 ? fits_network(rsd_slice(p, n), address, len)
			: fits_name(rsd_slice(p, n), host))
			return true;
		p += n;
	}
	return false;
}

/* The first of the names (up to NULL) that is set and not empty. */
static const char *
first_set(const char *const *names, RsdProxyLookup lookup, void *arg)
{
	for (; *names != NULL; names++)
	{
		const char *value = lookup(arg, *names);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

const char *
rsd_proxy_from_env(bool https, RsdProxyLookup lookup, void *arg)
{
	static const char *const secure[] =
	{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	static const char *const plain[] =
	{"http_proxy", "all_proxy", "ALL_PROXY", NULL};

	return first_set(https ? secure : plain, lookup, arg);
}

const char *
rsd_proxy_list_from_env(RsdProxyLookup lookup, void *arg)
{
	static const char *const names[] = {"no_proxy", "NO_PROXY", NULL};

	return first_set(names, lookup, arg);
}

const char *
rsd_proxy_choose(const char *option, const RsdUrl *url,
				 RsdProxyLookup lookup, void *arg)
{
	if (option != NULL && option[0] != '\0')
		return strcmp(option, "none") == 0 ? NULL : option;

	/* the list first: the lookup's last answer is what we return */
	if (rsd_url_is_loopback(url) ||
		rsd_proxy_skips(rsd_proxy_list_from_env(lookup, arg), url->host))
		return NULL;
	return rsd_proxy_from_env(url->https, lookup, arg);
}
