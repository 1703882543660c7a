/*
 * t_words.c
 *		Command lines split into words, and that quoting them gives them back.
 */
#include "base/words.h"
#include "fuzz.h"

/* Appends a word in single quotes, as one would for a shell. */
static void
quote(RsdBuf *out, const char *word)
{
	rsd_buf_adds(out, " '");
	for (; *word != '\0'; word++)
	{
		if (*word == '\'')
			rsd_buf_adds(out, "'\\''");
		else
			rsd_buf_addc(out, *word);
	}
	rsd_buf_addc(out, '\'');
}

static void
fuzz_one(RsdSlice input)
{
	RsdWords	words = {0};
	RsdWords	again = {0};
	RsdBuf		quoted;
	RsdError	err;
	int			i;

	if (!rsd_words_split(input, &words, &err))
	{
		need(err.kind != RSD_ERR_NONE && words.n == 0);
		return;
	}
	rsd_buf_init(&quoted, 1024 * 1024);
	for (i = 0; i < words.n; i++)
		quote(&quoted, words.argv[i]);
	need(words.argv == NULL || words.argv[words.n] == NULL);
	if (quoted.len <= 64 * 1024)
	{
		need(rsd_words_split(rsd_buf_slice(&quoted), &again, &err));
		need(again.n == words.n);
		for (i = 0; i < words.n; i++)
			need(strcmp(words.argv[i], again.argv[i]) == 0);
		rsd_words_free(&again);
	}
	rsd_buf_free(&quoted);
	rsd_words_free(&words);
}
