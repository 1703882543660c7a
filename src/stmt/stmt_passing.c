/*
 * stmt_passing.c
 *	  Which failures that Redshift reports may pass.
 *
 * The Data API gives the error's text and no SQLSTATE, so it is the text that
 * is looked at.  A connection that broke later is not here: what ran over it
 * may have been committed.
 */
#include "stmt/stmt_passing.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

typedef struct Phrase
{
	unsigned	cause;
	const char *words;
} Phrase;

static const Phrase phrases[] = {
	/* Redshift's error 1023, as its database developer guide has it */
	{RSD_CAUSE_SERIALIZATION, "serializable isolation violation"},
	{RSD_CAUSE_SERIALIZATION, "conflict with concurrent transaction"},
	/* class 40 of PostgreSQL: the transaction was rolled back */
	{RSD_CAUSE_SERIALIZATION, "could not serialize access"},
	{RSD_CAUSE_SERIALIZATION, "deadlock detected"},
	/* no connection came about */
	{RSD_CAUSE_CONNECTION, "could not connect to"},
	{RSD_CAUSE_CONNECTION, "connection refused"},
	{RSD_CAUSE_CONNECTION, "connection attempt"},
	{RSD_CAUSE_CONNECTION, "connection limit"},
	{RSD_CAUSE_CONNECTION, "too many connections"},
	{RSD_CAUSE_CONNECTION, "too many clients"},
	{RSD_CAUSE_CONNECTION, "remaining connection slots"},
	{RSD_CAUSE_CONNECTION, "the database system is starting up"},
};

bool
rsd_passing(const char *words, unsigned causes)
{
	if (words == NULL)
		return false;
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
	{
		if ((phrases[i].cause & causes) != 0 &&
			strcasestr(words, phrases[i].words) != NULL)
			return true;
	}
	return false;
}

static bool
is_word_char(char c)
{
	return isalnum((unsigned char) c) || c == '_';
}

/* Is this word anywhere in the text, in whatever quotes or comments? */
static bool
has_word(const char *text, const char *word)
{
	const char *found = text;

	while ((found = strcasestr(found, word)) != NULL)
	{
		const char *end = found + strlen(word);

		if ((found == text || !is_word_char(found[-1])) && !is_word_char(*end))
			return true;
		found = end;
	}
	return false;
}

/*
 * TRUNCATE and ALTER TABLE APPEND commit, as Redshift's database developer
 * guide has it, and a procedure may.  END is a COMMIT, but mostly that of a
 * CASE: it counts in texts that begin with it.
 */
bool
rsd_passing_commits(const char *sql)
{
	static const char *const words[] = {
		"truncate", "append", "call", "commit"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
	{
		if (has_word(sql, words[i]))
			return true;
	}
	while (isspace((unsigned char) *sql))
		sql++;
	return strncasecmp(sql, "end", 3) == 0 && !is_word_char(sql[3]);
}
