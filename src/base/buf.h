/*
 * buf.h
 *		A growing byte buffer with a stated maximum and sticky failure.
 *
 * Append freely and look once at the end: after the first append that would
 * exceed the maximum, or that malloc refuses, the buffer keeps what it had,
 * ignores further appends and says so.  The bytes are always followed by a
 * NUL that is not counted.
 */
#ifndef RSD_BASE_BUF_H
#define RSD_BASE_BUF_H

#include "base/error.h"
#include "base/slice.h"

/* Read data and len freely; write through the functions only. */
typedef struct RsdBuf
{
	char	   *data;			/* NULL until the first append */
	size_t		len;			/* bytes in use */
	size_t		cap;			/* bytes allocated */
	size_t		max;			/* len never exceeds this */
	RsdErrorKind failure;		/* RSD_ERR_NONE, _LIMIT or _MEMORY */
} RsdBuf;

/* Makes an empty buffer of at most max bytes.  Allocates nothing. */
extern void rsd_buf_init(RsdBuf *buf, size_t max);

/* Appends len bytes; data may be NULL if len is 0. */
extern void rsd_buf_add(RsdBuf *buf, const void *data, size_t len);

/* Appends one byte. */
extern void rsd_buf_addc(RsdBuf *buf, char c);

/* Appends a C string. */
extern void rsd_buf_adds(RsdBuf *buf, const char *str);

/* Appends printf style. */
extern void rsd_buf_addf(RsdBuf *buf, const char *fmt,...) RSD_PRINTF(2, 3);

/* Forgets content and failure, keeps the memory. */
extern void rsd_buf_reset(RsdBuf *buf);

/* Zeroes all memory ever used by the present allocation, then resets. */
extern void rsd_buf_wipe(RsdBuf *buf);

/*
 * Frees the memory; the buffer is then as after rsd_buf_init.  Growing
 * zeroes outgrown memory, so wipe + free leaves no copy of a secret.
 */
extern void rsd_buf_free(RsdBuf *buf);

/*
 * The first n bytes are not needed any more: the memory under them may go
 * back to the system, and what they say is undefined.  The others stay where
 * they are.
 */
extern void rsd_buf_give_back(RsdBuf *buf, size_t n);

/*
 * True if no append has failed; else sets err (kind LIMIT or MEMORY, what
 * names the thing, as in "request body").
 */
extern bool rsd_buf_check(const RsdBuf *buf, const char *what,
						  RsdError *err) RSD_MUSTCHECK;

/* Zeroes memory in a way the compiler does not remove. */
extern void rsd_wipe(void *data, size_t len);

/* Has an append failed? */
static inline bool
rsd_buf_failed(const RsdBuf *buf)
{
	return buf->failure != RSD_ERR_NONE;
}

/* The bytes; valid until the next append, reset or free. */
static inline RsdSlice
rsd_buf_slice(const RsdBuf *buf)
{
	return rsd_slice(buf->data, buf->len);
}

/* The bytes as a C string, "" if empty; same lifetime. */
static inline const char *
rsd_buf_str(const RsdBuf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}

#endif							/* RSD_BASE_BUF_H */
