/*
 * markers.c
 *		Where SQL text names parameters.
 *
 * Strings, quoted identifiers and comments are passed over, as far as there
 * is one way to read them.  Where there are two (a backslash in a string, a
 * comment in a comment, quotes that are not closed) the walk is lost: from
 * there every :name is perhaps a marker, wherever it stands.
 */
#include "aws/markers.h"

#include <strings.h>

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_';
}

/* Bytes that may belong to the word or value before a colon. */
static bool
ends_operand(char c)
{
	return is_name_byte(c) || (unsigned char) c >= 0x80 ||
		(c != '\0' && strchr("$)]}\"'", c) != NULL);
}

/* The byte at pos + n, or NUL behind the end. */
static char
peek(const RsdMarkers *w, size_t n)
{
	return (size_t) (w->end - w->pos) > n ? w->pos[n] : '\0';
}

static void
advance(RsdMarkers *w, size_t n)
{
	w->pos += n;
	w->before = w->pos[-1];
}

void
rsd_markers_open(RsdMarkers *walk, RsdSlice sql)
{
	memset(walk, 0, sizeof(*walk));
	walk->pos = sql.len > 0 ? sql.data : "";
	walk->end = walk->pos + sql.len;
	walk->before = ' ';
}

/*
 * Passes over what stands between two quotes (a doubled one is part of it);
 * lost if that could be read in two ways.
 */
static void
pass_quoted(RsdMarkers *w, char quote)
{
	const char *p = w->pos + 1;

	for (; p < w->end; p++)
	{
		if (*p == '\\' && quote == '\'')
			break;
		if (*p != quote)
			continue;
		if (p + 1 < w->end && p[1] == quote)
			p++;
		else
		{
			advance(w, (size_t) (p + 1 - w->pos));
			return;
		}
	}
	w->lost = true;
	advance(w, 1);
}

static void
pass_line_comment(RsdMarkers *w)
{
	const char *eol = memchr(w->pos, '\n', (size_t) (w->end - w->pos));

	advance(w, (size_t) ((eol == NULL ? w->end : eol) - w->pos));
}

static void
pass_block_comment(RsdMarkers *w)
{
	const char *p;

	for (p = w->pos + 2; p + 1 < w->end; p++)
	{
		if (p[0] == '/' && p[1] == '*')
			break;
		if (p[0] == '*' && p[1] == '/')
		{
			advance(w, (size_t) (p + 2 - w->pos));
			w->before = ' ';
			return;
		}
	}
	w->lost = true;
	advance(w, 2);
}

/*
 * A dollar quote ($$ or $tag$), which not every scanner knows: as bad as two
 * ways to read.  $1 and a dollar in a name are none.
 */
static bool
opens_dollar_quote(const RsdMarkers *w)
{
	size_t		n = 1;

	if (is_name_byte(w->before) || (unsigned char) w->before >= 0x80 ||
		(peek(w, 1) >= '0' && peek(w, 1) <= '9'))
		return false;
	while (is_name_byte(peek(w, n)) || (unsigned char) peek(w, n) >= 0x80)
		n++;
	return peek(w, n) == '$';
}

/* Goes to the next colon that counts; false at the end. */
static bool
find_colon(RsdMarkers *w)
{
	while (w->pos < w->end)
	{
		char		c = *w->pos;

		if (c == ':')
			return true;
		if (w->lost)
			advance(w, 1);
		else if (c == '\'' || c == '"')
			pass_quoted(w, c);
		else if (c == '-' && peek(w, 1) == '-')
			pass_line_comment(w);
		else if (c == '/' && peek(w, 1) == '*')
			pass_block_comment(w);
		else
		{
			if (c == '$' && opens_dollar_quote(w))
				w->lost = true;
			w->brackets += c == '[';
			w->brackets -= c == ']' && w->brackets > 0;
			advance(w, 1);
		}
	}
	return false;
}

/* Nothing in SQL that stands like this is anything but a marker. */
static bool
is_sure(const RsdMarkers *w, char before, RsdSlice name)
{
	char		first = name.data[0];

	return !w->lost && w->brackets == 0 && !ends_operand(before) &&
		before != ':' && !(first >= '0' && first <= '9') &&
		(unsigned char) peek(w, 0) < 0x80 &&
		peek(w, 0) != '$' &&
		!(peek(w, 0) == ':' && peek(w, 1) != ':');
}

RsdMarker
rsd_markers_next(RsdMarkers *walk, RsdSlice *name)
{
	while (find_colon(walk))
	{
		char		before = walk->before;
		const char *start = walk->pos + 1;

		if (peek(walk, 1) == ':' && !walk->lost)
		{
			/* a cast: its second colon marks nothing */
			advance(walk, 2);
			while (is_name_byte(peek(walk, 0)))
				advance(walk, 1);
			continue;
		}
		advance(walk, 1);
		while (is_name_byte(peek(walk, 0)))
			advance(walk, 1);
		if (walk->pos == start)
			continue;
		*name = rsd_slice(start, (size_t) (walk->pos - start));
		return is_sure(walk, before, *name) ? RSD_MARKER_SURE :
			RSD_MARKER_PERHAPS;
	}
	return RSD_MARKER_END;
}

bool
rsd_marker_same(RsdSlice a, RsdSlice b)
{
	return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}
