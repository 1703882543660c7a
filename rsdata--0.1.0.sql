/* rsdata--0.1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION rsdata" to load this file. \quit

/*
 * Tables and views live in schema rsdata, functions in the schema chosen at
 * CREATE EXTENSION.  A plain CREATE SCHEMA fails if somebody made it first:
 * what is in it must be ours.
 *
 * There is no grant on any table.  Backends insert statements and requests
 * and delete settled statements; every UPDATE is the worker's.  There are no
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

-- One row a statement.  What the backend writes at submit comes first; from
-- "status" on everything is the worker's.
CREATE TABLE rsdata.statement (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	owner oid NOT NULL,
	server oid NOT NULL,
	server_name name NOT NULL,
	label text,
	sql text NOT NULL,
	params jsonb,
	target text,
	timeout interval,
	options jsonb,
	channel text,
	success_topic_arn text,
	failure_topic_arn text,
	retry_of bigint,
	token text NOT NULL,
	submitted_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	deadline_at timestamptz,

	status text NOT NULL DEFAULT 'queued' CHECK (status IN
		('queued', 'submitting', 'running', 'fetching', 'loading',
		 'finished', 'failed', 'cancelled', 'timed_out', 'undelivered',
		 'skipped', 'expired', 'orphaned')),
	-- the worker has something left to do: run it, or publish its outcome
	open boolean NOT NULL DEFAULT true,
	wait_reason text CHECK (wait_reason IN
		('slot', 'rate', 'after', 'session', 'credentials', 'backoff',
		 'worker', 'paused', 'loader', 'target_lock', 'cancel_unconfirmed',
		 'connection')),
	wait_detail text,
	failed_at text,
	wish text CHECK (wish IN ('cancel', 'timeout')),
	first_sent_at timestamptz,
	started_at timestamptz,
	finished_at timestamptz,
	loaded_at timestamptz,
	last_contact_at timestamptz,
	timeout_at timestamptz,
	result_expires_at timestamptz,
	next_attempt_at timestamptz,
	attempts integer NOT NULL DEFAULT 0,
	has_result boolean,
	pages_done integer NOT NULL DEFAULT 0,
	rows_done bigint NOT NULL DEFAULT 0,
	rows_total bigint,
	rows_affected bigint,
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
	sns_status text CHECK (sns_status IN ('pending', 'published', 'failed')),
	sns_topic_arn text,
	sns_attempts integer NOT NULL DEFAULT 0,
	sns_message_id text,
	sns_error text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- The worker's whole view of the table: a settled statement leaves it.
CREATE INDEX statement_open_idx ON rsdata.statement (id) WHERE open;

-- One row a part, written when the worker learns something about it.
CREATE TABLE rsdata.part (
	statement bigint NOT NULL,
	part integer NOT NULL,
	status text NOT NULL,
	aws_id text,
	columns jsonb,
	next_token text,
	pages_done integer NOT NULL DEFAULT 0,
	rows_done bigint NOT NULL DEFAULT 0,
	rows_total bigint,
	rows_affected bigint,
	result_bytes bigint,
	duration interval,
	redshift_query_id bigint,
	redshift_query_uuid text,
	error text,
	PRIMARY KEY (statement, part)
) WITH (fillfactor = 70);

-- Results as received: whole rows, at most 1 MB a row of this table, in
-- UTF-8 whatever the database's encoding; decoded and typed when read.
CREATE TABLE rsdata.page (
	statement bigint NOT NULL,
	part integer NOT NULL,
	page integer NOT NULL,
	format text NOT NULL CHECK (format IN ('json', 'csv')),
	row_count integer NOT NULL,
	body bytea NOT NULL,
	PRIMARY KEY (statement, part, page)
);

-- What users ask the worker to do with a statement that exists.
CREATE TABLE rsdata.request (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	statement bigint NOT NULL,
	kind text NOT NULL CHECK (kind IN ('cancel', 'retry')),
	requested_by oid NOT NULL,
	requested_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
);
