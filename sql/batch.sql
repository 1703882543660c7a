--
-- Batches the whole way, against the emulator
--
\set VERBOSITY default
\getenv emulator RSDATA_EMULATOR
\if :{?emulator}
\else
\echo skipped: RSDATA_EMULATOR is not set
\quit
\endif
ALTER TABLE rsdata.statement ALTER id RESTART WITH 54501;
CREATE SERVER warehouse FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'analytics',
		endpoint_url :'emulator');
CREATE USER MAPPING FOR PUBLIC SERVER warehouse
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');

-- one transaction: DDL, DML, two results, parameters as jsonb prints them
SELECT rsdata_submit_batch(ARRAY[
		'create table regress_batch (n int, t text)',
		'insert into regress_batch select i, :word::text from generate_series(1, :n::int) i',
		'select n, t from regress_batch order by n',
		'select :price::text as price, :big::numeric = 1e400 as big, :yes::boolean as yes'],
	'warehouse', '{"word": "x:y", "n": 3, "price": 1.10, "big": 1e400, "yes": true}') AS id \gset
SELECT rsdata_wait(:id);
SELECT status, rows_done, rows_total, rows_affected, pages_done, error, parts, duration > '0' AS duration
FROM rsdata.statements WHERE id = :id;
SELECT part, status, has_result, rows_done, rows_total, rows_affected, pages_done, error,
	aws_id LIKE '%:' || part AS aws_id, duration > '0' AS duration
FROM rsdata.parts WHERE statement = :id ORDER BY part;
SELECT * FROM rsdata_result(:id, 3) AS t(n int, t text);
SELECT * FROM rsdata_rows(:id, 4);
SELECT part, position, name FROM rsdata.result_columns WHERE statement = :id ORDER BY 1, 2;
SELECT * FROM rsdata_rows(:id);
SELECT * FROM rsdata_rows(:id, 2);
SELECT * FROM rsdata_rows(:id, 5);

-- a failure undoes all of it
SELECT rsdata_submit_batch(ARRAY['insert into regress_batch values (4, ''undone'')',
	'select 1', 'select 1/0', 'select 2'], 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT status, error, sqlstate, failed_at FROM rsdata.statements WHERE id = :id;
SELECT part, status, rows_done, error FROM rsdata.parts WHERE statement = :id ORDER BY part;
SELECT * FROM rsdata_rows(:id, 2);
SELECT * FROM rsdata_rows(:id, 3);

-- each by itself: what finished is kept
SELECT rsdata_submit_batch(ARRAY['insert into regress_batch values (5, ''kept'')',
	'select 1/0', 'select n, t from regress_batch where n > 3', 'select nonsense'], 'warehouse',
	options => '{"execution_mode": "auto_commit"}') AS id \gset
SELECT rsdata_wait(:id);
SELECT status, error, sqlstate FROM rsdata.statements WHERE id = :id;
SELECT part, status, rows_done, rows_affected, error FROM rsdata.parts WHERE statement = :id ORDER BY part;
SELECT * FROM rsdata_result(:id, 3) AS t(n int, t text);
SELECT * FROM rsdata_rows(:id, 2);
SELECT * FROM rsdata_rows(:id, 1);

-- one part only is a batch, too; rows that nobody wants; too many of them
SELECT rsdata_submit_batch(ARRAY['select 7 as seven'], 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SELECT data FROM rsdata_rows(:id);
SELECT rsdata_submit_batch(ARRAY['select 1', 'select 2'], 'warehouse', options => '{"fetch": false}') AS id \gset
SELECT rsdata_wait(:id);
SELECT * FROM rsdata_rows(:id, 2);
SELECT rsdata_submit_batch(ARRAY['select 1 as a', 'select * from generate_series(1, 4)', 'select 3 as c'],
	'warehouse', options => '{"max_rows": 3}') AS id \gset
SELECT rsdata_wait(:id);
SELECT status, error, sqlstate FROM rsdata.statements WHERE id = :id;
SELECT part, status, error, sqlstate FROM rsdata.parts WHERE statement = :id ORDER BY part;
SELECT data FROM rsdata_rows(:id, 1);
SELECT data FROM rsdata_rows(:id, 2);
SELECT data FROM rsdata_rows(:id, 3);

SELECT rsdata_submit('drop table regress_batch', 'warehouse') AS id \gset
SELECT rsdata_wait(:id);
SET client_min_messages = warning;
DROP SERVER warehouse CASCADE;
