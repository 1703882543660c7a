/*
 * t_word.c
 *		base/word: every byte at every place, against a search byte by byte.
 */
#include "base/word.h"
#include "tap.h"

/* What rsd_word_json_special() promises, said slowly. */
static const char *
slow_special(const char *p, const char *end)
{
	while (p < end && *p != '"' && *p != '\\' && (unsigned char) *p >= 0x20)
		p++;
	return p;
}

/* One byte, or two, among others that are nothing special. */
static int
wrong_places(unsigned char around)
{
	int			wrong = 0;

	for (int byte = 0; byte < 256; byte++)
		for (size_t len = 1; len <= 24; len++)
			for (size_t at = 0; at < len; at++)
			{
				char	   *text = malloc(len);

				memset(text, around, len);
				text[at] = (char) byte;
				text[(at * 7 + 3) % len] = (char) byte;
				wrong += rsd_word_json_special(text, text + len) !=
					slow_special(text, text + len);
				free(text);
			}
	return wrong;
}

static void
test_marks(void)
{
	const char	text[] = "ab,,c\",\x2d";	/* 0x2d follows a comma */
	uint64_t	word = rsd_word_load(text);

	is_int(rsd_word_first(rsd_word_equal(word, 'a')), 0, "the first byte");
	is_int(rsd_word_first(rsd_word_equal(word, ',')), 2, "the first of some");
	is_int(rsd_word_first(rsd_word_equal(word, '-')), 7, "the last byte");
	is_int(rsd_word_equal(word, 'x'), 0, "none");
	is_int(rsd_word_below(word, 0x20), 0, "none that is less");
	is_int(rsd_word_first(rsd_word_below(word, 0x23)), 5, "one that is");
	is_int(rsd_word_equal(rsd_word_load("\x80\xff\x80\xff\x80\xff\x80\xff"), '\0'),
		   0, "bytes with their highest bit are no zeros");
}

int
main(void)
{
	test_marks();
	is_int(wrong_places('x'), 0, "among letters");
	is_int(wrong_places(0x21), 0, "among bytes just below a quote");
	is_int(wrong_places(0x23), 0, "among bytes just above");
	is_int(wrong_places(0x80), 0, "among bytes with their highest bit");
	is_int(wrong_places(0xff), 0, "among the highest");
	return tap_done();
}
