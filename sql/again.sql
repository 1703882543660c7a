--
-- Idempotency keys, rsdata_retry, rsdata_purge and rsdata_adopt without a
-- service
--
\set VERBOSITY default
ALTER TABLE rsdata.statement ALTER id RESTART WITH 40001;
CREATE ROLE regress_rsdata_other;
CREATE SERVER paused FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		endpoint_url 'http://127.0.0.1:1', enabled 'false');
CREATE SERVER paused2 FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		endpoint_url 'http://127.0.0.1:1', enabled 'false');
CREATE USER MAPPING FOR CURRENT_USER SERVER paused
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');
CREATE USER MAPPING FOR PUBLIC SERVER paused2
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');
GRANT USAGE ON FOREIGN SERVER paused2 TO regress_rsdata_other;

-- one key, one statement
SELECT rsdata_submit('select $x$:a$x$', 'paused', idempotency_key => 'k');
SELECT rsdata_submit('select $x$:a$x$', 'paused', idempotency_key => 'k');
SELECT rsdata_submit('select $x$:a$x$', 'paused', idempotency_key => 'k',
	label => 'l', timeout => '1 min', params => '{}', options => '{"deadline": "1 h", "execution_mode": null}');
-- also within one query
SELECT count(DISTINCT rsdata_submit('select 2', 'paused', idempotency_key => 'k2'))
FROM generate_series(1, 3);
-- of one server and one owner
SELECT rsdata_submit('select 1', 'paused2', idempotency_key => 'k');
SET ROLE regress_rsdata_other;
SELECT rsdata_submit('select 1', 'paused2', idempotency_key => 'k');
RESET ROLE;
-- another statement
DO $$
DECLARE
	call text;
	detail text;
BEGIN
	FOREACH call IN ARRAY ARRAY[
		$q$rsdata_submit('select 3', 'paused', idempotency_key => 'k')$q$,
		$q$rsdata_submit('select $x$:a$x$', 'paused', params => '{"a": 1}', idempotency_key => 'k')$q$,
		$q$rsdata_submit('select 3, $x$:a$x$', 'paused', params => '{"a": 1}', idempotency_key => 'k')$q$,
		$q$rsdata_submit('select 1', 'paused', idempotency_key => '')$q$,
		$q$rsdata_submit('select 1', 'paused', idempotency_key => repeat('k', 256))$q$]
	LOOP
		BEGIN
			EXECUTE 'SELECT ' || call;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
			RAISE INFO '% % (%)', SQLSTATE, SQLERRM, detail;
		END;
	END LOOP;
END$$;
-- the longest
SELECT rsdata_submit('select 4', 'paused', idempotency_key => repeat('k', 255))
	= rsdata_submit('select 4', 'paused', idempotency_key => repeat('k', 255)) AS same;

-- ended ones
INSERT INTO rsdata.statement (id, owner, server, server_name, sql, token, open, status,
	finished_at, aws_id, result_expires_at, idempotency_key)
OVERRIDING SYSTEM VALUE
SELECT 40100 + n, r.oid, s.oid, 'paused', 'select 1', n, false, status,
	now() - interval '2 days', aws_id, now() + expires, 'e' || n
FROM (VALUES
	(1, 'finished', 'a', interval '1 h'),
	(2, 'failed', 'a', '1 h'),
	(3, 'cancelled', NULL, NULL),
	(4, 'undelivered', 'a', '1 h'),
	(5, 'undelivered', 'a', '-1 h'),
	(6, 'expired', NULL, NULL),
	(7, 'orphaned', NULL, NULL)) AS v(n, status, aws_id, expires),
	pg_roles r, pg_foreign_server s
WHERE r.rolname = current_user AND s.srvname = 'paused';
SELECT rsdata_submit('select 1', 'paused', idempotency_key => 'e1');
SELECT rsdata_submit('select 1', 'paused', idempotency_key => 'e2');
SELECT rsdata_submit('select 1', 'paused', idempotency_key => 'e4');

-- rsdata_retry
SELECT rsdata_retry(NULL);
SELECT rsdata_retry(49999);
SELECT rsdata_retry(40001);
SELECT rsdata_retry(40001, rerun => true);
DO $$
DECLARE
	detail text;
	hint text;
BEGIN
	FOR i IN 40101..40107 LOOP
		CONTINUE WHEN i = 40104;
		BEGIN
			PERFORM rsdata_retry(i);
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL,
				hint = PG_EXCEPTION_HINT;
			RAISE INFO '% % (%; %)', SQLSTATE, SQLERRM, detail, hint;
		END;
	END LOOP;
END$$;
BEGIN;
SELECT rsdata_retry(40104);
SELECT rsdata_retry(40104);
SELECT kind, statement, requested_by = (SELECT oid FROM pg_roles WHERE rolname = current_user) AS mine
FROM rsdata.request WHERE statement = 40104;
SELECT rsdata_status(40104);
SELECT rsdata_wait(40104);
ROLLBACK;
SELECT rsdata_retry(40102, rerun => true) AS again \gset
SELECT sql, status, retry_of, idempotency_key FROM rsdata.statements WHERE id = :again;
SELECT rsdata_retry(40102, rerun => true);
SELECT rsdata_submit('select 1', 'paused', idempotency_key => 'e2') = 40102 AS first;
SELECT rsdata_retry(40101, true, parts => 'all');
SET ROLE regress_rsdata_other;
SELECT rsdata_retry(40102, rerun => true);
RESET ROLE;

-- rsdata_purge
SELECT rsdata_purge(NULL);
SELECT rsdata_purge('-1 s');
SELECT rsdata_purge('1000 years');
SET ROLE regress_rsdata_other;
SELECT rsdata_purge('1 day');
RESET ROLE;
SELECT rsdata_purge('1 day');
SELECT count(*) FROM rsdata.statements WHERE id BETWEEN 40100 AND 40110;

-- rsdata_adopt
SELECT rsdata_adopt();
SET ROLE regress_rsdata_other;
SELECT rsdata_adopt();
RESET ROLE;
GRANT EXECUTE ON FUNCTION rsdata_adopt(boolean) TO regress_rsdata_other;
SET ROLE regress_rsdata_other;
SELECT rsdata_adopt();
RESET ROLE;
-- read-only
BEGIN READ ONLY;
SELECT rsdata_purge('1 day');
ROLLBACK;
BEGIN READ ONLY;
SELECT rsdata_retry(40001, true);
ROLLBACK;
BEGIN READ ONLY;
SELECT rsdata_adopt();
ROLLBACK;

REVOKE EXECUTE ON FUNCTION rsdata_adopt(boolean) FROM regress_rsdata_other;
SELECT count(rsdata_cancel(id)) > 0 AS cancelled FROM rsdata.statements
WHERE finished_at IS NULL AND id BETWEEN 40001 AND 49999;
SELECT count(*) FILTER (WHERE rsdata_wait(id) <> 'cancelled') AS others
FROM rsdata.statements WHERE id BETWEEN 40001 AND 49999;
DELETE FROM rsdata.statement WHERE id BETWEEN 40001 AND 49999;
SET client_min_messages = warning;
DROP SERVER paused CASCADE;
DROP SERVER paused2 CASCADE;
DROP ROLE regress_rsdata_other;
