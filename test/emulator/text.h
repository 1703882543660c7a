/*
 * text.h
 *		Growing byte strings and the few text helpers that every file of the
 *		emulator needs: JSON quoting, XML quoting, base64, ids, the clock.
 *
 * The emulator is a test tool: when memory runs out it says so and aborts,
 * so no function here reports an allocation failure.
 */
#ifndef EMU_TEXT_H
#define EMU_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define EMU_UUID_SIZE 37		/* 36 characters and the end */

typedef struct EmuText
{
	char	   *data;			/* NUL-terminated once something was added */
	size_t		len;
	size_t		capacity;
} EmuText;

/* Append len bytes; data may hold NULs. A zeroed EmuText is a valid start. */
extern void emu_text_add(EmuText *text, const char *data, size_t len);

/* Append a C string. */
extern void emu_text_adds(EmuText *text, const char *string);

/* Append as printf does. */
extern void emu_text_addf(EmuText *text, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/* Append bytes as a quoted JSON string; non-ASCII goes out as raw UTF-8. */
extern void emu_text_add_json_string(EmuText *text, const char *data,
									 size_t len);

/* Append a JSON value in compact form; the reference to value is taken. */
extern void emu_text_take_json(EmuText *text, json_t *value);

/* Append bytes with the five XML entities in place of the special ones. */
extern void emu_text_add_xml(EmuText *text, const char *data);

/* Append the base64 form of len bytes. */
extern void emu_text_add_base64(EmuText *text, const unsigned char *data,
								size_t len);

/* Free what text holds and zero it. */
extern void emu_text_free(EmuText *text);

/* malloc and strdup that abort instead of failing; memory is zeroed. */
extern void *emu_alloc(size_t size);
extern char *emu_strdup(const char *string);	/* NULL gives NULL */

/* Fill out with a fresh random UUID (version 4, lower case). */
extern void emu_uuid(char out[EMU_UUID_SIZE]);

/* Wall clock, microseconds since the Unix epoch. */
extern int64_t emu_now_us(void);

/* Monotonic clock, microseconds; for waits and durations. */
extern int64_t emu_ticks_us(void);

/* Microseconds as the service writes times: epoch seconds with millisecond
 * fraction. */
extern json_t *emu_json_time(int64_t us);

#endif							/* EMU_TEXT_H */
