# Results into targets: the four modes, columns by name and by position, what
# PostgreSQL puts between COPY and a table, then_sql, and what is refused, with
# the row and column that it was refused for.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '20000' ]);
my $node = new_node('main', conf => ['rsdata.submit_wait = 30s']);

create_server($node, $emulator, user => 'PUBLIC');
$node->safe_psql('postgres', q{
	GRANT USAGE ON FOREIGN SERVER wh TO PUBLIC;
	CREATE ROLE etl LOGIN;
	CREATE SCHEMA etl AUTHORIZATION etl;
	ALTER ROLE etl SET default_transaction_read_only = on;
	ALTER ROLE etl SET search_path = etl, public;
	ALTER ROLE etl SET client_encoding = latin1;
	ALTER ROLE etl SET datestyle = 'German';
	ALTER ROLE etl SET statement_timeout = '1ms'});

# Runs SQL as etl.
sub as_etl
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', "SET ROLE etl; SET search_path = etl, public; $sql");
}

# Submits as etl, with a target; the id.
sub load
{
	my ($sql, $target, $options) = @_;
	my $more = "target => '$target'";

	$options =~ s/'/''/g if $options;
	$more .= ", options => '$options'" if $options;
	$sql =~ s/'/''/g;
	return as_etl("SELECT rsdata_submit('$sql', 'wh', $more)");
}

# A load that finishes; what the query gives then.
sub loads
{
	my ($sql, $target, $options, $query, $expected, $name) = @_;

	wait_status($node, load($sql, $target, $options), 'finished', "$name: finishes");
	return is(as_etl($query), $expected, $name);
}

# A load that cannot be delivered; its row.
sub refuses
{
	my ($sql, $target, $options, $sqlstate, $error, $name) = @_;
	my $row = wait_status($node, load($sql, $target, $options), 'undelivered',
		"$name: undelivered");

	like($row->{error}, $error, "$name: the reason");
	is($row->{sqlstate}, $sqlstate, "$name: the SQLSTATE");
	return $row;
}

# ---- append, and exactness ----

as_etl(q{CREATE TABLE sales (region text, total numeric, at timestamptz DEFAULT '2020-01-01 00:00+00',
	id int GENERATED ALWAYS AS IDENTITY, twice numeric GENERATED ALWAYS AS (total * 2) STORED)});
my $listener = new_listener($node);
my $id = load(q{select 'eu' as region, 1.50::numeric(10,2) as total
	union all select e'a\\tb\\\\n\nc', null union all select '\\.', 3 union all select '', 4}, 'sales');
my $row = wait_status($node, $id, 'finished', 'append finishes');
is( as_etl(q{SELECT region, total, at = '2020-01-01 00:00+00', id, twice FROM sales ORDER BY id}),
	join("\n", 'eu|1.50|t|1|3.00', "a\tb\\n\nc||t|2|", '\.|3|t|3|6', '|4|t|4|8'),
	'its rows are in the target, exactly');
is($row->{rows_loaded}, 4, 'they are counted');
is($row->{rows_done}, 4, 'as those that were received');
ok($row->{loaded_at}, 'and dated');
is($row->{target}, 'etl.sales', 'the view names the target');
my ($heard) = notifications($listener, 1);
is_deeply($heard, { id => $id, status => 'finished', parts_finished => 1, parts_failed => 0 },
	'the loader notifies');
is(scalar(published_for($emulator, $id)), 1, 'and the worker publishes');
is($node->safe_psql('postgres', "SELECT status, rows_loaded FROM rsdata.parts WHERE statement = $id"),
	'finished|4', 'its part is finished');
is($node->safe_psql('postgres', "SELECT count(*) FROM rsdata.page"), 0, 'no row of it is kept');
is($node->safe_psql('postgres', "SELECT string_agg(name, ',' ORDER BY position) FROM rsdata.result_columns WHERE statement = $id"),
	'region,total', 'its columns are known');
