/*
 * load_rows.c
 *	  Result rows as COPY reads them: from fields in place to the text format,
 *	  without a copy in between for all but escaped strings.
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
	const RsdLoadReading *readings;
	RsdCsvKind *kinds;
	RsdField   *fields;
	int64		row;			/* from 1, of the result */
	RsdLoadFormat format;
	RsdRows		json;
	RsdCsvRows	csv;
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
rsd_load_rows_make(int ncolumns, const RsdLoadReading *readings)
{
	RsdLoadRows *rows = palloc0(sizeof(RsdLoadRows));
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));

	rows->ncolumns = ncolumns;
	rows->readings = readings;
	rows->kinds = palloc(sizeof(RsdCsvKind) * Max(ncolumns, 1));
	for (int i = 0; i < ncolumns; i++)
		rows->kinds[i] = readings[i].csv;
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
	rows->format = format;
	if (format == RSD_LOAD_CSV)
		rsd_csv_rows_open(&rows->csv, bytes);
	else
		rsd_rows_open(&rows->json, bytes);
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

	if (rows->readings[column].hex && is_hex(field->raw))
		appendStringInfoString(out, "\\\\x");
	if (!field->escaped && !field->doubled)
	{
		put_text(out, field->raw.data, field->raw.len);
		return;
	}
	rsd_buf_reset(&rows->text);
	if (field->doubled)
		rsd_csv_text(field->raw, &rows->text);
	else if (!rsd_json_text(field->raw, &rows->text, &err))
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

/* Nothing, where CSV cannot say whether that is NULL or a text of no length. */
static void
doubtful(const RsdLoadRows *rows, int column)
{
	ereport(ERROR,
			errcode(ERRCODE_DATA_EXCEPTION),
			errmsg("row %lld, column \"%s\": in CSV an empty value is either NULL or an empty string",
				   (long long) rows->row, rows->readings[column].name),
			errhint("%s", RSD_CSV_DOUBT_HINT));
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
		case RSD_FIELD_DOUBTFUL:
			doubtful(rows, column);
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
	got = rows->format == RSD_LOAD_CSV ?
		rsd_csv_rows_next(&rows->csv, rows->kinds, rows->fields,
						  rows->ncolumns, &err) :
		rsd_rows_next(&rows->json, rows->fields, rows->ncolumns, &err);
	if (got < 0)
		corrupted(err.what);
	if (got == 0)
	{
		rows->open = false;
		return false;
	}
	rows->row++;
	for (int i = 0; i < rows->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoChar(out, '\t');
		put_field(rows, out, i);
	}
	appendStringInfoChar(out, '\n');
	return true;
}
