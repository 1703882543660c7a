/*
 * retry.c
 *	  rsdata_retry: once more, from the service's copy of the result or by
 *	  running the statement again.
 *
 * Without being told to, nothing is ever executed twice.  Fetching again is a
 * request to the worker; running again is a new statement of the same owner,
 * with a token of its own.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/env.h"
#include "pg/caller.h"
#include "pg/compat.h"
#include "pg/identity.h"
#include "pg/look.h"
#include "pg/request.h"
#include "pg/rerun_parts.h"
#include "pg/rowio.h"
#include "pg/server_use.h"
#include "pg/unixtime.h"
#include "pg/wake.h"

RSD_FUNCTION(rsdata_retry);

/* A statement that has ended, as far as it matters here. */
typedef struct Ended
{
	int64		id;
	Oid			owner;
	Oid			server;
	char	   *status;
	bool		kept;			/* by the service: its undelivered result */
	bool		none;			/* it returned no result */
	bool		asked;			/* that is to be fetched again already */
	char	   *success_topic;
	char	   *failure_topic;
} Ended;

/* Runs one query as the extension's owner, without a kept plan. */
static void
run(const char *sql, int nargs, Oid *types, RsdArgs *args)
{
	if (SPI_execute_with_args(sql, nargs, types, args->values, args->nulls,
							  false, 0) < 0)
		elog(ERROR, "could not read or write a statement");
}

/* Holds the row, so that nobody deletes it before the request is there. */
static void
read_ended(int64 id, Ended *ended)
{
	static const char sql[] =
		"SELECT owner, server, status, status IN ('undelivered', 'expired') "
		"AND aws_id IS NOT NULL AND result_expires_at > clock_timestamp() "
		"AND (num_nonnulls(target, targets) = 0 "
		"OR has_result IS DISTINCT FROM false), "
		"num_nonnulls(target, targets) > 0 "
		"AND has_result IS NOT DISTINCT FROM false, "
		"EXISTS (SELECT FROM rsdata.request r WHERE r.statement = s.id "
		"AND r.kind = 'retry'), success_topic_arn, failure_topic_arn "
		"FROM rsdata.statement s WHERE id = $1 FOR KEY SHARE";
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {INT8OID};
	RsdCaller	caller;
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_arg_int8(&args, id);
	rsd_caller_up(&caller);
	SPI_connect();
	run(sql, lengthof(types), types, &args);
	if (SPI_processed != 1)
		rsd_look_undefined(id);
	MemoryContextSwitchTo(context);
	rsd_row_open(&row, 0);
	ended->id = id;
	ended->owner = rsd_row_oid(&row);
	ended->server = rsd_row_oid(&row);
	ended->status = rsd_row_text(&row);
	ended->kept = rsd_row_bool(&row, false);
	ended->none = rsd_row_bool(&row, false);
	ended->asked = rsd_row_bool(&row, false);
	ended->success_topic = rsd_row_text(&row);
	ended->failure_topic = rsd_row_text(&row);
	SPI_finish();
	rsd_caller_down(&caller);
}

/* Who may act as the owner; who cannot even see it learns nothing. */
static void
check_may_retry(Oid role, const RsdLook *look)
{
	if (rsd_caller_is_owner(role, look->owner))
		return;
	if (!rsd_caller_sees_all(role))
		rsd_look_undefined(look->id);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to retry statement %lld",
					(long long) look->id)));
}

static void
refuse_unended(const RsdLook *look)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("statement %lld has not ended", (long long) look->id),
			 errdetail("Its status is \"%s\".", look->status)));
}

/* Fetching again is impossible or pointless: say what remains. */
static void
refuse_fetch(const Ended *ended)
{
	bool		undelivered = strcmp(ended->status, "undelivered") == 0;

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("statement %lld has no result that could be fetched again",
					(long long) ended->id),
			 undelivered && ended->none ?
			 errdetail("It returned no result.") : undelivered ?
			 errdetail("The service no longer keeps it.") :
			 errdetail("Its status is \"%s\".", ended->status),
			 errhint("To execute it once more, use rsdata_retry(%lld, rerun => true).",
					 (long long) ended->id)));
}

