/*
 * hash.h
 *		SHA-256, HMAC-SHA-256, SHA-1 for file names, hexadecimal.
 *
 * Its .c file is the only one that knows OpenSSL.
 */
#ifndef RSD_BASE_HASH_H
#define RSD_BASE_HASH_H

#include <stdint.h>

#include "base/attrs.h"
#include "base/slice.h"

#define RSD_SHA1_LEN 20
#define RSD_SHA256_LEN 32
#define RSD_SHA256_HEX 65		/* with the NUL */

/* SHA-256 of data.  False only if the library fails. */
extern bool rsd_sha256(RsdSlice data,
					   uint8_t out[RSD_SHA256_LEN]) RSD_MUSTCHECK;

/* HMAC-SHA-256.  out may be the key itself.  False if the library fails. */
extern bool rsd_hmac_sha256(RsdSlice key, RsdSlice data,
							uint8_t out[RSD_SHA256_LEN]) RSD_MUSTCHECK;

/* SHA-1, where a published format wants it.  False if the library fails. */
extern bool rsd_sha1(RsdSlice data, uint8_t out[RSD_SHA1_LEN]) RSD_MUSTCHECK;

/* Writes 2 * len lower-case hex digits and a NUL to out. */
extern void rsd_hex(const uint8_t *data, size_t len, char *out);

#endif							/* RSD_BASE_HASH_H */
