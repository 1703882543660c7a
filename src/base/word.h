/*
 * word.h
 *		Eight bytes of text at once.
 *
 * A search marks the bytes that it looks for with their highest bit.  Of the
 * marks only the lowest is sure to be right (a borrow may set others above
 * it), and none is missing, so that no mark means no such byte.
 */
#ifndef RSD_BASE_WORD_H
#define RSD_BASE_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RSD_WORD_BYTES 8

/* A word of eight times this byte. */
#define RSD_WORD_OF(byte) (UINT64_C(0x0101010101010101) * (uint64_t) (byte))

/* The eight bytes at p, the first of them lowest. */
static inline uint64_t
rsd_word_load(const char *p)
{
	uint64_t	word;

	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* Marks bytes less than limit, which is at most 0x80. */
static inline uint64_t
rsd_word_below(uint64_t word, unsigned char limit)
{
	return (word - RSD_WORD_OF(limit)) & ~word & RSD_WORD_OF(0x80);
}

/* Marks bytes that are c. */
static inline uint64_t
rsd_word_equal(uint64_t word, char c)
{
	return rsd_word_below(word ^ RSD_WORD_OF((unsigned char) c), 1);
}

/* The place of the lowest mark, 0 to 7; there must be one. */
static inline size_t
rsd_word_first(uint64_t marks)
{
	return (size_t) __builtin_ctzll(marks) / 8;
}

/*
 * What a JSON string cannot have as itself: the first quote, backslash or
 * control character at or after p, or end.
 */
static inline const char *
rsd_word_json_special(const char *p, const char *end)
{
	for (; end - p >= RSD_WORD_BYTES; p += RSD_WORD_BYTES)
	{
		uint64_t	word = rsd_word_load(p);
		uint64_t	marks = rsd_word_equal(word, '"') |
			rsd_word_equal(word, '\\') | rsd_word_below(word, 0x20);

		if (marks != 0)
			return p + rsd_word_first(marks);
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char) *p >= 0x20)
		p++;
	return p;
}

#endif							/* RSD_BASE_WORD_H */
