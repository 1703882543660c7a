# Targets that are no plain tables: foreign ones, views with triggers, what
# triggers for whole statements see, and types of columns that are one's own.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '5000' ]);
my $node = new_node('kinds', conf => ['rsdata.submit_wait = 30s']);

create_server($node, $emulator, user => 'PUBLIC');
$node->safe_psql('postgres', q{
	GRANT USAGE ON FOREIGN SERVER wh TO PUBLIC;
	CREATE ROLE etl LOGIN;
	CREATE SCHEMA etl AUTHORIZATION etl});

sub as_etl
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', "SET ROLE etl; SET search_path = etl, public; $sql");
}

sub submit_sql
{
	my ($target, $options, $sql) = @_;

	$sql =~ s/'/''/g;
	$options =~ s/'/''/g;
	return "SET ROLE etl; SET search_path = etl, public;
		SELECT rsdata_submit('$sql', 'wh', target => '$target', options => '{$options}')";
}

# A load of n and t, and what a query gives then.
sub loads
{
	my ($target, $options, $sql, $query, $expected, $name) = @_;
	my $id = $node->safe_psql('postgres', submit_sql($target, $options, $sql));

	wait_status($node, $id, 'finished', "$name: finishes");
	return is(as_etl($query), $expected, $name);
}

sub refuses
{
	my ($target, $options, $sql, $sqlstate, $error, $name) = @_;
	my $id = $node->safe_psql('postgres', submit_sql($target, $options, $sql));
	my $row = wait_status($node, $id, 'undelivered', "$name: undelivered");

	is($row->{sqlstate}, $sqlstate, "$name: the SQLSTATE");
	return like($row->{error}, $error, "$name: the reason");
}

my $THREE = q{select n, 'x' || n as t from generate_series(1, 3) n};
my $MANY = q{select n, 'x' || n as t from generate_series(1, 2000) n};
my $ALL = q{SELECT string_agg(n || t, ',' ORDER BY n) FROM};

