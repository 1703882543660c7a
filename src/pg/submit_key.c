/*
 * submit_key.c
 *	  Idempotency keys.
 *
 * Compared is what decides what runs and where its rows go.  A label or a
 * timeout may differ: who repeats a submit wants the first one.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "pg/caller.h"
#include "pg/rowio.h"
#include "pg/submit_key.h"

/* It stands in an index: far below what a page of one could hold. */
#define MAX_KEY_BYTES 255

void
rsd_submit_key_check(const text *key)
{
	if (VARSIZE_ANY_EXHDR(key) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("idempotency_key must not be empty")));
	if (VARSIZE_ANY_EXHDR(key) > MAX_KEY_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("idempotency_key is too long"),
				 errdetail("It has %zu bytes; at most %d are possible.",
						   (size_t) VARSIZE_ANY_EXHDR(key), MAX_KEY_BYTES)));
}

/* What the row says about the statement that has the key. */
typedef struct Holder
{
	int64		id;				/* 0 = none */
	char	   *status;
	bool		ended;
	char	   *differs;		/* "" = it is the same */
	int64		rerun;			/* runs it again; 0 = none */
} Holder;

static SPIPlanPtr
prepare_find(void)
{
	Oid			types[] = {
		OIDOID, OIDOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, JSONBOID,
		TEXTARRAYOID, JSONBOID
	};
	SPIPlanPtr	plan;

	plan = SPI_prepare("SELECT s.id, s.status, s.finished_at IS NOT NULL, "
					   "concat_ws(', ', "
					   "CASE WHEN (s.sql, s.sqls) "
					   "IS DISTINCT FROM ($4, $8) THEN 'sql' END, "
					   "CASE WHEN s.params IS DISTINCT FROM $5 "
					   "THEN 'params' END, "
					   "CASE WHEN s.target IS DISTINCT FROM $6 "
					   "THEN 'target' END, "
					   "CASE WHEN (SELECT jsonb_object_agg(key, value - 'oid') "
					   "FROM jsonb_each(s.targets)) IS DISTINCT FROM "
					   "(SELECT jsonb_object_agg(key, value - 'oid') "
					   "FROM jsonb_each($9)) THEN 'targets' END, "
					   "(SELECT string_agg(format('option %I', o), ', ') "
					   "FROM unnest('{execution_mode,target_mode,"
					   "target_columns,session,then_sql}'::text[]) AS o "
					   "WHERE NOT (o LIKE 'target%' AND $9 IS NOT NULL) "
					   "AND nullif(s.options->o, 'null') "
					   "IS DISTINCT FROM nullif($7->o, 'null'))), "
					   "(SELECT max(r.id) FROM rsdata.statement r "
					   "WHERE r.retry_of = s.id) "
					   "FROM rsdata.statement s WHERE s.owner = $1 "
					   "AND s.server = $2 AND s.idempotency_key = $3",
					   lengthof(types), types);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare the search for an idempotency key");
	return plan;
}

/* Looks with a new snapshot, which shows what the insert has met. */
static void
find_holder(const RsdKeyed *keyed, Holder *holder)
{
	static SPIPlanPtr plan = NULL;
	MemoryContext context = CurrentMemoryContext;
	RsdCaller	caller;
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_arg_oid(&args, keyed->owner);
	rsd_arg_oid(&args, keyed->server);
	rsd_arg_pointer(&args, keyed->key);
	rsd_arg_pointer(&args, keyed->sql);
	rsd_arg_pointer(&args, keyed->params);
	rsd_arg_pointer(&args, keyed->target);
	rsd_arg_pointer(&args, keyed->options);
	rsd_arg_pointer(&args, keyed->sqls);
	rsd_arg_pointer(&args, keyed->targets);
	memset(holder, 0, sizeof(*holder));
	rsd_caller_up(&caller);
	SPI_connect();
	if (plan == NULL)
		plan = prepare_find();
	if (SPI_execute_plan(plan, args.values, args.nulls, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not look for an idempotency key");
	if (SPI_processed == 1)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		rsd_row_open(&row, 0);
		holder->id = rsd_row_int8(&row, 0);
		holder->status = rsd_row_text(&row);
		holder->ended = rsd_row_bool(&row, false);
		holder->differs = rsd_row_text(&row);
		holder->rerun = rsd_row_int8(&row, 0);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	rsd_caller_down(&caller);
}

/* Whoever repeats a submit until it works should hear that this is in vain. */
static void
tell_end(const Holder *holder)
{
	bool		rows_only = strcmp(holder->status, "undelivered") == 0;

	if (!holder->ended || strcmp(holder->status, "finished") == 0)
		return;
	ereport(NOTICE,
			(errmsg("statement %lld, which has this idempotency key, ended as \"%s\"",
					(long long) holder->id, holder->status),
			 holder->rerun != 0 ?
			 errdetail("Statement %lld runs it again.",
					   (long long) holder->rerun) : 0,
			 errhint("Use rsdata_retry(%lld%s) to try again.",
					 (long long) holder->id,
					 rows_only ? "" : ", rerun => true")));
}

int64
rsd_submit_key_find(const RsdKeyed *keyed)
{
	Holder		holder;

	find_holder(keyed, &holder);
	if (holder.id == 0)
		return 0;
	if (holder.differs[0] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("idempotency key \"%s\" belongs to another statement",
						text_to_cstring(keyed->key)),
				 errdetail("Statement %lld differs in %s.",
						   (long long) holder.id, holder.differs)));
	tell_end(&holder);
	return holder.id;
}
