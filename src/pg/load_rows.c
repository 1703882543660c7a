/*
 * load_rows.c
 *	  Result rows, read where they lie in a loader's messages, without a copy
 *	  of all but escaped strings.
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
	size_t		width;			/* bytes of the row's values */
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

/* A string as it was before it was escaped. */
static RsdSlice
text_of(RsdLoadRows *rows, const RsdField *field)
{
	RsdError	err;
	bool		good;

	if (!field->escaped && !field->doubled)
		return field->raw;
	rsd_buf_reset(&rows->text);
	if (field->doubled)
	{
		rsd_csv_text(field->raw, &rows->text);
		good = rsd_buf_check(&rows->text, "a value", &err);
	}
	else
		good = rsd_json_text(field->raw, &rows->text, &err);
	if (!good)
		corrupted(err.what);
	return rsd_buf_slice(&rows->text);
}

/* Hexadecimal digits as bytea_in() wants them: room for so many, palloc'd. */
static char *
open_hex(size_t ndigits)
{
	char	   *text = palloc(2 + ndigits);

	text[0] = '\\';
	text[1] = 'x';
	return text;
}

static RsdSlice
plain_hex(RsdSlice digits)
{
	char	   *text = open_hex(digits.len);

	if (digits.len > 0)
		memcpy(text + 2, digits.data, digits.len);
	return rsd_slice(text, 2 + digits.len);
}

static RsdSlice
blob_hex(RsdLoadRows *rows, RsdSlice base64)
{
	RsdError	err;
	size_t		len;
	char	   *text;

	rsd_buf_reset(&rows->text);
	if (!rsd_base64_decode(base64, &rows->text, &err))
		corrupted(err.what);
	len = rows->text.len;
	text = open_hex(len * 2);
	(void) hex_encode(rsd_buf_str(&rows->text), len, text + 2);
	return rsd_slice(text, 2 + len * 2);
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

bool
rsd_load_rows_next(RsdLoadRows *rows)
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
	rows->width = 0;
	for (int i = 0; i < rows->ncolumns; i++)
	{
		if (rows->fields[i].kind == RSD_FIELD_DOUBTFUL)
			doubtful(rows, i);
		rows->width += rows->fields[i].raw.len;
	}
	return true;
}

size_t
rsd_load_rows_width(const RsdLoadRows *rows)
{
	return rows->width;
}

bool
rsd_load_rows_null(const RsdLoadRows *rows, int column)
{
	return rows->fields[column].kind == RSD_FIELD_NULL;
}

RsdSlice
rsd_load_rows_text(RsdLoadRows *rows, int column)
{
	const RsdField *field = &rows->fields[column];

	switch (field->kind)
	{
		case RSD_FIELD_BOOL:
			return rsd_slice_str(field->b ? "true" : "false");
		case RSD_FIELD_STRING:
			return rows->readings[column].hex && is_hex(field->raw) ?
				plain_hex(field->raw) : text_of(rows, field);
		case RSD_FIELD_BLOB:
			return blob_hex(rows, field->raw);
		case RSD_FIELD_LONG:
		case RSD_FIELD_DOUBLE:
		case RSD_FIELD_NULL:
		case RSD_FIELD_DOUBTFUL:
			break;
	}
	return field->raw;
}
