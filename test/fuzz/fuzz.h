/*
 * fuzz.h
 *		What the fuzz targets share: the entry point that libFuzzer calls and
 *		a check for properties.
 *
 * One target is one t_*.c for one parser of bytes from outside.  The input
 * lies in memory of exactly its size, so that the address sanitizer sees a
 * read beyond it.
 */
#ifndef RSD_FUZZ_H
#define RSD_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

/* A property that must hold; if not, the fuzzer keeps the input. */
#define need(cond) \
	((cond) ? (void) 0 : need_failed(#cond, __FILE__, __LINE__))

static inline void
need_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* Is there a NUL in these bytes within size? */
static inline void
need_string(const char *text, size_t size)
{
	need(memchr(text, '\0', size) != NULL);
}

/*
 * A NUL-terminated copy of a slice, cut at its first NUL; free() it.
 */
static inline char *
to_string(RsdSlice s)
{
	char	   *copy = malloc(s.len + 1);

	need(copy != NULL);
	if (s.len > 0)
		memcpy(copy, s.data, s.len);
	copy[s.len] = '\0';
	return copy;
}

/* Each target defines this. */
static void fuzz_one(RsdSlice input);

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_one(rsd_slice((const char *) data, size));
	return 0;
}

#endif							/* RSD_FUZZ_H */
