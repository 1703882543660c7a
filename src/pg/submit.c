/*
 * submit.c
 *	  rsdata_submit and rsdata_submit_batch: check a statement, give it its
 *	  token, insert it.
 *
 * Everything that can be wrong is said here, before the transaction commits.
 * The token that makes the service run it once is made here and stored with
 * it.  Never sends anything and never updates a row.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "base/env.h"
#include "pg/caller.h"
#include "pg/compat.h"
#include "pg/guc.h"
#include "pg/identity.h"
#include "pg/option_check.h"
#include "pg/options.h"
#include "pg/rowio.h"
#include "pg/server_use.h"
#include "pg/submit.h"
#include "pg/submit_flow.h"
#include "pg/submit_format.h"
#include "pg/submit_key.h"
#include "pg/submit_markers.h"
#include "pg/submit_options.h"
#include "pg/submit_sql.h"
#include "pg/submit_targets.h"
#include "pg/unixtime.h"
#include "pg/wake.h"
#include "stmt/stmt_status.h"

RSD_FUNCTION(rsdata_submit);
RSD_FUNCTION(rsdata_submit_batch);

/* StatementName takes 2048 characters: "rsdata/<token>/<label>". */
#define TOKEN_LEN 36
#define MAX_LABEL_BYTES (2048 - 8 - TOKEN_LEN)

/* NOTIFY takes less than this (async.c). */
#define NOTIFY_LIMIT (BLCKSZ - NAMEDATALEN - 128)

#define MAX_TIMEOUT (30 * USECS_PER_DAY)

/* A statement ready to be inserted. */
typedef struct NewStatement
{
	Oid			owner;
	RsdServerConfig *server;
	uint64		ways;			/* as they were before server was read */
	text	   *sql;			/* NULL: a batch */
	ArrayType  *sqls;			/* NULL: no batch */
	int			nparts;
	text	   *label;
	text	   *key;			/* NULL = none */
	Jsonb	   *params;
	Jsonb	   *options;
	RsdSubmitOptions chosen;
	RsdTarget	target;			/* name NULL = none */
	RsdSubmitTargets targets;	/* of a batch */
	Interval   *timeout;		/* NULL = none */
	TimestampTz submitted_at;
	TimestampTz deadline_at;	/* 0 = none */
	char		token[TOKEN_LEN + 1];
} NewStatement;

/*
 * The label goes into the statement's name at the service and, on a channel
 * of one's own, into the notification: both must hold it.
 */
static void
check_label(const text *label, const char *channel)
{
	StringInfoData payload;

	if (rsd_submit_utf8_length(label) > MAX_LABEL_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("label is too long"),
				 errdetail("It has %zu bytes in UTF-8; at most %d are possible.",
						   rsd_submit_utf8_length(label), MAX_LABEL_BYTES)));
	if (channel == NULL)
		return;
	initStringInfo(&payload);
	appendStringInfo(&payload, "{\"id\": " INT64_FORMAT ", \"status\": \"undelivered\", "
					 "\"parts_finished\": 40, \"parts_failed\": 40, \"label\": ",
					 PG_INT64_MAX);
	escape_json(&payload, text_to_cstring(label));
	appendStringInfoChar(&payload, '}');
	if (payload.len >= NOTIFY_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("label is too long for a notification"),
				 errhint("Shorten the label or leave out option \"channel\".")));
	pfree(payload.data);
}

/* The topic for one outcome: the option's, the server's, its first one. */
static char *
choose_topic(const RsdServerConfig *server, char *option, char *own)
{
	if (option == NULL && own != NULL)
		return own;
	if (option == NULL)
		return server->topic_arns == NIL ? NULL : linitial(server->topic_arns);
	rsd_server_use_topic(server, option);
	return option;
}

/* The first of the three that is set; NULL if that is zero. */
static Interval *
choose_interval(Interval *argument, Interval *option, int setting_s)
{
	Interval   *chosen = argument != NULL ? argument : option;

	if (chosen == NULL)
	{
		chosen = palloc0(sizeof(Interval));
		chosen->time = setting_s * USECS_PER_SEC;
	}
	return rsd_interval_usec(chosen) == 0 ? NULL : chosen;
}

static void
check_timeout(const Interval *timeout)
{
	int64		usec = rsd_interval_usec(timeout);

	if (usec <= 0 || usec > MAX_TIMEOUT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("timeout must be more than 0 and at most 30 days")));
}

