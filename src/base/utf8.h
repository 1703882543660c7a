/*
 * utf8.h
 *		Is this UTF-8?  (RFC 3629: shortest forms, no surrogates, up to
 *		U+10FFFF.)
 *
 * It judges bytes; it never converts between encodings.
 */
#ifndef RSD_BASE_UTF8_H
#define RSD_BASE_UTF8_H

#include <stdint.h>

#include "base/slice.h"

/*
 * Length of the valid UTF-8 prefix of s in bytes: s.len if all of it is
 * valid, else the offset of the first bad sequence.  A NUL byte is valid
 * UTF-8.  Runs of ASCII are taken eight bytes at a time.
 */
extern size_t rsd_utf8_valid_prefix(RsdSlice s);

/* Is all of s valid UTF-8? */
extern bool rsd_utf8_valid(RsdSlice s);

/*
 * Writes code point cp (not a surrogate, at most 0x10FFFF) to out; returns
 * the number of bytes, 1 to 4.
 */
extern int	rsd_utf8_put(uint32_t cp, char out[4]);

/*
 * Copies foreign text for people into dst (size bytes, NUL-terminated):
 * NULs and bad sequences become U+FFFD, clipped at a character.
 */
extern void rsd_utf8_show(RsdSlice text, char *dst, size_t size);

#endif							/* RSD_BASE_UTF8_H */
