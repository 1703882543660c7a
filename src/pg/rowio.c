/*
 * rowio.c
 *	  Arguments of a plan and columns of a row, one after the other.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/rowio.h"
#include "pg/unixtime.h"
#include "pg/utf8text.h"

static void
put(RsdArgs *args, Datum value, bool isnull)
{
	Assert(args->n < RSD_MAX_ARGS);
	args->values[args->n] = value;
	args->nulls[args->n] = isnull ? 'n' : ' ';
	args->n++;
}

void
rsd_arg_bool(RsdArgs *args, bool value)
{
	put(args, BoolGetDatum(value), false);
}

void
rsd_arg_tri(RsdArgs *args, RsdTri value)
{
	put(args, BoolGetDatum(value == RSD_TRI_YES), value == RSD_TRI_UNKNOWN);
}

void
rsd_arg_int4(RsdArgs *args, int value)
{
	put(args, Int32GetDatum(value), false);
}

void
rsd_arg_int8(RsdArgs *args, int64 value)
{
	put(args, Int64GetDatum(value), false);
}

void
rsd_arg_count(RsdArgs *args, int64 value)
{
	put(args, Int64GetDatum(value), value < 0);
}

void
rsd_arg_oid(RsdArgs *args, Oid value)
{
	put(args, ObjectIdGetDatum(value), false);
}

void
rsd_arg_text(RsdArgs *args, const char *value)
{
	put(args, value ? CStringGetTextDatum(value) : (Datum) 0, value == NULL);
}

void
rsd_arg_word(RsdArgs *args, const char *value)
{
	rsd_arg_text(args, value[0] != '\0' ? value : NULL);
}

void
rsd_arg_utf8(RsdArgs *args, const char *value)
{
	rsd_arg_text(args, value ? rsd_text_from_utf8(value) : NULL);
}

void
rsd_arg_pointer(RsdArgs *args, const void *value)
{
	put(args, PointerGetDatum(value), value == NULL);
}

void
rsd_arg_bytes(RsdArgs *args, const void *data, size_t len)
{
	bytea	   *bytes = palloc(VARHDRSZ + len);

	SET_VARSIZE(bytes, VARHDRSZ + len);
	memcpy(VARDATA(bytes), data, len);
	put(args, PointerGetDatum(bytes), false);
}

void
rsd_arg_time(RsdArgs *args, int64 unix_us)
{
	put(args, TimestampTzGetDatum(rsd_time_from_unix(unix_us)), unix_us == 0);
}

void
rsd_arg_micros(RsdArgs *args, int64 nanoseconds)
{
	put(args, Float8GetDatum((double) nanoseconds / 1000.0), nanoseconds < 0);
}

void
rsd_arg_oids(RsdArgs *args, const List *oids)
{
	int			n = list_length(oids);
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		values[i] = ObjectIdGetDatum(list_nth_oid(oids, i));
	put(args, PointerGetDatum(construct_array(values, n, OIDOID, sizeof(Oid),
											  true, TYPALIGN_INT)), false);
}

void
rsd_arg_int8s(RsdArgs *args, const int64 *ids, int n)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		values[i] = Int64GetDatum(ids[i]);
	put(args, PointerGetDatum(construct_array(values, n, INT8OID,
											  sizeof(int64), FLOAT8PASSBYVAL,
											  TYPALIGN_DOUBLE)), false);
}

void
rsd_arg_texts(RsdArgs *args, const char *const *texts, int n)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		values[i] = CStringGetTextDatum(texts[i]);
	put(args, PointerGetDatum(construct_array(values, n, TEXTOID, -1, false,
											  TYPALIGN_INT)), false);
}

RsdArgs *
rsd_args_add_row(RsdArgRows *rows)
{
	RsdArgs    *added;

	if (rows->n == rows->size)
	{
		rows->size = Max(2 * rows->size, 16);
		rows->row = rows->row == NULL ?
			palloc(sizeof(RsdArgs) * rows->size) :
			repalloc(rows->row, sizeof(RsdArgs) * rows->size);
	}
	added = &rows->row[rows->n++];
	added->n = 0;
	return added;
}

/* Column "c" of the rows as an array of this type. */
static Datum
column_array(const RsdArgRows *rows, int c, Oid type)
{
	Oid			element = get_element_type(type);
	Datum	   *values = palloc(sizeof(Datum) * rows->n);
	bool	   *nulls = palloc(sizeof(bool) * rows->n);
	int			n = rows->n;
	int			lbound = 1;
	int16		len;
	bool		byval;
	char		align;

	for (int i = 0; i < n; i++)
	{
		values[i] = rows->row[i].values[c];
		nulls[i] = rows->row[i].nulls[c] == 'n';
	}
	get_typlenbyvalalign(element, &len, &byval, &align);
	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lbound,
											  element, len, byval, align));
}