for my $read ("rsdata_result($id) AS t(a text)", "rsdata_rows($id)",
	"rsdata_result_as(NULL::etl.sales, $id)")
{
	my (undef, undef, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM $read");
	like($err, qr/55000: rows of statement $id went to its target.*HINT:  Read them from etl\.sales/s,
		"$read says where the rows are");
}

as_etl(q{CREATE TABLE everything (i2 int2, i8 int8, f4 float4, f8 float8, n numeric, b bool, t text,
	d date, ts timestamp, tz timestamptz, j jsonb, by bytea, iv interval)});
loads(q{select (-32768)::int2 i2, 9223372036854775807 i8, 1e-45::float4 f4, 'NaN'::float8 f8,
	99999999999999999999999999999999999999::numeric n, true b, 'süß 漢字' t, date '2024-02-03' d,
	timestamp '2024-01-02 03:04:05.123456' ts, timestamptz '2024-01-02 03:04:05+00' tz,
	'{"a": [1, 2.50]}'::jsonb j, '\xdeadbeef'::bytea "by", interval '1 day -02:03' iv
	union all select null, null, null, '-Infinity', null, false, '', null, null, null, null, null, null},
	'everything', undef,
	q{SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SELECT * FROM everything ORDER BY i2},
	join("\n", '-32768|9223372036854775807|1e-45|NaN|99999999999999999999999999999999999999|t|süß 漢字|'
		. '2024-02-03|2024-01-02 03:04:05.123456|2024-01-02 03:04:05+00|{"a": [1, 2.50]}|\xdeadbeef|1 day -02:03:00',
		'|||-Infinity||f|||||||'),
	'each type keeps its value');

# ---- modes ----

as_etl(q{CREATE TABLE m (n int PRIMARY KEY); INSERT INTO m SELECT generate_series(1, 9)});
loads('select n from generate_series(5, 20) n', 'm', '{"target_mode": "replace"}',
	'SELECT count(*), min(n), max(n) FROM m', '16|5|20', 'replace');
loads('select n from generate_series(1, 3) n', 'm', '{"target_mode": "truncate"}',
	'SELECT count(*), sum(n) FROM m', '3|6', 'truncate');
loads('select 1 as n where false', 'm', '{"target_mode": "replace"}',
	'SELECT count(*) FROM m', 0, 'replace by nothing');
loads(q{select 1.5::numeric(10,2) as price, 'x'::varchar(5) as name, timestamptz '2024-01-01 00:00+00' as at,
	'{}'::jsonb as extra, '\x01'::bytea as raw, 1 as "a b", 2 as "a b", true as ok, date '2024-01-01' as d},
	'made', '{"target_mode": "create"}',
	q{SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY attnum)
		|| ' ' || pg_get_userbyid(min(relowner)) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
		WHERE attrelid = 'made'::regclass AND attnum > 0},
	'price numeric(10,2),name text,at timestamp with time zone,extra jsonb,raw bytea,a b integer,a b_2 integer,ok boolean,d date etl',
	'create');
is(as_etl('SELECT price, "a b", "a b_2" FROM made'), '1.50|1|2', 'create: the row is there');

# ---- columns ----

