/*
 * text.c
 *		Growing byte strings, quoting, ids and clocks for all other files.
 *
 * Owns no state. Never reports an allocation failure: it aborts, because a
 * test tool that goes on without memory would only blur the test.
 */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>

static void
out_of_memory(void)
{
	fputs("rsdata-emulator: out of memory\n", stderr);
	abort();
}

void *
emu_alloc(size_t size)
{
	void	   *memory = calloc(1, size > 0 ? size : 1);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

char *
emu_strdup(const char *string)
{
	char	   *copy;

	if (string == NULL)
		return NULL;
	copy = strdup(string);
	if (copy == NULL)
		out_of_memory();
	return copy;
}

/* Make room for extra bytes and a closing NUL. */
static void
reserve(EmuText *text, size_t extra)
{
	size_t		wanted = text->len + extra + 1;
	size_t		capacity = text->capacity > 0 ? text->capacity : 64;

	if (wanted <= text->capacity)
		return;
	while (capacity < wanted)
		capacity *= 2;
	text->data = realloc(text->data, capacity);
	if (text->data == NULL)
		out_of_memory();
	text->capacity = capacity;
}

void
emu_text_add(EmuText *text, const char *data, size_t len)
{
	reserve(text, len);
	if (len > 0)
		memcpy(text->data + text->len, data, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void
emu_text_adds(EmuText *text, const char *string)
{
	emu_text_add(text, string, strlen(string));
}

void
emu_text_addf(EmuText *text, const char *format,...)
{
	va_list		args;
	char	   *formatted = NULL;
	int			len;

	va_start(args, format);
	len = vasprintf(&formatted, format, args);
	va_end(args);
	if (len < 0)
		out_of_memory();
	emu_text_add(text, formatted, (size_t) len);
	free(formatted);
}

void
emu_text_add_json_string(EmuText *text, const char *data, size_t len)
{
	size_t		start = 0;

	emu_text_add(text, "\"", 1);
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) data[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		emu_text_add(text, data + start, i - start);
		start = i + 1;
		if (c == '"' || c == '\\')
			emu_text_addf(text, "\\%c", c);
		else if (c == '\n')
			emu_text_adds(text, "\\n");
		else
			emu_text_addf(text, "\\u%04x", c);
	}
	emu_text_add(text, data + start, len - start);
	emu_text_add(text, "\"", 1);
}

void
emu_text_take_json(EmuText *text, json_t *value)
{
	/* 13 digits hold epoch seconds with milliseconds exactly. */
	char	   *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
								  JSON_REAL_PRECISION(13));

	if (dump == NULL)
		out_of_memory();
	emu_text_adds(text, dump);
	free(dump);
	json_decref(value);
}

void
emu_text_add_xml(EmuText *text, const char *data)
{
	for (; *data != '\0'; data++)
	{
		switch (*data)
		{
			case '&':
				emu_text_adds(text, "&amp;");
				break;
			case '<':
				emu_text_adds(text, "&lt;");
				break;
			case '>':
				emu_text_adds(text, "&gt;");
				break;
			case '"':
				emu_text_adds(text, "&quot;");
				break;
			case '\'':
				emu_text_adds(text, "&apos;");
				break;
			default:
				emu_text_add(text, data, 1);
		}
	}
}

void
emu_text_add_base64(EmuText *text, const unsigned char *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3)
	{
		size_t		left = len - i;
		unsigned int group = (unsigned int) data[i] << 16;
		char		out[4];

		if (left > 1)
			group |= (unsigned int) data[i + 1] << 8;
		if (left > 2)
			group |= data[i + 2];
		out[0] = digits[group >> 18];
		out[1] = digits[(group >> 12) & 63];
		out[2] = left > 1 ? digits[(group >> 6) & 63] : '=';
		out[3] = left > 2 ? digits[group & 63] : '=';
		emu_text_add(text, out, 4);
	}
}

void
emu_text_free(EmuText *text)
{
	free(text->data);
	memset(text, 0, sizeof(*text));
}

void
emu_uuid(char out[EMU_UUID_SIZE])
{
	unsigned char bytes[16];

	if (RAND_bytes(bytes, (int) sizeof(bytes)) != 1)
		abort();
	bytes[6] = (unsigned char) ((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (unsigned char) ((bytes[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = "0123456789abcdef"[bytes[i] >> 4];
		*out++ = "0123456789abcdef"[bytes[i] & 15];
	}
	*out = '\0';
}

static int64_t
clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
emu_now_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t
emu_ticks_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

json_t *
emu_json_time(int64_t us)
{
	return json_real((double) (us / 1000) / 1000.0);
}
