--
-- rsdata_submit_batch: what is refused, and what a row looks like
--
\set VERBOSITY default
ALTER TABLE rsdata.statement ALTER id RESTART WITH 54001;
CREATE SERVER paused FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		endpoint_url 'http://127.0.0.1:1', enabled 'false');
CREATE USER MAPPING FOR PUBLIC SERVER paused
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');

-- the parts
SELECT rsdata_submit_batch(NULL, 'paused');
SELECT rsdata_submit_batch('{}', 'paused');
SELECT rsdata_submit_batch(array_fill('select 1'::text, ARRAY[41]), 'paused');
SELECT rsdata_submit_batch(ARRAY['select 1', NULL], 'paused');
SELECT rsdata_submit_batch(ARRAY['select 1', E' \n\t'], 'paused');
SELECT rsdata_submit_batch(ARRAY[['select 1', 'select 2']], 'paused');
SELECT rsdata_submit_batch(ARRAY['select 1', repeat('x', 204801)], 'paused');
SELECT rsdata_submit_batch(array_fill(repeat('x', 204800), ARRAY[6]), 'paused');

-- targets name parts and tables
SET search_path = batch_targets, public;
CREATE SCHEMA batch_targets;
CREATE TABLE k (n int);
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '["t"]');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"0": "t"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"3": "t"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"02": "t"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"x": "t"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": 7}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": ""}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": ["k"]}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": {"target_mode": "replace"}}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": {"target": "k", "target_mode": "merge"}}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": {"target": "k", "then_sql": "analyze"}}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"1": "k", "2": "nowhere"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"1": "k"}', options => '{"target_mode": "create"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"1": "k", "2": "pg_class"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"1": "k", "2": {"target": "batch_targets.k", "target_mode": "replace"}}');
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', targets => '{"1": "k"}', options => '{"fetch": false}');
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', options => '{"target_mode": "replace"}');
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', targets => '{}', options => '{"target_mode": "replace"}') > 0 AS no_targets;
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2', 'select 3'], 'paused',
	targets => '{"1": "k", "3": {"target": "anew", "target_mode": "create", "target_columns": null}}',
	options => '{"target_columns": "position", "then_sql": "analyze", "retries": 3}') AS id \gset
SELECT target FROM rsdata.statements WHERE id = :id;
SELECT part, target FROM rsdata.parts WHERE statement = :id ORDER BY part;
SELECT t.key, t.value - 'oid' AS stored, (t.value->>'oid')::oid = 'k'::regclass AS same
	FROM rsdata.statement s, jsonb_each(s.targets) t WHERE id = :id ORDER BY 1;
CREATE ROLE rsdata_regress_batches LOGIN;
GRANT USAGE ON FOREIGN SERVER paused TO rsdata_regress_batches;
GRANT USAGE ON SCHEMA batch_targets TO rsdata_regress_batches;
CREATE TABLE given (n int);
GRANT INSERT ON given TO rsdata_regress_batches;
SET ROLE rsdata_regress_batches;
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"1": "given", "2": "k"}');
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', targets => '{"1": {"target": "given", "target_mode": "replace"}}');
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', targets => '{"1": "given"}') > 0 AS granted;
RESET ROLE;
RESET search_path;

-- the execution mode
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', options => '{"execution_mode": "autocommit"}');
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', options => '{"execution_mode": true}');
SELECT rsdata_submit('select 1', 'paused', options => '{"execution_mode": "transaction"}');

-- parameters are shared; each is used by one part at least
SELECT rsdata_submit_batch(ARRAY['select :a', 'select 2'], 'paused');
SELECT rsdata_submit_batch(ARRAY['select :a', 'select :b'], 'paused', params => '{"a": 1}');
SELECT rsdata_submit_batch(ARRAY['select :a', 'select 2'], 'paused', params => '{"a": 1, "b": 2}');
SELECT rsdata_submit_batch(ARRAY['select '':a''', '/* :a */ select 2 -- :a'], 'paused', params => '{"a": 1}');
SELECT rsdata_submit('select 1', 'paused', params => '{"a": 1}');
SELECT rsdata_submit('select :a, :b', 'paused', params => '{"a": 1}');
SELECT rsdata_submit('select x::int, '':b'', ":b" from t -- :b', 'paused', params => '{"b": 1}');
SELECT rsdata_submit('select :a', 'paused', params => jsonb_build_object('a', repeat('x', 1048577)));

-- what is not certain is left to the service
SELECT count(rsdata_submit(sql, 'paused')) FROM (VALUES
	('select a[1:n] from t'), ('select $$ :a $$'), (E'select ''\\'' :a'''),
	('/* a /* :b */ c */ select 1'), ('select a:b from t'), ('select x :: int')) t(sql);
SELECT count(rsdata_submit(sql, 'paused', params => '{"a": 1}')) FROM (VALUES
	('do $$ :a $$'), ('select x[:a]'), ('select :A'), ('select x:a')) t(sql);

-- the same things as with a single statement
SELECT rsdata_submit_batch(ARRAY['select 1'], 'nowhere');
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', timeout => '0');
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused', options => '{"execution_mod": "transaction"}');
BEGIN READ ONLY;
SELECT rsdata_submit_batch(ARRAY['select 1'], 'paused');
ROLLBACK;

-- accepted
SELECT rsdata_submit_batch(ARRAY['insert into t values (:id)', 'select :id, :price::numeric'], 'paused',
	'{"id": 7, "price": 1.10}', 'pair', options => '{"execution_mode": "auto_commit"}') AS id \gset
SELECT label, status, sql, params, options, parts FROM rsdata.statements WHERE id = :id \gx
SELECT part, status, sql, aws_id, pages_done, rows_done, error FROM rsdata.parts WHERE statement = :id ORDER BY part;
SELECT count(rsdata_submit_batch(array_fill('select 1'::text, ARRAY[40]), 'paused'));
SELECT rsdata_submit_batch('[3:4]={select 1,select 2}', 'paused') AS shifted \gset
SELECT part, sql FROM rsdata.parts WHERE statement = :shifted ORDER BY part;

-- what there is not: a part, a result yet
SELECT rsdata_rows(:id, 3);
SELECT rsdata_rows(:id, 0);
SELECT rsdata_rows(:id, 2);

DELETE FROM rsdata.statement WHERE id BETWEEN 54001 AND 54999;
SET client_min_messages = warning;
DROP SCHEMA batch_targets CASCADE;
DROP OWNED BY rsdata_regress_batches;
DROP ROLE rsdata_regress_batches;
DROP SERVER paused CASCADE;
