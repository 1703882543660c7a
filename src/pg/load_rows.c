/*
 * load_rows.c
 *	  Result rows as COPY reads them: from JSON fields in place to the text
 *	  format, without a copy in between for all but escaped strings.
 *
 * Values keep every digit: numbers are passed on as they were written.
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "aws/resultset.h"
#include "base/base64.h"
#include "pg/load_rows.h"

struct RsdLoadRows
{
	int			ncolumns;
	const bool *hex;
	RsdField   *fields;
	RsdRows		reader;
	bool		open;
	RsdBuf		text;			/* an unescaped or decoded value */
};

/* RsdBuf's memory is malloc'd: free it with the context, error or not. */
static void
free_text(void *arg)
{
	rsd_buf_free(arg);
}

RsdLoadRows *
rsd_load_rows_make(int ncolumns, const bool *hex)
{
	RsdLoadRows *rows = palloc0(sizeof(RsdLoadRows));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	rows->ncolumns = ncolumns;
	rows->hex = hex;
	rows->fields = palloc(sizeof(RsdField) * Max(ncolumns, 1));
	rsd_buf_init(&rows->text, MaxAllocSize - 1);
	callback->func = free_text;
	callback->arg = &rows->text;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return rows;
}

void
rsd_load_rows_take(RsdLoadRows *rows, RsdLoadFormat format, RsdSlice bytes)
{
	Assert(format == RSD_LOAD_JSON);
	rsd_rows_open(&rows->reader, bytes);
	rows->open = true;
}

static void
corrupted(const char *what)
{
	ereport(ERROR,
			errcode(ERRCODE_DATA_CORRUPTED),
			errmsg("could not read a row of the result: %s", what));
}

/* The letter that stands for a byte after a backslash, or 0. */
static inline char
escape_of(char c)
{
	switch (c)
	{
		case '\\':
			return '\\';
		case '\t':
			return 't';
		case '\n':
			return 'n';
		case '\r':
			return 'r';
		default:
			return '\0';
	}
}

/* Text with what COPY would take for structure escaped; runs are copied. */
static void
put_text(StringInfo out, const char *text, size_t len)
{
	const char *end = text + len;
	const char *run = text;

	for (const char *p = text; p < end; p++)
	{
		char		escape = escape_of(*p);

		if (escape == '\0')
			continue;
		appendBinaryStringInfo(out, run, (int) (p - run));
		appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, escape);
		run = p + 1;
	}
	appendBinaryStringInfo(out, run, (int) (end - run));
}

static bool
is_hex(RsdSlice raw)
{
	if (raw.len % 2 != 0)
		return false;
	for (size_t i = 0; i < raw.len; i++)
	{
		if (!isxdigit((unsigned char) raw.data[i]))
			return false;
	}
	return true;
}

static void
put_string(RsdLoadRows *rows, StringInfo out, int column, RsdField *field)
{
	RsdError	err;

	if (rows->hex[column] && is_hex(field->raw))
		appendStringInfoString(out, "\\\\x");
	if (!field->escaped)
	{
		put_text(out, field->raw.data, field->raw.len);
		return;
	}
	rsd_buf_reset(&rows->text);
	if (!rsd_json_text(field->raw, &rows->text, &err))
		corrupted(err.what);
	put_text(out, rsd_buf_str(&rows->text), rows->text.len);
}

static void
put_blob(RsdLoadRows *rows, StringInfo out, RsdField *field)
{
	RsdError	err;

	rsd_buf_reset(&rows->text);
	if (!rsd_base64_decode(field->raw, &rows->text, &err))
		corrupted(err.what);
	appendStringInfoString(out, "\\\\x");
	enlargeStringInfo(out, (int) rows->text.len * 2);
	out->len += (int) hex_encode(rsd_buf_str(&rows->text), rows->text.len,
								 out->data + out->len);
	out->data[out->len] = '\0';
}

static void
put_field(RsdLoadRows *rows, StringInfo out, int column)
{
	RsdField   *field = &rows->fields[column];

	switch (field->kind)
	{
		case RSD_FIELD_NULL:
			appendBinaryStringInfo(out, "\\N", 2);
			break;
		case RSD_FIELD_BOOL:
			appendStringInfoString(out, field->b ? "true" : "false");
			break;
		case RSD_FIELD_LONG:
		case RSD_FIELD_DOUBLE:
			appendBinaryStringInfo(out, field->raw.data, (int) field->raw.len);
			break;
		case RSD_FIELD_STRING:
			put_string(rows, out, column, field);
			break;
		case RSD_FIELD_BLOB:
			put_blob(rows, out, field);
			break;
	}
}

bool
rsd_load_rows_next(RsdLoadRows *rows, StringInfo out)
{
	RsdError	err;
	int			got;

	if (!rows->open)
		return false;
	got = rsd_rows_next(&rows->reader, rows->fields, rows->ncolumns, &err);
	if (got < 0)
		corrupted(err.what);
	if (got == 0)
	{
		rows->open = false;
		return false;
	}
	for (int i = 0; i < rows->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, '\t');
		put_field(rows, out, i);
	}
	appendStringInfoChar(out, '\n');
	return true;
}
