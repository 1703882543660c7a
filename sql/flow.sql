--
-- options that say when a statement runs: what is refused, what is stored
--
\set VERBOSITY default
ALTER TABLE rsdata.statement ALTER id RESTART WITH 35001;
CREATE SERVER flow FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		endpoint_url 'http://127.0.0.1:1', enabled 'false');
CREATE USER MAPPING FOR PUBLIC SERVER flow
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');

-- the form of each
SELECT rsdata_submit('select 1', 'flow', options => '{"after": "x"}');
SELECT rsdata_submit('select 1', 'flow', options => '{"after": 0}');
SELECT rsdata_submit('select 1', 'flow', options => '{"after": 1.5}');
SELECT rsdata_submit('select 1', 'flow', options => '{"after": 1e30}');
SELECT rsdata_submit('select 1', 'flow', options => '{"after": []}');
SELECT rsdata_submit('select 1', 'flow', options => '{"after": {"id": 1}}');
SELECT rsdata_submit('select 1', 'flow', options => '{"after": [1, [2]]}');
SELECT rsdata_submit('select 1', 'flow', options => jsonb_build_object('after',
	(SELECT jsonb_agg(i) FROM generate_series(1, 1001) i)));
SELECT rsdata_submit('select 1', 'flow', options => '{"after_condition": "success"}');
SELECT rsdata_submit('select 1', 'flow', options => '{"after": 1, "after_condition": "never"}');
SELECT rsdata_submit('select 1', 'flow', options => '{"session": ""}');
SELECT rsdata_submit('select 1', 'flow', options => jsonb_build_object('session', repeat('s', 201)));
SELECT rsdata_submit('select 1', 'flow', options => '{"session_keep_alive": 60}');
SELECT rsdata_submit('select 1', 'flow', options => '{"session": "s", "session_keep_alive": 0}');
SELECT rsdata_submit('select 1', 'flow', options => '{"session": "s", "session_keep_alive": 86401}');
SELECT rsdata_submit('select 1', 'flow', options => '{"session": "s", "session_keep_alive": "25 hours"}');
SELECT rsdata_submit('select 1', 'flow', options => '{"session": "s", "session_keep_alive": "soon"}');
SELECT rsdata_submit('select 1', 'flow', options => '{"retries": 21}');
SELECT rsdata_submit('select 1', 'flow', options => '{"retries": true}');
SELECT rsdata_submit('select 1', 'flow', options => '{"retry_on": "connection"}');
SELECT rsdata_submit('select 1', 'flow', options => '{"retries": 1, "retry_on": "syntax"}');
SELECT rsdata_submit('select 1', 'flow', options => '{"retries": 1, "retry_on": []}');

-- what it comes after must be there, and one's own to see; it cannot be itself
SELECT rsdata_submit('select 1', 'flow') AS first \gset
SELECT rsdata_submit('select 1', 'flow', options => '{"after": 1}');
SELECT rsdata_submit('select 1', 'flow', options => jsonb_build_object('after', :first + 1));
CREATE ROLE regress_rsdata_flow;
GRANT USAGE ON FOREIGN SERVER flow TO regress_rsdata_flow;
SET ROLE regress_rsdata_flow;
SELECT rsdata_submit('select 1', 'flow', options => jsonb_build_object('after', :first));
RESET ROLE;
SELECT count(*) FROM rsdata.dependency;

-- accepted
SELECT rsdata_submit('select 2', 'flow', options => jsonb_build_object('after', :first)) AS second \gset
SELECT rsdata_submit('select 3', 'flow', options => jsonb_build_object('after',
	jsonb_build_array(:first, :second, :first), 'after_condition', 'always')) AS third \gset
SELECT id - :first AS n, status, wait_reason, queue_position FROM rsdata.statements
WHERE id IN (:second, :third) ORDER BY id;
SELECT statement - :first AS statement, after - :first AS after FROM rsdata.dependency ORDER BY 1, 2;
SELECT rsdata_submit('select 4', 'flow',
	options => '{"session": "s", "session_keep_alive": "90 s", "retries": 2, "retry_on": ["connection"]}') AS id \gset
SELECT session, session_keep_alive FROM rsdata.statement WHERE id = :id;

DELETE FROM rsdata.dependency WHERE statement > 35000 AND statement < 36000;
DELETE FROM rsdata.statement WHERE id BETWEEN 35001 AND 35999;
DROP OWNED BY regress_rsdata_flow;
DROP ROLE regress_rsdata_flow;
DROP SERVER flow CASCADE;