static void
make_token(char *token)
{
	if (!rsd_env_uuid(rsd_env_system(), token))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
}

/* What it waits for is said at once, as the worker would. */
static const char *
wait_reason(const NewStatement *st)
{
	if (st->chosen.nafter > 0)
		return rsd_wait_name(RSD_WAIT_AFTER);
	return rsd_wait_name(st->server->enabled ? RSD_WAIT_NONE :
						 RSD_WAIT_PAUSED);
}

static const char *
wait_detail(const NewStatement *st)
{
	if (st->chosen.nafter > 0)
		return rsd_flow_wait_detail(&st->chosen);
	return st->server->enabled ? NULL : RSD_PAUSED_WORDS;
}

/* Values of the insert, in the order of its parameters. */
#define INSERT_PARAMS 25

static void
fill_row(RsdArgs *row, const NewStatement *st)
{
	rsd_arg_oid(row, st->owner);
	rsd_arg_oid(row, st->server->oid);
	rsd_arg_text(row, st->server->name);
	rsd_arg_pointer(row, st->label);
	rsd_arg_pointer(row, st->sql);
	rsd_arg_pointer(row, st->params);
	rsd_arg_pointer(row, st->timeout);
	rsd_arg_pointer(row, st->options);
	rsd_arg_text(row, st->chosen.channel);
	rsd_arg_text(row, st->chosen.success_topic_arn);
	rsd_arg_text(row, st->chosen.failure_topic_arn);
	rsd_arg_text(row, st->token);
	rsd_arg_time(row, rsd_time_to_unix(st->submitted_at));
	rsd_arg_time(row, st->deadline_at == 0 ? 0 :
				 rsd_time_to_unix(st->deadline_at));
	rsd_arg_text(row, st->target.name);
	rsd_arg_oid(row, st->target.oid);
	rsd_arg_pointer(row, st->key);
	rsd_arg_pointer(row, st->sqls);
	rsd_arg_text(row, st->chosen.session);
	rsd_arg_count(row, st->chosen.session_keep_alive > 0 ?
				  st->chosen.session_keep_alive : -1);
	rsd_arg_bool(row, st->chosen.nafter == 0);
	rsd_arg_text(row, wait_reason(st));
	rsd_arg_text(row, wait_detail(st));
	rsd_arg_text(row, rsd_submit_format(st->chosen.result_format,
										st->server->result_format,
										st->target.oid));
	rsd_arg_pointer(row, st->targets.stored);
	Assert(row->n == INSERT_PARAMS);
}

#define INSERT_SQL \
	"INSERT INTO rsdata.statement (owner, server, server_name, label, sql, " \
	"params, timeout, options, channel, success_topic_arn, " \
	"failure_topic_arn, token, submitted_at, deadline_at, target, " \
	"target_oid, idempotency_key, sqls, session, session_keep_alive, ready, " \
	"wait_reason, wait_detail, result_format, targets) " \
	"VALUES ($1, $2, $3::pg_catalog.name, $4, $5, $6, $7, $8, $9, $10, $11, " \
	"$12, $13, $14, $15, nullif($16, 0), $17, $18, $19, $20, $21, $22, $23, " \
	"$24, $25) "

/* What only a statement with a key needs, and pays for. */
#define UNLESS_KEYED \
	"ON CONFLICT (owner, server, idempotency_key) " \
	"WHERE idempotency_key IS NOT NULL DO NOTHING "

static SPIPlanPtr
prepare_insert(const char *sql)
{
	Oid			types[INSERT_PARAMS] = {
		OIDOID, OIDOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, INTERVALOID,
		JSONBOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, TEXTOID, OIDOID, TEXTOID, TEXTARRAYOID, TEXTOID,
		INT8OID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID
	};
	SPIPlanPtr	plan;

	plan = SPI_prepare(sql, INSERT_PARAMS, types);
	if (plan == NULL || SPI_keepplan(plan) != 0)
		elog(ERROR, "could not prepare the insert of a statement");
	return plan;
}

/*
 * A plan kept for the life of the backend.  It survives DROP and CREATE
 * EXTENSION: it is analysed anew then.
 */
