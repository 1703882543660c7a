/*
 * base64.h
 *		Base64 (RFC 4648 section 4, with padding).
 */
#ifndef RSD_BASE_BASE64_H
#define RSD_BASE_BASE64_H

#include "base/buf.h"

/* Appends data encoded. */
extern void rsd_base64_encode(RsdSlice data, RsdBuf *out);

/*
 * Appends text decoded.  False (MALFORMED) on any character outside the
 * alphabet, wrong padding or non-zero spare bits; LIMIT or MEMORY from out.
 */
extern bool rsd_base64_decode(RsdSlice text, RsdBuf *out,
							  RsdError *err) RSD_MUSTCHECK;

#endif							/* RSD_BASE_BASE64_H */
