/*
 * base64.c
 *		Base64 (RFC 4648 section 4).
 */
#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] =
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
rsd_base64_encode(RsdSlice data, RsdBuf *out)
{
	const unsigned char *p = (const unsigned char *) data.data;
	size_t		i;

	for (i = 0; i < data.len; i += 3)
	{
		size_t		n = data.len - i < 3 ? data.len - i : 3;
		uint32_t	v = (uint32_t) p[i] << 16;
		char		quad[4];

		if (n > 1)
			v |= (uint32_t) p[i + 1] << 8;
		if (n > 2)
			v |= p[i + 2];
		quad[0] = alphabet[v >> 18];
		quad[1] = alphabet[(v >> 12) & 63];
		quad[2] = n > 1 ? alphabet[(v >> 6) & 63] : '=';
		quad[3] = n > 2 ? alphabet[v & 63] : '=';
		rsd_buf_add(out, quad, sizeof(quad));
	}
}

/* The six bits of a character, or -1. */
static int
sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Decodes four characters of which the last pad are "=". */
static bool
decode_quad(const char *quad, int pad, RsdBuf *out)
{
	uint32_t	v = 0;
	char		triple[3];
	int			i;

	for (i = 0; i < 4; i++)
	{
		int			bits = i >= 4 - pad ? 0 : sextet(quad[i]);

		if (bits < 0)
			return false;
		v = (v << 6) | (uint32_t) bits;
	}
	if ((pad == 1 && (v & 0xFF) != 0) || (pad == 2 && (v & 0xFFFF) != 0))
		return false;
	triple[0] = (char) (v >> 16);
	triple[1] = (char) (v >> 8);
	triple[2] = (char) v;
	rsd_buf_add(out, triple, (size_t) (3 - pad));
	return true;
}

bool
rsd_base64_decode(RsdSlice text, RsdBuf *out, RsdError *err)
{
	size_t		i;

	if (text.len % 4 != 0)
		return rsd_error_set(err, RSD_ERR_MALFORMED,
							 "base64 text of %zu characters", text.len);
	for (i = 0; i < text.len; i += 4)
	{
		const char *quad = text.data + i;
		int			pad = 0;

		if (i + 4 == text.len && quad[3] == '=')
			pad = quad[2] == '=' ? 2 : 1;
		if (!decode_quad(quad, pad, out))
			return rsd_error_set(err, RSD_ERR_MALFORMED,
								 "invalid base64 near character %zu", i + 1);
	}
	return rsd_buf_check(out, "decoded base64", err);
}
