--
-- rsdata_result, rsdata_result_as and rsdata_rows: call forms and values
--
\set VERBOSITY default
SET datestyle = ISO;
CREATE SERVER wh FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1', enabled 'false');
CREATE FUNCTION pg_temp.result(sid bigint, columns jsonb, VARIADIC pages text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO rsdata.statement (id, owner, server, server_name, sql, token, open, status, has_result)
	OVERRIDING SYSTEM VALUE
	SELECT sid, r.oid, s.oid, 'wh', 'select 1', 't', false, 'finished', true
	FROM pg_roles r, pg_foreign_server s WHERE r.rolname = current_user AND s.srvname = 'wh';
	INSERT INTO rsdata.part (statement, part, status, columns) VALUES (sid, 1, 'finished', columns);
	INSERT INTO rsdata.page
	SELECT sid, 1, n, 'json', jsonb_array_length(('[' || page || ']')::jsonb), convert_to(page, 'UTF8')
	FROM unnest(pages) WITH ORDINALITY AS p(page, n);
END$$;
SELECT pg_temp.result(17001,
	'[{"label": "region", "typeName": "varchar"}, {"label": "total", "typeName": "numeric"}]',
	'[{"stringValue":"north"},{"stringValue":"12345678901234567890.120"}],[{"stringValue":"s\u00fcd \"q\" \\ \ud83d\ude00"},{"isNull":true}]',
	'[{"isNull":true},{"stringValue":"-0.5"}]');

-- call forms of rsdata_result
SELECT * FROM rsdata_result(17001) AS t(region text, total numeric);
SELECT * FROM rsdata_result(17001) AS t(region text, total numeric) LIMIT 1;
SELECT (SELECT max(total) FROM rsdata_result(17001) AS t(region text, total numeric)) AS sub;
SELECT i, t.total FROM (VALUES (17001), (17001)) v(i),
	LATERAL rsdata_result(v.i) AS t(region varchar(20), total float8) WHERE t.region IS NULL;
CREATE TABLE regress_rsdata_ctas AS
	SELECT * FROM rsdata_result(17001) AS t(region text, total numeric);
INSERT INTO regress_rsdata_ctas SELECT * FROM rsdata_result(id => 17001, part => 1) AS t(a text, b numeric);
SELECT count(*), sum(total) FROM regress_rsdata_ctas;
CREATE VIEW regress_rsdata_view AS
	SELECT region, total FROM rsdata_result(17001) AS t(region text, total numeric);
SELECT region FROM regress_rsdata_view ORDER BY total NULLS LAST;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM rsdata_result(17001) AS t(region text, total numeric);
FETCH 2 FROM c;
FETCH ALL FROM c;
ROLLBACK;
PREPARE q(bigint) AS SELECT total FROM rsdata_result($1) AS t(region text, total numeric);
EXECUTE q(17001);
EXECUTE q(17001);
DEALLOCATE q;
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT * FROM rsdata_result(17001) AS t(region text, total numeric) LOOP
		RAISE NOTICE '% %', r.region, r.total;
	END LOOP;
END$$;
WITH t AS MATERIALIZED (SELECT * FROM rsdata_result(17001) AS t(region text, total text))
SELECT a.total, b.total FROM t a JOIN t b USING (region) ORDER BY 1;

-- rsdata_result_as
CREATE TABLE regress_rsdata_t (extra int, total numeric(30, 2), gone int, region text);
ALTER TABLE regress_rsdata_t DROP COLUMN gone;
SELECT * FROM rsdata_result_as(NULL::regress_rsdata_t, 17001);
SELECT region, extra FROM rsdata_result_as(ROW(7, 1, 'default')::regress_rsdata_t, 17001, part => 1);
INSERT INTO regress_rsdata_t SELECT * FROM rsdata_result_as(NULL::regress_rsdata_t, 17001);
SELECT (rsdata_result_as(NULL::regress_rsdata_t, 17001)).region;
SELECT rsdata_result_as(NULL::int, 17001);
SELECT * FROM rsdata_result_as(ROW(1, 2), 17001);
SELECT * FROM rsdata_result_as(NULL::regress_rsdata_t, NULL);

-- rsdata_rows
SELECT * FROM rsdata_rows(17001);
SELECT data->>'total' AS total, jsonb_typeof(data->'total') FROM rsdata_rows(17001) WHERE row_no = 1;
SELECT row_no, data ? 'region' FROM rsdata_rows(17001, 1) LIMIT 1;

-- all wire kinds and types
SELECT pg_temp.result(17002,
	'[{"label": "b", "typeName": "bool"}, {"label": "i", "typeName": "int8"}, {"label": "f", "typeName": "float8"},
	  {"label": "d", "typeName": "date"}, {"label": "ts", "typeName": "timestamp"}, {"label": "tz", "typeName": "timestamptz"},
	  {"label": "s", "typeName": "super"}, {"label": "v", "typeName": "varbyte"}, {"label": "u", "typeName": "hllsketch"},
	  {"label": "x"}, {"label": "x"}]',
	'[{"booleanValue":true},{"longValue":9223372036854775807},{"doubleValue":1.5e300},{"stringValue":"2008-01-01"},'
	'{"stringValue":"2020-08-21 17:33:51.88712"},{"stringValue":"2008-01-01 20:00:00+00"},'
	'{"stringValue":"{\"foo\": [1.50, null]}"},{"blobValue":"AP8Q"},{"stringValue":"{}"},{"longValue":1},{"longValue":2}],'
	'[{"booleanValue":false},{"longValue":-9223372036854775808},{"doubleValue":-0.1},{"stringValue":"0001-01-01 BC"},'
	'{"stringValue":"2022-02-22 00:00:00.0"},{"isNull":true},'
	'{"stringValue":"\"text\""},{"blobValue":""},{"stringValue":""},{"longValue":3},{"isNull":true}]');
