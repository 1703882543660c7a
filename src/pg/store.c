/*
 * store.c
 *	  All SQL of the worker over our tables, as kept plans.
 *
 * The worker is the one writer: rows of statements are changed here and
 * nowhere else, and never after waiting for a table lock (rsd_store_begin).
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/guc.h"
#include "pg/rowio.h"
#include "pg/store.h"
#include "pg/utf8text.h"

/* Whole rows of a result in one row of rsdata.page, at most. */
#define CHUNK_BYTES			(1024 * 1024)

/* A NOTIFY payload must be shorter than this (NOTIFY_PAYLOAD_MAX_LENGTH). */
#define PAYLOAD_MAX			8000

/* What rsd_row_live() reads, in its order. */
#define LIVE_COLUMNS \
	"id, owner, server, token, sql, params, label, channel, " \
	"success_topic_arn, failure_topic_arn, timeout, " \
	"(options->>'fetch')::boolean, (options->>'max_rows')::bigint, " \
	"(options->>'max_bytes')::bigint, status, wish, submitted_at, " \
	"first_sent_at, started_at, timeout_at, deadline_at, " \
	"result_expires_at, attempts, has_result, pages_done, rows_done, " \
	"rows_total, aws_id, aws_session_id"

typedef enum StoreSql
{
	SQL_IDENTITY,
	SQL_PROMOTE,
	SQL_TIMELINE,
	SQL_HAS_OPEN,
	SQL_UNFINISHED,
	SQL_PART,
	SQL_QUEUED,
	SQL_CLAIM,
	SQL_ONE_QUEUED,
	SQL_OVERDUE,
	SQL_QUEUE_DUE,
	SQL_HOLD,
	SQL_TAKE_CANCELS,
	SQL_RECORD,
	SQL_RECORD_PART,
	SQL_RECORD_PAGE,
	SQL_UNPUBLISHED,
	SQL_LETTER,
	SQL_POSTED,
	SQL_COUNT
} StoreSql;

typedef struct StoreQuery
{
	const char *text;
	int			nargs;
	Oid			args[36];
} StoreQuery;

