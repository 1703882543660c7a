/*
 * error.c
 *		Filling the error value.
 *
 * Owns the clipping of text at UTF-8 characters.  Never allocates or prints.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
rsd_error_clear(RsdError *err)
{
	if (err != NULL)
		memset(err, 0, sizeof(*err));
}

/*
 * Length to which src must be cut so that at most max bytes remain and the
 * last character is whole.
 */
static size_t
clip_length(const char *src, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char) src[max] & 0xC0) == 0x80)
		max--;
	return max;
}

bool
rsd_clip(char *dst, size_t size, const char *src, size_t len)
{
	const char *nul = len == 0 ? NULL : memchr(src, '\0', len);
	size_t		want = nul == NULL ? len : (size_t) (nul - src);
	size_t		got;

	if (size == 0)
		return want == 0;
	got = clip_length(src, want, size - 1);
	if (got > 0)
		memmove(dst, src, got);
	dst[got] = '\0';
	return got == want;
}

/* vsnprintf into dst, clipped at a character. */
static void format_clipped(char *dst, size_t size, const char *fmt,
						   va_list args) RSD_PRINTF(3, 0);

static void
format_clipped(char *dst, size_t size, const char *fmt, va_list args)
{
	char		text[1024];
	int			n = vsnprintf(text, sizeof(text), fmt, args);

	(void) rsd_clip(dst, size, text, n < 0 ? 0 : strlen(text));
}

bool
rsd_error_set(RsdError *err, RsdErrorKind kind, const char *fmt,...)
{
	va_list		args;

	if (err == NULL)
		return false;
	rsd_error_clear(err);
	err->kind = kind;
	va_start(args, fmt);
	format_clipped(err->what, sizeof(err->what), fmt, args);
	va_end(args);
	return false;
}

bool
rsd_error_doing(RsdError *err, const char *fmt,...)
{
	char		inner[sizeof(err->doing)];
	char		outer[sizeof(err->doing)];
	char		both[2 * sizeof(err->doing) + 2];
	va_list		args;

	if (err == NULL)
		return false;
	va_start(args, fmt);
	format_clipped(outer, sizeof(outer), fmt, args);
	va_end(args);
	memcpy(inner, err->doing, sizeof(inner));
	snprintf(both, sizeof(both), "%s%s%s", outer,
			 inner[0] == '\0' ? "" : ": ", inner);
	(void) rsd_clip(err->doing, sizeof(err->doing), both, strlen(both));
	return false;
}

const char *
rsd_error_kind_name(RsdErrorKind kind)
{
	switch (kind)
	{
		case RSD_ERR_NONE:
			return "none";
		case RSD_ERR_MEMORY:
			return "memory";
		case RSD_ERR_LIMIT:
			return "limit";
		case RSD_ERR_INVALID:
			return "invalid";
		case RSD_ERR_MALFORMED:
			return "malformed";
		case RSD_ERR_ENCODING:
			return "encoding";
		case RSD_ERR_NETWORK:
			return "network";
		case RSD_ERR_SERVICE:
			return "service";
		case RSD_ERR_INTERNAL:
			return "internal";
	}
	return "unknown";
}
