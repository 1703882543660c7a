/*
 * rerun_parts.c
 *	  Which parts of a batch run again.
 *
 * What has committed, or may have, never runs again by default.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "pg/caller.h"
#include "pg/rerun_parts.h"
#include "pg/submit_markers.h"

/* Was it never sent, or did Redshift say that this part did not finish? */
static const char query[] =
"SELECT s.params, f.sqls, f.targets FROM rsdata.statement s, "
"LATERAL (SELECT array_agg(sql ORDER BY part) AS sqls, "
"jsonb_object_agg(number, s.targets->part::text) "
"FILTER (WHERE s.targets ? part::text) AS targets "
"FROM (SELECT n.sql, n.part, row_number() OVER (ORDER BY n.part) AS number "
"FROM unnest(s.sqls) WITH ORDINALITY AS n(sql, part) "
"LEFT JOIN rsdata.part p ON p.statement = s.id AND p.part = n.part "
"WHERE s.first_sent_at IS NULL OR coalesce(p.status, s.status) "
"IN ('failed', 'cancelled', 'timed_out')) x) f "
"WHERE s.id = $1 AND s.sqls IS NOT NULL "
"AND s.options->>'execution_mode' = 'auto_commit'";

static Datum
copy_column(int column, MemoryContext context, bool *isnull)
{
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0],
									  SPI_tuptable->tupdesc, column, isnull);
	MemoryContext old = MemoryContextSwitchTo(context);

	if (!*isnull)
		value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	MemoryContextSwitchTo(old);
	return value;
}

/* False if it is no batch that commits each part by itself. */
static bool
read_failed(int64 id, RsdRerunParts *out)
{
	MemoryContext context = CurrentMemoryContext;
	RsdCaller	caller;
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	Datum		params;
	Datum		sqls;
	Datum		targets;
	bool		no_params;
	bool		no_sqls;
	bool		no_targets;
	bool		found;

	memset(out, 0, sizeof(*out));
	rsd_caller_up(&caller);
	SPI_connect();
	if (SPI_execute_with_args(query, 1, types, values, NULL, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the parts of a statement");
	found = SPI_processed == 1;
	if (found)
	{
		params = copy_column(1, context, &no_params);
		sqls = copy_column(2, context, &no_sqls);
		targets = copy_column(3, context, &no_targets);
		out->targets = no_targets ? NULL : DatumGetJsonbP(targets);
		out->params = no_params ? NULL : DatumGetJsonbP(params);
		out->sqls = no_sqls ? NULL : DatumGetArrayTypeP(sqls);
	}
	SPI_finish();
	rsd_caller_down(&caller);
	return found;
}

/* The service refuses parameters that none of the parts uses. */
static void
drop_unused_params(RsdRerunParts *out)
{
	Datum	   *elements;
	text	  **sqls;
	int			n;

	deconstruct_array(out->sqls, TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  NULL, &n);
	sqls = palloc(sizeof(text *) * n);
	for (int i = 0; i < n; i++)
		sqls[i] = DatumGetTextPP(elements[i]);
	out->params = rsd_submit_used_params(out->params, sqls, n);
}

static void
check_word(const char *parts)
{
	if (parts != NULL && strcmp(parts, "failed") != 0 &&
		strcmp(parts, "all") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("parts must be \"failed\" or \"all\"")));
}

void
rsd_rerun_parts(int64 id, const char *parts, RsdRerunParts *out)
{
	bool		several = read_failed(id, out);

	check_word(parts);
	if (!several && parts != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("statement %lld is not a batch that commits each part",
						(long long) id),
				 errhint("Leave out \"parts\".")));
	if (!several || (parts != NULL && strcmp(parts, "all") == 0))
		out->sqls = NULL;
	else if (out->sqls == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no part of statement %lld is known to have failed",
						(long long) id),
				 errhint("To execute all of them again, whatever they have committed, use rsdata_retry(%lld, rerun => true, parts => 'all').",
						 (long long) id)));
	else
		drop_unused_params(out);
}
