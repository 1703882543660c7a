/*
 * t_proxy.c
 *		A proxy's URL, the list of hosts that go without one, and which proxy
 *		is taken.  The input is the URL, a line end, the list, a line end, the
 *		host; what is missing is empty.
 */
#include "fuzz.h"
#include "net/proxy.h"

/* Takes the text up to a line end off the front; free() it. */
static char *
take_line(RsdSlice *rest)
{
	const char *end = rest->len == 0 ? NULL : memchr(rest->data, '\n',
													 rest->len);
	size_t		n = end == NULL ? rest->len : (size_t) (end - rest->data);
	char	   *line = to_string(rsd_slice(rest->data, n));

	if (end != NULL)
		n++;
	*rest = rsd_slice(rest->data + n, rest->len - n);
	return line;
}

static void
check_proxy(const RsdProxy *proxy)
{
	RsdProxy	again;
	RsdBuf		text;
	RsdError	err;

	need_string(proxy->user, sizeof(proxy->user));
	need_string(proxy->url.host, sizeof(proxy->url.host));
	need(strcmp(proxy->url.path, "/") == 0);
	need(strpbrk(proxy->user, "@/ \n") == NULL);
	rsd_buf_init(&text, 4096);
	rsd_buf_addf(&text, "%s://%s%s%s:%d", proxy->url.https ? "https" : "http",
				 proxy->user, proxy->user[0] == '\0' ? "" : "@",
				 proxy->url.host, proxy->url.port);
	need(rsd_proxy_parse(rsd_buf_str(&text), &again, &err));
	need(strcmp(again.user, proxy->user) == 0);
	need(strcmp(again.url.host, proxy->url.host) == 0);
	need(again.url.https == proxy->url.https &&
		 again.url.port == proxy->url.port);
	rsd_buf_free(&text);
}

/* The environment: what the two lines say. */
static const char *
variable(void *arg, const char *name)
{
	char	  **lines = arg;

	if (strcmp(name, "https_proxy") == 0)
		return lines[0];
	return strcmp(name, "no_proxy") == 0 ? lines[1] : NULL;
}

static void
fuzz_one(RsdSlice input)
{
	char	   *lines[3];
	RsdProxy	proxy;
	RsdUrl		url;
	RsdError	err;
	const char *chosen;
	bool		skips;
	size_t		i;

	for (i = 0; i < 3; i++)
		lines[i] = take_line(&input);
	if (rsd_proxy_parse(lines[0], &proxy, &err))
	{
		check_proxy(&proxy);
		need(rsd_proxy_has_password(lines[0]) ==
			 (strchr(proxy.user, ':') != NULL));
	}
	else
	{
		need(err.kind == RSD_ERR_INVALID || err.kind == RSD_ERR_LIMIT);
		need(!rsd_proxy_has_password(lines[0]));
	}
	skips = rsd_proxy_skips(lines[1], lines[2]);
	memset(&url, 0, sizeof(url));
	url.https = true;
	(void) rsd_clip(url.host, sizeof(url.host), lines[2], strlen(lines[2]));
	chosen = rsd_proxy_choose(NULL, &url, variable, lines);
	need(chosen == NULL || chosen == lines[0]);
	need(chosen == NULL || !skips || strlen(lines[2]) >= sizeof(url.host));
	for (i = 0; i < 3; i++)
		free(lines[i]);
}
