# A load reads the values of common types by itself, and everything else by
# the type's input function.  Nobody may be able to tell which it was: a
# domain is always read by its input function, so a table of domains must get
# the same values, and the same errors, as one of their base types.

use strict;
use warnings;
use utf8;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Memory;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '50000' ]);
my $node = new_node('main',
	conf => [ "timezone = 'Asia/Kolkata'", 'rsdata.submit_wait = 30s' ]);

create_server($node, $emulator);

# What cannot be the same in all runs must at least be known afterwards.
my $seed = $ENV{RSDATA_SEED} // time;
srand($seed);
note("RSDATA_SEED=$seed");

sub pick { return $_[ rand @_ ] }

sub digits
{
	my ($n) = @_;
	return join('', map { int(rand 10) } 1 .. $n);
}

# Makers of texts, of which some are values of a type and some are not quite
# in the spelling of the service.
my %random = (
	int => sub { pick('', '-') . digits(1 + rand 5) },
	numeric => sub { pick('', '-') . digits(1 + rand pick(4, 20))
		  . pick('', '.' . digits(1 + rand pick(4, 20))) },
	float => sub { pick('', '-') . digits(1 + rand 8)
		  . pick('', '.' . digits(1 + rand 9)) . pick('', '', 'e' . pick('', '-') . int(rand 12)) },
	text => sub { join('', map { pick('a' .. 'z', ' ', 'é', '漢', "\t", '\\', '"', ',', "\n") } 0 .. rand 12) . 'x' },
	date => sub { sprintf('%04d-%02d-%02d', 1 + rand 9999, 1 + rand 12, 1 + rand 28) },
	time => sub { sprintf('%02d:%02d:%02d', rand 24, rand 60, rand 60)
		  . pick('', '.' . digits(1 + rand 6)) },
	offset => sub { pick('+', '-') . sprintf('%02d', rand 15) . pick('', ':30') });
$random{timestamp} = sub { $random{date}->() . ' ' . $random{time}->() };
$random{timestamptz} = sub { $random{timestamp}->() . $random{offset}->() };

# Name, type there, type here, maker of values, values besides.
my @columns = (
	[ 'i2', 'smallint', 'int2', sub { int(rand 65536) - 32768 }, -32768, 32767, 0 ],
	[ 'i4', 'int', 'int4', $random{int}, -2147483648, 2147483647 ],
	[ 'i8', 'bigint', 'int8', $random{int}, '-9223372036854775808', '9223372036854775807',
		'999999999999999999', '1000000000000000000' ],
	[ 'i4_as_text', 'text', 'int4', $random{int}, ' 7', '+7', '007', '2147483647' ],
	[ 'i8_as_n', 'bigint', 'numeric', $random{int}, '9223372036854775807' ],
	[ 'f4', 'float4', 'float4', $random{float}, 'NaN', '-Infinity', '-0', '1e-45', '3.4028235e+38' ],
	[ 'f8', 'float8', 'float8', $random{float}, 'NaN', 'Infinity', '-0', '5e-324',
		'0.30000000000000004', '1.7976931348623157e+308', '9007199254740993' ],
	[ 'f8_as_text', 'text', 'float8', $random{float}, '.5', '1.', 'inf', '0x10' ],
	[ 'n', 'numeric', 'numeric', $random{numeric}, '0.00', '-0.00', '1.10', '9' x 38,
		'0.' . '0' x 37 . '1', '123456789012345678', '1234567890123456.78', '10000', '0.0001' ],
	[ 'n_10_2', 'numeric(18,4)', 'numeric(10,2)', sub { pick('', '-') . digits(1 + rand 7) . '.' . digits(4) },
		'0.005', '-0.005', '99999999.9949', '12.5000' ],
	[ 'n_18_6', 'numeric(18,2)', 'numeric(24,6)', sub { pick('', '-') . digits(1 + rand 15) . '.' . digits(2) } ],
	[ 'n_38_38', 'numeric', 'numeric(38,38)', sub { '0.' . digits(1 + rand 38) }, '0' ],
	[ 'n_as_text', 'text', 'numeric', $random{numeric}, '1e5', 'NaN', '.5', '5.', ' 1 ', '+1.50' ],
	[ 'b', 'boolean', 'bool', sub { pick('true', 'false') } ],
	[ 'b_as_text', 'text', 'bool', sub { pick('t', 'f', 'true', 'false', 'yes', 'off', '1', ' TRUE ') } ],
	[ 't', 'text', 'text', $random{text}, 'x' x 3000 ],
	[ 'v8', 'text', 'varchar(8)', sub { substr($random{text}->(), 0, 1 + rand 8) }, '漢字漢字漢字漢字', 'trailing   ' ],
	[ 'c8', 'text', 'char(8)', sub { substr($random{text}->(), 0, 1 + rand 8) }, '漢字漢字漢字漢字', 'é', 'trailing   ' ],
	[ 'c', 'char(5)', 'bpchar', sub { pick('a', 'bc', 'def  ') } ],
	[ 'd', 'date', 'date', $random{date}, '0001-01-01', '9999-12-31', '2000-01-01', '1999-12-31',
		'2024-02-29', '0044-03-15 BC', 'infinity', '1582-10-10' ],
	[ 'd_as_text', 'text', 'date', $random{date}, '20240229', 'Feb 29 2024', '2024-2-9', 'epoch' ],
	[ 'ti', 'time', 'time', $random{time}, '24:00:00', '00:00:00' ],
	[ 'ti_2', 'time', 'time(2)', $random{time}, '23:59:59.999', '23:59:59.99' ],
	[ 'ts', 'timestamp', 'timestamp', $random{timestamp}, '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999',
		'1999-12-31 23:59:59.999999', '0044-03-15 12:00:00 BC', '-infinity' ],
	[ 'ts_3', 'timestamp', 'timestamp(3)', $random{timestamp}, '1999-12-31 23:59:59.9996' ],
	[ 'ts_as_text', 'text', 'timestamp', $random{timestamp}, '2024-02-29T12:00:00', '2024-02-29',
		'2024-02-29 12:00:00+05', '2024-02-29 23:59:60', '2024-02-29 12:00:00.1234567' ],
	[ 'tz', 'timestamptz', 'timestamptz', $random{timestamptz}, 'infinity', '1883-01-01 00:00:00+00' ],
	[ 'tz_as_text', 'text', 'timestamptz', $random{timestamptz}, '2024-02-29 12:00:00', '2024-02-29 12:00:00Z',
		'2024-02-29 12:00:00 Europe/Berlin', '2024-02-29 12:00:00+0530', '2024-02-29 12:00:00+05:30:10' ],
	[ 'tz_1', 'timestamptz', 'timestamptz(1)', $random{timestamptz} ],
	[ 'u', 'uuid', 'uuid', sub { join('-', map { digits($_) } 8, 4, 4, 4, 12) } ],
	[ 'j', 'jsonb', 'jsonb', sub { '{"a": [1' . digits(20) . ', null, "é"]}' } ],
	[ 'by', 'bytea', 'bytea', sub { '\x' . join('', map { digits(2) } 0 .. rand 20) } ],
	[ 'iv', 'interval', 'interval', sub { int(rand 99) . ' days ' . $random{time}->() } ]);

