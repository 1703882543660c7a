/*
 * resultfuncs.c
 *	  rsdata_result, rsdata_result_as and rsdata_rows.
 *
 * Rows are decoded when they are read, as the caller, into a tuplestore that
 * spills beyond work_mem; of the stored result one page is in memory.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "pg/compat.h"
#include "pg/result_json.h"
#include "pg/result_read.h"
#include "pg/result_row.h"

RSD_FUNCTION(rsdata_result);
RSD_FUNCTION(rsdata_result_as);
RSD_FUNCTION(rsdata_rows);

/* Opens the result that the arguments first (id) and first + 1 (part) name. */
static RsdResult *
open_argument(FunctionCallInfo fcinfo, int first)
{
	if (PG_ARGISNULL(first))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("id must not be null")));
	if (PG_ARGISNULL(first + 1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("part must not be null")));
	return rsd_result_open(PG_GETARG_INT64(first), PG_GETARG_INT32(first + 1));
}

/* Two contexts: one for the call, reset or deleted with it, one for a row. */
static MemoryContext
enter_context(MemoryContext *row_context)
{
	MemoryContext context;

	context = AllocSetContextCreate(CurrentMemoryContext, "rsdata result",
									ALLOCSET_DEFAULT_SIZES);
	*row_context = AllocSetContextCreate(context, "rsdata row",
										 ALLOCSET_DEFAULT_SIZES);
	return MemoryContextSwitchTo(context);
}

/* Converts all rows into the function's tuplestore. */
static void
store_rows(FunctionCallInfo fcinfo, RsdResult *result, RsdRowMaker *maker,
		   MemoryContext row_context)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	int			natts = rsinfo->setDesc->natts;
	Datum	   *values = palloc(sizeof(Datum) * Max(natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(natts, 1));
	MemoryContext old = MemoryContextSwitchTo(row_context);

	while (rsd_result_next(result))
	{
		rsd_row_make(maker, values, nulls);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(old);
}

/* rsdata_result(id bigint, part int) returns setof record */
Datum
rsdata_result(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row_context;
	MemoryContext old;
	RsdResult  *result;
	TupleDesc	ignored;

	if (get_call_result_type(fcinfo, NULL, &ignored) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rsdata_result() needs a column definition list"),
				 errhint("Write SELECT * FROM rsdata_result(id) AS t(name type, ...), or use rsdata_result_as() or rsdata_rows().")));
	/* A copy: the executor frees what it gets, and may call again. */
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	old = enter_context(&row_context);
	result = open_argument(fcinfo, 0);
	store_rows(fcinfo, result, rsd_row_by_position(result, rsinfo->setDesc),
			   row_context);
	MemoryContextDelete(MemoryContextSwitchTo(old));
	return (Datum) 0;
}

/* rsdata_result_as(row_type anyelement, id bigint, part int) */
Datum
rsdata_result_as(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row_context;
	MemoryContext old;
	RsdResult  *result;
	RsdRowMaker *maker;
	TupleDesc	ignored;

	if (get_call_result_type(fcinfo, NULL, &ignored) != TYPEFUNC_COMPOSITE ||
		get_fn_expr_argtype(fcinfo->flinfo, 0) == RECORDOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("row_type must be of a composite type"),
				 errhint("Pass NULL::name_of_a_table_or_type.")));
	InitMaterializedSRF(fcinfo, 0);
	old = enter_context(&row_context);
	result = open_argument(fcinfo, 1);
	maker = rsd_row_by_name(result, rsinfo->setDesc, PG_ARGISNULL(0) ? NULL :
							PG_GETARG_HEAPTUPLEHEADER(0));
	store_rows(fcinfo, result, maker, row_context);
	MemoryContextDelete(MemoryContextSwitchTo(old));
	return (Datum) 0;
}

/* rsdata_rows(id bigint, part int) returns setof (row_no, data) */
Datum
rsdata_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row_context;
	MemoryContext old;
	MemoryContext context;
	RsdResult  *result;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	InitMaterializedSRF(fcinfo, 0);
	old = enter_context(&row_context);
	result = open_argument(fcinfo, 0);
	context = MemoryContextSwitchTo(row_context);
	while (rsd_result_next(result))
	{
		values[0] = Int64GetDatum(result->row_no);
		values[1] = JsonbPGetDatum(rsd_result_json(result));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return (Datum) 0;
}