/* Inserts the new statement; 0 if another one is there that has not ended. */
static int64
insert_rerun(const Ended *ended, const RsdRerunParts *parts,
			 const char *token)
{
	static const char sql[] =
		"INSERT INTO rsdata.statement (owner, server, server_name, label, sql, "
		"sqls, params, target, target_oid, targets, result_format, timeout, "
		"options, channel, success_topic_arn, failure_topic_arn, retry_of, rerun, token, "
		"submitted_at, deadline_at, session, session_keep_alive) "
		"SELECT owner, server, server_name, label, sql, coalesce($4, sqls), "
		"CASE WHEN $4 IS NULL THEN params ELSE $5 END, target, target_oid, "
		"CASE WHEN $4 IS NULL THEN targets ELSE $6 END, result_format, timeout, options, channel, success_topic_arn, "
		"failure_topic_arn, id, 1 + coalesce((SELECT max(r.rerun) "
		"FROM rsdata.statement r WHERE r.retry_of = s.id), 0), $2, $3, "
		"$3 + (deadline_at - submitted_at), session, session_keep_alive "
		"FROM rsdata.statement s WHERE id = $1 "
		"AND NOT EXISTS (SELECT FROM rsdata.statement r "
		"WHERE r.retry_of = s.id AND r.finished_at IS NULL) "
		"ON CONFLICT (retry_of, rerun) WHERE retry_of IS NOT NULL DO NOTHING "
		"RETURNING id";
	Oid			types[] = {
		INT8OID, TEXTOID, TIMESTAMPTZOID, TEXTARRAYOID, JSONBOID, JSONBOID
	};
	RsdCaller	caller;
	RsdArgs		args = {0};
	RsdRow		row;
	int64		id = 0;

	rsd_arg_int8(&args, ended->id);
	rsd_arg_text(&args, token);
	rsd_arg_time(&args, rsd_time_to_unix(GetCurrentTimestamp()));
	rsd_arg_pointer(&args, parts->sqls);
	rsd_arg_pointer(&args, parts->sqls != NULL ? parts->params : NULL);
	rsd_arg_pointer(&args, parts->sqls != NULL ? parts->targets : NULL);
	rsd_caller_up(&caller);
	SPI_connect();
	run(sql, lengthof(types), types, &args);
	if (SPI_processed == 1)
	{
		rsd_row_open(&row, 0);
		id = rsd_row_int8(&row, 0);
	}
	SPI_finish();
	rsd_caller_down(&caller);
	return id;
}

/* The same as a new statement, which its owner must be able to submit now. */
static int64
run_again(const Ended *ended, const RsdRerunParts *parts)
{
	RsdServerConfig *server = rsd_server_use(ended->server, ended->owner);
	char		token[64];
	int64		id;

	rsd_server_use_topic(server, ended->success_topic);
	rsd_server_use_topic(server, ended->failure_topic);
	if (!rsd_env_uuid(rsd_env_system(), token))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	id = insert_rerun(ended, parts, token);
	if (id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("statement %lld is being run again already",
						(long long) ended->id),
				 errhint("Look for it in rsdata.statements, where \"retry_of\" is %lld.",
						 (long long) ended->id)));
	rsd_wake_at_commit();
	return id;
}

/* rsdata_retry(id bigint, rerun boolean, parts text) returns bigint */
Datum
rsdata_retry(PG_FUNCTION_ARGS)
{
	Oid			role = GetUserId();
	bool		rerun = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	const char *which = NULL;
	RsdRerunParts parts;
	RsdLook		look;
	Ended		ended;

	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("id must not be null")));
	rsd_wake_require();
	PreventCommandDuringRecovery("rsdata_retry()");
	PreventCommandIfReadOnly("rsdata_retry()");
	if (!rsd_look(PG_GETARG_INT64(0), true, &look))
		rsd_look_undefined(PG_GETARG_INT64(0));
	check_may_retry(role, &look);
	rsd_identity_require();
	read_ended(look.id, &ended);
	if (!look.ended && (rerun || !ended.asked))
		refuse_unended(&look);
	if (!PG_ARGISNULL(2))
		which = text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (rerun || which != NULL)
		rsd_rerun_parts(ended.id, which, &parts);
	if (rerun)
		PG_RETURN_INT64(run_again(&ended, &parts));
	if (which != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"parts\" needs rerun => true")));
	if (!ended.kept)
		refuse_fetch(&ended);
	if (!ended.asked)
		rsd_request_insert(ended.id, "retry", role, "rsdata_retry()");
	PG_RETURN_INT64(ended.id);
}
