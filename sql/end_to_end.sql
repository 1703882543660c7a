--
-- The whole way, against the emulator: submit, wait, read, be told
--
\set VERBOSITY default
\getenv emulator RSDATA_EMULATOR
\if :{?emulator}
\else
\echo skipped: RSDATA_EMULATOR is not set
\quit
\endif
SET datestyle = ISO;
SET timezone = 'UTC';
ALTER TABLE rsdata.statement ALTER id RESTART WITH 50001;
CREATE ROLE regress_rsdata_analyst;
CREATE SERVER warehouse FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'analytics',
		endpoint_url :'emulator', sns_endpoint_url :'emulator',
		topic_arns 'arn:aws:sns:eu-west-1:123456789012:rsdata');
CREATE USER MAPPING FOR PUBLIC SERVER warehouse
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');
GRANT USAGE ON FOREIGN SERVER warehouse TO regress_rsdata_analyst;
SET ROLE regress_rsdata_analyst;

-- a query
SELECT rsdata_submit('select i as n, ''row '' || i as t, i * 1.10 as amount, '
	'i = 1 as yes, date ''2024-02-29'' as d, null::int as nothing '
	'from generate_series(1, 3) i', 'warehouse', label => 'first') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_result(:id) AS t(n int, t text, amount numeric, yes boolean, d date, nothing int);
SELECT row_no, data FROM rsdata_rows(:id) WHERE row_no = 2;
SELECT label, owner, server, status, rows_done, rows_total, sqlstate, error,
	aws_status, aws_id IS NOT NULL AS aws_id, started_at >= submitted_at AS started,
	finished_at >= started_at AS ended, duration >= '0' AS duration, queue_position, wait_reason
FROM rsdata.statements WHERE id = :id \gx
SELECT part, status, rows_done, rows_total FROM rsdata.parts WHERE statement = :id;
SELECT position, name, type_name FROM rsdata.result_columns WHERE statement = :id ORDER BY 1;
SELECT rsdata_cancel(:id);

-- parameters, and the characters of the world
SELECT rsdata_submit('select :a::int as a, :b::text as b, :c::boolean as c', 'warehouse',
	params => '{"a": 42, "b": "it''s \"quoted\" \\ \n 日本 😀", "c": true}') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_result(:id) AS t(a int, b text, c boolean);

-- types: nothing is lost on the way
SELECT rsdata_submit('select 9223372036854775807::int8 as i, (-32768)::int2 as s, 0.1::float8 as f, '
	'12345678901234567890.123456789::numeric(38, 9) as n, timestamp ''2024-02-29 12:34:56.789012'' as ts, '
	'timestamptz ''2024-02-29 12:34:56+02'' as tz, time ''23:59:59'' as t, ''x''::char(3) as c, '
	'''''::varchar as empty, null::varchar as nothing, ''a'' as same, ''b'' as same', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_result(:id) AS t(i bigint, s smallint, f float8, n numeric, ts timestamp, tz timestamptz,
	t time, c char(3), empty text, nothing text, a text, b text) \gx
SELECT data FROM rsdata_rows(:id);
CREATE TYPE pg_temp.some_columns AS (same_2 text, n numeric, absent int);
SELECT * FROM rsdata_result_as(NULL::pg_temp.some_columns, :id);

-- no rows; many rows
SELECT rsdata_submit('select 1 as a where false', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_result(:id) AS t(a int);
SELECT rsdata_submit('select i, repeat(''x'', 100) from generate_series(1, 30000) i', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT count(*), sum(i), min(length(t)) FROM rsdata_result(:id) AS r(i int, t text);
SELECT rows_done, rows_total, pages_done > 0 AS pages FROM rsdata.statements WHERE id = :id;

-- no result set: rows affected
SELECT rsdata_submit('create table if not exists regress_rsdata_t (a int)', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT rsdata_submit('insert into regress_rsdata_t select generate_series(1, 7)', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT status, has_result, rows_affected, rows_total FROM rsdata.statements WHERE id = :id;
SELECT * FROM rsdata_rows(:id);
CALL rsdata_run('drop table regress_rsdata_t', 'warehouse', id => NULL);

-- Redshift's error text everywhere
SELECT rsdata_submit('select 1 / 0', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT status, error, sqlstate, failed_at FROM rsdata.statements WHERE id = :id;
SELECT * FROM rsdata_result(:id) AS t(a int);
CALL rsdata_await(:id);
CALL rsdata_await(:id, raise_error => true);
CALL rsdata_run('select * from nosuch', 'warehouse');
CALL rsdata_run('select * from nosuch', 'warehouse', raise_error => false);

-- run from a DO block, with the result loaded
DO $$
DECLARE
	i bigint;
	s text;
BEGIN
	CALL rsdata_run('select 1 as a union all select 2', 'warehouse', label => 'run', id => i, status => s);
	RAISE NOTICE '% %', s, (SELECT sum(a) FROM rsdata_result(i) AS t(a int));
END$$;

-- fetch: false keeps the rows at the service
SELECT rsdata_submit('select 1', 'warehouse', options => '{"fetch": false}') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_rows(:id);

-- limits
SELECT rsdata_submit('select i from generate_series(1, 10) i', 'warehouse', options => '{"max_rows": 5}') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_rows(:id);

-- cancelled while running; its own timeout
SELECT rsdata_submit('select pg_sleep(60)', 'warehouse') AS id \gset
SELECT rsdata_cancel(:id);
SELECT rsdata_wait(:id);
SELECT rsdata_submit('select pg_sleep(60)', 'warehouse', timeout => '1 s') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_rows(:id);

-- told by SNS, after the outcome was committed
DO $$
BEGIN
	FOR i IN 1..600 LOOP
		EXIT WHEN NOT EXISTS (SELECT FROM rsdata.statements WHERE sns_status = 'pending');
		PERFORM pg_sleep(0.1);
	END LOOP;
END$$;
SELECT sns_status, sns_topic_arn, sns_message_id IS NOT NULL AS message, count(*) > 10 AS "all"
FROM rsdata.statements WHERE id BETWEEN 50001 AND 59999 GROUP BY 1, 2, 3;

RESET ROLE;
SET client_min_messages = warning;
DELETE FROM rsdata.page WHERE statement BETWEEN 50001 AND 59999;
DELETE FROM rsdata.part WHERE statement BETWEEN 50001 AND 59999;
DELETE FROM rsdata.statement WHERE id BETWEEN 50001 AND 59999;
DROP SERVER warehouse CASCADE;
DROP OWNED BY regress_rsdata_analyst;
DROP ROLE regress_rsdata_analyst;