static const StoreQuery queries[SQL_COUNT] = {
	[SQL_IDENTITY] = {
		"SELECT m.system_identifier = s.system_identifier AND m.database = $1, "
		"m.timeline = $2 "
		"FROM rsdata.meta m, pg_control_system() s",
		2, {OIDOID, INT4OID}
	},
	[SQL_PROMOTE] = {
		"UPDATE rsdata.statement SET status = 'submitting', "
		"first_sent_at = submitted_at "
		"WHERE open AND status = 'queued'",
		0, {0}
	},
	[SQL_TIMELINE] = {
		"UPDATE rsdata.meta SET timeline = $1", 1, {INT4OID}
	},
	[SQL_HAS_OPEN] = {
		"SELECT true FROM rsdata.statement WHERE open LIMIT 1", 0, {0}
	},
	[SQL_UNFINISHED] = {
		"SELECT " LIVE_COLUMNS " FROM rsdata.statement WHERE open AND status "
		"IN ('submitting', 'running', 'fetching', 'loading') ORDER BY id",
		0, {0}
	},
	[SQL_PART] = {
		"SELECT p.next_token, p.pages_done, p.rows_done, p.rows_total, "
		"jsonb_array_length(p.columns), "
		"(SELECT coalesce(max(g.page), 0) FROM rsdata.page g "
		"WHERE g.statement = $1 AND g.part = 1) "
		"FROM rsdata.part p WHERE p.statement = $1 AND p.part = 1",
		1, {INT8OID}
	},
	[SQL_QUEUED] = {
		"SELECT id, server, owner, wish IS NOT NULL FROM rsdata.statement s "
		"WHERE open AND status = 'queued' "
		"AND (next_attempt_at IS NULL OR next_attempt_at <= $1) "
		"AND NOT EXISTS (SELECT FROM unnest($2, $3) AS x (server, owner) "
		"WHERE x.server = s.server AND x.owner IN (0, s.owner)) "
		"ORDER BY id LIMIT $4",
		4, {TIMESTAMPTZOID, OIDARRAYOID, OIDARRAYOID, INT4OID}
	},
	[SQL_CLAIM] = {
		"UPDATE rsdata.statement SET status = 'submitting', "
		"first_sent_at = $2, wait_reason = NULL, wait_detail = NULL, "
		"next_attempt_at = NULL "
		"WHERE id IN (SELECT id FROM rsdata.statement WHERE id = ANY ($1) "
		"AND status = 'queued' FOR UPDATE SKIP LOCKED) "
		"RETURNING " LIVE_COLUMNS,
		2, {INT8ARRAYOID, TIMESTAMPTZOID}
	},
	[SQL_ONE_QUEUED] = {
		"SELECT " LIVE_COLUMNS " FROM rsdata.statement "
		"WHERE id = $1 AND status = 'queued' FOR UPDATE SKIP LOCKED",
		1, {INT8OID}
	},
	[SQL_OVERDUE] = {
		"SELECT id FROM rsdata.statement WHERE open AND status = 'queued' "
		"AND deadline_at <= $1 ORDER BY id LIMIT $2",
		2, {TIMESTAMPTZOID, INT4OID}
	},
	[SQL_QUEUE_DUE] = {
		"SELECT min(least(next_attempt_at, deadline_at)) "
		"FROM rsdata.statement WHERE open AND status = 'queued'",
		0, {0}
	},
	[SQL_HOLD] = {
		"UPDATE rsdata.statement SET wait_reason = $3, wait_detail = $4 "
		"WHERE id IN (SELECT id FROM rsdata.statement WHERE open "
		"AND status = 'queued' AND server = $1 AND owner = $2 "
		"AND (wait_reason, wait_detail) IS DISTINCT FROM ($3, $4) "
		"FOR UPDATE SKIP LOCKED)",
		4, {OIDOID, OIDOID, TEXTOID, TEXTOID}
	},
	[SQL_TAKE_CANCELS] = {
		"WITH taken AS (DELETE FROM rsdata.request WHERE id IN (SELECT id "
		"FROM rsdata.request WHERE kind = 'cancel' ORDER BY id LIMIT $1 "
		"FOR UPDATE SKIP LOCKED) RETURNING statement) "
		"UPDATE rsdata.statement SET wish = coalesce(wish, 'cancel') "
		"WHERE id IN (SELECT statement FROM taken) "
		"AND finished_at IS NULL RETURNING id",
		1, {INT4OID}
	},
	[SQL_RECORD] = {
		"UPDATE rsdata.statement SET status = $2, open = $3, "
		"wait_reason = $4, wait_detail = $5, failed_at = $6, wish = $7, "
		"first_sent_at = $8, started_at = $9, finished_at = $10, "
		"last_contact_at = $11, timeout_at = $12, result_expires_at = $13, "
		"next_attempt_at = $14, attempts = $15, has_result = $16, "
		"pages_done = $17, rows_done = $18, rows_total = $19, "
		"rows_affected = $20, result_bytes = $21, "
		"duration = $22 * interval '1 microsecond', error = $23, "
		"sqlstate = $24, aws_status = $25, aws_id = $26, "
		"aws_session_id = $27, redshift_pid = $28, "
		"redshift_query_id = $29, redshift_query_uuid = $30, "
		"sns_status = $31, sns_topic_arn = $32 WHERE id = $1",
		32, {INT8OID, TEXTOID, BOOLOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID,
			TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
			TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID, BOOLOID,
			INT4OID, INT8OID, INT8OID, INT8OID, INT8OID, FLOAT8OID, TEXTOID,
			TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT8OID, INT8OID, TEXTOID,
		TEXTOID, TEXTOID}
	},
	[SQL_RECORD_PART] = {
		"INSERT INTO rsdata.part (statement, part, status, aws_id, columns, "
		"next_token, pages_done, rows_done, rows_total, rows_affected, "
		"result_bytes, duration, redshift_query_id, redshift_query_uuid, "
		"error) VALUES ($1, 1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, $10, "
		"$11 * interval '1 microsecond', $12, $13, $14) "
		"ON CONFLICT (statement, part) DO UPDATE SET "
		"status = excluded.status, "
		"columns = coalesce(rsdata.part.columns, excluded.columns), "
		"next_token = excluded.next_token, "
		"pages_done = excluded.pages_done, rows_done = excluded.rows_done, "
		"rows_total = excluded.rows_total, "
		"rows_affected = excluded.rows_affected, "
		"result_bytes = excluded.result_bytes, "
		"duration = excluded.duration, "
		"redshift_query_id = excluded.redshift_query_id, "
		"redshift_query_uuid = excluded.redshift_query_uuid, "
		"error = excluded.error",
		14, {INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INT4OID, INT8OID,
		INT8OID, INT8OID, INT8OID, FLOAT8OID, INT8OID, TEXTOID, TEXTOID}
	},
	[SQL_RECORD_PAGE] = {
		"INSERT INTO rsdata.page (statement, part, page, format, row_count, "
		"body) VALUES ($1, 1, $2, 'json', $3, $4)",
		4, {INT8OID, INT4OID, INT4OID, BYTEAOID}
	},
	[SQL_UNPUBLISHED] = {
		"SELECT id, server, owner, sns_attempts FROM rsdata.statement "
		"WHERE open AND sns_status = 'pending' ORDER BY id",
		0, {0}
	},
	[SQL_LETTER] = {
		"SELECT sns_topic_arn, status, coalesce(label, ''), server_name, "
		"left(format('rsdata: statement %s %s%s', id, status, "
		"' (' || label || ')'), 200), "
		"jsonb_strip_nulls(jsonb_build_object('id', id, 'status', status, "
		"'label', label, 'server', server_name, 'error', error, "
		"'sqlstate', sqlstate, 'rows', coalesce(rows_total, rows_affected), "
		"'aws_id', aws_id, 'redshift_query_id', redshift_query_id, "
		"'submitted_at', submitted_at, 'started_at', started_at, "
		"'finished_at', finished_at, "
		"'duration_ms', extract(epoch FROM duration) * 1000))::text, token "
		"FROM rsdata.statement WHERE id = $1 AND sns_topic_arn IS NOT NULL",
		1, {INT8OID}
	},
	[SQL_POSTED] = {
		"UPDATE rsdata.statement SET open = $2, sns_status = $3, "
		"sns_attempts = $4, sns_message_id = $5, sns_error = $6 "
		"WHERE id = $1",
		6, {INT8OID, BOOLOID, TEXTOID, INT4OID, TEXTOID, TEXTOID}
	},
};

