/* rsdata--0.1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION rsdata" to load this file. \quit

/*
 * Tables and views live in schema rsdata, functions in the schema chosen at
 * CREATE EXTENSION.  A plain CREATE SCHEMA fails if somebody made it first:
 * what is in it must be ours.
 *
 * There is no grant on any table.  Backends insert statements and requests
 * and delete settled statements; every UPDATE is the worker's or a loader's
 * (rsdata_adopt() apart, while the worker does nothing).  There are no
 * foreign keys between our tables on purpose: their checks would take row
 * locks for which one writer could wait on another.
 */
CREATE SCHEMA rsdata;

-- Which installation this is: a copy of the database must not send again
-- what the original has sent.
CREATE TABLE rsdata.meta (
	one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
	installation uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
	system_identifier bigint NOT NULL,
	database oid NOT NULL,
	timeline integer NOT NULL
);

INSERT INTO rsdata.meta (system_identifier, database, timeline)
SELECT s.system_identifier, d.oid, c.timeline_id
FROM pg_catalog.pg_control_system() s,
	pg_catalog.pg_control_checkpoint() c,
	pg_catalog.pg_database d
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database();

-- The words that there are.  Domains, not CHECKs of the tables: PostgreSQL
-- reads a domain once a session, but a table's CHECK anew from the catalog
-- with each command that writes a row, which is a third of what that takes.
-- Views show them as text, so that no table of a user depends on them.
CREATE DOMAIN rsdata.status AS text CHECK (VALUE IN (
	'queued', 'submitting', 'running', 'fetching', 'loading', 'finished',
	'failed', 'cancelled', 'timed_out', 'undelivered', 'skipped', 'expired',
	'orphaned'));
CREATE DOMAIN rsdata.wait_reason AS text CHECK (VALUE IN (
	'slot', 'rate', 'after', 'session', 'credentials', 'backoff', 'worker',
	'paused', 'loader', 'target_lock', 'cancel_unconfirmed', 'connection'));
CREATE DOMAIN rsdata.wish AS text CHECK (VALUE IN ('cancel', 'timeout'));
CREATE DOMAIN rsdata.result_format AS text CHECK (VALUE IN ('json', 'csv'));
CREATE DOMAIN rsdata.publish_status AS text CHECK (VALUE IN (
	'pending', 'published', 'failed'));

