/*
 * utf8text.c
 *	  Text between the service's UTF-8 and the database's encoding.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "pg/utf8text.h"

char *
rsd_text_to_utf8(const char *text)
{
	char	   *copy;

	if (text == NULL)
		return NULL;
	copy = pg_server_to_any(text, strlen(text), PG_UTF8);
	return copy == text ? pstrdup(text) : copy;
}

char *
rsd_text_from_utf8(const char *text)
{
	size_t		len = strlen(text);
	bool		unicode = GetDatabaseEncoding() == PG_UTF8;
	char	   *copy = palloc(len + 1);
	char	   *end = copy;

	while (len > 0)
	{
		int			n = Min((size_t) pg_encoding_mblen(PG_UTF8, text), len);
		bool		ascii = n == 1 && !IS_HIGHBIT_SET(*text);

		if (ascii || (unicode && pg_verify_mbstr(PG_UTF8, text, n, true)))
		{
			memcpy(end, text, n);
			end += n;
		}
		else
			*end++ = '?';
		text += n;
		len -= n;
	}
	*end = '\0';
	return copy;
}