/* Plans live as long as the process; made at first use. */
static SPIPlanPtr plans[SQL_COUNT];

/*
 * Runs a query; rows are in SPI_tuptable.  The plan is kept.
 */
static int
run(StoreSql which, RsdArgs *args)
{
	const StoreQuery *q = &queries[which];
	int			rc;

	Assert(args == NULL ? q->nargs == 0 : args->n == q->nargs);
	if (plans[which] == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare(q->text, q->nargs,
									   unconstify(Oid *, &q->args[0]));

		if (plan == NULL)
			elog(ERROR, "could not prepare query %d: %s", (int) which,
				 SPI_result_code_string(SPI_result));
		SPI_keepplan(plan);
		plans[which] = plan;
	}
	rc = SPI_execute_plan(plans[which], args ? args->values : NULL,
						  args ? args->nulls : NULL, false, 0);
	if (rc < 0)
		elog(ERROR, "could not run query %d: %s", (int) which,
			 SPI_result_code_string(rc));
	return (int) SPI_processed;
}

/* The only row of a result. */
static void
first_row(RsdRow *row)
{
	rsd_row_open(row, 0);
}

/*
 * Locks our tables as writing them would, or raises an error at once: a lock
 * held by somebody else must not hold up the statements of all others.
 */
static void
lock_tables(void)
{
	static const char *const tables[] = {"statement", "part", "page", "request"};
	Oid			schema = get_namespace_oid("rsdata", false);

	for (int i = 0; i < (int) lengthof(tables); i++)
	{
		Oid			relid = get_relname_relid(tables[i], schema);

		if (!OidIsValid(relid))
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_TABLE),
					errmsg("relation \"rsdata.%s\" does not exist", tables[i]));
		if (!ConditionalLockRelationOid(relid, RowExclusiveLock))
			ereport(ERROR,
					errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					errmsg("could not obtain lock on relation \"rsdata.%s\"",
						   tables[i]));
	}
}

