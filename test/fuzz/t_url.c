/*
 * t_url.c
 *		URLs taken apart and put together again, an endpoint made of one, and
 *		percent-encoding there and back.
 */
#include "aws/endpoint.h"
#include "fuzz.h"

static void
check_url(const RsdUrl *url)
{
	RsdUrl		again;
	RsdBuf		text;
	RsdError	err;

	need_string(url->host, sizeof(url->host));
	need_string(url->path, sizeof(url->path));
	need(url->host[0] != '\0' && url->path[0] == '/');
	need(url->port > 0 && url->port < 65536);
	rsd_buf_init(&text, 4096);
	rsd_buf_adds(&text, url->https ? "https://" : "http://");
	rsd_url_authority(url, &text);
	rsd_buf_adds(&text, url->path);
	need(rsd_url_split(rsd_buf_slice(&text), &again, &err));
	need(again.https == url->https && again.port == url->port);
	need(strcmp(again.host, url->host) == 0);
	need(strcmp(again.path, url->path) == 0);
	rsd_buf_free(&text);
}

/* What is encoded comes back; decoding never makes it longer. */
static void
check_coding(RsdSlice input)
{
	RsdBuf		encoded;
	RsdBuf		decoded;

	rsd_buf_init(&encoded, 64 * 1024);
	rsd_buf_init(&decoded, 64 * 1024);
	rsd_uri_decode(&decoded, input);
	need(decoded.len <= input.len);
	rsd_buf_reset(&decoded);
	rsd_uri_encode(&encoded, input, false);
	rsd_uri_decode(&decoded, rsd_buf_slice(&encoded));
	need(rsd_buf_failed(&encoded) || rsd_buf_failed(&decoded) ||
		 (decoded.len == input.len &&
		  (input.len == 0 || memcmp(decoded.data, input.data, input.len) == 0)));
	rsd_buf_free(&encoded);
	rsd_buf_free(&decoded);
}

static void
fuzz_one(RsdSlice input)
{
	RsdUrl		url;
	RsdEndpoint endpoint;
	RsdError	err;
	char	   *text = to_string(input);

	if (rsd_url_split(input, &url, &err))
		check_url(&url);
	else
		need(err.kind == RSD_ERR_INVALID);
	if (rsd_endpoint_resolve(RSD_SERVICE_DATA, "eu-west-1", text, false,
							 false, &endpoint, &err))
		check_url(&endpoint.url);
	if (rsd_endpoint_resolve(RSD_SERVICE_DATA, text, NULL, false, false,
							 &endpoint, &err))
		check_url(&endpoint.url);
	check_coding(input);
	free(text);
}
