/*
 * slice.h
 *		Borrowed bytes: a pointer and a length, not NUL-terminated.
 *
 * A slice owns nothing; it is valid as long as the bytes it points into.
 */
#ifndef RSD_BASE_SLICE_H
#define RSD_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct RsdSlice
{
	const char *data;			/* may be NULL only if len is 0 */
	size_t		len;			/* bytes */
} RsdSlice;

/* The len bytes at data. */
static inline RsdSlice
rsd_slice(const char *data, size_t len)
{
	RsdSlice	s;

	s.data = data;
	s.len = len;
	return s;
}

/* A C string without its NUL; NULL gives the empty slice. */
static inline RsdSlice
rsd_slice_str(const char *str)
{
	return rsd_slice(str, str == NULL ? 0 : strlen(str));
}

/* Same bytes? */
static inline bool
rsd_slice_eq(RsdSlice a, RsdSlice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Same bytes as this C string? */
static inline bool
rsd_slice_is(RsdSlice s, const char *str)
{
	return rsd_slice_eq(s, rsd_slice_str(str));
}

/* Does s begin with prefix? */
static inline bool
rsd_slice_starts(RsdSlice s, const char *prefix)
{
	size_t		n = strlen(prefix);

	return s.len >= n && (n == 0 || memcmp(s.data, prefix, n) == 0);
}

/* s without leading and trailing blanks, tabs, CRs and LFs. */
static inline RsdSlice
rsd_slice_trim(RsdSlice s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.data[0]) != NULL && s.data[0] != '\0')
	{
		s.data++;
		s.len--;
	}
	while (s.len > 0 && strchr(" \t\r\n", s.data[s.len - 1]) != NULL &&
		   s.data[s.len - 1] != '\0')
		s.len--;
	return s;
}

#endif							/* RSD_BASE_SLICE_H */
