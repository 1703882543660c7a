--
-- rsdata_status, rsdata_cancel, rsdata_wait, rsdata_await, rsdata_run without
-- a service: errors, time-outs and final statuses
--
\set VERBOSITY default
ALTER TABLE rsdata.statement ALTER id RESTART WITH 30001;
CREATE SERVER paused FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		endpoint_url 'http://127.0.0.1:1', enabled 'false');
CREATE USER MAPPING FOR CURRENT_USER SERVER paused
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');
-- one for each way to end
INSERT INTO rsdata.statement (id, owner, server, server_name, sql, token, open, status, error, sqlstate)
OVERRIDING SYSTEM VALUE
SELECT 30100 + n, r.oid, s.oid, 'paused', 'select 1', n, false, status, error, sqlstate
FROM (VALUES
	(1, 'finished', NULL, NULL),
	(2, 'failed', 'ERROR: relation "nosuch" does not exist', '42P01'),
	(3, 'failed', 'connection lost', NULL),
	(4, 'failed', 'ERROR: a code that is none', '00000'),
	(5, 'cancelled', NULL, NULL),
	(6, 'timed_out', NULL, NULL),
	(7, 'undelivered', 'page 3 is truncated', NULL),
	(8, 'skipped', NULL, NULL),
	(9, 'expired', NULL, NULL),
	(10, 'orphaned', NULL, NULL)) AS v(n, status, error, sqlstate),
	pg_roles r, pg_foreign_server s
WHERE r.rolname = current_user AND s.srvname = 'paused';

-- unknown ids, NULL
SELECT rsdata_status(30999), rsdata_status(NULL), rsdata_status(-1);
SELECT rsdata_cancel(30999);
SELECT rsdata_cancel(NULL);
SELECT rsdata_wait(30999);
SELECT rsdata_wait(NULL);
SELECT rsdata_wait(30101, '-1 s');
CALL rsdata_await(30999);
CALL rsdata_await(NULL);

-- ended ones
SELECT id, rsdata_status(id), rsdata_wait(id), rsdata_cancel(id)
FROM generate_series(30101, 30110) id;
CALL rsdata_await(30102);
CALL rsdata_await(30101, raise_error => true);
DO $$
DECLARE
	detail text;
BEGIN
	FOR i IN 30102..30110 LOOP
		BEGIN
			PERFORM * FROM rsdata_rows(i);
		EXCEPTION WHEN OTHERS OR query_canceled THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			RAISE INFO '% % (%)', SQLSTATE, SQLERRM, detail;
		END;
	END LOOP;
END$$;
\set VERBOSITY default
CALL rsdata_await(30102, raise_error => true);
CALL rsdata_await(30110, '1 s', true);

-- one that does not end
SELECT rsdata_submit('select 1', 'paused') AS id \gset
SELECT rsdata_status(:id), rsdata_wait(:id, '0'), rsdata_wait(:id, '20 ms');
CALL rsdata_await(:id, '20 ms');
CALL rsdata_await(:id, '20 ms', raise_error => true);
SET statement_timeout = '500 ms';
SELECT rsdata_wait(:id, NULL);
CALL rsdata_await(:id);
RESET statement_timeout;

-- a transaction cannot wait for its own work
BEGIN;
SELECT rsdata_submit('select 2', 'paused') AS own \gset
SELECT rsdata_wait(:own, '1 s');
ROLLBACK;
BEGIN;
SAVEPOINT a;
SELECT rsdata_submit('select 2', 'paused') AS own \gset
RELEASE a;
SELECT rsdata_wait(:own, '1 s');
ROLLBACK;
BEGIN;
SELECT rsdata_cancel(:id);
SELECT rsdata_wait(:id, '1 s');
ROLLBACK;
-- nor one that cannot see changes
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT rsdata_wait(:id, '1 s');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT rsdata_wait(30101);
ROLLBACK;

-- procedures that commit
BEGIN;
CALL rsdata_await(30101);
ROLLBACK;
BEGIN;
CALL rsdata_run('select 1', 'paused');
ROLLBACK;
CREATE FUNCTION regress_rsdata_call() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	i bigint;
	s text;
BEGIN
	CALL rsdata_run('select 1', 'paused', id => i, status => s);
END$$;
SELECT regress_rsdata_call();
DROP FUNCTION regress_rsdata_call();
DO $$
DECLARE
	s text;
BEGIN
	CALL rsdata_await(30101, status => s);
	RAISE NOTICE '%', s;
	CALL rsdata_await(30105, status => s);
	RAISE NOTICE '%', s;
END$$;
CALL rsdata_run(NULL, 'paused');
CALL rsdata_run('select 1', 'nosuch');

-- cancel: a request, from a transaction that commits; again is no error
SELECT rsdata_cancel(:id), rsdata_cancel(:id);
BEGIN READ ONLY;
SELECT rsdata_cancel(30101);
ROLLBACK;

DELETE FROM rsdata.request WHERE statement BETWEEN 30001 AND 30999;
DELETE FROM rsdata.statement WHERE id BETWEEN 30001 AND 30999;
SET client_min_messages = warning;
DROP SERVER paused CASCADE;