static SPIPlanPtr
insert_plan(bool keyed)
{
	static SPIPlanPtr plain = NULL;
	static SPIPlanPtr unless_keyed = NULL;
	SPIPlanPtr *plan = keyed ? &unless_keyed : &plain;

	if (*plan == NULL)
		*plan = prepare_insert(keyed ? INSERT_SQL UNLESS_KEYED "RETURNING id" :
							   INSERT_SQL "RETURNING id");
	return *plan;
}

/* Inserts the row; 0 if another row has its idempotency key. */
static int64
insert_statement(const NewStatement *st)
{
	RsdArgs		row = {0};
	bool		isnull;
	int64		id = 0;

	fill_row(&row, st);
	SPI_connect();
	rsd_flow_hold_after(&st->chosen, st->owner);
	if (SPI_execute_plan(insert_plan(st->key != NULL), row.values, row.nulls,
						 false, 0) != SPI_OK_INSERT_RETURNING)
		elog(ERROR, "could not insert a statement");
	if (SPI_processed == 1)
	{
		id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0],
										 SPI_tuptable->tupdesc, 1, &isnull));
		rsd_flow_insert_after(&st->chosen, id);
	}
	SPI_finish();
	return id;
}

/*
 * Whatever can be wrong with the target or the local SQL is said before
 * anything is paid for.
 */
static void
take_target(const RsdSubmitArgs *args, NewStatement *st)
{
	const RsdSubmitOptions *chosen = &st->chosen;
	bool		any = args->target != NULL || args->targets != NULL;

	if (!any && chosen->for_target != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" needs a target", chosen->for_target)));
	if (any && chosen->no_fetch)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a statement with a target must fetch its result"),
				 errhint("Leave out the option \"fetch\".")));
	if (any || chosen->then_sql)
		rsd_target_check_login();
	rsd_submit_targets(args->targets, st->nparts, chosen, &st->targets);
	if (args->target != NULL)
		rsd_target_resolve(text_to_cstring(args->target), chosen->target_mode,
						   &st->target);
}

/* Is there a table already in the place of one to be created? */
static bool
has_taken_target(const NewStatement *st)
{
	bool		taken = st->target.taken;

	for (int i = 0; i < st->targets.n; i++)
		taken |= st->targets.target[i].taken;
	return taken;
}

static void
refuse_taken_targets(const NewStatement *st)
{
	rsd_target_refuse_taken(&st->target);
	for (int i = 0; i < st->targets.n; i++)
		rsd_target_refuse_taken(&st->targets.target[i]);
}

/*
 * Inserts the row, or finds the one that has its key.  Neither, if that row
 * is deleted in between: then once more.  A table in the place of a target to
 * be created may have been made by the one that has the key.
 */
static int64
insert_or_find(const NewStatement *st)
{
	RsdKeyed	keyed = {
		.owner = st->owner,
		.server = st->server->oid,
		.key = st->key,
		.sql = st->sql,
		.sqls = st->sqls,
		.params = st->params,
		.target = st->target.name != NULL ?
		cstring_to_text(st->target.name) : NULL,
		.targets = st->targets.stored,
		.options = st->options,
	};
	RsdCaller	caller;
	int64		id = 0;

	if (has_taken_target(st) && st->key != NULL)
		id = rsd_submit_key_find(&keyed);
	if (id == 0)
		refuse_taken_targets(st);
	while (id == 0)
	{
		CHECK_FOR_INTERRUPTS();
		rsd_caller_up(&caller);
		id = insert_statement(st);
		rsd_caller_down(&caller);
		if (id == 0)
			id = rsd_submit_key_find(&keyed);
	}
	return id;
}

/* The SQL, one text or many, and how it fits together with the parameters. */
static void
prepare_sql(const RsdSubmitArgs *args, NewStatement *st)
{
	text	   *const *sqls = &args->sql;

	st->nparts = 1;
	if (args->batch)
		sqls = rsd_submit_sqls(args->sqls, &st->nparts);
	else
		rsd_submit_sql(args->sql);
	if (rsd_submit_params(args->params))
		st->params = args->params;
	rsd_submit_markers(st->params, sqls, st->nparts, args->batch);
	st->sql = args->sql;
	st->sqls = args->sqls;
}

