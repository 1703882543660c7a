--
-- rsdata_check: who may ask, and what can be told without the service
--
\set VERBOSITY default
CREATE ROLE regress_rsdata_check;
CREATE ROLE regress_rsdata_check_owner;
CREATE SERVER chk FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1');
ALTER SERVER chk OPTIONS (ADD endpoint_url 'http://127.0.0.1:9');

-- arguments
SELECT * FROM rsdata_check(NULL);
SELECT * FROM rsdata_check('nobody');
SELECT * FROM rsdata_check();
CREATE FOREIGN DATA WRAPPER regress_other;
CREATE SERVER other FOREIGN DATA WRAPPER regress_other;
SELECT * FROM rsdata_check('other');

-- the worker's state varies
CREATE VIEW steps AS
SELECT step, ok, CASE WHEN step <> 'preload' THEN detail END AS detail, hint
FROM rsdata_check('chk');
GRANT SELECT ON steps TO PUBLIC;

-- no right to use the server; a view asks for the caller, not its owner
SET ROLE regress_rsdata_check;
SELECT * FROM rsdata_check('chk');
SELECT * FROM steps;
RESET ROLE;

-- no keys
GRANT USAGE ON FOREIGN SERVER chk TO regress_rsdata_check;
SET ROLE regress_rsdata_check;
\x on
SELECT * FROM steps;
RESET ROLE;

-- keys of PUBLIC, too short to be shown in part; nobody answers
CREATE USER MAPPING FOR PUBLIC SERVER chk
	OPTIONS (access_key_id 'AKID', secret_access_key 'secretexample');
SET rsdata.default_server = 'chk';
SET ROLE regress_rsdata_check;
SELECT step, ok, detail FROM rsdata_check(NULL) WHERE step = 'credentials';
SELECT step, ok, hint FROM rsdata_check(NULL) WHERE step = 'connection';
RESET ROLE;
RESET rsdata.default_server;

-- the owner of the server may ask, and is told that USAGE is missing
GRANT USAGE ON FOREIGN DATA WRAPPER rsdata TO regress_rsdata_check_owner;
ALTER SERVER chk OWNER TO regress_rsdata_check_owner;
REVOKE USAGE ON FOREIGN SERVER chk FROM regress_rsdata_check_owner;
SET ROLE regress_rsdata_check_owner;
SELECT * FROM steps OFFSET 1;
RESET ROLE;

-- a paused server gets no calls
ALTER SERVER chk OPTIONS (ADD enabled 'false');
SELECT * FROM steps OFFSET 1;
\x off

DROP VIEW steps;
DROP SERVER chk CASCADE;
DROP FOREIGN DATA WRAPPER regress_other CASCADE;
REVOKE USAGE ON FOREIGN DATA WRAPPER rsdata FROM regress_rsdata_check_owner;
DROP ROLE regress_rsdata_check, regress_rsdata_check_owner;
