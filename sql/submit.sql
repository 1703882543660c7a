--
-- rsdata_submit: what is refused, and what a row looks like
--
\set VERBOSITY default
ALTER TABLE rsdata.statement ALTER id RESTART WITH 20001;
CREATE SERVER paused FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		endpoint_url 'http://127.0.0.1:1', enabled 'false',
		topic_arns 'arn:aws:sns:eu-west-1:123456789012:a, arn:aws:sns:eu-west-1:123456789012:b',
		failure_topic_arn 'arn:aws:sns:eu-west-1:123456789012:bad');
CREATE SERVER nokeys FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1');
CREATE FOREIGN DATA WRAPPER other;
CREATE SERVER foreigner FOREIGN DATA WRAPPER other;
CREATE USER MAPPING FOR PUBLIC SERVER paused
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');

-- sql
SELECT rsdata_submit(NULL, 'paused');
SELECT rsdata_submit('', 'paused');
SELECT rsdata_submit(E' \n\t ', 'paused');
SELECT rsdata_submit(repeat('x', 204801), 'paused');
SELECT rsdata_submit(repeat('é', 102401), 'paused');

-- server
SELECT rsdata_submit('select 1');
SELECT rsdata_submit('select 1', 'nosuch');
SELECT rsdata_submit('select 1', 'foreigner');
CREATE ROLE regress_rsdata_keyless;
GRANT USAGE ON FOREIGN SERVER nokeys TO regress_rsdata_keyless;
SET ROLE regress_rsdata_keyless;
SELECT rsdata_submit('select 1', 'nokeys');
SELECT rsdata_submit('select 1', 'paused');
RESET ROLE;
DROP OWNED BY regress_rsdata_keyless;
DROP ROLE regress_rsdata_keyless;

-- params
SELECT rsdata_submit('select :a', 'paused', params => '[1]');
SELECT rsdata_submit('select :a', 'paused', params => '7');
SELECT rsdata_submit('select :a', 'paused', params => '{"a": null}');
SELECT rsdata_submit('select :a', 'paused', params => '{"a": ""}');
SELECT rsdata_submit('select :a', 'paused', params => '{"a": {"b": 1}}');
SELECT rsdata_submit('select :a', 'paused', params => '{"a": []}');
SELECT rsdata_submit('select :a', 'paused', params => '{"a-b": 1}');
SELECT rsdata_submit('select :a', 'paused', params => '{"": 1}');

-- options: near misses, values
SELECT rsdata_submit('select 1', 'paused', options => '{"result_format": "csv", "empty_as_null": 1}');
SELECT rsdata_submit('select 1', 'paused', options => '{"chanel": "c"}');
SELECT rsdata_submit('select 1', 'paused', options => '{"zzz": 1}');
SELECT rsdata_submit('select 1', 'paused', options => '[]');
SELECT rsdata_submit('select 1', 'paused', options => '{"fetch": "yes"}');
SELECT rsdata_submit('select 1', 'paused', options => '{"max_rows": 1.5}');
SELECT rsdata_submit('select 1', 'paused', options => '{"max_rows": 0}');
SELECT rsdata_submit('select 1', 'paused', options => '{"max_rows": 100000000}');
SELECT rsdata_submit('select 1', 'paused', options => '{"max_bytes": "1 MB"}');
SELECT rsdata_submit('select 1', 'paused', options => '{"channel": ""}');
SELECT rsdata_submit('select 1', 'paused', options => jsonb_build_object('channel', repeat('c', 64)));
SELECT rsdata_submit('select 1', 'paused', options => '{"deadline": "0 s"}');
SELECT rsdata_submit('select 1', 'paused', options => '{"deadline": "later"}');
SELECT rsdata_submit('select 1', 'paused', options => '{"success_topic_arn": "topic"}');
SELECT rsdata_submit('select 1', 'paused',
	options => '{"success_topic_arn": "arn:aws:sns:eu-west-1:123456789012:stranger"}');

-- label and timeout
SELECT rsdata_submit('select 1', 'paused', label => repeat('x', 2005));
SELECT rsdata_submit('select 1', 'paused', label => repeat(E'\x01', 1500), options => '{"channel": "c"}');
SELECT rsdata_submit('select 1', 'paused', timeout => '0');
SELECT rsdata_submit('select 1', 'paused', timeout => '-1 s');
SELECT rsdata_submit('select 1', 'paused', timeout => '31 days');

-- a read-only transaction, and nothing was left by all of these
BEGIN READ ONLY;
SELECT rsdata_submit('select 1', 'paused');
ROLLBACK;
SELECT count(*) FROM rsdata.statements WHERE id BETWEEN 20001 AND 20999;

-- accepted: defaults
SELECT rsdata_submit('select 1', 'paused') AS id \gset
SELECT label, server, status, sql, params, options, timeout, deadline_at - submitted_at AS deadline,
	channel, success_topic_arn, failure_topic_arn
FROM rsdata.statements WHERE id = :id \gx
SELECT token ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' AS token
FROM rsdata.statement WHERE id = :id;

-- accepted: everything said, null options are not given, the server by setting
SET rsdata.default_server = 'paused';
SELECT rsdata_submit('select :a, :b, :c', params => '{"a": 1.50, "b": "x", "c": true}', label => 'Ümlaut',
	timeout => '10 min', options => '{"fetch": false, "max_rows": 5, "max_bytes": 1000,
		"channel": "mine", "deadline": "1 hour", "result_format": "json",
		"success_topic_arn": "arn:aws:sns:eu-west-1:123456789012:b", "failure_topic_arn": null}') AS id \gset
SELECT label, server, status, sql, params, timeout, deadline_at - submitted_at AS deadline,
	channel, success_topic_arn, failure_topic_arn
FROM rsdata.statements WHERE id = :id \gx
RESET rsdata.default_server;

-- the server's own limits; zero means none; the keys of one's own mapping free the topic
CREATE USER MAPPING FOR CURRENT_USER SERVER paused
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');
ALTER SERVER paused OPTIONS (ADD timeout '0', ADD deadline '5 min');
SELECT rsdata_submit('select 1', 'paused', params => '{}',
	options => '{"channel": "rsdata", "success_topic_arn": "arn:aws:sns:eu-west-1:123456789012:stranger"}') AS id \gset
SELECT params, timeout, deadline_at - submitted_at AS deadline, channel, success_topic_arn
FROM rsdata.statements WHERE id = :id;

-- transactional: rolled back is gone, a savepoint too
BEGIN;
SELECT rsdata_submit('select 1', 'paused', label => 'rolled back') > 0;
ROLLBACK;
BEGIN;
SAVEPOINT s;
SELECT rsdata_submit('select 1', 'paused', label => 'rolled back') > 0;
ROLLBACK TO s;
COMMIT;
SELECT count(*) FROM rsdata.statements WHERE label = 'rolled back';
-- many at once
SELECT count(rsdata_submit('select ' || i, 'paused', label => 'many')) FROM generate_series(1, 50) i;
SELECT status, count(*), max(queue_position) - min(queue_position) AS spread
FROM rsdata.statements WHERE label = 'many' GROUP BY status;

DELETE FROM rsdata.statement WHERE id BETWEEN 20001 AND 20999;
SET client_min_messages = warning;
DROP SERVER paused CASCADE;
DROP SERVER nokeys;
DROP FOREIGN DATA WRAPPER other CASCADE;
