--
-- Results that cannot be read, and what a caller's types may do meanwhile
--
\set VERBOSITY default
CREATE ROLE regress_rsdata_reader;
CREATE SERVER wh FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1', enabled 'false');
INSERT INTO rsdata.statement (id, owner, server, server_name, sql, token, open, status, has_result, error, sqlstate)
OVERRIDING SYSTEM VALUE
SELECT 16100 + n, 'regress_rsdata_reader'::regrole, oid, 'wh', 'select 1', n, false, status, has_result, error, sqlstate
FROM (VALUES
	(1, 'finished', true, NULL, NULL),
	(2, 'running', NULL, NULL, NULL),
	(3, 'queued', NULL, NULL, NULL),
	(4, 'failed', NULL, 'ERROR: Divide by zero', '22012'),
	(5, 'finished', false, NULL, NULL),
	(6, 'finished', true, NULL, NULL),
	(7, 'cancelled', NULL, NULL, NULL),
	(8, 'undelivered', true, 'rows counted: 5, announced: 6', NULL),
	(9, 'finished', true, NULL, NULL),
	(10, 'finished', true, NULL, NULL)) AS v(n, status, has_result, error, sqlstate),
	pg_foreign_server WHERE srvname = 'wh';
INSERT INTO rsdata.part (statement, part, status, columns)
SELECT id, 1, 'finished', '[{"label": "a", "typeName": "varchar"}, {"label": "b c", "typeName": "int4"}]'
FROM (VALUES (16101), (16109), (16110)) v(id);
INSERT INTO rsdata.page VALUES
	(16101, 1, 1, 'json', 1, '[{"stringValue":"one"},{"longValue":1}]'),
	(16101, 1, 2, 'json', 1, '[{"stringValue":"two"},{"longValue":3000000000}]'),
	-- truncated, another shape, a count that is not true, another format
	(16109, 1, 1, 'json', 2, '[{"stringValue":"one"},{"longValue":1}],[{"stringV'),
	(16110, 1, 1, 'json', 3, '[{"stringValue":"one"},{"longValue":1}]');
SET ROLE regress_rsdata_reader;

-- the statement's status decides
SELECT * FROM rsdata_result(16999) AS t(a text, b int);
SELECT * FROM rsdata_result(NULL) AS t(a text, b int);
SELECT * FROM rsdata_rows(16101, NULL);
SELECT * FROM rsdata_result(16102) AS t(a text, b int);
SELECT * FROM rsdata_rows(16103);
SELECT * FROM rsdata_result(16104) AS t(a text, b int);
SELECT * FROM rsdata_rows(16105);
SELECT * FROM rsdata_rows(16106);
SELECT * FROM rsdata_rows(16107);
SELECT * FROM rsdata_rows(16108);
SELECT * FROM rsdata_rows(16101, 2);
SELECT * FROM rsdata_rows(16101, 0);

-- the column definition list
SELECT * FROM rsdata_result(16101);
SELECT rsdata_result(16101);
SELECT * FROM rsdata_result(16101) AS t(a text);
SELECT * FROM rsdata_result(16101) AS t(a text, b int, c int);
SELECT * FROM rsdata_result(16101) AS t(a text, b int);
SELECT * FROM rsdata_result(16101) AS t(a int, b bigint);
SELECT * FROM rsdata_result(16101) AS t(a text, b bigint);
SELECT * FROM rsdata_result(16101) AS t(a varchar(2), b bigint);

-- damaged pages
SELECT * FROM rsdata_result(16109) AS t(a text, b int);
SELECT * FROM rsdata_result(16110) AS t(a text, b int);
RESET ROLE;
UPDATE rsdata.page SET row_count = 0 WHERE statement = 16110;
SET ROLE regress_rsdata_reader;
SELECT * FROM rsdata_result(16110) AS t(a text, b int);
RESET ROLE;
UPDATE rsdata.page SET row_count = 1, body = convert_to('[{"longValue":1}]', 'UTF8') WHERE statement = 16110;
SET ROLE regress_rsdata_reader;
SELECT * FROM rsdata_rows(16110);
RESET ROLE;
UPDATE rsdata.page SET format = 'csv' WHERE statement = 16110;
SET ROLE regress_rsdata_reader;
SELECT * FROM rsdata_rows(16110);
RESET ROLE;

-- a domain whose CHECK runs code: it is the caller's code, as the caller
GRANT CREATE ON SCHEMA public TO regress_rsdata_reader;
SET ROLE regress_rsdata_reader;
CREATE FUNCTION regress_rsdata_check(value text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE 'check of "%" as %, path %', value, current_user, current_setting('search_path');
	BEGIN
		PERFORM count(*) FROM rsdata.page;
		RAISE NOTICE 'read our table';
	EXCEPTION WHEN insufficient_privilege THEN
		RAISE NOTICE '%', SQLERRM;
	END;
	RETURN value <> 'two';
END$$;
CREATE DOMAIN regress_rsdata_domain AS text CHECK (regress_rsdata_check(VALUE));
SET search_path = public;
SELECT * FROM rsdata_result(16101) AS t(a regress_rsdata_domain, b bigint);
SELECT current_user = 'regress_rsdata_reader' AS still_me, current_setting('search_path');
CREATE DOMAIN regress_rsdata_notnull AS int NOT NULL;
CREATE TYPE regress_rsdata_pair AS (a text, z regress_rsdata_notnull);
SELECT * FROM rsdata_result_as(NULL::regress_rsdata_pair, 16101);
RESET search_path;
DROP TYPE regress_rsdata_pair;
DROP DOMAIN regress_rsdata_domain, regress_rsdata_notnull;
DROP FUNCTION regress_rsdata_check(text);
RESET ROLE;

DELETE FROM rsdata.statement WHERE id BETWEEN 16001 AND 16999;
DELETE FROM rsdata.part WHERE statement BETWEEN 16001 AND 16999;
DELETE FROM rsdata.page WHERE statement BETWEEN 16001 AND 16999;
DROP SERVER wh;
DROP OWNED BY regress_rsdata_reader;
DROP ROLE regress_rsdata_reader;
