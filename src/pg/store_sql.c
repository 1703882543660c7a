/*
 * store_sql.c
 *	  The text of the worker's queries, their kept plans, and the locks.
 *
 * Every query that changes a statement passes over rows that somebody holds,
 * or was preceded by rsd_store_lock(): the worker never waits for a lock.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#include "pg/compat.h"
#include "pg/store_queue_sql.h"
#include "pg/store_sql.h"

/* What read_live() of store_live.c takes, in its order. */
#define LIVE_COLUMNS \
	"id, owner, server, token, sql, sqls, options->>'execution_mode', params, label, channel, " \
	"success_topic_arn, failure_topic_arn, timeout, " \
	"(options->>'fetch')::boolean, (options->>'max_rows')::bigint, " \
	"(options->>'max_bytes')::bigint, " \
	"(options->>'with_event')::boolean, status, wish, submitted_at, " \
	"first_sent_at, started_at, timeout_at, deadline_at, " \
	"result_expires_at, attempts, has_result, pages_done, rows_done, " \
	"rows_total, aws_id, aws_session_id, " \
	"target, target_oid, num_nonnulls(target, targets) > 0, " \
	"options->>'target_mode', " \
	"options->>'target_columns', options->>'then_sql', " \
	"result_format = 'csv', (options->>'empty_as_null')::boolean, " \
	"session, session_keep_alive, cardinality(spent_tokens), " \
	"(options->>'retries')::integer, options->>'retry_on'"

/* What read_posts() of store_post.c takes, in its order. */
#define POST_COLUMNS \
	"s.id, s.server, s.owner, s.sns_topic_arn, s.sns_attempts, " \
	"s.finished_at, s.sns_next_attempt_at, s.sns_error IS NOT NULL "

/*
 * Queued rows of a server ($3) and owner ($4) behind the row $1, $2 at most,
 * the oldest first; and how many there were, and how far that is.
 */
#define WAITING(which) \
	"waiting AS MATERIALIZED (SELECT s.id FROM rsdata.statement s " \
	"WHERE s.finished_at IS NULL AND s.id > $1 AND s.ready " \
	"AND s.status = 'queued' AND s.server = $3 AND s.owner = $4 " \
	"AND " which " ORDER BY s.id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)"
#define WAITING_UPTO \
	"SELECT count(*)::integer, CASE WHEN count(*) = $2 THEN max(id) " \
	"ELSE (SELECT max(id) FROM rsdata.statement " \
	"WHERE finished_at IS NULL) END FROM waiting"

/* The statement $1, unless somebody holds its row; "=" needs no join. */
#define FREE_ROW \
	"id = (SELECT id FROM rsdata.statement WHERE id = $1 " \
	"FOR NO KEY UPDATE SKIP LOCKED)"

/*
 * Is the result of an undelivered statement still kept by the service?  One
 * that returned none has nothing for its target.
 */
#define REFETCHABLE \
	"status IN ('undelivered', 'expired') AND aws_id IS NOT NULL " \
	"AND (num_nonnulls(target, targets) = 0 " \
	"OR has_result IS DISTINCT FROM false) AND result_expires_at > $2"

/* Who is told of an end that a loader writes, its status being $5. */
#define LOADED_TOPIC \
	"CASE WHEN $5 = 'finished' THEN success_topic_arn " \
	"ELSE failure_topic_arn END"

