--
-- A database whose encoding is not UTF-8
--
\set VERBOSITY default
SELECT current_database() AS home \gset
CREATE DATABASE regress_rsdata_latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
\c regress_rsdata_latin1
SET client_encoding = UTF8;
CREATE EXTENSION rsdata;
CREATE SERVER paused FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', database 'dev', workgroup_name 'wg1', enabled 'false');
CREATE USER MAPPING FOR PUBLIC SERVER paused
	OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');

-- limits count bytes of UTF-8
SELECT length(repeat('é', 102401)), rsdata_submit(repeat('é', 102401), 'paused');
SELECT rsdata_submit('select 1', 'paused', label => repeat('é', 1003));
SELECT rsdata_submit('select ''é''', 'paused', label => repeat('é', 1002)) AS id \gset
SELECT sql, length(label) FROM rsdata.statements WHERE id = :id;

-- results are kept in UTF-8; what the database cannot hold is an error
INSERT INTO rsdata.statement (id, owner, server, server_name, sql, token, open, status)
OVERRIDING SYSTEM VALUE
SELECT n, r.oid, s.oid, 'paused', 'select 1', n, false, 'finished'
FROM generate_series(101, 104) n, pg_roles r, pg_foreign_server s WHERE r.rolname = current_user;
INSERT INTO rsdata.part (statement, part, status, columns)
SELECT n, 1, 'finished', '[{"label": "a", "typeName": "varchar"}]' FROM generate_series(101, 104) n;
INSERT INTO rsdata.page VALUES
	(101, 1, 1, 'json', 2, convert_to('[{"stringValue":"ü \u00e9"}],[{"stringValue":"ü"}]', 'UTF8')),
	(102, 1, 1, 'json', 2, '[{"stringValue":"a"}],[{"stringValue":"\\u20ac"}]'),
	(103, 1, 1, 'json', 1, '[{"stringValue":"\\ud83d"}]'),
	(104, 1, 1, 'json', 1, '[{"stringValue":"\377"}]');
SELECT a, length(a) FROM rsdata_result(101) AS t(a text);
SELECT * FROM rsdata_rows(101);
SELECT * FROM rsdata_result(102) AS t(a text);
SELECT * FROM rsdata_rows(102);
SELECT * FROM rsdata_result(103) AS t(a text);
SELECT * FROM rsdata_result(104) AS t(a text);

\c :home
DROP DATABASE regress_rsdata_latin1;
