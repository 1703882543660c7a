/*
 * result_row.c
 *	  From the fields of a result's row to the Datums of a row type.
 *
 * Every value goes as text through the input function of its column's type,
 * as COPY does it; nothing is rounded on the way.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "pg/result_row.h"

/* Bytes of a value shown with an error. */
#define SHOWN_BYTES 100

/* Where a column comes from and how it is read. */
typedef struct ColumnMaker
{
	const char *name;			/* in the row type */
	int			source;			/* index in the result, -1 = default */
	bool		dropped;
	FmgrInfo	input;
	Oid			ioparam;
	int32		typmod;
	Datum		value;			/* default */
	bool		isnull;			/* default */
} ColumnMaker;

struct RsdRowMaker
{
	RsdResult  *result;
	int			natts;
	ColumnMaker *columns;

	/* what is being converted, for the error context */
	int			at;
	const char *text;			/* NULL = none or not yet */
};

/* Tells which value an error is about. */
static void
describe_value(void *arg)
{
	RsdRowMaker *maker = arg;
	RsdResult  *result = maker->result;
	int			source = maker->columns[maker->at].source;
	int			shown;

	if (source < 0)
	{
		errcontext("column \"%s\", which the result of statement %lld does not have",
				   maker->columns[maker->at].name, (long long) result->id);
		return;
	}
	if (maker->text == NULL)
	{
		errcontext("column %d (\"%s\") of row %lld of the result of statement %lld",
				   source + 1, result->columns[source].name,
				   (long long) result->row_no, (long long) result->id);
		return;
	}
	shown = pg_mbcliplen(maker->text, (int) strlen(maker->text), SHOWN_BYTES);
	errcontext("column %d (\"%s\") of row %lld of the result of statement %lld: \"%.*s%s\"",
			   source + 1, result->columns[source].name,
			   (long long) result->row_no, (long long) result->id,
			   shown, maker->text, maker->text[shown] == '\0' ? "" : "...");
}

static RsdRowMaker *
make_maker(RsdResult *result, TupleDesc desc)
{
	RsdRowMaker *maker = palloc0(sizeof(RsdRowMaker));

	maker->result = result;
	maker->natts = desc->natts;
	maker->columns = palloc0(sizeof(ColumnMaker) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		ColumnMaker *column = &maker->columns[i];
		Oid			function;

		column->name = NameStr(att->attname);
		column->source = -1;
		column->isnull = true;
		column->dropped = att->attisdropped;
		column->typmod = att->atttypmod;
		if (column->dropped)
			continue;
		getTypeInputInfo(att->atttypid, &function, &column->ioparam);
		fmgr_info(function, &column->input);
	}
	return maker;
}

/* "region varchar, total numeric", clipped. */
static char *
list_columns(const RsdResult *result)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < result->ncolumns; i++)
	{
		if (i == 20)
		{
			appendStringInfoString(&list, ", ...");
			break;
		}
		appendStringInfo(&list, "%s%s %s", i > 0 ? ", " : "",
						 quote_identifier(result->columns[i].name),
						 result->columns[i].type_name);
	}
	return list.data;
}

RsdRowMaker *
rsd_row_by_position(RsdResult *result, TupleDesc desc)
{
	RsdRowMaker *maker = make_maker(result, desc);

	if (desc->natts != result->ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column definition list does not fit the result of statement %lld",
						(long long) result->id),
				 errdetail("Columns in the list: %d, in the result: %d (%s).",
						   desc->natts, result->ncolumns,
						   list_columns(result))));
	for (int i = 0; i < maker->natts; i++)
		maker->columns[i].source = i;
	return maker;
}

static int
find_column(const RsdResult *result, const char *name)
{
	for (int i = 0; i < result->ncolumns; i++)
	{
		if (strcmp(result->columns[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* Takes the defaults out of a row; they live as long as it does. */
static void
take_defaults(RsdRowMaker *maker, TupleDesc desc, HeapTupleHeader row)
{
	HeapTupleData tuple;
	Datum	   *values = palloc(sizeof(Datum) * Max(desc->natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(desc->natts, 1));

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = row;
	heap_deform_tuple(&tuple, desc, values, nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		maker->columns[i].value = values[i];
		maker->columns[i].isnull = nulls[i];
	}
}

RsdRowMaker *
rsd_row_by_name(RsdResult *result, TupleDesc desc, HeapTupleHeader defaults)
{
	RsdRowMaker *maker = make_maker(result, desc);

	for (int i = 0; i < maker->natts; i++)
	{
		if (!maker->columns[i].dropped)
			maker->columns[i].source =
				find_column(result, NameStr(TupleDescAttr(desc, i)->attname));
	}
	if (defaults != NULL)
		take_defaults(maker, desc, defaults);
	return maker;
}

/*
 * One column of the row.  NULL goes through the input function too: that of
 * a domain wants to see it.
 */
static Datum
make_value(RsdRowMaker *maker, ColumnMaker *column, bool *isnull)
{
	RsdField   *field;
	char	   *text = NULL;

	*isnull = true;
	if (column->dropped)
		return (Datum) 0;
	if (column->source < 0 && !column->isnull)
	{
		*isnull = false;
		return column->value;
	}
	if (column->source >= 0)
	{
		field = &maker->result->fields[column->source];
		if (field->kind != RSD_FIELD_NULL)
			text = rsd_result_text(maker->result, field);
	}
	maker->text = text;
	*isnull = text == NULL;
	return InputFunctionCall(&column->input, text, column->ioparam,
							 column->typmod);
}

void
rsd_row_make(RsdRowMaker *maker, Datum *values, bool *nulls)
{
	ErrorContextCallback context;

	context.callback = describe_value;
	context.arg = maker;
	context.previous = error_context_stack;
	error_context_stack = &context;
	for (int i = 0; i < maker->natts; i++)
	{
		maker->at = i;
		maker->text = NULL;
		values[i] = make_value(maker, &maker->columns[i], &nulls[i]);
	}
	error_context_stack = context.previous;
}