RsdIdentity
rsd_store_identity(void)
{
	RsdArgs		args = {0};
	RsdRow		row;

	rsd_arg_oid(&args, MyDatabaseId);
	rsd_arg_int4(&args, (int) GetWALInsertionTimeLine());
	if (run(SQL_IDENTITY, &args) != 1)
		return RSD_IDENTITY_COPY;
	first_row(&row);
	if (!rsd_row_bool(&row, false))
		return RSD_IDENTITY_COPY;
	return rsd_row_bool(&row, false) ? RSD_IDENTITY_SAME :
		RSD_IDENTITY_PROMOTED;
}

void
rsd_store_promote(void)
{
	RsdArgs		args = {0};

	lock_tables();
	run(SQL_PROMOTE, NULL);
	rsd_arg_int4(&args, (int) GetWALInsertionTimeLine());
	run(SQL_TIMELINE, &args);
}

bool
rsd_store_has_open(void)
{
	return run(SQL_HAS_OPEN, NULL) > 0;
}

/* The effective limit: the statement's, within the setting's. */
static int64
limit_of(int64 asked, int64 setting)
{
	if (asked > 0 && (setting == 0 || asked < setting))
		return asked;
	return setting;
}

/* A row of LIVE_COLUMNS into the machine's value. */
static void
read_machine(RsdRow *row, RsdLive *live)
{
	RsdStmt    *m = &live->m;
	char	   *word;

	word = rsd_row_text(row);
	if (!rsd_status_parse(word, &m->status))
		elog(ERROR, "unknown status \"%s\" of statement " INT64_FORMAT,
			 word, live->id);
	word = rsd_row_text(row);
	if (word != NULL)
		m->wish = strcmp(word, "timeout") == 0 ? RSD_WISH_TIMEOUT :
			RSD_WISH_CANCEL;
	(void) rsd_row_time(row);	/* submitted_at */
	m->first_sent_at = rsd_row_time(row);
	m->accepted_at = rsd_row_time(row);
	m->timeout_at = rsd_row_time(row);
	m->deadline_at = rsd_row_time(row);
	m->expires_at = rsd_row_time(row);
	live->attempts = rsd_row_int4(row, 0);
	m->has_result = rsd_row_tri(row);
	live->pages_done = rsd_row_int4(row, 0);
	live->rows_done = rsd_row_int8(row, 0);
	live->rows_total = rsd_row_int8(row, -1);
}

/* One row of LIVE_COLUMNS; the struct is in a context of its own. */
static RsdLive *
read_live(MemoryContext parent, uint64 index)
{
	MemoryContext cx = AllocSetContextCreate(parent, "rsdata statement",
											 ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cx);
	RsdLive    *live = palloc0(sizeof(RsdLive));
	RsdRow		row;
	char	   *text;

	rsd_row_open(&row, index);
	live->cx = cx;
	live->id = rsd_row_int8(&row, 0);
	live->owner = rsd_row_oid(&row);
	live->server = rsd_row_oid(&row);
	live->token = rsd_row_text(&row);
	live->sql = rsd_text_to_utf8(rsd_row_text(&row));
	live->nparams = rsd_row_params(&row, &live->params);
	live->label = rsd_row_text(&row);
	live->name = rsd_text_to_utf8(live->label == NULL ?
								  psprintf("rsdata/%s", live->token) :
								  psprintf("rsdata/%s/%s", live->token,
										   live->label));
	live->channel = rsd_row_text(&row);
	live->success_topic = rsd_row_text(&row);
	live->failure_topic = rsd_row_text(&row);
	live->m.timeout = rsd_row_interval(&row);
	live->m.fetch = rsd_row_bool(&row, true);
	live->max_rows = limit_of(rsd_row_int8(&row, 0), rsd_guc()->max_rows);
	live->max_bytes = limit_of(rsd_row_int8(&row, 0),
							   (int64) rsd_guc()->max_bytes * 1024);
	read_machine(&row, live);
	text = rsd_row_text(&row);
	strlcpy(live->aws_id, text ? text : "", sizeof(live->aws_id));
	text = rsd_row_text(&row);
	strlcpy(live->aws_session_id, text ? text : "",
			sizeof(live->aws_session_id));
	live->next_token = pstrdup("");
	live->ncolumns = -1;
	live->m.call[RSD_CALL_EXECUTE].failures = live->attempts;
	live->pid = live->query_id = live->duration_ns = -1;
	live->rows_affected = live->result_bytes = -1;
	MemoryContextSwitchTo(old);
	return live;
}

