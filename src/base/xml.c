/*
 * xml.c
 *		The text of one element, by a scan over the tags.
 *
 * Reads in document order and never backwards; every look-ahead is bounded
 * by the document's end.
 */
#include "base/xml.h"

#include <stdint.h>

#include "base/utf8.h"

typedef struct Scan
{
	const char *pos;
	const char *end;
} Scan;

/* The document from pos on begins with this. */
static bool
at(const Scan *s, const char *text)
{
	return rsd_slice_starts(rsd_slice(s->pos, (size_t) (s->end - s->pos)),
							text);
}

/* Moves behind the next occurrence of text; false if there is none. */
static bool
skip_past(Scan *s, const char *text)
{
	const char *hit = memmem(s->pos, (size_t) (s->end - s->pos), text,
							 strlen(text));

	if (hit == NULL)
		return false;
	s->pos = hit + strlen(text);
	return true;
}

/* At "<": moves behind the tag, minding quoted attribute values. */
static bool
skip_tag(Scan *s)
{
	char		quote = '\0';

	for (; s->pos < s->end; s->pos++)
	{
		if (quote != '\0')
			quote = *s->pos == quote ? '\0' : quote;
		else if (*s->pos == '"' || *s->pos == '\'')
			quote = *s->pos;
		else if (*s->pos == '>')
		{
			s->pos++;
			return true;
		}
	}
	return false;
}

/* The local name of the tag whose name starts at p. */
static RsdSlice
local_name(const char *p, const char *end)
{
	const char *start = p;

	for (; p < end && strchr(" \t\r\n/>", *p) == NULL; p++)
		if (*p == ':')
			start = p + 1;
	return rsd_slice(start, (size_t) (p - start));
}

/* The character of "&...;" whose body is given, or 0. */
static uint32_t
entity(RsdSlice body)
{
	uint32_t	cp = 0;
	uint32_t	base = 10;
	size_t		i = 1;

	if (rsd_slice_is(body, "lt"))
		return '<';
	if (rsd_slice_is(body, "gt"))
		return '>';
	if (rsd_slice_is(body, "amp"))
		return '&';
	if (rsd_slice_is(body, "quot"))
		return '"';
	if (rsd_slice_is(body, "apos"))
		return '\'';
	if (body.len < 2 || body.data[0] != '#')
		return 0;
	if (body.data[1] == 'x')
	{
		base = 16;
		i = 2;
	}
	for (; i < body.len; i++)
	{
		char		c = body.data[i];
		uint32_t	d = c >= '0' && c <= '9' ? (uint32_t) (c - '0')
			: c >= 'a' && c <= 'f' ? (uint32_t) (c - 'a' + 10)
			: c >= 'A' && c <= 'F' ? (uint32_t) (c - 'A' + 10) : 99;

		if (d >= base || cp > 0x10FFFF)
			return 0;
		cp = cp * base + d;
	}
	return cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF) ? 0 : cp;
}

/* At "&": appends the character meant, or the ampersand itself. */
static void
take_entity(Scan *s, RsdBuf *out)
{
	size_t		left = (size_t) (s->end - s->pos);
	const char *semi = memchr(s->pos, ';', left < 12 ? left : 12);
	uint32_t	cp = 0;
	char		utf8[4];

	if (semi != NULL)
		cp = entity(rsd_slice(s->pos + 1, (size_t) (semi - s->pos - 1)));
	if (cp == 0)
	{
		rsd_buf_addc(out, *s->pos++);
		return;
	}
	rsd_buf_add(out, utf8, (size_t) rsd_utf8_put(cp, utf8));
	s->pos = semi + 1;
}

/* Steps over a comment, processing instruction or declaration at "<". */
static bool
skip_other(Scan *s)
{
	if (at(s, "<!--"))
		return skip_past(s, "-->");
	if (at(s, "<?"))
		return skip_past(s, "?>");
	if (at(s, "<![CDATA["))
		return skip_past(s, "]]>");
	return skip_tag(s);
}

static bool
take_cdata(Scan *s, RsdBuf *out)
{
	const char *start = s->pos + strlen("<![CDATA[");

	if (!skip_past(s, "]]>"))
		return false;
	rsd_buf_add(out, start, (size_t) (s->pos - 3 - start));
	return true;
}

/* Behind a start tag: the element's own text, up to its end tag. */
static bool
take_text(Scan *s, RsdBuf *out)
{
	int			depth = 0;

	while (s->pos < s->end)
	{
		if (at(s, "<![CDATA[") && depth == 0)
		{
			if (!take_cdata(s, out))
				return false;
		}
		else if (at(s, "</"))
		{
			if (depth-- == 0)
				return skip_tag(s);
			if (!skip_tag(s))
				return false;
		}
		else if (at(s, "<!") || at(s, "<?"))
		{
			if (!skip_other(s))
				return false;
		}
		else if (*s->pos == '<')
		{
			if (!skip_tag(s))
				return false;
			depth += s->pos[-2] != '/';
		}
		else if (depth > 0)
			s->pos++;
		else if (*s->pos == '&')
			take_entity(s, out);
		else
			rsd_buf_addc(out, *s->pos++);
	}
	return false;
}

bool
rsd_xml_find(RsdSlice doc, const char *name, RsdBuf *out)
{
	Scan		s = {doc.data, doc.data};

	if (doc.len > 0)
		s.end = doc.data + doc.len;
	while (s.pos < s.end)
	{
		bool		wanted;

		s.pos = memchr(s.pos, '<', (size_t) (s.end - s.pos));
		if (s.pos == NULL)
			return false;
		if (at(&s, "<!") || at(&s, "<?") || at(&s, "</"))
		{
			if (!skip_other(&s))
				return false;
			continue;
		}
		wanted = rsd_slice_is(local_name(s.pos + 1, s.end), name);
		if (!skip_tag(&s))
			return false;
		if (wanted)
			return s.pos[-2] == '/' || take_text(&s, out);
	}
	return false;
}
