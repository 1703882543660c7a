--
-- The list functions: who may ask, and what is refused without the service
--
\set VERBOSITY default
CREATE ROLE regress_rsdata_lists;
CREATE SERVER lst FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1',
		endpoint_url 'http://127.0.0.1:9');
CREATE FOREIGN DATA WRAPPER regress_list_other;
CREATE SERVER list_other FOREIGN DATA WRAPPER regress_list_other;

-- the error of a call, in a row: SQLSTATE, message, hint
CREATE FUNCTION error_of(call text, OUT state text, OUT message text, OUT hint text)
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT * FROM ' || call;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE,
		message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
CREATE VIEW calls AS
SELECT call FROM unnest(ARRAY['rsdata_list_databases', 'rsdata_list_schemas',
	'rsdata_list_tables', 'rsdata_describe_table', 'rsdata_list_statements',
	'rsdata_list_sessions']) call;
GRANT SELECT ON calls TO PUBLIC;

-- not strict, no overloads, as documented
\pset format unaligned
SELECT p.proname, p.provolatile, p.proparallel, p.proisstrict,
	pg_get_function_arguments(p.oid) AS arguments
FROM pg_proc p WHERE p.proname ~ '^rsdata_(list|describe)_' ORDER BY 1;
\pset format aligned

-- no server, no such server, one of another wrapper
\x on
SELECT call, e.* FROM calls, error_of(call || '()') e;
SELECT call, e.* FROM calls, error_of(call || $$('nobody')$$) e;
SELECT * FROM error_of($$rsdata_list_tables('list_other')$$);

-- no right to use the server; with it, but no keys
SET ROLE regress_rsdata_lists;
SELECT call, e.* FROM calls, error_of(call || $$('lst')$$) e;
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER lst TO regress_rsdata_lists;
SET ROLE regress_rsdata_lists;
SELECT call, e.* FROM calls, error_of(call || $$('lst')$$) e;
RESET ROLE;

-- arguments
CREATE USER MAPPING FOR PUBLIC SERVER lst
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');
SELECT call, e.* FROM calls, error_of(call || $$('lst', max_rows => 0)$$) e;
SELECT call, e.* FROM calls, error_of(call || $$('lst', database => '')$$) e;
SELECT * FROM error_of($$rsdata_list_schemas('lst', schema_pattern => '')$$);
SELECT * FROM error_of($$rsdata_list_tables('lst', table_pattern => '')$$);
SELECT * FROM error_of($$rsdata_describe_table('lst', table_name => '')$$);
SELECT * FROM error_of($$rsdata_list_statements('lst', 'done')$$);
SELECT * FROM error_of($$rsdata_list_sessions('lst', 'ALL')$$);
SELECT * FROM error_of($$rsdata_list_sessions('lst', 'BUSY', 'x')$$);
SELECT * FROM error_of($$rsdata_list_sessions('lst', aws_session_id => 'x', database => 'd')$$);

-- where nothing is sent
ALTER SERVER lst OPTIONS (ADD enabled 'false');
SELECT call, e.* FROM calls, error_of(call || $$('lst')$$) e;
ALTER SERVER lst OPTIONS (DROP enabled);

-- not to be made too short or too long
\set VERBOSITY sqlstate
SET rsdata.catalog_timeout = '1ms';
SET rsdata.catalog_timeout = '2h';
\set VERBOSITY default
SET ROLE regress_rsdata_lists;
SET rsdata.catalog_timeout = '10s';
SHOW rsdata.catalog_timeout;
RESET ROLE;
\x off

DROP VIEW calls;
DROP FUNCTION error_of(text);
DROP SERVER lst CASCADE;
DROP FOREIGN DATA WRAPPER regress_list_other CASCADE;
DROP ROLE regress_rsdata_lists;