static List *
read_lives(MemoryContext cx, int n)
{
	MemoryContext old = CurrentMemoryContext;
	List	   *list = NIL;

	for (int i = 0; i < n; i++)
	{
		RsdLive    *live = read_live(cx, i);

		MemoryContextSwitchTo(cx);
		list = lappend(list, live);
		MemoryContextSwitchTo(old);
	}
	return list;
}

/* Where the fetch of a result had come to. */
static void
read_part(RsdLive *live)
{
	RsdArgs		args = {0};
	RsdRow		row;
	MemoryContext old;
	char	   *token;

	rsd_arg_int8(&args, live->id);
	if (run(SQL_PART, &args) == 0)
		return;
	first_row(&row);
	old = MemoryContextSwitchTo(live->cx);
	token = rsd_row_text(&row);
	if (token != NULL)
		live->next_token = token;
	MemoryContextSwitchTo(old);
	live->pages_done = rsd_row_int4(&row, 0);
	live->rows_done = rsd_row_int8(&row, 0);
	live->rows_total = rsd_row_int8(&row, -1);
	live->ncolumns = rsd_row_int4(&row, -1);
	live->chunks = rsd_row_int4(&row, 0);
}

List *
rsd_store_unfinished(MemoryContext cx)
{
	List	   *lives = read_lives(cx, run(SQL_UNFINISHED, NULL));
	ListCell   *lc;

	foreach(lc, lives)
		read_part(lfirst(lc));
	return lives;
}

int
rsd_store_queued(int64 now, List *servers, List *owners, int max,
				 RsdQueued **queued)
{
	RsdArgs		args = {0};
	int			n;

	rsd_arg_time(&args, now);
	rsd_arg_oids(&args, servers);
	rsd_arg_oids(&args, owners);
	rsd_arg_int4(&args, max);
	n = run(SQL_QUEUED, &args);
	*queued = palloc(sizeof(RsdQueued) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		RsdRow		row;

		rsd_row_open(&row, i);
		(*queued)[i].id = rsd_row_int8(&row, 0);
		(*queued)[i].server = rsd_row_oid(&row);
		(*queued)[i].owner = rsd_row_oid(&row);
		(*queued)[i].unwanted = rsd_row_bool(&row, false);
	}
	return n;
}

List *
rsd_store_claim(MemoryContext cx, const int64 *ids, int n, int64 now)
{
	RsdArgs		args = {0};

	lock_tables();
	rsd_arg_int8s(&args, ids, n);
	rsd_arg_time(&args, now);
	return read_lives(cx, run(SQL_CLAIM, &args));
}

RsdLive *
rsd_store_one_queued(MemoryContext cx, int64 id)
{
	RsdArgs		args = {0};

	lock_tables();
	rsd_arg_int8(&args, id);
	if (run(SQL_ONE_QUEUED, &args) == 0)
		return NULL;
	return read_live(cx, 0);
}

/* A result of one bigint column as an array. */
static int
read_ids(int n, int64 **ids)
{
	*ids = palloc(sizeof(int64) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		RsdRow		row;

		rsd_row_open(&row, i);
		(*ids)[i] = rsd_row_int8(&row, 0);
	}
	return n;
}

int
rsd_store_overdue(int64 now, int max, int64 **ids)
{
	RsdArgs		args = {0};

	rsd_arg_time(&args, now);
	rsd_arg_int4(&args, max);
	return read_ids(run(SQL_OVERDUE, &args), ids);
}

int64
rsd_store_queue_due(void)
{
	RsdRow		row;

	run(SQL_QUEUE_DUE, NULL);
	first_row(&row);
	return rsd_row_time(&row);
}

void
rsd_store_hold(Oid server, Oid owner, RsdWait wait, const char *detail)
{
	RsdArgs		args = {0};

	lock_tables();
	rsd_arg_oid(&args, server);
	rsd_arg_oid(&args, owner);
	rsd_arg_text(&args, rsd_wait_name(wait));
	rsd_arg_text(&args, detail);
	run(SQL_HOLD, &args);
}

