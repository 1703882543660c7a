--
-- Batches once more: idempotency keys, parts that run again, rows fetched again
--
\set VERBOSITY default
\getenv emulator RSDATA_EMULATOR
\if :{?emulator}
\else
\echo skipped: RSDATA_EMULATOR is not set
\quit
\endif
ALTER TABLE rsdata.statement ALTER id RESTART WITH 54601;
CREATE SERVER warehouse FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'analytics',
		endpoint_url :'emulator');
CREATE USER MAPPING FOR PUBLIC SERVER warehouse
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');
SELECT rsdata_submit('create table regress_again (n int, t text)', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);

-- by default only what has surely not committed runs again, with its parameters
SELECT rsdata_submit_batch(ARRAY['insert into regress_again values (:n::int, ''once'')',
	'select :d::int / (select count(*) from regress_again where t = ''mended'') as quotient', 'select 1'],
	'warehouse', '{"n": 1, "d": 10}', options => '{"execution_mode": "auto_commit"}') AS id \gset
SELECT rsdata_wait(:id);
SELECT rsdata_retry(:id);
SELECT rsdata_retry(:id, parts => 'failed');
SELECT rsdata_retry(:id, rerun => true, parts => 'some');
SELECT rsdata_submit('insert into regress_again values (2, ''mended'')', 'warehouse') AS mended \gset
SELECT rsdata_wait(:mended);
SELECT rsdata_retry(:id, rerun => true) AS again \gset
SELECT rsdata_wait(:again);
SELECT sql, params, options, parts, retry_of = :id AS retry_of FROM rsdata.statements WHERE id = :again;
SELECT * FROM rsdata_result(:again) AS t(quotient int);

-- nothing of it failed: only on demand
SELECT rsdata_retry(:again, rerun => true);
SELECT rsdata_retry(:again, rerun => true, parts => 'failed');
SELECT rsdata_retry(:again, rerun => true, parts => 'all') AS all_again \gset
SELECT rsdata_wait(:all_again);
SELECT sql, params FROM rsdata.statements WHERE id = :all_again;
SELECT rsdata_submit('select n, count(*) from regress_again group by n order by n', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_result(:id) AS t(n int, count bigint);

-- one transaction has no parts that could run alone
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 1/0'], 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT rsdata_retry(:id, rerun => true, parts => 'failed');
SELECT rsdata_retry(:id, rerun => true) AS again \gset
SELECT rsdata_wait(:again);
SELECT status, sql, parts FROM rsdata.statements WHERE id = :again;

-- rows that could not be delivered are fetched again, part by part
SELECT rsdata_submit_batch(ARRAY['select 1 as a', 'select * from generate_series(1, 4)', 'select 3 as c'],
	'warehouse', options => '{"max_rows": 3}') AS id \gset
SELECT rsdata_wait(:id);
SELECT rsdata_retry(:id) = :id AS same;
SELECT rsdata_wait(:id);
SELECT status, error FROM rsdata.statements WHERE id = :id;
SELECT part, status, rows_done FROM rsdata.parts WHERE statement = :id ORDER BY part;
SELECT data FROM rsdata_rows(:id, 3);

-- a key stands for all parts
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'warehouse', idempotency_key => 'batch') AS id \gset
SELECT rsdata_wait(:id);
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'warehouse', idempotency_key => 'batch') = :id AS same;
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 3'], 'warehouse', idempotency_key => 'batch');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'warehouse', idempotency_key => 'batch',
	options => '{"execution_mode": "auto_commit"}');
SELECT rsdata_submit('select 1', 'warehouse', idempotency_key => 'batch');

SELECT rsdata_submit('drop table regress_again', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SET client_min_messages = warning;
DROP SERVER warehouse CASCADE;
