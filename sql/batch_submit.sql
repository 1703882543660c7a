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

-- targets name parts; then they are not there yet
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '["t"]');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"0": "t"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"3": "t"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"02": "t"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"x": "t"}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": 7}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": ""}');
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'paused', targets => '{"2": "audit.k"}');

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
DROP SERVER paused CASCADE;