static const RsdStoreQuery queries[RSD_SQL_COUNT] = {
	[RSD_SQL_IDENTITY] = {
		"SELECT m.system_identifier = s.system_identifier AND m.database = $1, "
		"m.timeline = $2 "
		"FROM rsdata.meta m, pg_control_system() s",
		2, {OIDOID, INT4OID}
	},
	[RSD_SQL_PROMOTE] = {
		/* who waits for another keeps waiting, but may have been sent too */
		"UPDATE rsdata.statement SET status = CASE WHEN ready "
		"AND session IS NULL THEN 'submitting' ELSE status END, "
		"ready = ready AND session IS NOT NULL, "
		"first_sent_at = submitted_at "
		"WHERE finished_at IS NULL AND status = 'queued'",
		0, {0}
	},
	[RSD_SQL_TIMELINE] = {
		"UPDATE rsdata.meta SET timeline = $1", 1, {INT4OID}
	},
	[RSD_SQL_HAS_OPEN] = {
		"SELECT true WHERE EXISTS "
		"(SELECT FROM rsdata.statement WHERE finished_at IS NULL) OR EXISTS "
		"(SELECT FROM rsdata.statement WHERE open AND finished_at IS NOT NULL)",
		0, {0}
	},
	[RSD_SQL_UNFINISHED] = {
		"SELECT " LIVE_COLUMNS " FROM rsdata.statement "
		"WHERE finished_at IS NULL AND (status <> 'queued' "
		"OR wish IS NOT NULL) ORDER BY id",
		0, {0}
	},
	[RSD_SQL_PART] = {
		"SELECT p.next_token, p.pages_done, p.rows_done, p.rows_total, "
		"jsonb_array_length(p.columns), g.chunks, g.bytes "
		"FROM rsdata.part p, "
		"LATERAL (SELECT coalesce(max(page), 0) AS chunks, "
		"coalesce(sum(octet_length(body)), 0) AS bytes FROM rsdata.page "
		"WHERE statement = $1 AND part = 1) g "
		"WHERE p.statement = $1 AND p.part = 1",
		1, {INT8OID}
	},
	[RSD_SQL_PARTS] = {
		"SELECT p.part, p.status, p.aws_id, p.next_token, "
		"jsonb_array_length(p.columns), p.pages_done, p.rows_done, "
		"p.rows_total, p.error, g.chunks, g.bytes "
		"FROM rsdata.part p, "
		"LATERAL (SELECT coalesce(max(page), 0) AS chunks, "
		"coalesce(sum(octet_length(body)), 0) AS bytes FROM rsdata.page "
		"WHERE statement = $1 AND part = p.part) g "
		"WHERE p.statement = $1",
		1, {INT8OID}
	},
	[RSD_SQL_TARGETS] = {
		"SELECT t.key::integer, t.value->>'target', (t.value->>'oid')::oid, "
		"t.value->>'target_mode', t.value->>'target_columns' "
		"FROM rsdata.statement s, jsonb_each(s.targets) t WHERE s.id = $1",
		1, {INT8OID}
	},
	[RSD_SQL_QUEUED] = {RSD_QUEUED_SQL,
		3, {TIMESTAMPTZOID, INT4OID, INT4OID}
	},
	[RSD_SQL_JUDGE] = {RSD_JUDGE_SQL, 1, {INT8ARRAYOID}},
	[RSD_SQL_SEEN] = {
		"UPDATE rsdata.dependency d SET seen = p.finished_at IS NULL "
		"FROM rsdata.statement p WHERE p.id = d.after "
		"AND (NOT d.seen OR d.after = ANY ($1)) "
		"AND d.seen IS DISTINCT FROM (p.finished_at IS NULL)",
		1, {INT8ARRAYOID}
	},
	[RSD_SQL_UNSEEN] = {
		"UPDATE rsdata.dependency SET seen = false WHERE seen", 0, {0}
	},
	[RSD_SQL_PENDING] = {
		"SELECT EXISTS (SELECT FROM rsdata.request), "
		"EXISTS (SELECT FROM rsdata.dependency)",
		0, {0}
	},
	[RSD_SQL_FORGET_AFTER] = {
		"DELETE FROM rsdata.dependency WHERE statement = $1", 1, {INT8OID}
	},
	[RSD_SQL_CLAIM] = {
		"UPDATE rsdata.statement SET status = 'submitting', ready = false, "
		"first_sent_at = coalesce(first_sent_at, $2), wait_reason = NULL, "
		"wait_detail = NULL, next_attempt_at = NULL "
		"WHERE id IN (SELECT id FROM rsdata.statement WHERE id = ANY ($1) "
		"AND status = 'queued' AND ready FOR NO KEY UPDATE SKIP LOCKED) "
		"RETURNING " LIVE_COLUMNS,
		2, {INT8ARRAYOID, TIMESTAMPTZOID}
	},
	[RSD_SQL_ONE_QUEUED] = {
		"SELECT " LIVE_COLUMNS " FROM rsdata.statement "
		"WHERE id = $1 AND status = 'queued' FOR NO KEY UPDATE SKIP LOCKED",
		1, {INT8OID}
	},
	[RSD_SQL_OVERDUE] = {
		"SELECT id FROM rsdata.statement "
		"WHERE finished_at IS NULL AND status = 'queued' "
		"AND deadline_at <= $1 ORDER BY deadline_at LIMIT $2",
		2, {TIMESTAMPTZOID, INT4OID}
	},
	[RSD_SQL_QUEUE_DUE] = {
		"SELECT least((SELECT next_attempt_at FROM rsdata.statement "
		"WHERE finished_at IS NULL AND status = 'queued' "
		"AND next_attempt_at > $1 ORDER BY next_attempt_at LIMIT 1), "
		"(SELECT deadline_at FROM rsdata.statement "
		"WHERE finished_at IS NULL AND status = 'queued' "
		"ORDER BY deadline_at LIMIT 1))",
		1, {TIMESTAMPTZOID}
	},
	[RSD_SQL_HOLD] = {
		"WITH " WAITING("(s.wait_reason, s.wait_detail, s.next_attempt_at) "
						"IS DISTINCT FROM ($5, $6, NULL)") ", "
		"held AS (UPDATE rsdata.statement SET wait_reason = $5, "
		"wait_detail = $6, next_attempt_at = NULL "
		"WHERE id IN (SELECT id FROM waiting)) " WAITING_UPTO,
		6, {INT8OID, INT4OID, OIDOID, OIDOID, TEXTOID, TEXTOID}
	},
	[RSD_SQL_LET_GO] = {
		"WITH " WAITING(RSD_HELD_SQL) ", "
		"gone AS (UPDATE rsdata.statement SET wait_reason = NULL, "
		"wait_detail = NULL "
		"WHERE id IN (SELECT id FROM waiting)) " WAITING_UPTO,
		4, {INT8OID, INT4OID, OIDOID, OIDOID}
	},
	[RSD_SQL_TAKE_CANCELS] = {
		"WITH asked AS MATERIALIZED (SELECT id, statement "
		"FROM rsdata.request WHERE kind = 'cancel' ORDER BY id LIMIT $1 "
		"FOR UPDATE SKIP LOCKED), "
		"free AS MATERIALIZED (SELECT id FROM rsdata.statement "
		"WHERE id IN (SELECT statement FROM asked) "
		"FOR NO KEY UPDATE SKIP LOCKED), "
		"taken AS (DELETE FROM rsdata.request WHERE id IN (SELECT id "
		"FROM asked WHERE statement IN (SELECT id FROM free) OR NOT EXISTS "
		"(SELECT FROM rsdata.statement s WHERE s.id = asked.statement)) "
		"RETURNING id, statement), "
		"wished AS (UPDATE rsdata.statement "
		"SET wish = coalesce(wish, 'cancel') "
		"WHERE id IN (SELECT statement FROM taken) "
		"AND finished_at IS NULL RETURNING id) "
		"SELECT id FROM wished UNION ALL SELECT NULL FROM asked "
		"WHERE id NOT IN (SELECT id FROM taken)",
		1, {INT4OID}
	},
	[RSD_SQL_TAKE_RETRIES] = {
		"WITH asked AS MATERIALIZED (SELECT id, statement "
		"FROM rsdata.request WHERE kind = 'retry' ORDER BY id LIMIT $1 "
		"FOR UPDATE SKIP LOCKED), "
		"free AS MATERIALIZED (SELECT id FROM rsdata.statement "
		"WHERE id IN (SELECT statement FROM asked) "
		"FOR NO KEY UPDATE SKIP LOCKED), "
		"taken AS (DELETE FROM rsdata.request WHERE id IN (SELECT id "
		"FROM asked WHERE statement IN (SELECT id FROM free) OR NOT EXISTS "
		"(SELECT FROM rsdata.statement s WHERE s.id = asked.statement)) "
		"RETURNING id, statement) "
		"SELECT statement FROM taken UNION ALL SELECT NULL FROM asked "
		"WHERE id NOT IN (SELECT id FROM taken)",
		1, {INT4OID}
	},
	[RSD_SQL_DROP_RESULTS] = {
		"WITH moved AS MATERIALIZED (SELECT id FROM rsdata.statement "
		"WHERE id = ANY ($1) AND " REFETCHABLE "), "
		"pages AS (DELETE FROM rsdata.page "
		"WHERE statement IN (SELECT id FROM moved)), "
		"kept AS (DELETE FROM rsdata.kept "
		"WHERE statement IN (SELECT id FROM moved)) "
		"DELETE FROM rsdata.part WHERE statement IN (SELECT id FROM moved)",
		2, {INT8ARRAYOID, TIMESTAMPTZOID}
	},
	[RSD_SQL_REFETCH] = {
		"UPDATE rsdata.statement SET status = "
		"CASE WHEN num_nonnulls(target, targets) = 0 AND options->>'then_sql' IS NOT NULL AND (NOT has_result "
		"OR NOT (options->>'fetch')::boolean) THEN 'loading' "
		"ELSE 'fetching' END, open = true, wait_reason = NULL, wait_detail = NULL, failed_at = NULL, "
		"wish = NULL, finished_at = NULL, loaded_at = NULL, "
		"rows_loaded = NULL, next_attempt_at = NULL, pages_done = 0, rows_done = 0, "
		"rows_total = NULL, error = NULL, sqlstate = NULL, "
		"sns_status = NULL, sns_topic_arn = NULL, sns_attempts = 0, "
		"sns_message_id = NULL, sns_error = NULL, "
		"sns_next_attempt_at = NULL "
		"WHERE id = ANY ($1) AND " REFETCHABLE " RETURNING " LIVE_COLUMNS,
		2, {INT8ARRAYOID, TIMESTAMPTZOID}
	},
	[RSD_SQL_RECORD] = {
		"WITH free AS MATERIALIZED (SELECT id FROM rsdata.statement "
		"WHERE id = ANY ($1) FOR NO KEY UPDATE SKIP LOCKED) "
		"UPDATE rsdata.statement s SET status = v.status, "
		"ready = v.status = 'queued', open = v.open, "
		"wait_reason = v.wait_reason, wait_detail = v.wait_detail, "
		"failed_at = v.failed_at, wish = v.wish, "
		"first_sent_at = v.first_sent_at, started_at = v.started_at, "
		"finished_at = v.finished_at, last_contact_at = v.last_contact_at, "
		"timeout_at = v.timeout_at, "
		"result_expires_at = v.result_expires_at, "
		"next_attempt_at = v.next_attempt_at, attempts = v.attempts, "
		"has_result = v.has_result, pages_done = v.pages_done, "
		"rows_done = v.rows_done, rows_total = v.rows_total, "
		"rows_affected = v.rows_affected, result_bytes = v.result_bytes, "
		"duration = v.micros * interval '1 microsecond', error = v.error, "
		"sqlstate = v.sqlstate, aws_status = v.aws_status, "
		"aws_id = v.aws_id, aws_session_id = v.aws_session_id, "
		"redshift_pid = v.pid, redshift_query_id = v.query_id, "
		"redshift_query_uuid = v.query_uuid, sns_status = v.sns_status, "
		"sns_topic_arn = v.topic, "
		"identity = coalesce(s.identity, v.identity) "
		"FROM free, (SELECT unnest($1) AS id, unnest($2) AS status, "
		"unnest($3) AS open, unnest($4) AS wait_reason, "
		"unnest($5) AS wait_detail, unnest($6) AS failed_at, "
		"unnest($7) AS wish, unnest($8) AS first_sent_at, "
		"unnest($9) AS started_at, unnest($10) AS finished_at, "
		"unnest($11) AS last_contact_at, unnest($12) AS timeout_at, "
		"unnest($13) AS result_expires_at, unnest($14) AS next_attempt_at, "
		"unnest($15) AS attempts, unnest($16) AS has_result, "
		"unnest($17) AS pages_done, unnest($18) AS rows_done, "
		"unnest($19) AS rows_total, unnest($20) AS rows_affected, "
		"unnest($21) AS result_bytes, unnest($22) AS micros, "
		"unnest($23) AS error, unnest($24) AS sqlstate, "
		"unnest($25) AS aws_status, unnest($26) AS aws_id, "
		"unnest($27) AS aws_session_id, unnest($28) AS pid, "
		"unnest($29) AS query_id, unnest($30) AS query_uuid, "
		"unnest($31) AS sns_status, unnest($32) AS topic, "
		"unnest($33) AS identity) v "
		"WHERE s.id = free.id AND v.id = free.id AND s.finished_at IS NULL "
		"RETURNING s.id",
		33, {INT8ARRAYOID, TEXTARRAYOID, BOOLARRAYOID, TEXTARRAYOID,
			TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
			TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID,
			TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID,
			INT4ARRAYOID, BOOLARRAYOID, INT4ARRAYOID, INT8ARRAYOID,
			INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, FLOAT8ARRAYOID,
			TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
			TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID,
		TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID}
	},
	[RSD_SQL_RERUN] = {
		"WITH parts AS (DELETE FROM rsdata.part WHERE statement = $1) "
		"UPDATE rsdata.statement SET token = $2, "
		"spent_tokens = spent_tokens || $3 WHERE " FREE_ROW,
		3, {INT8OID, TEXTOID, TEXTOID}
	},
	[RSD_SQL_SESSION] = {
		"SELECT aws_session_id, place, expires_at, keep_alive, refused "
		"FROM rsdata.session WHERE server = $1 AND owner = $2 AND name = $3",
		3, {OIDOID, OIDOID, TEXTOID}
	},
	[RSD_SQL_KEEP_SESSION] = {
		"INSERT INTO rsdata.session AS s (server, owner, name, "
		"aws_session_id, place, opened_at, expires_at, keep_alive) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
		"ON CONFLICT (server, owner, name) DO UPDATE SET "
		"aws_session_id = $4, place = $5, keep_alive = $8, refused = 0, "
		"opened_at = CASE WHEN s.aws_session_id = $4 THEN s.opened_at "
		"ELSE $6 END, expires_at = CASE WHEN s.aws_session_id = $4 "
		"THEN least($7, s.opened_at + interval '24 hours') ELSE $7 END",
		8, {OIDOID, OIDOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, INT4OID}
	},
	[RSD_SQL_REFUSED_SESSION] = {
		"UPDATE rsdata.session SET refused = $4 "
		"WHERE server = $1 AND owner = $2 AND name = $3",
		4, {OIDOID, OIDOID, TEXTOID, INT4OID}
	},
	[RSD_SQL_DROP_SESSION] = {
		"DELETE FROM rsdata.session "
		"WHERE server = $1 AND owner = $2 AND name = $3",
		3, {OIDOID, OIDOID, TEXTOID}
	},
	[RSD_SQL_OLD_SESSIONS] = {
		"DELETE FROM rsdata.session WHERE expires_at < $1",
		1, {TIMESTAMPTZOID}
	},
	[RSD_SQL_RECORD_PART] = {
		"INSERT INTO rsdata.part (statement, part, status, aws_id, columns, "
		"next_token, pages_done, rows_done, rows_total, rows_affected, "
		"result_bytes, duration, redshift_query_id, redshift_query_uuid, "
		"error, sqlstate, has_result) SELECT unnest($1), unnest($2), "
		"unnest($3), unnest($4), unnest($5), unnest($6), unnest($7), "
		"unnest($8), unnest($9), unnest($10), unnest($11), "
		"unnest($12) * interval '1 microsecond', unnest($13), unnest($14), "
		"unnest($15), unnest($16), unnest($17) "
		"ON CONFLICT (statement, part) DO UPDATE SET "
		"status = excluded.status, aws_id = excluded.aws_id, "
		"columns = coalesce(rsdata.part.columns, excluded.columns), "
		"next_token = excluded.next_token, "
		"pages_done = excluded.pages_done, rows_done = excluded.rows_done, "
		"rows_total = excluded.rows_total, "
		"rows_affected = excluded.rows_affected, "
		"result_bytes = excluded.result_bytes, "
		"duration = excluded.duration, "
		"redshift_query_id = excluded.redshift_query_id, "
		"redshift_query_uuid = excluded.redshift_query_uuid, "
		"error = excluded.error, sqlstate = excluded.sqlstate, "
		"has_result = excluded.has_result",
		17, {INT8ARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
			JSONBARRAYOID, TEXTARRAYOID, INT4ARRAYOID, INT8ARRAYOID,
			INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, FLOAT8ARRAYOID,
			INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID,
		BOOLARRAYOID}
	},
	[RSD_SQL_RECORD_PAGE] = {
		"INSERT INTO rsdata.page (statement, part, page, format, row_count, "
		"body) SELECT unnest($1), unnest($2), unnest($3), unnest($4), "
		"unnest($5), unnest($6)",
		6, {INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TEXTARRAYOID,
		INT4ARRAYOID, BYTEAARRAYOID}
	},
	[RSD_SQL_KEEP] = {
		"INSERT INTO rsdata.kept (statement, owner, finished_at, bytes) "
		"SELECT s.id, s.owner, s.finished_at, g.bytes "
		"FROM rsdata.statement s, "
		"LATERAL (SELECT sum(octet_length(body)) AS bytes FROM rsdata.page "
		"WHERE statement = s.id) g WHERE s.id = ANY ($1) AND g.bytes > 0 "
		"ON CONFLICT (statement) DO UPDATE SET "
		"finished_at = excluded.finished_at, bytes = excluded.bytes, "
		"removed_at = NULL RETURNING statement, bytes",
		1, {INT8ARRAYOID}
	},
	[RSD_SQL_EARLIER_LOAD] = {
		"SELECT min(id) FROM rsdata.statement WHERE finished_at IS NULL "
		"AND owner = $1 AND id < $3 "
		"AND (target = ANY ($2) OR EXISTS (SELECT "
		"FROM jsonb_each(targets) t WHERE t.value->>'target' = ANY ($2)))",
		3, {OIDOID, TEXTARRAYOID, INT8OID}
	},
	[RSD_SQL_SETTLED] = {
		"SELECT sns_topic_arn FROM rsdata.statement WHERE id = $1 "
		"AND finished_at IS NOT NULL", 1, {INT8OID}
	},
	[RSD_SQL_LOADED] = {
		"UPDATE rsdata.statement SET status = $5, "
		"open = " LOADED_TOPIC " IS NOT NULL, wait_reason = NULL, "
		"wait_detail = NULL, next_attempt_at = NULL, "
		"failed_at = CASE WHEN $5 <> 'finished' THEN 'loading' END, "
		"error = $6, sqlstate = CASE WHEN $5 IN ('cancelled', 'timed_out') "
		"THEN '57014' END, finished_at = clock_timestamp(), "
		"loaded_at = CASE WHEN $4 IS NOT NULL THEN clock_timestamp() END, "
		"pages_done = $2, rows_done = $3, rows_loaded = $4, "
		"sns_status = CASE WHEN " LOADED_TOPIC " IS NOT NULL "
		"THEN 'pending' END, sns_topic_arn = " LOADED_TOPIC " "
		"WHERE status = 'loading' AND " FREE_ROW " RETURNING channel, label",
		6, {INT8OID, INT4OID, INT8OID, INT8OID, TEXTOID, TEXTOID}
	},
	[RSD_SQL_LOADED_PART] = {
		"UPDATE rsdata.part SET status = 'finished', pages_done = $3, "
		"rows_done = $4, rows_loaded = $5, next_token = NULL "
		"WHERE statement = $1 AND part = $2",
		5, {INT8OID, INT4OID, INT4OID, INT8OID, INT8OID}
	},
	[RSD_SQL_FINISHED_PARTS] = {
		"UPDATE rsdata.part SET status = 'finished' "
		"WHERE statement = $1 AND status IN ('fetching', 'loading')",
		1, {INT8OID}
	},
	/* the first $1 of each topic, walking the index from one to the next */
	[RSD_SQL_UNPUBLISHED] = {
		"WITH RECURSIVE topic AS ("
		"(SELECT s.server, s.owner, s.sns_topic_arn FROM rsdata.statement s "
		"WHERE s.open AND s.finished_at IS NOT NULL "
		"ORDER BY s.server, s.owner, s.sns_topic_arn LIMIT 1) "
		"UNION ALL SELECT n.* FROM topic t, "
		"LATERAL (SELECT s.server, s.owner, s.sns_topic_arn "
		"FROM rsdata.statement s "
		"WHERE s.open AND s.finished_at IS NOT NULL "
		"AND (s.server, s.owner, s.sns_topic_arn) > "
		"(t.server, t.owner, t.sns_topic_arn) "
		"ORDER BY s.server, s.owner, s.sns_topic_arn LIMIT 1) n) "
		"SELECT p.* FROM topic t, LATERAL (SELECT " POST_COLUMNS
		"FROM rsdata.statement s "
		"WHERE s.open AND s.finished_at IS NOT NULL "
		"AND s.server = t.server AND s.owner = t.owner "
		"AND s.sns_topic_arn = t.sns_topic_arn "
		"ORDER BY s.finished_at, s.id LIMIT $1) p",
		1, {INT4OID}
	},
	[RSD_SQL_UNPUBLISHED_TO] = {
		"SELECT " POST_COLUMNS "FROM rsdata.statement s "
		"WHERE s.open AND s.finished_at IS NOT NULL "
		"AND s.server = $2 AND s.owner = $3 AND s.sns_topic_arn = $4 "
		"ORDER BY s.finished_at, s.id LIMIT $1",
		4, {INT4OID, OIDOID, OIDOID, TEXTOID}
	},
	[RSD_SQL_LETTER] = {
		"SELECT sns_topic_arn, status, coalesce(label, ''), server_name::text, "
		"left(format('rsdata: statement %s %s%s', id, status, "
		"' (' || label || ')'), 200), "
		"jsonb_strip_nulls(jsonb_build_object('id', id, 'status', status, "
		"'label', label, 'server', server_name, 'error', "
		"CASE WHEN NOT $2 THEN NULL WHEN length(error) <= $3 THEN error "
		"ELSE left(error, $3) || ' ... (cut)' END, "
		"'sqlstate', sqlstate, 'rows', coalesce(rows_total, rows_affected), "
		"'parts_finished', parts.finished, "
		"'parts_failed', cardinality(sqls) - parts.finished, "
		"'aws_id', aws_id, 'redshift_query_id', redshift_query_id, "
		"'submitted_at', submitted_at, 'started_at', started_at, "
		"'finished_at', finished_at, "
		"'duration_ms', extract(epoch FROM duration) * 1000))::text, "
		"format('%s-%s', token, (extract(epoch FROM finished_at) "
		"* 1000000)::bigint) "
		"FROM rsdata.statement s, LATERAL (SELECT CASE WHEN sqls IS NOT NULL "
		"THEN (SELECT count(*) FROM rsdata.part p WHERE p.statement = s.id "
		"AND p.status = 'finished') END AS finished) parts "
		"WHERE id = $1 AND sns_status = 'pending'",
		3, {INT8OID, BOOLOID, INT4OID}
	},
	[RSD_SQL_EXISTS] = {
		"SELECT true FROM rsdata.statement WHERE id = $1", 1, {INT8OID}
	},
	[RSD_SQL_POSTED] = {
		"UPDATE rsdata.statement SET open = $2, sns_status = $3, "
		"sns_attempts = $4, sns_message_id = $5, sns_error = $6, "
		"sns_next_attempt_at = $7 WHERE " FREE_ROW,
		7, {INT8OID, BOOLOID, TEXTOID, INT4OID, TEXTOID, TEXTOID,
		TIMESTAMPTZOID}
	},
	[RSD_SQL_IDENTIFY] = {
		"UPDATE rsdata.statement SET identity = coalesce(identity, $2) "
		"WHERE " FREE_ROW,
		2, {INT8OID, TEXTOID}
	},
};