SET timezone = 'UTC';
SELECT * FROM rsdata_result(17002) AS t(b boolean, i bigint, f float8, d date, ts timestamp, tz timestamptz,
	s jsonb, v bytea, u text, x1 int, x2 smallint) \gx
SELECT * FROM rsdata_rows(17002);
CREATE TYPE regress_rsdata_c AS (x_2 int, x text, b bool, absent date);
SELECT * FROM rsdata_result_as(NULL::regress_rsdata_c, 17002);

-- no rows; many pages
SELECT pg_temp.result(17003, '[{"label": "a", "typeName": "int4"}]', VARIADIC '{}');
SELECT * FROM rsdata_result(17003) AS t(a int);
SELECT * FROM rsdata_rows(17003);
SELECT pg_temp.result(17004, '[{"label": "a", "typeName": "int4"}]', VARIADIC array_agg(format('[{"longValue":%s}],[{"longValue":%s}]', i, -i) ORDER BY i))
FROM generate_series(1, 500) i;
SELECT count(*), sum(a), max(a), max(row_no) FROM rsdata_result(17004) AS t(a int), LATERAL (SELECT max(row_no) AS row_no FROM rsdata_rows(17004)) r;
SELECT a, n FROM ROWS FROM (rsdata_result(17004) AS (a int)) WITH ORDINALITY AS t(a, n) WHERE n IN (1, 2, 1000);

DROP VIEW regress_rsdata_view;
DROP TABLE regress_rsdata_ctas, regress_rsdata_t;
DROP TYPE regress_rsdata_c;
DELETE FROM rsdata.statement WHERE id BETWEEN 17001 AND 17999;
DELETE FROM rsdata.part WHERE statement BETWEEN 17001 AND 17999;
DELETE FROM rsdata.page WHERE statement BETWEEN 17001 AND 17999;
DROP SERVER wh;
