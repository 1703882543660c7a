/*
 * hash.c
 *		SHA-256, HMAC and SHA-1 by OpenSSL, the only file that includes it.
 */
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* OpenSSL wants a pointer even for no bytes. */
static const unsigned char *
bytes(RsdSlice s)
{
	return (const unsigned char *) (s.len == 0 ? "" : s.data);
}

bool
rsd_sha256(RsdSlice data, uint8_t out[RSD_SHA256_LEN])
{
	return EVP_Digest(bytes(data), data.len, out, NULL, EVP_sha256(),
					  NULL) == 1;
}

bool
rsd_sha1(RsdSlice data, uint8_t out[RSD_SHA1_LEN])
{
	return EVP_Digest(bytes(data), data.len, out, NULL, EVP_sha1(),
					  NULL) == 1;
}

bool
rsd_hmac_sha256(RsdSlice key, RsdSlice data, uint8_t out[RSD_SHA256_LEN])
{
	uint8_t		mac[RSD_SHA256_LEN];

	if (key.len > INT32_MAX ||
		HMAC(EVP_sha256(), bytes(key), (int) key.len, bytes(data), data.len,
			 mac, NULL) == NULL)
		return false;
	memcpy(out, mac, sizeof(mac));
	explicit_bzero(mac, sizeof(mac));
	return true;
}

void
rsd_hex(const uint8_t *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t		i;

	for (i = 0; i < len; i++)
	{
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 0x0F];
	}
	*out = '\0';
}
