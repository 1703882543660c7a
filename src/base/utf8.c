/*
 * utf8.c
 *		Judging UTF-8 (RFC 3629).
 */
#include "base/utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Is b a continuation byte? */
static inline bool
is_tail(unsigned char b)
{
	return (b & 0xC0) == 0x80;
}

/*
 * Length of the valid multi-byte sequence at p (its first byte is not
 * ASCII), or 0.  The ranges of the second byte are table 3-7 of the Unicode
 * Standard: they exclude overlong forms, surrogates and what is beyond
 * U+10FFFF.
 */
static size_t
sequence_length(const unsigned char *p, size_t left)
{
	unsigned char lead = p[0];

	if (lead >= 0xC2 && lead <= 0xDF)
		return left >= 2 && is_tail(p[1]) ? 2 : 0;
	if (lead >= 0xE0 && lead <= 0xEF)
	{
		unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
		unsigned char high = lead == 0xED ? 0x9F : 0xBF;

		return left >= 3 && p[1] >= low && p[1] <= high && is_tail(p[2])
			? 3 : 0;
	}
	if (lead >= 0xF0 && lead <= 0xF4)
	{
		unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
		unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;

		return left >= 4 && p[1] >= low && p[1] <= high && is_tail(p[2]) &&
			is_tail(p[3]) ? 4 : 0;
	}
	return 0;
}

size_t
rsd_utf8_valid_prefix(RsdSlice s)
{
	const unsigned char *p = (const unsigned char *) s.data;
	size_t		i = 0;

	while (i < s.len)
	{
		uint64_t	word;
		size_t		n;

		while (s.len - i >= sizeof(word))
		{
			memcpy(&word, p + i, sizeof(word));
			if ((word & HIGH_BITS) != 0)
				break;
			i += sizeof(word);
		}
		if (i == s.len)
			break;
		if (p[i] < 0x80)
		{
			i++;
			continue;
		}
		n = sequence_length(p + i, s.len - i);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

bool
rsd_utf8_valid(RsdSlice s)
{
	return rsd_utf8_valid_prefix(s) == s.len;
}

int
rsd_utf8_put(uint32_t cp, char out[4])
{
	if (cp < 0x80)
	{
		out[0] = (char) cp;
		return 1;
	}
	if (cp < 0x800)
	{
		out[0] = (char) (0xC0 | (cp >> 6));
		out[1] = (char) (0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000)
	{
		out[0] = (char) (0xE0 | (cp >> 12));
		out[1] = (char) (0x80 | ((cp >> 6) & 0x3F));
		out[2] = (char) (0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | (cp >> 18));
	out[1] = (char) (0x80 | ((cp >> 12) & 0x3F));
	out[2] = (char) (0x80 | ((cp >> 6) & 0x3F));
	out[3] = (char) (0x80 | (cp & 0x3F));
	return 4;
}

/* One character for people at p, or U+FFFD for a bad one; bytes taken. */
static size_t
show_one(const unsigned char *p, size_t left, char utf8[4], int *written)
{
	size_t		n = p[0] < 0x80 ? 1 : sequence_length(p, left);

	if (n == 0 || p[0] == '\0')
	{
		*written = rsd_utf8_put(0xFFFD, utf8);
		return 1;
	}
	memcpy(utf8, p, n);
	*written = (int) n;
	return n;
}

void
rsd_utf8_show(RsdSlice text, char *dst, size_t size)
{
	const unsigned char *p = (const unsigned char *) text.data;
	size_t		used = 0;
	size_t		i = 0;

	if (size == 0)
		return;
	while (i < text.len)
	{
		char		utf8[4];
		int			n;

		i += show_one(p + i, text.len - i, utf8, &n);
		if (used + (size_t) n >= size)
			break;
		memcpy(dst + used, utf8, (size_t) n);
		used += (size_t) n;
	}
	dst[used] = '\0';
}