int
rsd_store_take_cancels(int max, int64 **ids)
{
	RsdArgs		args = {0};

	lock_tables();
	rsd_arg_int4(&args, max);
	return read_ids(run(SQL_TAKE_CANCELS, &args), ids);
}

/* The topic that hears of this outcome; NULL if nobody asked. */
static const char *
topic_of(const RsdLive *live)
{
	bool		good = live->m.status == RSD_FINISHED;
	const char *own = good ? live->success_topic : live->failure_topic;

	if (own != NULL || live->route == NULL)
		return own;
	return good ? live->route->success_topic : live->route->failure_topic;
}

static void
record_statement(RsdLive *live, RsdArgs *args)
{
	const RsdStmt *m = &live->m;
	bool		ended = rsd_status_is_final(m->status);
	const char *topic = ended ? topic_of(live) : NULL;

	rsd_arg_int8(args, live->id);
	rsd_arg_text(args, rsd_status_name(m->status));
	rsd_arg_bool(args, !ended || topic != NULL);
	rsd_arg_text(args, rsd_wait_name(m->wait));
	rsd_arg_utf8(args, m->wait != RSD_WAIT_NONE ? live->wait_detail : NULL);
	rsd_arg_text(args, ended && m->status != RSD_FINISHED ?
				 rsd_status_name(m->left) : NULL);
	rsd_arg_text(args, m->wish == RSD_WISH_NONE ? NULL :
				 m->wish == RSD_WISH_TIMEOUT ? "timeout" : "cancel");
	rsd_arg_time(args, m->first_sent_at);
	rsd_arg_time(args, m->accepted_at);
	rsd_arg_time(args, live->finished_at);
	rsd_arg_time(args, live->last_contact);
	rsd_arg_time(args, m->timeout_at);
	rsd_arg_time(args, m->expires_at);
	rsd_arg_time(args, live->next_attempt);
	rsd_arg_int4(args, live->attempts);
	rsd_arg_tri(args, m->has_result);
	rsd_arg_int4(args, live->pages_done);
	rsd_arg_int8(args, live->rows_done);
	rsd_arg_count(args, live->rows_total);
	rsd_arg_count(args, live->rows_affected);
	rsd_arg_count(args, live->result_bytes);
	rsd_arg_micros(args, live->duration_ns);
	rsd_arg_utf8(args, live->error);
	rsd_arg_text(args, live->sqlstate);
	rsd_arg_word(args, live->aws_status);
	rsd_arg_word(args, live->aws_id);
	rsd_arg_word(args, live->aws_session_id);
	rsd_arg_count(args, live->pid);
	rsd_arg_count(args, live->query_id);
	rsd_arg_word(args, live->query_uuid);
	live->publish = topic != NULL;
	rsd_arg_text(args, topic != NULL ? "pending" : NULL);
	rsd_arg_text(args, topic);
}

/* Columns are given on the first page only; the row keeps them. */
static void
record_part(RsdLive *live)
{
	RsdArgs		args = {0};
	char	   *columns = NULL;

	if (live->has_page && live->page.columns.len > 0)
		columns = pg_any_to_server(pnstrdup(live->page.columns.data,
											live->page.columns.len),
								   live->page.columns.len, PG_UTF8);
	rsd_arg_int8(&args, live->id);
	rsd_arg_text(&args, rsd_status_name(live->m.status));
	rsd_arg_word(&args, live->aws_id);
	rsd_arg_text(&args, columns);
	rsd_arg_word(&args, live->next_token);
	rsd_arg_int4(&args, live->pages_done);
	rsd_arg_int8(&args, live->rows_done);
	rsd_arg_count(&args, live->rows_total);
	rsd_arg_count(&args, live->rows_affected);
	rsd_arg_count(&args, live->result_bytes);
	rsd_arg_micros(&args, live->duration_ns);
	rsd_arg_count(&args, live->query_id);
	rsd_arg_word(&args, live->query_uuid);
	rsd_arg_utf8(&args, live->error);
	run(SQL_RECORD_PART, &args);
}

