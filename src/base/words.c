/*
 * words.c
 *		Shell-like splitting: one pass that writes the words behind a vector
 *		of pointers, in one allocation sized for the worst case.
 */
#include "base/words.h"

#include <stdlib.h>

#define MAX_TEXT (64 * 1024)

/* What is being read, and where to. */
typedef struct Splitter
{
	const char *p;
	const char *end;
	char	   *to;
	const char *problem;
} Splitter;

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads up to the closing quote; p is behind the opening one. */
static bool
read_quoted(Splitter *s, char quote)
{
	while (s->p < s->end && *s->p != quote)
	{
		if (quote == '"' && *s->p == '\\' && s->end - s->p > 1 &&
			(s->p[1] == '"' || s->p[1] == '\\'))
			s->p++;
		*s->to++ = *s->p++;
	}
	if (s->p == s->end)
	{
		s->problem = "a quote is not closed";
		return false;
	}
	s->p++;
	return true;
}

/* Reads one word, which begins at p, and ends it with a NUL. */
static bool
read_word(Splitter *s)
{
	while (s->p < s->end && !is_blank(*s->p))
	{
		char		c = *s->p++;

		if (c == '\'' || c == '"')
		{
			if (!read_quoted(s, c))
				return false;
			continue;
		}
		if (c == '\\')
		{
			if (s->p == s->end)
			{
				s->problem = "a backslash stands at the end";
				return false;
			}
			c = *s->p++;
		}
		*s->to++ = c;
	}
	*s->to++ = '\0';
	return true;
}

/* Words of text, at most; a word takes a character and a separator. */
static size_t
most_words(RsdSlice text)
{
	return text.len / 2 + 1;
}

static bool
split(Splitter *s, RsdWords *words)
{
	for (;;)
	{
		char	   *start = s->to;

		while (s->p < s->end && is_blank(*s->p))
			s->p++;
		if (s->p == s->end)
			return true;
		if (!read_word(s))
			return false;
		words->argv[words->n++] = start;
	}
}

bool
rsd_words_split(RsdSlice text, RsdWords *words, RsdError *err)
{
	size_t		pointers = (most_words(text) + 1) * sizeof(char *);
	Splitter	s = {text.data, text.data, NULL, NULL};

	words->argv = NULL;
	words->n = 0;
	if (text.len > MAX_TEXT)
		return rsd_error_set(err, RSD_ERR_LIMIT,
							 "a command line of more than %d bytes", MAX_TEXT);
	if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL)
		return rsd_error_set(err, RSD_ERR_INVALID, "a NUL byte is inside");
	words->argv = calloc(1, pointers + text.len + 1);
	if (words->argv == NULL)
		return rsd_error_set(err, RSD_ERR_MEMORY,
							 "out of memory for a command line");
	if (text.len > 0)
		s.end = text.data + text.len;
	s.to = (char *) words->argv + pointers;
	if (split(&s, words))
		return true;
	rsd_words_free(words);
	return rsd_error_set(err, RSD_ERR_INVALID, "%s", s.problem);
}

void
rsd_words_free(RsdWords *words)
{
	free(words->argv);
	words->argv = NULL;
	words->n = 0;
}
