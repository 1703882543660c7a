/*
 * ini.c
 *		The pull reader of AWS profile files.
 */
#include "base/ini.h"

void
rsd_ini_open(RsdIniReader *reader, RsdSlice text)
{
	memset(reader, 0, sizeof(*reader));
	/* some editors put a byte order mark in front */
	if (rsd_slice_starts(text, "\xEF\xBB\xBF"))
		text = rsd_slice(text.data + 3, text.len - 3);
	reader->pos = text.data;
	reader->end = text.len == 0 ? text.data : text.data + text.len;
}

/* Takes the next line off, without its line end; false at the end. */
static bool
take_line(RsdIniReader *reader, RsdSlice *line)
{
	size_t		left = (size_t) (reader->end - reader->pos);
	const char *newline;

	if (left == 0)
		return false;
	newline = memchr(reader->pos, '\n', left);
	line->data = reader->pos;
	line->len = newline == NULL ? left : (size_t) (newline - reader->pos);
	reader->pos += line->len + (newline == NULL ? 0 : 1);
	reader->line++;
	return true;
}

/* Blank, or nothing but a comment? */
static bool
says_nothing(RsdSlice trimmed)
{
	return trimmed.len == 0 || trimmed.data[0] == '#' ||
		trimmed.data[0] == ';';
}

static RsdIniKind
fail(RsdIniReader *reader, const char *problem)
{
	reader->problem = problem;
	return RSD_INI_ERROR;
}

static RsdIniKind
read_section(RsdIniReader *reader, RsdSlice text, RsdIniItem *item)
{
	size_t		n = text.len;

	while (n > 0 && text.data[n - 1] != ']')
		n--;
	if (n == 0)
		return fail(reader, "a section without \"]\"");
	item->name = rsd_slice_trim(rsd_slice(text.data + 1, n - 2));
	if (item->name.len == 0)
		return fail(reader, "a section without a name");
	reader->in_section = true;
	reader->has_key = false;
	return RSD_INI_SECTION;
}

/* Cuts text at its first "=" or ":"; false if there is none. */
static bool
split_pair(RsdSlice text, RsdIniItem *item)
{
	size_t		n = 0;

	while (n < text.len && text.data[n] != '=' && text.data[n] != ':')
		n++;
	if (n == text.len)
		return false;
	item->name = rsd_slice_trim(rsd_slice(text.data, n));
	item->value = rsd_slice_trim(rsd_slice(text.data + n + 1,
										   text.len - n - 1));
	return true;
}

/* A line that belongs to the value of the last key. */
static RsdIniKind
read_deeper(RsdSlice text, RsdIniItem *item)
{
	if (split_pair(text, item) && item->name.len > 0)
		return RSD_INI_SUBKEY;
	item->name = rsd_slice(text.data, 0);
	item->value = text;
	return RSD_INI_MORE;
}

static RsdIniKind
read_line(RsdIniReader *reader, RsdSlice line, RsdSlice text,
		  RsdIniItem *item)
{
	size_t		indent = (size_t) (text.data - line.data);

	if (memchr(line.data, '\0', line.len) != NULL)
		return fail(reader, "a NUL byte");
	if (reader->has_key && indent > reader->indent)
		return read_deeper(text, item);
	if (text.data[0] == '[')
		return read_section(reader, text, item);
	if (!reader->in_section)
		return fail(reader, "text before the first [section]");
	if (!split_pair(text, item))
		return fail(reader, "neither [section] nor key = value");
	if (item->name.len == 0)
		return fail(reader, "a value without a key");
	reader->has_key = true;
	reader->indent = indent;
	return RSD_INI_KEY;
}

RsdIniKind
rsd_ini_next(RsdIniReader *reader, RsdIniItem *item)
{
	RsdSlice	line;
	RsdSlice	text;

	memset(item, 0, sizeof(*item));
	if (reader->problem != NULL)
		return item->kind = RSD_INI_ERROR;
	do
	{
		if (!take_line(reader, &line))
			return item->kind = RSD_INI_END;
		text = rsd_slice_trim(line);
	} while (says_nothing(text));
	item->line = reader->line;
	return item->kind = read_line(reader, line, text, item);
}

bool
rsd_ini_problem(const RsdIniReader *reader, const char *file, RsdError *err)
{
	return rsd_error_set(err, RSD_ERR_MALFORMED, "file \"%s\", line %d: %s",
						 file, reader->line, reader->problem);
}
