/*
 * words.h
 *		Splitting a command line into words as a POSIX shell would, without
 *		being a shell: quotes and backslashes, nothing else.
 *
 * No variables, globs, pipes or comments.
 */
#ifndef RSD_BASE_WORDS_H
#define RSD_BASE_WORDS_H

#include "base/error.h"
#include "base/slice.h"

/* All zero is the empty list. */
typedef struct RsdWords
{
	char	  **argv;			/* n words, then NULL; one allocation */
	int			n;
} RsdWords;

/*
 * Splits text.  Blanks separate words; '...' is literal, in "..." a backslash
 * escapes only " and \, elsewhere it escapes any character.  On success
 * words owns its memory.  Errors: INVALID (a quote left open, a backslash at
 * the end, a NUL inside), LIMIT (over 64 kB), MEMORY; words is then empty.
 */
extern bool rsd_words_split(RsdSlice text, RsdWords *words,
							RsdError *err) RSD_MUSTCHECK;

/* Frees the memory and empties the list. */
extern void rsd_words_free(RsdWords *words);

#endif							/* RSD_BASE_WORDS_H */