SKIP:
{
	skip 'there is no postgres_fdw', 1 if $node->safe_psql('postgres',
		q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'}) == 0;

	subtest 'a foreign table' => sub {
		my ($host, $port) = ($node->host, $node->port);

		$node->safe_psql('postgres', 'CREATE DATABASE far');
		$node->safe_psql('far', 'CREATE SCHEMA etl AUTHORIZATION etl; SET ROLE etl;
			CREATE TABLE etl.f (n int CHECK (n < 5000), t text)');
		$node->safe_psql('postgres', qq{
			CREATE EXTENSION postgres_fdw;
			CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname 'far');
			CREATE USER MAPPING FOR etl SERVER far OPTIONS (user 'etl', password_required 'false');
			GRANT USAGE ON FOREIGN SERVER far TO etl;
			SET ROLE etl;
			CREATE FOREIGN TABLE etl.f (n int, t text) SERVER far;
			CREATE TABLE etl.split (n int, t text) PARTITION BY RANGE (n);
			CREATE TABLE etl.near PARTITION OF etl.split FOR VALUES FROM (0) TO (1000);
			CREATE FOREIGN TABLE etl.away PARTITION OF etl.split FOR VALUES FROM (1000) TO (9000)
				SERVER far OPTIONS (table_name 'f')});
		loads('f', '', $MANY, 'SELECT count(*), sum(n) FROM f', '2000|2001000', 'append');
		loads('f', '"target_mode": "replace"', $THREE, "$ALL f", '1x1,2x2,3x3', 'replace');
		refuses('f', '"target_mode": "replace"', q{select n, 'y' as t from generate_series(4990, 5010) n},
			'23514', qr/violates check constraint/, 'a constraint over there');
		is(as_etl("$ALL f"), '1x1,2x2,3x3', 'what is over there is as it was');
		refuses('f', '"target_mode": "replace", "then_sql": "select 1/0"', $MANY,
			'22012', qr/^then_sql: division by zero/, 'a failure at the end');
		is(as_etl("$ALL f"), '1x1,2x2,3x3', 'also after all rows had been sent there');
		loads('f', '"target_mode": "truncate", "result_format": "csv"', q{select 7 as n},
			'SELECT n FROM f', '7', 'truncate, and CSV');
		loads('split', '', $MANY, 'SELECT (SELECT count(*) FROM near), (SELECT count(*) FROM f)',
			'999|1002', 'as a partition beside one that is here');
	};
}

SKIP:
{
	skip 'there is no file_fdw', 1 if $node->safe_psql('postgres',
		q{SELECT count(*) FROM pg_available_extensions WHERE name = 'file_fdw'}) == 0;

	subtest 'a foreign table that takes no rows' => sub {
		$node->safe_psql('postgres', q{
			CREATE EXTENSION file_fdw;
			CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
			CREATE FOREIGN TABLE public.lines (n int, t text) SERVER files OPTIONS (filename '/dev/null');
			GRANT ALL ON public.lines TO etl});
		like(error_of($node, "\\set VERBOSITY verbose\n" . submit_sql('lines', '', $THREE)),
			qr/42809: .*lines cannot be a target.*foreign table that takes no rows/s, 'is refused at submit');
	};
}

subtest 'views' => sub {
	as_etl(q{
		CREATE TABLE base (n int, t text, by text);
		CREATE VIEW v AS SELECT n, t FROM base;
		CREATE FUNCTION v_insert() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				IF NEW.n = 13 THEN RETURN NULL; END IF;
				IF NEW.n > 5000 THEN RAISE EXCEPTION 'too many' USING ERRCODE = 'P0042'; END IF;
				INSERT INTO etl.base VALUES (NEW.n, NEW.t, current_user);
				RETURN NEW;
			END$$;
		CREATE TRIGGER v_insert INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION v_insert();
		CREATE VIEW fixed AS SELECT count(*)::int AS n, max(t) AS t FROM base;
		CREATE TRIGGER v_insert INSTEAD OF INSERT ON fixed FOR EACH ROW EXECUTE FUNCTION v_insert()});
	loads('v', '', $MANY, 'SELECT count(*), sum(n), min(by), max(by) FROM base', '1999|2000987|etl|etl',
		'append, less what the trigger leaves out');
	loads('v', '"target_mode": "replace", "result_format": "csv", "empty_as_null": true', $THREE,
		"$ALL base", '1x1,2x2,3x3', 'replace, as one can delete from it');
	refuses('v', '"target_mode": "replace"', q{select n, 'y' as t from generate_series(4990, 5010) n},
		'P0042', qr/^row 12.*: too many/, 'what the trigger refuses');
	is(as_etl("$ALL base"), '1x1,2x2,3x3', 'and what was there is as it was');
	refuses('fixed', '"target_mode": "replace"', $THREE, '55000', qr/cannot delete from view "fixed"/,
		'replace, where one cannot');
	loads('fixed', '', q{select 4 as n, 'x4' as t}, "$ALL base", '1x1,2x2,3x3,4x4', 'append there');
};

subtest 'triggers' => sub {
	as_etl(q{
		CREATE TABLE fired (what text, rows bigint);
		CREATE TABLE watched (n int, t text);
		CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO etl.fired VALUES (TG_WHEN || ' ' || TG_OP, 0); RETURN NULL; END$$;
		CREATE FUNCTION note_new() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN INSERT INTO etl.fired SELECT TG_WHEN || ' ' || TG_OP, count(*) FROM fresh; RETURN NULL; END$$;
		CREATE TRIGGER b BEFORE INSERT OR DELETE OR TRUNCATE ON watched EXECUTE FUNCTION note();
		CREATE TRIGGER a AFTER INSERT ON watched REFERENCING NEW TABLE AS fresh EXECUTE FUNCTION note_new();
		CREATE FUNCTION mend() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN NEW.t = upper(NEW.t); IF NEW.n % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW; END$$;
		CREATE TRIGGER c BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION mend()});
	loads('watched', '"target_mode": "replace"', $MANY,
		q{SELECT (SELECT string_agg(what || ' ' || rows, ',' ORDER BY what, rows) FROM fired), count(*), min(t), max(t) FROM watched},
		'AFTER INSERT 1000,BEFORE DELETE 0,BEFORE INSERT 0|1000|X1|X999',
		'for rows and for statements, each once');
	loads('watched', '"target_mode": "truncate"', 'select 1 as n where false',
		q{SELECT (SELECT string_agg(what || ' ' || rows, ',' ORDER BY what, rows) FROM fired WHERE what ~ 'TRUNC|AFTER'), count(*) FROM watched},
		'AFTER INSERT 0,AFTER INSERT 1000,BEFORE TRUNCATE 0|0', 'also for no rows');
	as_etl(q{
		CREATE TABLE late (n int);
		CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN IF (SELECT count(*) FROM etl.late) > 10 THEN RAISE EXCEPTION 'more than ten'; END IF; RETURN NULL; END$$;
		CREATE CONSTRAINT TRIGGER judge AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW EXECUTE FUNCTION judge()});
	loads('late', '"then_sql": "delete from late where n > 10"', 'select n from generate_series(1, 20) n',
		'SELECT count(*) FROM late', 10, 'deferred ones, after then_sql');
	refuses('late', '', 'select 11 as n', 'P0001', qr/^more than ten/, 'a deferred one that refuses');
	is(as_etl('SELECT count(*) FROM late'), 10, 'and nothing of that is there');
};

subtest 'types of one\'s own' => sub {
	as_etl(q{
		CREATE TYPE size AS ENUM ('small', 'large');
		CREATE DOMAIN positive AS int CHECK (VALUE > 0);
		CREATE TABLE own (s size, p positive, l int[], b int GENERATED BY DEFAULT AS IDENTITY, r int4range)});
	loads('own', '', q{select 'large' as s, 5 as p, '{1,2}' as l, '[1,3)' as r union all select null, null, null, null},
		'SELECT s, p, l, b, r FROM own ORDER BY b', "large|5|{1,2}|1|[1,3)\n|||2|", 'read by their own functions');
	loads('own', '"target_mode": "replace"', 'select 9 as p, 77 as b', 'SELECT p, b FROM own', '9|77',
		'an identity column that takes values');
	refuses('own', '', 'select 0 as p', '23514', qr/^row 1, column "p": value for domain (etl\.)?positive violates/, 'a domain');
	refuses('own', '', q{select 'huge' as s}, '22P02', qr/^row 1, column "s": invalid input value for enum (etl\.)?size/, 'an enum');
};

stayed_up($node);
$node->stop('fast');
done_testing();