void
rsd_args_columns(const RsdArgRows *rows, const Oid *types, RsdArgs *columns)
{
	for (int c = 0; c < rows->row[0].n; c++)
	{
		Assert(rows->row[0].n == rows->row[rows->n - 1].n);
		put(columns, column_array(rows, c, types[c]), false);
	}
}

void
rsd_row_open(RsdRow *row, uint64 index)
{
	Assert(index < SPI_processed);
	row->index = index;
	row->column = 0;
}

static Datum
take(RsdRow *row, bool *isnull)
{
	row->column++;
	return SPI_getbinval(SPI_tuptable->vals[row->index],
						 SPI_tuptable->tupdesc, row->column, isnull);
}

bool
rsd_row_bool(RsdRow *row, bool absent)
{
	bool		isnull;
	Datum		value = take(row, &isnull);

	return isnull ? absent : DatumGetBool(value);
}

RsdTri
rsd_row_tri(RsdRow *row)
{
	bool		isnull;
	Datum		value = take(row, &isnull);

	if (isnull)
		return RSD_TRI_UNKNOWN;
	return DatumGetBool(value) ? RSD_TRI_YES : RSD_TRI_NO;
}

int
rsd_row_int4(RsdRow *row, int absent)
{
	bool		isnull;
	Datum		value = take(row, &isnull);

	return isnull ? absent : DatumGetInt32(value);
}

int64
rsd_row_int8(RsdRow *row, int64 absent)
{
	bool		isnull;
	Datum		value = take(row, &isnull);

	return isnull ? absent : DatumGetInt64(value);
}

Oid
rsd_row_oid(RsdRow *row)
{
	bool		isnull;
	Datum		value = take(row, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

char *
rsd_row_text(RsdRow *row)
{
	bool		isnull;
	Datum		value = take(row, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

int
rsd_row_texts(RsdRow *row, char ***texts)
{
	bool		isnull;
	Datum		value = take(row, &isnull);
	Datum	   *elements;
	int			n;

	*texts = NULL;
	if (isnull)
		return 0;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false,
					  TYPALIGN_INT, &elements, NULL, &n);
	*texts = palloc(sizeof(char *) * Max(n, 1));
	for (int i = 0; i < n; i++)
		(*texts)[i] = TextDatumGetCString(elements[i]);
	return n;
}

int64
rsd_row_time(RsdRow *row)
{
	bool		isnull;
	Datum		value = take(row, &isnull);

	return isnull ? 0 : rsd_time_to_unix(DatumGetTimestampTz(value));
}

int64
rsd_row_interval(RsdRow *row)
{
	bool		isnull;
	Datum		value = take(row, &isnull);
	Interval   *i;

	if (isnull)
		return 0;
	i = DatumGetIntervalP(value);
	return i->time + (i->day + (int64) i->month * DAYS_PER_MONTH) * USECS_PER_DAY;
}

/* A scalar as the service wants it: as text. */
static char *
param_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(DirectFunctionCall1(numeric_out,
													   NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			elog(ERROR, "unexpected parameter of type %d", (int) value->type);
	}
}

int
rsd_row_params(RsdRow *row, RsdParam **params)
{
	bool		isnull;
	Datum		value = take(row, &isnull);
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	v;
	Jsonb	   *object;
	int			n = 0;

	*params = NULL;
	if (isnull)
		return 0;
	object = DatumGetJsonbP(value);
	*params = palloc0(sizeof(RsdParam) * Max(JB_ROOT_COUNT(object), 1));
	it = JsonbIteratorInit(&object->root);
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			(*params)[n].name = rsd_text_to_utf8(pnstrdup(v.val.string.val,
														  v.val.string.len));
		else if (token == WJB_VALUE)
			(*params)[n++].value = rsd_text_to_utf8(param_text(&v));
	}
	return n;
}
