--
-- Who may see and do what
--
\set VERBOSITY default
ALTER TABLE rsdata.statement ALTER id RESTART WITH 15001;
CREATE ROLE regress_rsdata_alice;
CREATE ROLE regress_rsdata_team ROLE regress_rsdata_alice;
CREATE ROLE regress_rsdata_bob;
CREATE ROLE regress_rsdata_stats ROLE regress_rsdata_bob;
CREATE ROLE regress_rsdata_signal;
GRANT pg_read_all_stats TO regress_rsdata_stats;
GRANT pg_signal_backend TO regress_rsdata_signal;
CREATE ROLE regress_rsdata_monitor;
GRANT pg_monitor TO regress_rsdata_monitor;
CREATE SERVER paused FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		endpoint_url 'http://127.0.0.1:1', enabled 'false');
CREATE USER MAPPING FOR PUBLIC SERVER paused
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');

-- USAGE on the server is the gate
SET ROLE regress_rsdata_alice;
SELECT rsdata_submit('select 1', 'paused');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER paused TO regress_rsdata_alice, regress_rsdata_team;
SET ROLE regress_rsdata_alice;
SELECT rsdata_submit('select ''alice''', 'paused', label => 'alice') AS alice \gset
SET ROLE regress_rsdata_team;
SELECT rsdata_submit('select ''team''', 'paused', label => 'team') AS team \gset
RESET ROLE;
SELECT rsdata_submit('select ''root''', 'paused', label => 'root') AS root \gset
INSERT INTO rsdata.statement (id, owner, server, server_name, sql, token, open, status, has_result)
OVERRIDING SYSTEM VALUE
SELECT 15101, 'regress_rsdata_alice'::regrole, oid, 'paused', 'select 1', 't', false, 'finished', true
FROM pg_foreign_server WHERE srvname = 'paused';
INSERT INTO rsdata.part (statement, part, status, columns)
VALUES (15101, 1, 'finished', '[{"name": "a", "label": "a", "typeName": "int4"}]');
INSERT INTO rsdata.page VALUES (15101, 1, 1, 'json', 1, '[{"longValue":42}]');

-- the owner, and who is a member of the owner
SET ROLE regress_rsdata_alice;
SELECT label, owner FROM rsdata.statements ORDER BY id;
SELECT rsdata_status(:alice), rsdata_status(:team), rsdata_status(:root);
SELECT * FROM rsdata_rows(15101);
SELECT statement, name FROM rsdata.result_columns;
SELECT server, status, statements FROM rsdata.stat ORDER BY 2;
SELECT count(*) FROM rsdata_worker_status();

-- a stranger: nothing is there
SET ROLE regress_rsdata_team;
SELECT label, owner FROM rsdata.statements ORDER BY id;
SELECT rsdata_status(:alice), rsdata_status(15101);
SELECT rsdata_wait(:alice);
SELECT rsdata_cancel(:alice);
SELECT * FROM rsdata_rows(15101);
SELECT * FROM rsdata_result(15101) AS t(a int);
SELECT count(*) FROM rsdata.result_columns;
SELECT count(*) FROM rsdata.parts;

-- a stranger with a cheap function that tells what it is given
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001
AS $$BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END$$;
SELECT label FROM rsdata.statements WHERE pg_temp.leak(label);
SELECT name FROM rsdata.result_columns WHERE pg_temp.leak(name);

-- the tables themselves are closed
SELECT count(*) FROM rsdata.statement;
INSERT INTO rsdata.request (statement, kind, requested_by) VALUES (15101, 'cancel', 10);
SELECT count(*) FROM rsdata.page;
SELECT nextval('rsdata.statement_id_seq');

-- pg_read_all_stats: all statements, no results
SET ROLE regress_rsdata_bob;
SELECT label, owner = current_user AS own FROM rsdata.statements ORDER BY id;
SELECT count(*) FROM rsdata.parts;
SELECT rsdata_status(:alice), rsdata_wait(:alice, '0');
SELECT count(*) FROM rsdata.result_columns;
SELECT * FROM rsdata_rows(15101);
SELECT rsdata_cancel(:alice);

-- pg_signal_backend: may cancel, but not a superuser's
SET ROLE regress_rsdata_signal;
SELECT rsdata_cancel(:alice);
SELECT rsdata_cancel(:root);
SELECT rsdata_status(:alice);
SELECT * FROM rsdata_rows(15101);

-- pg_monitor
SET ROLE regress_rsdata_monitor;
SELECT count(*) >= 1 AS ok FROM rsdata_worker_status() WHERE database = current_database();

-- in a SECURITY DEFINER function the definer submits
RESET ROLE;
CREATE FUNCTION regress_rsdata_definer() RETURNS bigint LANGUAGE sql SECURITY DEFINER
AS $$SELECT rsdata_submit('select 1', 'paused', label => 'definer')$$;
ALTER FUNCTION regress_rsdata_definer() OWNER TO regress_rsdata_team;
GRANT EXECUTE ON FUNCTION regress_rsdata_definer() TO regress_rsdata_bob;
SET ROLE regress_rsdata_bob;
SELECT regress_rsdata_definer() > 0 AS ok;
RESET ROLE;
SELECT owner FROM rsdata.statements WHERE label = 'definer';
DROP FUNCTION regress_rsdata_definer();

-- an owner that is gone: the row stays, for superusers
DELETE FROM rsdata.request WHERE statement BETWEEN 15001 AND 15999;
DROP OWNED BY regress_rsdata_team;
DROP ROLE regress_rsdata_team;
SELECT label, owner ~ '^unknown \(OID=\d+\)$' AS gone FROM rsdata.statements WHERE id = :team;
SET ROLE regress_rsdata_alice;
SELECT label FROM rsdata.statements ORDER BY id;
RESET ROLE;

DELETE FROM rsdata.statement WHERE id BETWEEN 15001 AND 15999;
DELETE FROM rsdata.part WHERE statement BETWEEN 15001 AND 15999;
DELETE FROM rsdata.page WHERE statement BETWEEN 15001 AND 15999;
SET client_min_messages = warning;
DROP SERVER paused CASCADE;
DROP OWNED BY regress_rsdata_alice, regress_rsdata_bob, regress_rsdata_stats, regress_rsdata_signal, regress_rsdata_monitor;
DROP ROLE regress_rsdata_alice, regress_rsdata_bob, regress_rsdata_stats, regress_rsdata_signal, regress_rsdata_monitor;