static void
record_page(RsdLive *live)
{
	RsdSlice	rows;
	int64		nrows;

	live->chunks_written = live->chunks;
	live->page.chunked = 0;
	while (rsd_page_chunk(&live->page, CHUNK_BYTES, &rows, &nrows))
	{
		RsdArgs		args = {0};

		rsd_arg_int8(&args, live->id);
		rsd_arg_int4(&args, ++live->chunks_written);
		rsd_arg_int4(&args, (int) nrows);
		rsd_arg_bytes(&args, rows.data, rows.len);
		run(SQL_RECORD_PAGE, &args);
	}
}

/*
 * Listeners are told by the commit itself.  Anybody may listen: no SQL, no
 * data, no error text.
 */
static void
announce(const RsdLive *live)
{
	StringInfoData payload;
	bool		good = live->m.status == RSD_FINISHED;

	initStringInfo(&payload);
	appendStringInfo(&payload,
					 "{\"id\": " INT64_FORMAT ", \"status\": \"%s\", "
					 "\"parts_finished\": %d, \"parts_failed\": %d",
					 live->id, rsd_status_name(live->m.status),
					 good ? 1 : 0, good ? 0 : 1);
	if (live->channel != NULL)
	{
		StringInfoData own;

		initStringInfo(&own);
		appendStringInfoString(&own, payload.data);
		if (live->label != NULL)
		{
			appendStringInfoString(&own, ", \"label\": ");
			escape_json(&own, live->label);
		}
		appendStringInfoChar(&own, '}');
		if (own.len < PAYLOAD_MAX)
			Async_Notify(live->channel, own.data);
	}
	appendStringInfoChar(&payload, '}');
	Async_Notify("rsdata", payload.data);
}

bool
rsd_store_record(RsdLive *live, bool notify)
{
	RsdArgs		args = {0};

	lock_tables();
	record_statement(live, &args);
	if (run(SQL_RECORD, &args) != 1)
		return false;
	if (live->has_page)
		record_page(live);
	if (live->has_page || live->chunks > 0)
		record_part(live);
	if (notify && rsd_status_is_final(live->m.status))
		announce(live);
	return true;
}

List *
rsd_store_unpublished(MemoryContext cx)
{
	int			n = run(SQL_UNPUBLISHED, NULL);
	MemoryContext old = MemoryContextSwitchTo(cx);
	List	   *posts = NIL;

	for (int i = 0; i < n; i++)
	{
		RsdPost    *post = palloc0(sizeof(RsdPost));
		RsdRow		row;

		rsd_row_open(&row, i);
		post->id = rsd_row_int8(&row, 0);
		post->server = rsd_row_oid(&row);
		post->owner = rsd_row_oid(&row);
		post->attempts = rsd_row_int4(&row, 0);
		posts = lappend(posts, post);
	}
	MemoryContextSwitchTo(old);
	return posts;
}

bool
rsd_store_letter(int64 id, MemoryContext cx, RsdLetter *letter)
{
	RsdArgs		args = {0};
	RsdRow		row;
	MemoryContext old;

	rsd_arg_int8(&args, id);
	if (run(SQL_LETTER, &args) != 1)
		return false;
	first_row(&row);
	old = MemoryContextSwitchTo(cx);
	letter->topic = rsd_text_to_utf8(rsd_row_text(&row));
	letter->status = rsd_text_to_utf8(rsd_row_text(&row));
	letter->label = rsd_text_to_utf8(rsd_row_text(&row));
	letter->server = rsd_text_to_utf8(rsd_row_text(&row));
	letter->subject = rsd_text_to_utf8(rsd_row_text(&row));
	letter->message = rsd_text_to_utf8(rsd_row_text(&row));
	letter->token = rsd_text_to_utf8(rsd_row_text(&row));
	MemoryContextSwitchTo(old);
	return true;
}

void
rsd_store_posted(const RsdPost *post)
{
	RsdArgs		args = {0};

	lock_tables();
	rsd_arg_int8(&args, post->id);
	rsd_arg_bool(&args, !post->published && !post->given_up);
	rsd_arg_text(&args, post->published ? "published" :
				 post->given_up ? "failed" : "pending");
	rsd_arg_int4(&args, post->attempts);
	rsd_arg_word(&args, post->message_id);
	rsd_arg_utf8(&args, post->error[0] != '\0' ? post->error : NULL);
	run(SQL_POSTED, &args);
}