/* Plans live as long as the process; made at first use. */
static SPIPlanPtr plans[RSD_SQL_COUNT];

int
rsd_store_run_query(const RsdStoreQuery *q, SPIPlanPtr *plan, RsdArgs *args)
{
	int			rc;

	Assert(args == NULL ? q->nargs == 0 : args->n == q->nargs);
	if (*plan == NULL)
	{
		SPIPlanPtr	made = SPI_prepare(q->text, q->nargs,
									   unconstify(Oid *, &q->args[0]));

		if (made == NULL)
			elog(ERROR, "could not prepare \"%s\": %s", q->text,
				 SPI_result_code_string(SPI_result));
		SPI_keepplan(made);
		*plan = made;
	}
	rc = SPI_execute_plan(*plan, args ? args->values : NULL,
						  args ? args->nulls : NULL, false, 0);
	if (rc < 0)
		elog(ERROR, "could not run \"%s\": %s", q->text,
			 SPI_result_code_string(rc));
	return (int) SPI_processed;
}

int
rsd_store_run(RsdStoreSql which, RsdArgs *args)
{
	return rsd_store_run_query(&queries[which], &plans[which], args);
}

int
rsd_store_run_rows(RsdStoreSql which, const RsdArgRows *rows)
{
	RsdArgs		columns = {0};

	if (rows->n == 0)
		return 0;
	rsd_args_columns(rows, queries[which].args, &columns);
	return rsd_store_run(which, &columns);
}

void
rsd_store_lock(void)
{
	static const char *const tables[] = {
		"statement", "dependency", "session", "part", "page", "kept", "request"
	};
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
