--
-- Options of servers and user mappings: the validator
--
\set VERBOSITY default
CREATE ROLE regress_rsdata_owner;
GRANT USAGE ON FOREIGN DATA WRAPPER rsdata TO regress_rsdata_owner;

-- every wrong option is named, near misses are suggested
CREATE SERVER bad FOREIGN DATA WRAPPER rsdata
	OPTIONS (regoin 'eu-west-1', databse 'dev', workgroup 'wg1', zzz '1');
CREATE SERVER bad FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		secret_access_key 'nevershown');
ALTER FOREIGN DATA WRAPPER rsdata OPTIONS (ADD region 'eu-west-1');

-- exactly one of cluster_identifier and workgroup_name, and what is required
CREATE SERVER bad FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev');
CREATE SERVER bad FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1', cluster_identifier 'c1');
CREATE SERVER bad FOREIGN DATA WRAPPER rsdata
	OPTIONS (database 'dev', workgroup_name 'wg1');
CREATE SERVER bad FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', workgroup_name 'wg1');
CREATE SERVER bad FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		db_user 'u', secret_arn 's');

-- values, one ALTER for each
CREATE SERVER wg FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1');
CREATE SERVER cl FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'us-gov-west-1', database 'dev', cluster_identifier 'my-cluster-1');
ALTER SERVER wg OPTIONS (ADD timeout 'soon');
ALTER SERVER wg OPTIONS (ADD cluster_identifier 'c1');
ALTER SERVER wg OPTIONS (DROP workgroup_name);
ALTER SERVER wg OPTIONS (DROP workgroup_name, ADD cluster_identifier 'c1');
ALTER SERVER wg OPTIONS (ADD workgroup_name 'wg1', DROP cluster_identifier);
CREATE FUNCTION pg_temp.try(server text, option text, value text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	what text;
	detail text;
	verb text := CASE WHEN EXISTS (
		SELECT FROM pg_foreign_server s, pg_options_to_table(s.srvoptions) o
		WHERE s.srvname = server AND o.option_name = option) THEN 'SET' ELSE 'ADD' END;
BEGIN
	EXECUTE format('ALTER SERVER %I OPTIONS (%s %I %L)', server, verb, option, value);
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS what = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(' | ', SQLSTATE, what, nullif(detail, ''));
END$$;
SELECT option, value, pg_temp.try(server, option, value) AS result
FROM (VALUES
	('wg', 'region', 'eu west'),
	('wg', 'region', 'EU-WEST-1'),
	('wg', 'region', 'euwest1'),
	('wg', 'region', 'eu-west-x'),
	('wg', 'region', 'eusc-de-east-1'),
	('wg', 'workgroup_name', 'ab'),
	('wg', 'workgroup_name', 'Analytics'),
	('wg', 'workgroup_name', repeat('a', 64)),
	('wg', 'workgroup_name', 'arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/1a2b'),
	('wg', 'workgroup_name', 'arn:aws:redshift:eu-west-1:123456789012:workgroup/1a2b'),
	('cl', 'cluster_identifier', 'a--b'),
	('cl', 'cluster_identifier', '1a'),
	('cl', 'cluster_identifier', 'a-'),
	('cl', 'cluster_identifier', ''),
	('wg', 'database', ''),
	('wg', 'max_in_flight', '0'),
	('wg', 'max_in_flight', '501'),
	('wg', 'max_in_flight', '1e2'),
	('wg', 'max_in_flight', '500'),
	('wg', 'timeout', 'soon'),
	('wg', 'timeout', '-1 s'),
	('wg', 'timeout', '31 days'),
	('wg', 'timeout', '0'),
	('wg', 'deadline', '2 hours'),
	('wg', 'enabled', 'perhaps'),
	('wg', 'enabled', 'off'),
	('wg', 'describe', 'never'),
	('wg', 'describe', 'needed'),
	('wg', 'result_format', 'xml'),
	('wg', 'result_format', 'csv'),
	('wg', 'result_format', 'auto'),
	('wg', 'success_topic_arn', 'my-topic'),
	('wg', 'success_topic_arn', 'arn:aws:sns:eu-west-1:123456789012:done'),
	('wg', 'sns_error_text', 'maybe'),
	('wg', 'sns_error_text', 'off'),
	('wg', 'topic_arns', ''),
	('wg', 'topic_arns', 'arn:aws:sns:eu-west-1:123456789012:a,'),
	('wg', 'topic_arns', 'arn:aws:sns:eu-west-1:123456789012:a, arn:aws-cn:sns:cn-north-1:123456789012:b.fifo'),
	('wg', 'secret_arn', 'arn:aws:sns:eu-west-1:123456789012:a'),
	('wg', 'secret_arn', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:dev-AbCdEf'),
	('wg', 'endpoint_url', 'ftp://127.0.0.1/'),
	('wg', 'endpoint_url', 'https://'),
	('wg', 'endpoint_url', 'https://user:pw@host/'),
	('wg', 'endpoint_url', 'http://127.0.0.1:99999'),
	('wg', 'endpoint_url', 'http://127.0.0.1:1'),
	('wg', 'sns_endpoint_url', 'https://sns.example.com/base'),
	('wg', 'credentials', 'keys'),
	('wg', 'credentials', 'instance'),
	('wg', 'credentials', 'magic'),
	('wg', 'role_arn', 'r'),
	('wg', 'role_arn', 'arn:aws:iam::123456789012:role/r'),
	('wg', 'quota_share', '1.1'),
	('wg', 'quota_share', '0.0001'),
	('wg', 'quota_share', '-0.5'),
	('wg', 'quota_share', '1e-1'),
	('wg', 'quota_share', '.'),
	('wg', 'quota_share', '0.1.2'),
	('wg', 'quota_share', ''),
	('wg', 'quota_share', '0'),
	('wg', 'quota_share', '1'),
	('wg', 'external_id', 'a b'),
	('wg', 'external_id', 'tenant:7'),
	('wg', 'role_session_name', 'x'),
	('wg', 'role_session_name', 'nightly@wh'),
	('wg', 'duration_seconds', '899'),
	('wg', 'duration_seconds', '1h'),
	('wg', 'duration_seconds', '43200'),
	('wg', 'profile', ''),
	('wg', 'profile', 'etl'),
	('wg', 'sts_endpoint_url', 'sts'),
	('wg', 'sts_endpoint_url', 'https://sts.example.com'),
	('wg', 'use_fips_endpoint', 'maybe'),
	('wg', 'use_fips_endpoint', 'on'),
	('wg', 'use_dualstack_endpoint', 'off'),
	('wg', 'proxy', 'socks5://nevershown'),
	('wg', 'proxy', 'http://p/path'),
	('wg', 'proxy', 'http://nevershown:pw@p:3128'),
	('wg', 'proxy', 'nevershown:pw@p'),
	('wg', 'proxy', 'http://user@p:3128'),
	('wg', 'proxy', 'none'),
	('wg', 'proxy', 'http://p:3128'),
	('wg', 'credentials', 'Profile'),
	('wg', 'credentials', 'profile'),
	('wg', 'quota_share', '0.5')
) AS t(server, option, value);
SELECT option_name, option_value
FROM pg_foreign_server, pg_options_to_table(srvoptions)
WHERE srvname = 'wg' ORDER BY 1;

-- user mappings: keys go together and are never shown
CREATE USER MAPPING FOR regress_rsdata_owner SERVER cl OPTIONS (access_key_id 'AKIDEXAMPLE');
CREATE USER MAPPING FOR regress_rsdata_owner SERVER cl OPTIONS (secret_access_key 'nevershown');
CREATE USER MAPPING FOR regress_rsdata_owner SERVER cl
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'never shown');
CREATE USER MAPPING FOR regress_rsdata_owner SERVER cl OPTIONS (session_token 'nevershown');
CREATE USER MAPPING FOR regress_rsdata_owner SERVER cl
	OPTIONS (acess_key_id 'AKIDEXAMPLE', secret_access_key 'nevershown');
CREATE USER MAPPING FOR regress_rsdata_owner SERVER cl OPTIONS (region 'eu-west-1');
CREATE USER MAPPING FOR regress_rsdata_owner SERVER cl
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample', session_token 't');
ALTER USER MAPPING FOR regress_rsdata_owner SERVER cl OPTIONS (DROP secret_access_key);
CREATE USER MAPPING FOR PUBLIC SERVER cl;

-- a mapping's proxy may hold a password, and the message shows none
ALTER USER MAPPING FOR regress_rsdata_owner SERVER cl
	OPTIONS (ADD proxy 'http://u:never shown@p');
ALTER USER MAPPING FOR regress_rsdata_owner SERVER cl
	OPTIONS (ADD proxy 'http://u:p%40ss@p:3128');
ALTER USER MAPPING FOR regress_rsdata_owner SERVER cl OPTIONS (DROP proxy);
ALTER SERVER wg OPTIONS (SET proxy 'http://u:nevershown@p');

-- who may set what: a server that bears a superuser's option is frozen
ALTER SERVER wg OWNER TO regress_rsdata_owner;
ALTER SERVER cl OWNER TO regress_rsdata_owner;
SET ROLE regress_rsdata_owner;
ALTER SERVER wg OPTIONS (SET database 'other');
ALTER SERVER cl OPTIONS (SET database 'other');
ALTER SERVER cl OPTIONS (ADD endpoint_url 'https://evil.example.com');
ALTER USER MAPPING FOR regress_rsdata_owner SERVER cl
	OPTIONS (ADD endpoint_url 'https://evil.example.com');
ALTER USER MAPPING FOR regress_rsdata_owner SERVER cl OPTIONS (SET session_token 'u');
CREATE SERVER mine FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1', quota_share '0');
CREATE SERVER mine FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1', proxy 'http://p');
RESET ROLE;

-- nothing on foreign tables
CREATE FOREIGN TABLE ft (a int) SERVER cl OPTIONS (region 'x');

DROP SERVER wg CASCADE;
DROP SERVER cl CASCADE;
DROP OWNED BY regress_rsdata_owner;
DROP ROLE regress_rsdata_owner;