as_etl('CREATE TABLE pos (a int, gone int, c text, g int GENERATED ALWAYS AS (a + 1) STORED, d int DEFAULT 7);
	ALTER TABLE pos DROP COLUMN gone');
loads(q{select 1 as x, 'y' as y}, 'pos', '{"target_columns": "position"}',
	'SELECT * FROM pos', '1|y|2|7', 'by position');
loads(q{select 'z' as c, 5 as a}, 'pos', undef,
	'SELECT * FROM pos WHERE a = 5', '5|z|6|7', 'by name, in another order');
refuses('select 1 as a, 2 as nowhere', 'pos', undef, '42804',
	qr/column "nowhere" of the result does not exist in target etl\.pos.*a, c, d.*"position"/, 'an unknown column');
refuses('select 1 as a, 2 as g', 'pos', undef, '42804', qr/column "g" of target etl\.pos is generated/,
	'a generated column');
refuses('select 1 as a, 2 as b, 3 as c, 4 as d', 'pos', '{"target_columns": "position"}', '42804',
	qr/more columns than target/, 'too many columns');
refuses('select 1 as a, 2 as a', 'pos', undef, '42804', qr/column "a_2"/, 'a column twice');

# ---- what a table refuses ----

as_etl(q{CREATE TABLE strict (n int PRIMARY KEY, t varchar(3) NOT NULL, CHECK (n < 1000));
	INSERT INTO strict VALUES (500, 'old')});
my @bad = (
	[ q{select n::text as n, 'x' as t from generate_series(1, 400) n union all select 'abc', 'y'},
		'22P02', qr/^row 401, column "n": invalid input syntax for type integer: "abc"/, 'a value' ],
	[ q{select n, case n when 300 then null else 'x' end as t from generate_series(1, 400) n},
		'23502', qr/^row 300.*: null value in column "t"/, 'NOT NULL' ],
	[ q{select n % 50 as n, 'x' as t from generate_series(1, 100) n}, '23505',
		qr/^row 51: duplicate key.*DETAIL: Key \(n\)=\(1\)/, 'a duplicate' ],
	[ q{select n, 'x' as t from generate_series(990, 1010) n}, '23514', qr/^row 11: .*check constraint/, 'a constraint' ],
	[ q{select 1 as n, 'long' as t}, '22001', qr/^row 1, column "t": value too long/, 'a length' ]);
for my $case (@bad)
{
	my ($sql, $sqlstate, $error, $name) = @$case;
	my $was = refuses($sql, 'strict', '{"target_mode": "replace"}', $sqlstate, $error, $name);

	is(as_etl('SELECT * FROM strict'), '500|old', "$name: the target is as it was");
	is($was->{failed_at}, 'loading', "$name: it failed when loading");
	ok($was->{result_expires_at}, "$name: the service still has the result");
}
my $ddl = load('create table t_there (a int)', 'strict', '{"target_mode": "replace"}');
$row = wait_status($node, $ddl, 'undelivered', 'a statement without a result set');
like($row->{error}, qr/no result for its target/, 'says so');
is(as_etl('SELECT * FROM strict'), '500|old', 'and its target is not emptied');

# ---- partitions, triggers, views, foreign keys ----

as_etl(q{
	CREATE TABLE parted (n int, t text) PARTITION BY RANGE (n);
	CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
	CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
	CREATE TABLE seen (what text, who text, session text);
	CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO etl.seen VALUES (TG_NAME, current_user, session_user); RETURN NEW; END$$;
	CREATE TRIGGER before BEFORE INSERT ON parted FOR EACH ROW EXECUTE FUNCTION note();
	CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON parted DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION note();
	CREATE TABLE parent (n int PRIMARY KEY);
	CREATE TABLE child (n int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
	CREATE VIEW v AS SELECT n, t FROM parted;
	CREATE FUNCTION v_insert() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN INSERT INTO etl.parted VALUES (NEW.n, NEW.t); RETURN NEW; END$$;
	CREATE TRIGGER v_insert INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION v_insert();});
loads(q{select n, 'x' as t from generate_series(50, 149) n}, 'parted', undef,
	q{SELECT (SELECT count(*) FROM parted_1), (SELECT count(*) FROM parted_2),
		(SELECT string_agg(DISTINCT what || ' ' || who || ' ' || session, ',' ORDER BY what || ' ' || who || ' ' || session) FROM seen),
		(SELECT count(*) FROM seen)},
	'50|50|before etl etl,deferred etl etl|200', 'partitions and triggers');
refuses('select 500 as n', 'parted', undef, '23514', qr/^row 1: no partition/, 'no partition');
loads(q{select 7 as n, 'v' as t}, 'v', undef, q{SELECT * FROM parted WHERE t = 'v'}, '7|v', 'a view with a trigger');
refuses('select 1 as n', 'child', undef, '23503', qr/^insert or update on table "child" violates foreign key/,
	'a deferred foreign key');
is(as_etl('SELECT count(*) FROM child'), 0, 'a deferred foreign key: nothing is there');

# ---- then_sql ----

loads('select n from generate_series(1, 10) n', 'm', '{"target_mode": "replace",
	"then_sql": "insert into made (price, name) select sum(n), current_user from m; analyze m"}',
	q{SELECT price, name FROM made WHERE name = 'etl'}, '55.00|etl', 'then_sql sees the rows');
refuses('select n from generate_series(1, 20) n', 'm', '{"target_mode": "replace", "then_sql": "select 1/0"}',
	'22012', qr/^then_sql: division by zero/, 'a failing then_sql');
is(as_etl('SELECT count(*) FROM m'), 10, 'takes the rows with it');
refuses('select 1 as n', 'm', '{"target_mode": "replace", "then_sql": "commit"}', '22023',
	qr/^then_sql: then_sql cannot be run/, 'then_sql cannot commit');
$id = as_etl(q{SELECT rsdata_submit('create table plain (a int)', 'wh', options => '{"then_sql": "create table local (a int)"}')});
$row = wait_status($node, $id, 'finished', 'then_sql without a target');
is($row->{loaded_at}, undef, 'loads nothing');
is(as_etl('SELECT count(*) FROM local'), 0, 'but was run');
$id = as_etl(q{SELECT rsdata_submit('select 1 as a', 'wh', options => '{"then_sql": "insert into local values (2)"}')});
wait_status($node, $id, 'finished', 'then_sql beside a result that is kept');
rows_are($node, $id, 'a int', 1);
is(as_etl('SELECT * FROM local'), 2, 'then_sql was run once');

# User code in the loader has no more rights than its user.
for my $sql ('update rsdata.statement set label = null', 'set role postgres',
	'set session authorization postgres', q{copy (select 1) to program 'true'})
{
	refuses('select 100 as n', 'm', qq({"then_sql": "$sql"}), '42501', qr/^then_sql: /, "then_sql: $sql");
}

# ---- rights that change between submit and load ----

$node->safe_psql('postgres', q{CREATE TABLE public.lent (a int, b int); GRANT INSERT (a) ON public.lent TO etl});
refuses('select 1 as a, 2 as b', 'public.lent', undef, '42501', qr/permission denied for table lent/,
	'a column without INSERT');
loads('select 1 as a', 'public.lent', undef, 'SELECT 1', 1, 'a column with it');

stayed_up($node);
$node->stop('fast');
done_testing();
