/*
 * json_put.h
 *		Writing JSON into a buffer.
 *
 * Commas come by themselves: a key or an array's element is preceded by one
 * unless the buffer ends in an opening bracket.  Brackets are the caller's
 * (rsd_buf_addc).  Failure is the buffer's sticky failure.
 */
#ifndef RSD_BASE_JSON_PUT_H
#define RSD_BASE_JSON_PUT_H

#include <stdint.h>

#include "base/buf.h"

/* Starts an element of an array or object: a comma if one is due. */
extern void rsd_json_put_comma(RsdBuf *buf);

/* Comma if due, then "name": */
extern void rsd_json_put_key(RsdBuf *buf, const char *name);

/*
 * A quoted string; text is taken to be UTF-8 and kept raw, control
 * characters, quotes and backslashes are escaped.  No comma.
 */
extern void rsd_json_put_string(RsdBuf *buf, RsdSlice text);

/* Key and string value. */
extern void rsd_json_put_text(RsdBuf *buf, const char *name, RsdSlice text);

/* The same for a C string, unless it is NULL or empty: then nothing. */
extern void rsd_json_put_optional(RsdBuf *buf, const char *name,
								  const char *value);

/* Key and integer value. */
extern void rsd_json_put_int(RsdBuf *buf, const char *name, int64_t value);

/* Key and true or false. */
extern void rsd_json_put_bool(RsdBuf *buf, const char *name, bool value);

#endif							/* RSD_BASE_JSON_PUT_H */
