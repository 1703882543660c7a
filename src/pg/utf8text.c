/*
 * utf8text.c
 *	  Text between the service's UTF-8 and the database's encoding.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
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

/* Bytes that are not valid UTF-8, or if "strict" not ASCII, become "?". */
static char *
clean(const char *text, bool strict)
{
	size_t		len = strlen(text);
	char	   *copy = palloc(len + 1);
	char	   *end = copy;

	while (len > 0)
	{
		int			n = Min((size_t) pg_encoding_mblen(PG_UTF8, text), len);
		bool		ascii = n == 1 && !IS_HIGHBIT_SET(*text);

		if (ascii || (!strict && pg_verify_mbstr(PG_UTF8, text, n, true)))
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

/* Converts valid UTF-8; characters that have no place there become "?". */
static char *
convert(const char *text, Oid conversion)
{
	int			len = (int) strlen(text);
	char	   *copy = palloc((Size) len * MAX_CONVERSION_GROWTH + 1);
	char	   *end = copy;

	*end = '\0';
	while (len > 0)
	{
		int			n = pg_do_encoding_conversion_buf(conversion, PG_UTF8,
													  GetDatabaseEncoding(),
													  (unsigned char *) unconstify(char *, text),
													  len,
													  (unsigned char *) end,
													  len * MAX_CONVERSION_GROWTH + 1,
													  true);

		end += strlen(end);
		text += n;
		len -= n;
		if (len == 0)
			break;
		n = Min(pg_encoding_mblen(PG_UTF8, text), len);
		*end++ = '?';
		*end = '\0';
		text += n;
		len -= n;
	}
	return copy;
}

char *
rsd_text_from_utf8(const char *text)
{
	Oid			conversion = InvalidOid;

	if (GetDatabaseEncoding() == PG_UTF8)
		return clean(text, false);
	if (IsTransactionState())
		conversion = FindDefaultConversionProc(PG_UTF8, GetDatabaseEncoding());
	if (!OidIsValid(conversion))
		return clean(text, true);
	return convert(clean(text, false), conversion);
}
