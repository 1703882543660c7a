/*
 * hash.h
 *		SHA-256, HMAC-SHA-256 and hexadecimal.
 *
 * Its .c file is the only one that knows OpenSSL.
 */
#ifndef RSD_BASE_HASH_H
#define RSD_BASE_HASH_H

#include <stdint.h>

#include "base/attrs.h"
#include "base/slice.h"

#define RSD_SHA256_LEN 32
#define RSD_SHA256_HEX 65		/* with the NUL */

/* SHA-256 of data.  False only if the library fails. */
extern bool rsd_sha256(RsdSlice data,
					   uint8_t out[RSD_SHA256_LEN]) RSD_MUSTCHECK;

/* HMAC-SHA-256.  out may be the key itself.  False if the library fails. */
extern bool rsd_hmac_sha256(RsdSlice key, RsdSlice data,
							uint8_t out[RSD_SHA256_LEN]) RSD_MUSTCHECK;

/* Writes 2 * len lower-case hex digits and a NUL to out. */
extern void rsd_hex(const uint8_t *data, size_t len, char *out);

#endif							/* RSD_BASE_HASH_H */