-- One row a statement.  What the backend writes at submit comes first; from
-- "status" on everything is the worker's.
CREATE TABLE rsdata.statement (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	owner oid NOT NULL,
	server oid NOT NULL,
	server_name name NOT NULL,
	label text,
	sql text,
	sqls text[],				-- of a batch: one for each part
	params jsonb,
	target text,
	target_oid oid,
	-- of a batch: by part number, {"target", "oid", "target_mode",
	-- "target_columns"}
	targets jsonb,
	timeout interval,
	options jsonb,
	channel text,
	success_topic_arn text,
	failure_topic_arn text,
	idempotency_key text,
	retry_of bigint,
	rerun integer,
	token text NOT NULL,
	submitted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	deadline_at timestamptz,
	session text,
	session_keep_alive integer,

	-- in the queue, and no predecessor in its way
	ready boolean NOT NULL DEFAULT true,
	status rsdata.status NOT NULL DEFAULT 'queued',
	-- the worker has something left to do: run it, or publish its outcome
	open boolean NOT NULL DEFAULT true,
	wait_reason rsdata.wait_reason,
	wait_detail text,
	failed_at rsdata.status,
	wish rsdata.wish,
	first_sent_at timestamptz,
	started_at timestamptz,
	finished_at timestamptz,
	loaded_at timestamptz,
	last_contact_at timestamptz,
	timeout_at timestamptz,
	result_expires_at timestamptz,
	next_attempt_at timestamptz,
	attempts integer NOT NULL DEFAULT 0,
	-- tokens of earlier runs that Redshift reported as failed
	spent_tokens text[] NOT NULL DEFAULT '{}',
	has_result boolean,
	result_format rsdata.result_format NOT NULL DEFAULT 'json',
	pages_done integer NOT NULL DEFAULT 0,
	rows_done bigint NOT NULL DEFAULT 0,
	rows_total bigint,
	rows_affected bigint,
	rows_loaded bigint,
	result_bytes bigint,
	duration interval,
	error text,
	sqlstate text,
	aws_status text,
	aws_id text,
	aws_session_id text,
	redshift_pid bigint,
	redshift_query_id bigint,
	redshift_query_uuid text,
	identity text,
	sns_status rsdata.publish_status,
	sns_topic_arn text,
	sns_attempts integer NOT NULL DEFAULT 0,
	sns_message_id text,
	sns_error text,
	sns_next_attempt_at timestamptz,
	CHECK ((sql IS NULL) OPERATOR(pg_catalog.<>) (sqls IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- The worker's whole view of the table, which a settled statement leaves: what
-- is still to run, and what is still to be published, topic by topic.
CREATE INDEX statement_unfinished_idx ON rsdata.statement (id)
	WHERE finished_at IS NULL;
CREATE INDEX statement_unpublished_idx
	ON rsdata.statement (server, owner, sns_topic_arn, finished_at, id)
	WHERE open AND finished_at IS NOT NULL;

-- What may be forgotten, the oldest first.
CREATE INDEX statement_settled_idx ON rsdata.statement (finished_at)
	WHERE NOT open;

-- The queue: each owner of a server in turn, and each session by its head.
CREATE INDEX statement_ready_idx ON rsdata.statement (server, owner, id)
	WHERE open AND ready AND session IS NULL;
CREATE INDEX statement_session_idx
	ON rsdata.statement (server, owner, session, id)
	WHERE session IS NOT NULL AND finished_at IS NULL;

-- When the queue wants attention: a deadline, or another attempt.
CREATE INDEX statement_deadline_idx ON rsdata.statement (deadline_at)
	WHERE finished_at IS NULL;
CREATE INDEX statement_attempt_idx ON rsdata.statement (next_attempt_at)
	WHERE finished_at IS NULL AND next_attempt_at IS NOT NULL;

-- What is under way.
CREATE INDEX statement_sent_idx ON rsdata.statement (server)
	WHERE finished_at IS NULL AND first_sent_at IS NOT NULL;

-- What statements wait for (option after): written at submit, deleted as it
-- is settled, so what is here is still to come.  A statement named in "after"
-- must not be deleted.  seen: the worker knows the row and will come back to
-- it when that statement ends.
CREATE TABLE rsdata.dependency (
	statement bigint NOT NULL,
	after bigint NOT NULL,
	seen boolean NOT NULL DEFAULT false,
	PRIMARY KEY (statement, after)
) WITH (fillfactor = 70);

CREATE INDEX dependency_after_idx ON rsdata.dependency (after);
CREATE INDEX dependency_unseen_idx ON rsdata.dependency (statement)
	WHERE NOT seen;

-- Sessions at the service, by the names that users gave them.
CREATE TABLE rsdata.session (
	server oid NOT NULL,
	owner oid NOT NULL,
	name text NOT NULL,
	aws_session_id text NOT NULL,
	place text NOT NULL,
	opened_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL,
	keep_alive integer NOT NULL,
	refused integer NOT NULL DEFAULT 0,
	PRIMARY KEY (server, owner, name)
) WITH (fillfactor = 70);

-- A key stands for one statement while its row exists; of two that come at
-- once the second waits for the first, as with any unique index.
CREATE UNIQUE INDEX statement_idempotency_key_idx
	ON rsdata.statement (owner, server, idempotency_key)
	WHERE idempotency_key IS NOT NULL;

-- What runs a statement again, numbered from 1: of two that come at once the
-- second waits for the first.
CREATE UNIQUE INDEX statement_rerun_idx ON rsdata.statement (retry_of, rerun)
	WHERE retry_of IS NOT NULL;

-- One row a part, written when the worker learns something about it.
CREATE TABLE rsdata.part (
	statement bigint NOT NULL,
	part integer NOT NULL,
	status rsdata.status NOT NULL,
	aws_id text,
	columns jsonb,
	next_token text,
	pages_done integer NOT NULL DEFAULT 0,
	rows_done bigint NOT NULL DEFAULT 0,
	rows_total bigint,
	rows_affected bigint,
	rows_loaded bigint,
	result_bytes bigint,
	duration interval,
	redshift_query_id bigint,
	redshift_query_uuid text,
	error text,
	sqlstate text,
	has_result boolean,
	PRIMARY KEY (statement, part)
) WITH (fillfactor = 70);

-- Results as received: whole rows, at most 1 MB a row of this table, in
-- UTF-8 whatever the database's encoding; decoded and typed when read.
CREATE TABLE rsdata.page (
	statement bigint NOT NULL,
	part integer NOT NULL,
	page integer NOT NULL,
	format rsdata.result_format NOT NULL,
	row_count integer NOT NULL,
	body bytea NOT NULL,
	PRIMARY KEY (statement, part, page)
);

/*
 * Ended statements whose results are, or were, in rsdata.page, and how much
 * that is.  A result is marked as removed before its pages go, little by
 * little; then there are no bytes left.
 */
CREATE TABLE rsdata.kept (
	statement bigint PRIMARY KEY,
	owner oid NOT NULL,
	finished_at timestamptz NOT NULL,
	bytes bigint NOT NULL,
	removed_at timestamptz
);

CREATE INDEX kept_age_idx ON rsdata.kept (finished_at)
	WHERE removed_at IS NULL;
CREATE INDEX kept_removed_idx ON rsdata.kept (statement)
	WHERE removed_at IS NOT NULL AND bytes OPERATOR(pg_catalog.>) 0;

-- What users ask the worker to do with a statement that exists.
CREATE TABLE rsdata.request (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	statement bigint NOT NULL,
	kind text NOT NULL CHECK (kind IN ('cancel', 'retry')),
	requested_by oid NOT NULL,
	requested_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);

CREATE INDEX request_statement_idx ON rsdata.request (statement);

/*
 * Functions, in the schema chosen at CREATE EXTENSION.  None is STRICT: a
 * NULL where a value is needed is an error, never a silent NULL.
 */

CREATE FUNCTION rsdata_fdw_validator(options text[], catalog oid)
RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL SAFE;

CREATE FOREIGN DATA WRAPPER rsdata
	NO HANDLER
	VALIDATOR rsdata_fdw_validator;

CREATE FUNCTION rsdata_submit(
	sql text,
	server name DEFAULT NULL,
	params jsonb DEFAULT NULL,
	label text DEFAULT NULL,
	target text DEFAULT NULL,
	timeout interval DEFAULT NULL,
	idempotency_key text DEFAULT NULL,
	options jsonb DEFAULT NULL)
RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION rsdata_submit_batch(
	sqls text[],
	server name DEFAULT NULL,
	params jsonb DEFAULT NULL,
	label text DEFAULT NULL,
	targets jsonb DEFAULT NULL,
	timeout interval DEFAULT NULL,
	idempotency_key text DEFAULT NULL,
	options jsonb DEFAULT NULL)
RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE PROCEDURE rsdata_run(
	sql text,
	server name DEFAULT NULL,
	params jsonb DEFAULT NULL,
	label text DEFAULT NULL,
	target text DEFAULT NULL,
	timeout interval DEFAULT NULL,
	options jsonb DEFAULT NULL,
	raise_error boolean DEFAULT true,
	INOUT id bigint DEFAULT NULL,
	INOUT status text DEFAULT NULL)
AS 'MODULE_PATHNAME' LANGUAGE C;

CREATE FUNCTION rsdata_status(id bigint)
RETURNS text
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED;

CREATE FUNCTION rsdata_cancel(id bigint)
RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION rsdata_retry(
	id bigint,
	rerun boolean DEFAULT false,
	parts text DEFAULT NULL)
RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION rsdata_purge(older_than interval)
RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION rsdata_adopt(original_gone boolean DEFAULT false)
RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE FUNCTION rsdata_wait(id bigint, timeout interval DEFAULT '60 s')
RETURNS text
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE;

CREATE PROCEDURE rsdata_await(
	id bigint,
	timeout interval DEFAULT NULL,
	raise_error boolean DEFAULT false,
	INOUT status text DEFAULT NULL)
AS 'MODULE_PATHNAME' LANGUAGE C;

-- These run the input functions of the caller's types, whatever those do:
-- not for a parallel plan.
CREATE FUNCTION rsdata_result(id bigint, part integer DEFAULT 1)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1000;

CREATE FUNCTION rsdata_result_as(
	row_type anyelement,
	id bigint,
	part integer DEFAULT 1)
RETURNS SETOF anyelement
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1000;

CREATE FUNCTION rsdata_rows(
	id bigint,
	part integer DEFAULT 1,
	OUT row_no bigint,
	OUT data jsonb)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 1000;

CREATE FUNCTION rsdata_column_names(labels text[])
RETURNS text[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;

-- What a newcomer runs first.  It calls the service.
CREATE FUNCTION rsdata_check(
	server name,
	OUT step text,
	OUT ok boolean,
	OUT detail text,
	OUT hint text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 15;

-- The lists of the Data API.  They call the service from the session, which
-- connects to the database for all but the last two.
CREATE FUNCTION rsdata_list_databases(
	server name DEFAULT NULL,
	database text DEFAULT NULL,
	max_rows integer DEFAULT NULL,
	OUT database_name text)
RETURNS SETOF text
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10;

CREATE FUNCTION rsdata_list_schemas(
	server name DEFAULT NULL,
	schema_pattern text DEFAULT NULL,
	database text DEFAULT NULL,
	connected_database text DEFAULT NULL,
	max_rows integer DEFAULT NULL,
	OUT schema_name text)
RETURNS SETOF text
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 20;

CREATE FUNCTION rsdata_list_tables(
	server name DEFAULT NULL,
	schema_pattern text DEFAULT NULL,
	table_pattern text DEFAULT NULL,
	database text DEFAULT NULL,
	connected_database text DEFAULT NULL,
	max_rows integer DEFAULT NULL,
	OUT schema_name text,
	OUT table_name text,
	OUT table_type text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000;

CREATE FUNCTION rsdata_describe_table(
	server name DEFAULT NULL,
	schema_name text DEFAULT NULL,
	table_name text DEFAULT NULL,
	database text DEFAULT NULL,
	connected_database text DEFAULT NULL,
	max_rows integer DEFAULT NULL,
	OUT schema_name text,
	OUT table_name text,
	OUT "position" integer,
	OUT column_name text,
	OUT type_name text,
	OUT length bigint,
	OUT "precision" bigint,
	OUT scale bigint,
	OUT nullable boolean,
	OUT column_default text,
	OUT is_case_sensitive boolean,
	OUT is_signed boolean,
	OUT is_currency boolean,
	OUT label text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 100;

CREATE FUNCTION rsdata_list_statements(
	server name DEFAULT NULL,
	status text DEFAULT NULL,
	statement_name text DEFAULT NULL,
	database text DEFAULT NULL,
	role_level boolean DEFAULT true,
	max_rows integer DEFAULT NULL,
	OUT aws_id text,
	OUT statement_name text,
	OUT status text,
	OUT sql text,
	OUT sqls text[],
	OUT is_batch boolean,
	OUT params jsonb,
	OUT created_at timestamptz,
	OUT updated_at timestamptz,
	OUT result_format text,
	OUT aws_session_id text,
	OUT secret_arn text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 1000;

CREATE FUNCTION rsdata_list_sessions(
	server name DEFAULT NULL,
	status text DEFAULT NULL,
	aws_session_id text DEFAULT NULL,
	database text DEFAULT NULL,
	role_level boolean DEFAULT true,
	max_rows integer DEFAULT NULL,
	OUT aws_session_id text,
	OUT status text,
	OUT created_at timestamptz,
	OUT updated_at timestamptz,
	OUT keep_alive interval,
	OUT expires_at timestamptz,
	OUT database text,
	OUT db_user text,
	OUT cluster_identifier text,
	OUT workgroup_name text,
	OUT aws_statement_id text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 20;

CREATE FUNCTION rsdata_worker_status(
	OUT database name,
	OUT pid integer,
	OUT state text,
	OUT started_at timestamptz,
	OUT idle_since timestamptz,
	OUT wanted_since timestamptz,
	OUT next_due timestamptz,
	OUT not_before timestamptz,
	OUT in_flight integer,
	OUT failures integer,
	OUT starts bigint,
	OUT last_error_at timestamptz,
	OUT last_error text)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE PARALLEL RESTRICTED ROWS 10;

/*
 * Views.  They read the tables as the extension's owner and show each role
 * what is its own, by pg_has_role(), which asks about the caller.
 * security_barrier keeps a caller's own cheap function from being run on the
 * rows before that.  Members of pg_read_all_stats see all statements, but
 * neither results nor what describes them.
 */

CREATE VIEW rsdata.statements WITH (security_barrier) AS
SELECT
	s.id,
	s.label,
	pg_catalog.pg_get_userbyid(s.owner) AS owner,
	COALESCE(f.srvname, s.server_name) AS server,
	s.status::text AS status,
	COALESCE(s.wait_reason::text,
		CASE WHEN s.status OPERATOR(pg_catalog.<>) 'queued' THEN NULL
			WHEN s.session IS NOT NULL AND EXISTS (
				SELECT FROM rsdata.statement e
				WHERE e.session IS NOT NULL AND e.finished_at IS NULL
					AND e.server OPERATOR(pg_catalog.=) s.server
					AND e.owner OPERATOR(pg_catalog.=) s.owner
					AND e.session OPERATOR(pg_catalog.=) s.session
					AND e.id OPERATOR(pg_catalog.<) s.id) THEN 'session'
			WHEN EXISTS (
				SELECT FROM rsdata.statement u
				WHERE u.finished_at IS NULL AND u.first_sent_at IS NOT NULL
					AND u.status OPERATOR(pg_catalog.<>) 'queued'
					AND u.server OPERATOR(pg_catalog.=) s.server) THEN 'slot'
			ELSE 'worker' END) AS wait_reason,
	s.wait_detail,
	s.failed_at::text AS failed_at,
	COALESCE(s.sql, pg_catalog.array_to_string(s.sqls, E';\n')) AS sql,
	COALESCE(s.target, (
		SELECT pg_catalog.string_agg(
			t.value OPERATOR(pg_catalog.->>) 'target', ', '
			ORDER BY t.key::integer)
		FROM pg_catalog.jsonb_each(s.targets) t)) AS target,
	s.submitted_at,
	s.first_sent_at,
	s.started_at,
	s.finished_at,
	s.loaded_at,
	s.last_contact_at,
	s.timeout_at,
	s.result_expires_at,
	s.duration,
	-- by index, and not beyond what anybody wants to know
	CASE WHEN s.ready AND s.session IS NULL
		AND s.status OPERATOR(pg_catalog.=) 'queued' THEN (
		SELECT pg_catalog.count(*) FROM (
			SELECT FROM rsdata.statement o
			WHERE o.open AND o.ready AND o.session IS NULL
				AND o.server OPERATOR(pg_catalog.=) s.server
				AND o.owner OPERATOR(pg_catalog.=) s.owner
				AND o.id OPERATOR(pg_catalog.<=) s.id
			LIMIT 100) o) END AS queue_position,
	s.pages_done,
	s.rows_done,
	s.rows_total,
	s.rows_affected,
	s.result_bytes,
	s.attempts,
	s.next_attempt_at,
	s.error,
	s.sqlstate,
	s.aws_status,
	s.aws_id,
	s.aws_session_id,
	s.redshift_pid,
	s.redshift_query_id,
	s.redshift_query_uuid,
	s.identity,
	s.sns_status::text AS sns_status,
	s.retry_of,
	s.deadline_at,
	s.timeout,
	s.params,
	s.options,
	s.channel,
	s.success_topic_arn,
	s.failure_topic_arn,
	s.wish::text AS wish,
	s.has_result,
	s.sns_topic_arn,
	s.sns_attempts,
	s.sns_message_id,
	s.sns_error,
	s.sns_next_attempt_at,
	s.idempotency_key,
	COALESCE(pg_catalog.cardinality(s.sqls), 1) AS parts,
	s.rows_loaded,
	s.result_format::text AS result_format
FROM rsdata.statement s
LEFT JOIN pg_catalog.pg_foreign_server f
	ON f.oid OPERATOR(pg_catalog.=) s.server
WHERE pg_catalog.pg_has_role(s.owner, 'USAGE')
	OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE');

/*
 * A part of which nothing is known yet, or ever will be, shows what holds of
 * the statement: its status and error, and for a single statement, whose
 * part 1 is all of it, the numbers too.
 */
CREATE VIEW rsdata.parts WITH (security_barrier) AS
SELECT
	s.id AS statement,
	n.part::integer AS part,
	pg_catalog.pg_get_userbyid(s.owner) AS owner,
	COALESCE(p.status, s.status)::text AS status,
	COALESCE(p.aws_id, o.aws_id) AS aws_id,
	COALESCE(p.pages_done, o.pages_done, 0) AS pages_done,
	COALESCE(p.rows_done, o.rows_done, 0) AS rows_done,
	COALESCE(p.rows_total, o.rows_total) AS rows_total,
	COALESCE(p.rows_affected, o.rows_affected) AS rows_affected,
	COALESCE(p.result_bytes, o.result_bytes) AS result_bytes,
	COALESCE(p.duration, o.duration) AS duration,
	COALESCE(p.redshift_query_id, o.redshift_query_id) AS redshift_query_id,
	COALESCE(p.redshift_query_uuid, o.redshift_query_uuid)
		AS redshift_query_uuid,
	CASE WHEN p.statement IS NULL THEN s.error ELSE p.error END AS error,
	n.sql,
	CASE WHEN p.statement IS NULL THEN s.sqlstate ELSE p.sqlstate END
		AS sqlstate,
	COALESCE(p.has_result, o.has_result) AS has_result,
	COALESCE(p.rows_loaded, o.rows_loaded) AS rows_loaded,
	COALESCE(o.target, s.targets OPERATOR(pg_catalog.->) n.part::text
		OPERATOR(pg_catalog.->>) 'target') AS target
FROM rsdata.statement s
CROSS JOIN LATERAL pg_catalog.unnest(COALESCE(s.sqls, ARRAY[s.sql]))
	WITH ORDINALITY AS n(sql, part)
LEFT JOIN rsdata.part p ON p.statement OPERATOR(pg_catalog.=) s.id
	AND p.part OPERATOR(pg_catalog.=) n.part
LEFT JOIN LATERAL (SELECT s.* WHERE s.sqls IS NULL) o ON true
WHERE pg_catalog.pg_has_role(s.owner, 'USAGE')
	OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE');

CREATE VIEW rsdata.result_columns WITH (security_barrier) AS
SELECT
	p.statement,
	p.part,
	c.position::integer AS position,
	c.name,
	COALESCE(NULLIF(c.meta OPERATOR(pg_catalog.->>) 'label', ''),
		c.meta OPERATOR(pg_catalog.->>) 'name') AS label,
	c.meta OPERATOR(pg_catalog.->>) 'typeName' AS type_name,
	(c.meta OPERATOR(pg_catalog.->>) 'precision')::bigint AS precision,
	(c.meta OPERATOR(pg_catalog.->>) 'scale')::bigint AS scale,
	(c.meta OPERATOR(pg_catalog.->>) 'length')::bigint AS length,
	CASE c.meta OPERATOR(pg_catalog.->>) 'nullable'
		WHEN '0' THEN false WHEN '1' THEN true END AS nullable,
	NULLIF(c.meta OPERATOR(pg_catalog.->>) 'schemaName', '') AS schema_name,
	NULLIF(c.meta OPERATOR(pg_catalog.->>) 'tableName', '') AS table_name,
	NULLIF(c.meta OPERATOR(pg_catalog.->>) 'name', '') AS column_name
FROM rsdata.part p
JOIN rsdata.statement s ON s.id OPERATOR(pg_catalog.=) p.statement
CROSS JOIN LATERAL ROWS FROM (
	pg_catalog.jsonb_array_elements(p.columns),
	pg_catalog.unnest(rsdata_column_names(ARRAY(
		SELECT COALESCE(NULLIF(l.meta OPERATOR(pg_catalog.->>) 'label', ''),
			l.meta OPERATOR(pg_catalog.->>) 'name', '')
		FROM pg_catalog.jsonb_array_elements(p.columns)
			WITH ORDINALITY AS l(meta, position)
		ORDER BY l.position)))
	) WITH ORDINALITY AS c(meta, name, position)
WHERE pg_catalog.pg_has_role(s.owner, 'USAGE');

CREATE VIEW rsdata.stat WITH (security_barrier) AS
SELECT
	s.server,
	s.status,
	pg_catalog.count(*) AS statements,
	pg_catalog.min(s.submitted_at) AS oldest,
	pg_catalog.max(s.submitted_at) AS newest,
	pg_catalog.sum(s.rows_done) AS rows_done,
	pg_catalog.sum(s.result_bytes) AS result_bytes
FROM rsdata.statements s
GROUP BY s.server, s.status;

-- Whatever default privileges the installing role has set.
REVOKE ALL ON SCHEMA rsdata FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA rsdata FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA rsdata FROM PUBLIC;
REVOKE ALL ON FUNCTION rsdata_worker_status() FROM PUBLIC;
REVOKE ALL ON FUNCTION rsdata_adopt(boolean) FROM PUBLIC;

GRANT USAGE ON SCHEMA rsdata TO PUBLIC;
GRANT SELECT ON rsdata.statements, rsdata.parts, rsdata.result_columns,
	rsdata.stat TO PUBLIC;
GRANT EXECUTE ON FUNCTION rsdata_worker_status() TO pg_monitor;

COMMENT ON FOREIGN DATA WRAPPER rsdata IS
	'Amazon Redshift clusters and workgroups reached through the Redshift Data API';
COMMENT ON SCHEMA rsdata IS 'views and tables of the extension rsdata';

COMMENT ON DOMAIN rsdata.status IS 'where a statement or a part of it is';
COMMENT ON DOMAIN rsdata.wait_reason IS 'what a statement waits for';
COMMENT ON DOMAIN rsdata.wish IS 'why a statement is to stop';
COMMENT ON DOMAIN rsdata.result_format IS 'the form of a result as it came';
COMMENT ON DOMAIN rsdata.publish_status IS 'what became of a publish';

COMMENT ON FUNCTION rsdata_fdw_validator(text[], oid) IS
	'checks the options of servers and user mappings';
COMMENT ON FUNCTION rsdata_submit(text, name, jsonb, text, text, interval, text, jsonb) IS
	'submit a statement to run on Redshift after COMMIT; returns its id';
COMMENT ON FUNCTION rsdata_submit_batch(text[], name, jsonb, text, jsonb, interval, text, jsonb) IS
	'submit up to 40 statements as one batch, to run in one transaction or each by itself after COMMIT, their results kept or loaded into tables; returns its id';
COMMENT ON PROCEDURE rsdata_run(text, name, jsonb, text, text, interval, jsonb, boolean, bigint, text) IS
	'submit a statement, commit, wait for its end and raise an error unless it finished';
COMMENT ON FUNCTION rsdata_status(bigint) IS
	'status of a statement; NULL if it does not exist or is not visible';
COMMENT ON FUNCTION rsdata_cancel(bigint) IS
	'ask for a statement to be cancelled; false if it has already ended';
COMMENT ON FUNCTION rsdata_retry(bigint, boolean, text) IS
	'fetch a result that was not delivered again, or run a statement that has ended again as a new one; returns the id to wait for';
COMMENT ON FUNCTION rsdata_purge(interval) IS
	'delete one''s own settled statements that ended longer ago, with their results; returns how many';
COMMENT ON FUNCTION rsdata_adopt(boolean) IS
	'make the statements of a copied database its own: those under way are left to the original, or go on if that is gone; returns how many';
COMMENT ON FUNCTION rsdata_wait(bigint, interval) IS
	'wait for the end of a statement and return its final status, NULL on timeout';
COMMENT ON PROCEDURE rsdata_await(bigint, interval, boolean, text) IS
	'as rsdata_wait, but holds no transaction or snapshot while waiting';
COMMENT ON FUNCTION rsdata_result(bigint, integer) IS
	'rows of a result, typed by a column definition list';
COMMENT ON FUNCTION rsdata_result_as(anyelement, bigint, integer) IS
	'rows of a result as a row type, its columns found by name';
COMMENT ON FUNCTION rsdata_rows(bigint, integer) IS
	'rows of a result as JSON objects';
COMMENT ON FUNCTION rsdata_column_names(text[]) IS
	'column labels made unique by adding _2, _3, ...';
COMMENT ON FUNCTION rsdata_check(name) IS
	'walk the way a statement takes to Redshift and tell what stands in it';
COMMENT ON FUNCTION rsdata_list_databases(name, text, integer) IS
	'databases of a server; connects to it, and so wakes and bills a serverless workgroup';
COMMENT ON FUNCTION rsdata_list_schemas(name, text, text, text, integer) IS
	'schemas of a server; connects to it, and so wakes and bills a serverless workgroup';
COMMENT ON FUNCTION rsdata_list_tables(name, text, text, text, text, integer) IS
	'tables and views of a server; connects to it, and so wakes and bills a serverless workgroup';
COMMENT ON FUNCTION rsdata_describe_table(name, text, text, text, text, integer) IS
	'columns of tables of a server; connects to it, and so wakes and bills a serverless workgroup';
COMMENT ON FUNCTION rsdata_list_statements(name, text, text, text, boolean, integer) IS
	'statements of the last day, as the service knows them; asks the service only, not the database';
COMMENT ON FUNCTION rsdata_list_sessions(name, text, text, text, boolean, integer) IS
	'sessions of the last day, as the service knows them; asks the service only, not the database';
COMMENT ON FUNCTION rsdata_worker_status() IS
	'the background workers of all databases';

COMMENT ON TABLE rsdata.meta IS
	'the installation that may send what is in the tables';
COMMENT ON TABLE rsdata.statement IS
	'statements; see the view rsdata.statements';
COMMENT ON TABLE rsdata.dependency IS
	'what queued statements still wait for';
COMMENT ON TABLE rsdata.session IS
	'sessions at the service by name';
COMMENT ON TABLE rsdata.part IS
	'parts of statements; see the view rsdata.parts';
COMMENT ON TABLE rsdata.page IS
	'results as received; see rsdata_result()';
COMMENT ON TABLE rsdata.kept IS
	'results that are kept, or were until they were too old or too large';
COMMENT ON TABLE rsdata.request IS
	'requests of users about statements, for the worker';

COMMENT ON VIEW rsdata.statements IS
	'statements that the current role may see';
COMMENT ON COLUMN rsdata.statements.id IS
	'what rsdata_submit() returned';
COMMENT ON COLUMN rsdata.statements.label IS
	'label given at submit';
COMMENT ON COLUMN rsdata.statements.owner IS
	'role that submitted it';
COMMENT ON COLUMN rsdata.statements.server IS
	'foreign server it runs on';
COMMENT ON COLUMN rsdata.statements.status IS
	'queued, submitting, running, fetching, loading, then one of finished, failed, cancelled, timed_out, undelivered, skipped, expired, orphaned';
COMMENT ON COLUMN rsdata.statements.wait_reason IS
	'what an unfinished statement is waiting for: slot, rate, after, session, credentials, backoff, worker, paused, loader, target_lock, cancel_unconfirmed, connection';
COMMENT ON COLUMN rsdata.statements.wait_detail IS
	'more about wait_reason';
COMMENT ON COLUMN rsdata.statements.failed_at IS
	'step at which it went wrong';
COMMENT ON COLUMN rsdata.statements.sql IS
	'the statement''s text; of a batch, the texts of its parts';
COMMENT ON COLUMN rsdata.statements.target IS
	'table that receives the result; of a batch, those of its parts';
COMMENT ON COLUMN rsdata.statements.result_format IS
	'in which form its rows are fetched';
COMMENT ON COLUMN rsdata.statements.submitted_at IS
	'when rsdata_submit() was called';
COMMENT ON COLUMN rsdata.statements.first_sent_at IS
	'when it may first have been sent';
COMMENT ON COLUMN rsdata.statements.started_at IS
	'when the service accepted it';
COMMENT ON COLUMN rsdata.statements.finished_at IS
	'when it got its final status';
COMMENT ON COLUMN rsdata.statements.loaded_at IS
	'when its rows were committed into the target';
COMMENT ON COLUMN rsdata.statements.last_contact_at IS
	'when the service last answered about it';
COMMENT ON COLUMN rsdata.statements.timeout_at IS
	'when it will be cancelled for its timeout';
COMMENT ON COLUMN rsdata.statements.result_expires_at IS
	'until when the service keeps the result';
COMMENT ON COLUMN rsdata.statements.duration IS
	'time it ran on Redshift';
COMMENT ON COLUMN rsdata.statements.queue_position IS
	'place among its owner''s queued statements of that server, from 1; 100 means at least that';
COMMENT ON COLUMN rsdata.statements.pages_done IS
	'result pages received';
COMMENT ON COLUMN rsdata.statements.rows_done IS
	'result rows received';
COMMENT ON COLUMN rsdata.statements.rows_total IS
	'result rows announced by the service';
COMMENT ON COLUMN rsdata.statements.rows_affected IS
	'rows changed by a statement without result';
COMMENT ON COLUMN rsdata.statements.result_bytes IS
	'bytes of the result';
COMMENT ON COLUMN rsdata.statements.attempts IS
	'ExecuteStatement requests sent';
COMMENT ON COLUMN rsdata.statements.next_attempt_at IS
	'when the next call is due';
COMMENT ON COLUMN rsdata.statements.error IS
	'error text, of Redshift or of the step that failed';
COMMENT ON COLUMN rsdata.statements.sqlstate IS
	'SQLSTATE of the error, if known';
COMMENT ON COLUMN rsdata.statements.aws_status IS
	'the service''s own word for the status';
COMMENT ON COLUMN rsdata.statements.aws_id IS
	'the service''s id of the statement';
COMMENT ON COLUMN rsdata.statements.aws_session_id IS
	'the service''s id of the session it ran in';
COMMENT ON COLUMN rsdata.statements.redshift_pid IS
	'process on Redshift';
COMMENT ON COLUMN rsdata.statements.redshift_query_id IS
	'query id on Redshift';
COMMENT ON COLUMN rsdata.statements.redshift_query_uuid IS
	'query uuid on Redshift';
COMMENT ON COLUMN rsdata.statements.identity IS
	'identity under which it was sent';
COMMENT ON COLUMN rsdata.statements.sns_status IS
	'publication of the outcome: pending, published or failed; NULL without a topic';
COMMENT ON COLUMN rsdata.statements.retry_of IS
	'statement that this one runs again';
COMMENT ON COLUMN rsdata.statements.deadline_at IS
	'when it expires unless it was sent';
COMMENT ON COLUMN rsdata.statements.timeout IS
	'time it may run on Redshift; NULL = no limit';
COMMENT ON COLUMN rsdata.statements.params IS
	'parameters given at submit';
COMMENT ON COLUMN rsdata.statements.options IS
	'options given at submit';
COMMENT ON COLUMN rsdata.statements.channel IS
	'channel notified of the outcome; NULL = rsdata';
COMMENT ON COLUMN rsdata.statements.success_topic_arn IS
	'SNS topic told if it finishes';
COMMENT ON COLUMN rsdata.statements.failure_topic_arn IS
	'SNS topic told if it ends otherwise';
COMMENT ON COLUMN rsdata.statements.wish IS
	'what is being tried: cancel or timeout';
COMMENT ON COLUMN rsdata.statements.has_result IS
	'does it return a result set';
COMMENT ON COLUMN rsdata.statements.sns_topic_arn IS
	'topic the outcome is published to';
COMMENT ON COLUMN rsdata.statements.sns_attempts IS
	'attempts to publish';
COMMENT ON COLUMN rsdata.statements.sns_message_id IS
	'message id given by SNS';
COMMENT ON COLUMN rsdata.statements.sns_next_attempt_at IS
	'when publishing is tried again, at the earliest';
COMMENT ON COLUMN rsdata.statements.sns_error IS
	'why publishing failed';
COMMENT ON COLUMN rsdata.statements.idempotency_key IS
	'idempotency key given at submit';
COMMENT ON COLUMN rsdata.statements.parts IS
	'number of its parts; 1 unless it is a batch';

COMMENT ON COLUMN rsdata.statements.rows_loaded IS
	'result rows that went into the target';

COMMENT ON VIEW rsdata.parts IS
	'parts of the statements that the current role may see';
COMMENT ON COLUMN rsdata.parts.statement IS 'id of the statement';
COMMENT ON COLUMN rsdata.parts.part IS 'number of the part, from 1';
COMMENT ON COLUMN rsdata.parts.owner IS 'role that submitted the statement';
COMMENT ON COLUMN rsdata.parts.status IS 'status of the part';
COMMENT ON COLUMN rsdata.parts.aws_id IS 'the service''s id of the part';
COMMENT ON COLUMN rsdata.parts.pages_done IS 'result pages received';
COMMENT ON COLUMN rsdata.parts.rows_done IS 'result rows received';
COMMENT ON COLUMN rsdata.parts.rows_total IS
	'result rows announced by the service';
COMMENT ON COLUMN rsdata.parts.rows_affected IS
	'rows changed by a part without result';
COMMENT ON COLUMN rsdata.parts.result_bytes IS 'bytes of the result';
COMMENT ON COLUMN rsdata.parts.duration IS 'time it ran on Redshift';
COMMENT ON COLUMN rsdata.parts.redshift_query_id IS 'query id on Redshift';
COMMENT ON COLUMN rsdata.parts.redshift_query_uuid IS
	'query uuid on Redshift';
COMMENT ON COLUMN rsdata.parts.error IS 'error text';
COMMENT ON COLUMN rsdata.parts.rows_loaded IS
	'result rows that went into the target';
COMMENT ON COLUMN rsdata.parts.target IS 'table that receives its result';
COMMENT ON COLUMN rsdata.parts.sql IS 'the part''s text';
COMMENT ON COLUMN rsdata.parts.sqlstate IS 'SQLSTATE of the error, if known';
COMMENT ON COLUMN rsdata.parts.has_result IS 'does it return a result set';

COMMENT ON VIEW rsdata.result_columns IS
	'columns of the results of the current role''s statements';
COMMENT ON COLUMN rsdata.result_columns.statement IS 'id of the statement';
COMMENT ON COLUMN rsdata.result_columns.part IS
	'number of the part, from 1';
COMMENT ON COLUMN rsdata.result_columns.position IS
	'number of the column, from 1';
COMMENT ON COLUMN rsdata.result_columns.name IS
	'name used by rsdata_rows() and rsdata_result_as(): the label made unique';
COMMENT ON COLUMN rsdata.result_columns.label IS
	'the column''s label as Redshift gave it';
COMMENT ON COLUMN rsdata.result_columns.type_name IS
	'the column''s type on Redshift';
COMMENT ON COLUMN rsdata.result_columns.precision IS
	'precision as Redshift gave it';
COMMENT ON COLUMN rsdata.result_columns.scale IS
	'scale as Redshift gave it';
COMMENT ON COLUMN rsdata.result_columns.length IS
	'length as Redshift gave it';
COMMENT ON COLUMN rsdata.result_columns.nullable IS
	'can it be NULL; NULL if not known';
COMMENT ON COLUMN rsdata.result_columns.schema_name IS
	'schema of the column''s table on Redshift';
COMMENT ON COLUMN rsdata.result_columns.table_name IS
	'the column''s table on Redshift';
COMMENT ON COLUMN rsdata.result_columns.column_name IS
	'name of the column in its table on Redshift';

COMMENT ON VIEW rsdata.stat IS
	'numbers of statements by server and status, of those the current role may see';
COMMENT ON COLUMN rsdata.stat.server IS 'foreign server';
COMMENT ON COLUMN rsdata.stat.status IS 'status';
COMMENT ON COLUMN rsdata.stat.statements IS 'number of statements';
COMMENT ON COLUMN rsdata.stat.oldest IS
	'when the first of them was submitted';
COMMENT ON COLUMN rsdata.stat.newest IS
	'when the last of them was submitted';
COMMENT ON COLUMN rsdata.stat.rows_done IS 'result rows received';
COMMENT ON COLUMN rsdata.stat.result_bytes IS 'bytes of their results';
