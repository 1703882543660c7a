-- Targets and the local SQL of a statement, as far as submit can judge them;
-- nothing is sent: the server is not enabled.
\set VERBOSITY default
SET client_min_messages = warning;
CREATE SERVER lab FOREIGN DATA WRAPPER rsdata OPTIONS (
	region 'eu-west-1', workgroup_name 'analytics', database 'dev', enabled 'false');
CREATE ROLE rsdata_regress_loads LOGIN;
GRANT USAGE ON FOREIGN SERVER lab TO rsdata_regress_loads;
CREATE USER MAPPING FOR PUBLIC SERVER lab OPTIONS (access_key_id 'A', secret_access_key 's');
CREATE SCHEMA loads AUTHORIZATION rsdata_regress_loads;
CREATE TABLE public.theirs (a int, b int);
SET ROLE rsdata_regress_loads;
SET search_path = loads, public;
CREATE TABLE t (a int, b text);
CREATE TABLE "Odd name" (a int);

-- found by search_path and stored with schema and oid
SELECT rsdata_submit('select 1', 'lab', target => 't') AS id \gset
SELECT target FROM rsdata.statements WHERE id = :id;
SELECT rsdata_submit('select 1', 'lab', target => '"Odd name"',
	options => '{"target_mode": "truncate", "target_columns": "position", "then_sql": "analyze"}') AS id \gset
SELECT target, options FROM rsdata.statements WHERE id = :id;
SELECT rsdata_submit('select 1', 'lab', target => 'anew', options => '{"target_mode": "create"}') AS id \gset
SELECT target FROM rsdata.statements WHERE id = :id;
RESET ROLE;
SELECT target, target_oid = to_regclass(target) AS same FROM rsdata.statement
	WHERE owner = 'rsdata_regress_loads'::regrole ORDER BY id;
SET ROLE rsdata_regress_loads;

-- options
SELECT rsdata_submit('select 1', 'lab', target => 't', options => '{"target_mode": "merge"}');
SELECT rsdata_submit('select 1', 'lab', target => 't', options => '{"target_mode": 1}');
SELECT rsdata_submit('select 1', 'lab', target => 't', options => '{"target_columns": "order"}');
SELECT rsdata_submit('select 1', 'lab', target => 't', options => '{"then_sql": ""}');
SELECT rsdata_submit('select 1', 'lab', options => '{"target_mode": "replace"}');
SELECT rsdata_submit('select 1', 'lab', options => '{"target_columns": "position"}');
SELECT rsdata_submit('select 1', 'lab', target => 't', options => '{"fetch": false}');

-- what is not there, or is already
SELECT rsdata_submit('select 1', 'lab', target => 'nowhere');
SELECT rsdata_submit('select 1', 'lab', target => 'nowhere.t');
SELECT rsdata_submit('select 1', 'lab', target => 't', options => '{"target_mode": "create"}');
SELECT rsdata_submit('select 1', 'lab', target => 'a.b.c.d');
SELECT rsdata_submit('select 1', 'lab', target => '');

-- rights
SELECT rsdata_submit('select 1', 'lab', target => 'theirs');
RESET ROLE;
GRANT INSERT (a) ON public.theirs TO rsdata_regress_loads;
SET ROLE rsdata_regress_loads;
SELECT rsdata_submit('select 1', 'lab', target => 'theirs') > 0 AS column_grant;
SELECT rsdata_submit('select 1', 'lab', target => 'theirs', options => '{"target_mode": "replace"}');
SELECT rsdata_submit('select 1', 'lab', target => 'theirs', options => '{"target_mode": "truncate"}');
RESET ROLE;
CREATE SCHEMA closed;
SET ROLE rsdata_regress_loads;
SELECT rsdata_submit('select 1', 'lab', target => 'closed.t', options => '{"target_mode": "create"}');
SELECT rsdata_submit('select 1', 'lab', target => 'pg_class');

-- kinds
CREATE TEMP TABLE passing (a int);
SELECT rsdata_submit('select 1', 'lab', target => 'passing');
SELECT rsdata_submit('select 1', 'lab', target => 'pg_temp.x', options => '{"target_mode": "create"}');
CREATE VIEW v AS SELECT * FROM t;
SELECT rsdata_submit('select 1', 'lab', target => 'v');
CREATE FUNCTION v_insert() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO loads.t VALUES (NEW.*); RETURN NEW; END';
CREATE TRIGGER v_insert INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION v_insert();
SELECT rsdata_submit('select 1', 'lab', target => 'v') > 0 AS view_with_trigger;
SELECT rsdata_submit('select 1', 'lab', target => 'v', options => '{"target_mode": "truncate"}');
CREATE MATERIALIZED VIEW mv AS SELECT * FROM t;
SELECT rsdata_submit('select 1', 'lab', target => 'mv');
CREATE SEQUENCE s;
SELECT rsdata_submit('select 1', 'lab', target => 's');
CREATE TABLE secured (a int);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
SELECT rsdata_submit('select 1', 'lab', target => 'secured') > 0 AS owner_is_free;
ALTER TABLE secured FORCE ROW LEVEL SECURITY;
SELECT rsdata_submit('select 1', 'lab', target => 'secured');
RESET ROLE;
CREATE FOREIGN DATA WRAPPER rsdata_regress_nothing;
CREATE SERVER nothing FOREIGN DATA WRAPPER rsdata_regress_nothing;
CREATE FOREIGN TABLE loads.ft (a int) SERVER nothing;
SELECT rsdata_submit('select 1', 'lab', target => 'loads.ft');
SELECT rsdata_submit('select 1', 'lab', target => 'rsdata.page');
SELECT rsdata_submit('select 1', 'lab', target => 'pg_catalog.pg_class');

-- a loader connects as the submitter
REVOKE CONNECT ON DATABASE :"DBNAME" FROM PUBLIC;
SET ROLE rsdata_regress_loads;
SELECT rsdata_submit('select 1', 'lab', target => 't');
RESET ROLE;
GRANT CONNECT ON DATABASE :"DBNAME" TO PUBLIC;

DROP SERVER nothing CASCADE;
DROP FOREIGN DATA WRAPPER rsdata_regress_nothing;
DELETE FROM rsdata.statement;
DROP SERVER lab CASCADE;
DROP SCHEMA loads CASCADE;
DROP SCHEMA closed;
DROP TABLE public.theirs;
DROP OWNED BY rsdata_regress_loads;
DROP ROLE rsdata_regress_loads;
