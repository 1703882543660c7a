/*
 * t_markers.c
 *		Parameter markers in SQL text.
 */
#include "aws/markers.h"
#include "fuzz.h"

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '_';
}

/* Each marker is a whole :name of the text, behind the one before. */
static void
walk(RsdSlice sql)
{
	RsdMarkers	walk;
	RsdSlice	name;
	const char *from = sql.data;

	rsd_markers_open(&walk, sql);
	while (rsd_markers_next(&walk, &name) != RSD_MARKER_END)
	{
		const char *end = name.data + name.len;

		need(name.len > 0 && name.data > from && end <= sql.data + sql.len);
		need(name.data[-1] == ':');
		need(end == sql.data + sql.len || !is_name_byte(*end));
		for (size_t i = 0; i < name.len; i++)
			need(is_name_byte(name.data[i]));
		from = end;
	}
	need(rsd_markers_next(&walk, &name) == RSD_MARKER_END);
}

/* The same text as a literal has no marker, or none that is sure. */
static void
walk_quoted(RsdSlice sql)
{
	RsdBuf		quoted;
	RsdMarkers	walk;
	RsdSlice	name;
	bool		plain = sql.len == 0 ||
		memchr(sql.data, '\\', sql.len) == NULL;

	rsd_buf_init(&quoted, 1024 * 1024);
	rsd_buf_addc(&quoted, '\'');
	for (size_t i = 0; i < sql.len; i++)
	{
		if (sql.data[i] == '\'')
			rsd_buf_addc(&quoted, '\'');
		rsd_buf_addc(&quoted, sql.data[i]);
	}
	rsd_buf_addc(&quoted, '\'');
	rsd_markers_open(&walk, rsd_buf_slice(&quoted));
	if (plain)
		need(rsd_markers_next(&walk, &name) == RSD_MARKER_END);
	else
		need(rsd_markers_next(&walk, &name) != RSD_MARKER_SURE);
	rsd_buf_free(&quoted);
}

static void
fuzz_one(RsdSlice input)
{
	walk(input);
	if (input.len < 64 * 1024)
		walk_quoted(input);
}