/* Fills st from the arguments, after all checks. */
static void
prepare_statement(const RsdSubmitArgs *args, NewStatement *st)
{
	Interval   *deadline;

	memset(st, 0, sizeof(*st));
	prepare_sql(args, st);
	if (args->idempotency_key != NULL)
		rsd_submit_key_check(args->idempotency_key);
	if (args->timeout != NULL)
		check_timeout(args->timeout);
	rsd_submit_options(args->options, args->batch, &st->chosen);
	if (args->label != NULL)
		check_label(args->label, st->chosen.channel);

	take_target(args, st);

	st->owner = GetUserId();
	st->ways = rsd_wake_ways();
	AcceptInvalidationMessages();
	st->server = rsd_server_use(rsd_server_find(args->server)->serverid,
								st->owner);
	st->chosen.success_topic_arn =
		choose_topic(st->server, st->chosen.success_topic_arn,
					 st->server->success_topic_arn);
	st->chosen.failure_topic_arn =
		choose_topic(st->server, st->chosen.failure_topic_arn,
					 st->server->failure_topic_arn);
	st->label = args->label;
	st->key = args->idempotency_key;
	st->options = args->options;
	st->timeout = choose_interval(args->timeout, st->server->timeout,
								  rsd_guc()->default_timeout);
	deadline = choose_interval(st->chosen.deadline, st->server->deadline,
							   rsd_guc()->default_deadline);
	st->submitted_at = GetCurrentTimestamp();
	if (deadline != NULL)
		st->deadline_at = st->submitted_at + rsd_interval_usec(deadline);
	make_token(st->token);
}

/*
 * A statement of a server that is not enabled only has its deadline; who
 * enables the server wakes the worker.
 */
static void
wake_worker(const NewStatement *st)
{
	if (st->server->enabled || st->chosen.nafter > 0)
		rsd_wake_at_commit();
	else
		rsd_wake_by(st->deadline_at == 0 ? DT_NOEND : st->deadline_at,
					st->ways);
}

int64
rsd_submit(const RsdSubmitArgs *args)
{
	const char *function = args->batch ? "rsdata_submit_batch()" :
		"rsdata_submit()";
	NewStatement st;
	int64		id;

	rsd_wake_require();
	PreventCommandDuringRecovery(function);
	PreventCommandIfReadOnly(function);
	prepare_statement(args, &st);
	rsd_identity_require();
	id = insert_or_find(&st);
	wake_worker(&st);
	return id;
}

/*
 * rsdata_submit(sql, server, params, label, target, timeout,
 *				 idempotency_key, options) returns bigint
 */
Datum
rsdata_submit(PG_FUNCTION_ARGS)
{
	RsdSubmitArgs args = {0};

	args.sql = PG_ARGISNULL(0) ? NULL : PG_GETARG_TEXT_PP(0);
	args.server = PG_ARGISNULL(1) ? NULL : PG_GETARG_NAME(1);
	args.params = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
	args.label = PG_ARGISNULL(3) ? NULL : PG_GETARG_TEXT_PP(3);
	args.target = PG_ARGISNULL(4) ? NULL : PG_GETARG_TEXT_PP(4);
	args.timeout = PG_ARGISNULL(5) ? NULL : PG_GETARG_INTERVAL_P(5);
	args.idempotency_key = PG_ARGISNULL(6) ? NULL : PG_GETARG_TEXT_PP(6);
	args.options = PG_ARGISNULL(7) ? NULL : PG_GETARG_JSONB_P(7);
	PG_RETURN_INT64(rsd_submit(&args));
}

/*
 * rsdata_submit_batch(sqls, server, params, label, targets, timeout,
 *					   idempotency_key, options) returns bigint
 */
Datum
rsdata_submit_batch(PG_FUNCTION_ARGS)
{
	RsdSubmitArgs args = {.batch = true};

	args.sqls = PG_ARGISNULL(0) ? NULL : PG_GETARG_ARRAYTYPE_P(0);
	args.server = PG_ARGISNULL(1) ? NULL : PG_GETARG_NAME(1);
	args.params = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
	args.label = PG_ARGISNULL(3) ? NULL : PG_GETARG_TEXT_PP(3);
	args.targets = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4);
	args.timeout = PG_ARGISNULL(5) ? NULL : PG_GETARG_INTERVAL_P(5);
	args.idempotency_key = PG_ARGISNULL(6) ? NULL : PG_GETARG_TEXT_PP(6);
	args.options = PG_ARGISNULL(7) ? NULL : PG_GETARG_JSONB_P(7);
	PG_RETURN_INT64(rsd_submit(&args));
}
