--
-- Views, comments, privileges and volatility of everything the script makes
--
ALTER TABLE rsdata.statement ALTER id RESTART WITH 25001;

-- every view, column, function, table, the wrapper and the schema has a comment
SELECT c.relname, a.attname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'rsdata'::regnamespace AND c.relkind = 'v' AND a.attnum > 0
	AND col_description(c.oid, a.attnum) IS NULL;
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'rsdata'::regnamespace AND c.relkind IN ('r', 'v')
	AND obj_description(c.oid, 'pg_class') IS NULL;
SELECT d.objid::regprocedure FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE e.extname = 'rsdata' AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND obj_description(d.objid, 'pg_proc') IS NULL;
SELECT obj_description(oid, 'pg_foreign_data_wrapper') IS NOT NULL AS ok
FROM pg_foreign_data_wrapper WHERE fdwname = 'rsdata';

-- every domain has a comment, and no column of a view is of one: a table made
-- from a view must not depend on the extension
SELECT t.typname FROM pg_type t
WHERE t.typnamespace = 'rsdata'::regnamespace AND t.typtype = 'd'
	AND obj_description(t.oid, 'pg_type') IS NULL;
SELECT c.relname, a.attname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'rsdata'::regnamespace AND c.relkind = 'v'
	AND t.typnamespace <> 'pg_catalog'::regnamespace;

-- functions: not strict, no overloads, as documented
SELECT p.proname, p.prokind AS kind, p.provolatile AS volatile, p.proparallel AS parallel,
	p.proisstrict AS strict, p.prosecdef AS definer, pg_get_function_arguments(p.oid) AS arguments
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid JOIN pg_proc p ON p.oid = d.objid
WHERE e.extname = 'rsdata' AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
	AND p.proname <> 'rsdata_check'
	AND p.proname !~ '^rsdata_(list|describe)_'
ORDER BY 1;

-- nothing but the views is granted, and those are barriers
SELECT c.relname, c.relkind, c.reloptions, has_table_privilege('public', c.oid, 'SELECT') AS "select",
	has_table_privilege('public', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS write
FROM pg_class c
WHERE c.relnamespace = 'rsdata'::regnamespace AND c.relkind IN ('r', 'v')
ORDER BY 2, 1;
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'rsdata'::regnamespace AND c.relkind = 'S'
	AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('public', c.oid, 'USAGE, SELECT, UPDATE') END;
SELECT has_schema_privilege('public', 'rsdata', 'USAGE') AS usage,
	has_schema_privilege('public', 'rsdata', 'CREATE') AS "create";
-- the queue is not dumped
SELECT extconfig FROM pg_extension WHERE extname = 'rsdata';

-- columns
SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = 'rsdata.statements'::regclass AND attnum > 0;

-- queue positions by server; a renamed server keeps its statements
CREATE SERVER one FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1', enabled 'false');
CREATE SERVER two FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1', enabled 'false');
CREATE USER MAPPING FOR PUBLIC SERVER one OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 's');
CREATE USER MAPPING FOR PUBLIC SERVER two OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 's');
SELECT rsdata_submit('select 1', s, label => l)
FROM (VALUES (1, 'one', 'a'), (2, 'two', 'b'), (3, 'one', 'c'), (4, 'two', 'd')) v(n, s, l) ORDER BY n;
ALTER SERVER two RENAME TO deux;
SELECT label, server, queue_position FROM rsdata.statements WHERE id BETWEEN 25001 AND 25999 ORDER BY id;
SELECT p.statement, p.part, p.status, p.rows_done FROM rsdata.parts p
WHERE p.statement BETWEEN 25001 AND 25999 ORDER BY 1;
SELECT server, status, statements, rows_done FROM rsdata.stat WHERE server IN ('one', 'deux') ORDER BY 1;

-- what the worker knows of a part wins; columns in order, names unique
INSERT INTO rsdata.statement (id, owner, server, server_name, sql, token, open, status)
OVERRIDING SYSTEM VALUE
SELECT 25101, r.oid, s.oid, 'one', 'select 1', 't', false, 'finished'
FROM pg_roles r, pg_foreign_server s WHERE r.rolname = current_user AND s.srvname = 'one';
INSERT INTO rsdata.part (statement, part, status, rows_total, rows_affected, columns)
VALUES (25101, 1, 'finished', 7, 8, '[
	{"name": "x", "label": "x", "typeName": "int4", "precision": 10, "scale": 0, "length": 0, "nullable": 1, "schemaName": "public", "tableName": "t"},
	{"name": "x", "label": "x", "typeName": "varchar", "precision": 256, "nullable": 0},
	{"name": "?column?", "label": "?column?", "typeName": "numeric", "schemaName": "", "tableName": ""},
	{"name": "x_2", "label": "x_2", "nullable": 2},
	{"name": "only_name", "label": ""},
	{"name": "under", "label": "over"}]');
SELECT * FROM rsdata.result_columns WHERE statement = 25101 ORDER BY position;
SELECT status, rows_total, rows_affected FROM rsdata.parts WHERE statement = 25101;
SELECT rsdata_column_names(ARRAY['a', 'a', 'A', '', '', NULL, 'a', 'a_3', 'a_2']);
SELECT rsdata_column_names('{}'), rsdata_column_names(NULL);
SELECT count(DISTINCT n) FROM unnest(rsdata_column_names(array_fill('c'::text, ARRAY[1600]))) n;

DELETE FROM rsdata.statement WHERE id BETWEEN 25001 AND 25999;
DELETE FROM rsdata.part WHERE statement BETWEEN 25001 AND 25999;
SET client_min_messages = warning;
DROP SERVER one CASCADE;
DROP SERVER deux CASCADE;