# safe_psql speaks bytes.
sub sql
{
	my ($text, $database) = @_;
	utf8::encode($text);
	return $node->safe_psql($database // 'postgres', $text);
}

sub load
{
	my ($sql, $target, $options) = @_;
	return sql('SELECT rsdata_submit(' . literal($sql)
		  . ", 'wh', target => '$target', options => '{$options}')");
}

# ---- values ----

my $ROWS = 300;
my (@there, @here, @domains, @rows);

for my $column (@columns)
{
	my ($name, $there, $here) = @$column;

	push @there, "v.$name\::$there AS $name";
	push @here, "$name $here";
	push @domains, "CREATE DOMAIN d_$name AS $here";
}
for my $n (1 .. $ROWS)
{
	push @rows, join(', ', $n, map {
			my (undef, undef, undef, $make, @more) = @$_;
			rand(10) < 1 ? 'NULL' : literal($n <= @more ? $more[ $n - 1 ] : $make->())
		} @columns);
}
my $names = join(', ', map { $_->[0] } @columns);
my $samples = 'CREATE TABLE samples AS SELECT v.row_no, ' . join(', ', @there)
  . ' FROM (VALUES ' . join(', ', map { "($_)" } @rows) . ") v(row_no, $names)";
my $query = 'select * from samples';
utf8::encode($samples);
$warehouse->safe_psql('warehouse', $samples);

sql(join('; ', @domains));
for my $form ('json', 'csv')
{
	my $option = qq("result_format": "$form", "target_mode": "replace")
	  . ($form eq 'csv' ? ', "empty_as_null": true' : '');

	sql("DROP TABLE IF EXISTS plain, domains;
		CREATE TABLE plain (row_no int, " . join(', ', @here) . ");
		CREATE TABLE domains (row_no int, " . join(', ', map { "$_->[0] d_$_->[0]" } @columns) . ')');
	wait_status($node, load($query, $_, $option), 'finished', "$form into $_")
	  for ('plain', 'domains');
	is(sql("SELECT count(*) FROM plain"), $ROWS, "$form: all rows are there");
	for my $column (@columns)
	{
		my ($name, undef, $here) = @$column;

		# As text, and byte by byte; a NaN and a negative zero have both.
		is( sql("SELECT row_no, p.$name, d.$name
				FROM plain p FULL JOIN domains d USING (row_no)
				WHERE p.$name\::text IS DISTINCT FROM d.$name\::text
				OR md5(record_send(ROW(p.$name))) IS DISTINCT FROM md5(record_send(ROW(d.$name\::$here)))
				OR pg_column_size(p.$name) IS DISTINCT FROM pg_column_size(d.$name)
				ORDER BY row_no"), '', "$form: $name is the same");
	}
}

# ---- errors ----

my @bad = (
	[ 'smallint', 'int', '32768', '22003' ],
	[ 'smallint', 'int', '-32769', '22003' ],
	[ 'int', 'bigint', '-2147483649', '22003' ],
	[ 'int', 'text', '12a', '22P02' ],
	[ 'bigint', 'text', '9223372036854775808', '22003' ],
	[ 'real', 'float8', '1e300', '22003' ],
	[ 'float8', 'text', '1e', '22P02' ],
	[ 'numeric(4,2)', 'numeric', '123.45', '22003' ],
	[ 'numeric(4,2)', 'numeric', '99.995', '22003' ],
	[ 'numeric', 'text', '1..2', '22P02' ],
	[ 'bool', 'text', 'maybe', '22P02' ],
	[ 'varchar(3)', 'text', 'long', '22001' ],
	[ 'varchar(2)', 'text', 'äöü', '22001' ],
	[ 'char(3)', 'text', 'long', '22001' ],
	[ 'date', 'text', '2023-02-29', '22008' ],
	[ 'time', 'text', '25:00:00', '22008' ],
	[ 'timestamp', 'text', '2023-02-29 00:00:00', '22008' ],
	[ 'timestamptz', 'text', '2023-01-01 00:00:00+16', '22009' ]);
for my $case (@bad)
{
	my ($here, $there, $value, $sqlstate) = @$case;
	my $query = "select 1 as n, null::$there as v union all select 2, "
	  . literal($value) . "::$there";
	my @errors;

	sql("DROP TABLE IF EXISTS refused, refused_domain; DROP DOMAIN IF EXISTS d;
		CREATE DOMAIN d AS $here; CREATE TABLE refused (n int, v $here);
		CREATE TABLE refused_domain (n int, v d)");
	for my $target ('refused', 'refused_domain')
	{
		my $row = wait_status($node, load($query, $target, ''), 'undelivered',
			"$value is no $here");

		is($row->{sqlstate}, $sqlstate, 'its SQLSTATE');
		push @errors, $row->{error};
	}
	like($errors[0], qr/^row 2, column "v": /, 'row and column');
	is($errors[0], $errors[1], 'in the same words');
}
sql('CREATE DOMAIN wanted AS int NOT NULL CHECK (value > 0);
	CREATE TABLE wants (n int, v wanted)');
for my $value ('null', '0')
{
	my $row = wait_status($node,
		load("select 1 as n, 5 as v union all select 2, $value", 'wants', ''),
		'undelivered', "a domain that refuses $value");

	like($row->{error}, qr/^row 2, column "v": .*domain wanted/, 'says so');
}

# ---- another encoding ----

$ENV{PGCLIENTENCODING} = 'UTF8';
sql(q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
sql('CREATE EXTENSION rsdata', 'latin');
create_server($node, $emulator, database => 'latin');
sql('CREATE TABLE t (t text, v varchar(3), c char(3))', 'latin');

sub load_latin
{
	my ($query, $status, $name) = @_;
	my $id = sql('SELECT rsdata_submit(' . literal($query)
		  . ", 'wh', target => 't')", 'latin');
	return wait_status($node, $id, $status, $name, 'latin');
}

load_latin(q{select chr(228) || chr(246) || chr(252) as t, chr(228) || chr(246) || chr(252) as v,
	chr(228) as c}, 'finished', 'text into LATIN1');
is(sql('SELECT octet_length(t), octet_length(v), octet_length(c), ascii(t) FROM t', 'latin'),
	'3|3|3|228', 'is converted');
my $row = load_latin(q{select 'plain' as t union all select chr(28450)},
	'undelivered', 'what LATIN1 does not have');
is($row->{sqlstate}, '22P05', 'its SQLSTATE');
like($row->{error}, qr/^row 2, column "t": /, 'row and column');

# ---- wide rows ----

# COPY keeps rows back by the length of their lines, which have no values in
# them any more; it must not keep all of these.
sql('CREATE UNLOGGED TABLE wide (n int, t text); ALTER TABLE wide ALTER t SET STORAGE EXTERNAL');

sub load_wide
{
	my ($rows) = @_;
	my $id = load("select i as n, repeat('x', 300000) as t from generate_series(1, $rows) i",
		'wide', '"target_mode": "truncate"');
	my $memory = memory_of($node, $id);

	wait_status($node, $id, 'finished', "$rows wide rows");
	is(sql('SELECT count(*), sum(length(t)) FROM wide'), "$rows|" . $rows * 300000,
		'they are there');
	return $memory->{loader};
}

my $few = load_wide(3);
my $many = load_wide(200);
cmp_ok($many - $few, '<=', 16 * 1024, 'many take no more memory than a few');
note("loader: $few kB, then $many kB");

stayed_up($node);
done_testing();
