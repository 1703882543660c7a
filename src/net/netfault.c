/*
 * netfault.c
 *		Names and words for what went wrong on the network.
 */
#include "net/netfault.h"

const char *
rsd_net_fault_name(RsdNetFault fault)
{
	static const char *const names[] =
	{
		"none", "resolve", "connect", "connect_timeout", "tls", "send",
		"timeout", "cut", "too_large", "protocol", "memory", "other", "proxy"
	};

	return (size_t) fault < sizeof(names) / sizeof(names[0]) ? names[fault]
		: "unknown";
}

/* A fault of which nothing more is known. */
static const char *
plain_words(RsdNetFault fault)
{
	static const char *const texts[] =
	{
		"no error", "could not find the host's address", "could not connect",
		"no connection in time", "could not agree on a secure connection",
		"connection broke while sending", "no complete reply in time",
		"connection closed before the reply was complete",
		"reply exceeds its limit", "reply is not HTTP", "out of memory",
		"request failed", "the proxy failed"
	};

	return (size_t) fault < sizeof(texts) / sizeof(texts[0]) ? texts[fault]
		: "request failed";
}

/*
 * Signs in the texts of libcurl and OpenSSL by which a fault can be told
 * more exactly; the first that fits counts.  A text that neither writes any
 * more costs only the exactness.
 */
static const struct
{
	RsdNetFault fault;
	const char *sign;
	const char *words;
}			signs[] =
{
	{RSD_NET_RESOLVE, "Resolving timed out", "name look-up took too long"},
	{RSD_NET_RESOLVE, "resolve proxy", "could not find the proxy's address"},
	{RSD_NET_CONNECT_TIMEOUT, "SSL connection timeout",
	"connected, but no TLS handshake in time"},
	{RSD_NET_CONNECT_TIMEOUT, "Proxy CONNECT aborted",
	"no answer from the proxy in time"},
	{RSD_NET_TLS, "certificate has expired",
	"the server's certificate has expired"},
	{RSD_NET_TLS, "certificate is not yet valid",
	"the server's certificate is not valid yet"},
	{RSD_NET_TLS, "self-signed certificate in certificate chain",
	"the server's certificate comes from an authority that is not trusted"},
	{RSD_NET_TLS, "self-signed certificate",
	"the server's certificate is self-signed and not trusted"},
	{RSD_NET_TLS, "local issuer",
	"the server's certificate comes from an authority that is not trusted"},
	{RSD_NET_TLS, "alternative certificate subject name",
	"the server's certificate is for another host name"},
	{RSD_NET_TLS, "does not match target host name",
	"the server's certificate is for another host name"},
	{RSD_NET_TLS, "wrong version number", "the port does not speak TLS"},
	{RSD_NET_TLS, "packet length too long", "the port does not speak TLS"},
	{RSD_NET_TLS, "trust anchors", "the CA file cannot be used"},
	{RSD_NET_TLS, "error setting certificate", "the CA file cannot be used"},
	{RSD_NET_PROTOCOL, "HTTP/0.9",
	"reply is not HTTP; the port may want https"},
	{RSD_NET_PROTOCOL, "ncoding", "reply's compression is broken or unknown"},
};

const char *
rsd_netfault_words(RsdNetFault fault, const char *detail, bool proxied)
{
	size_t		i;

	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (signs[i].fault == fault && strstr(detail, signs[i].sign) != NULL)
			return signs[i].words;
	if (proxied && fault == RSD_NET_RESOLVE)
		return "could not find the proxy's address";
	if (proxied && fault == RSD_NET_CONNECT)
		return "could not connect to the proxy";
	if (proxied && fault == RSD_NET_CONNECT_TIMEOUT)
		return "no connection through the proxy in time";
	return plain_words(fault);
}

const char *
rsd_netfault_proxy_words(int status)
{
	if (status == 407)
		return "the proxy wants a user name and password, or other ones";
	return status == 403 ? "the proxy does not let us through"
		: "the proxy could not reach the host";
}
