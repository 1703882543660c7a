# Every type a column can have, from the service to a typed row, a row found
# by name, and JSON; and parameters on the way out.

use strict;
use warnings;
use utf8;

use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();

# Types of Redshift's that PostgreSQL lacks, as far as texts go.
for my $type (qw(hllsketch geometry geography))
{
	$warehouse->safe_psql('warehouse', qq{
		CREATE TYPE $type;
		CREATE FUNCTION ${type}_in(cstring) RETURNS $type
			LANGUAGE internal IMMUTABLE STRICT AS 'textin';
		CREATE FUNCTION ${type}_out($type) RETURNS cstring
			LANGUAGE internal IMMUTABLE STRICT AS 'textout';
		CREATE TYPE $type (INPUT = ${type}_in, OUTPUT = ${type}_out, LIKE = text)});
}

my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '2000' ]);
my $blob = new_emulator($warehouse, args => [ '--varbyte', 'blob' ]);
my $node = new_node('main', conf => ["timezone = 'UTC'"]);
create_server($node, $emulator);
create_server($node, $blob, name => 'blob');

my $BIG = 'x' x 100_000;
my $NINES = '9' x 38;

# name, type there, type here, values; a value that is a pair is written as
# the first and read as the second.  NULL is added to each.
my @cases = (
	[ 'int2', 'int2', 'int2', qw(-32768 0 32767) ],
	[ 'int4', 'int4', 'int4', qw(-2147483648 2147483647) ],
	[   'int8', 'int8', 'int8', qw(-9223372036854775808 9223372036854775807),
		'9007199254740993' ],
	[   'numeric', 'numeric', 'numeric', $NINES, "-$NINES",
		'0.' . '0' x 36 . '1', "0.$NINES", '1.10', [ '-0.00', '0.00' ],
		'123456789012345678901234567890.12345678' ],
	[   'float4', 'float4', 'float4', qw(1.5 -3.4028235e+38 1e-45 0.1 NaN
		Infinity -Infinity) ],
	[   'float8', 'float8', 'float8', qw(0.1 1.7976931348623157e+308 5e-324
		-1234.5678 0.30000000000000004 NaN Infinity -Infinity) ],
	[ 'bool', 'bool', 'bool', qw(true false) ],
	[   'text', 'text', 'text', '', ' ', 'NULL', 'null', q{it's "so"},
		'C:\temp\new', '\u0000', '\\\\', "line\nfeed\ttab\r", "\x01\x1f\x7f",
		'süß Ω 漢字', "\x{1F600}\x{1F468}\x{200D}\x{1F469}", "e\x{301}",
		'{"a": 1}', ':name $1 %s', '</script>', $BIG ],
	[ 'varchar', 'varchar(10)', 'varchar(10)', 'abc', '' ],
	[ 'bpchar', 'char(5)', 'text', [ 'ab', 'ab   ' ], [ '', '     ' ] ],
	[   'date', 'date', 'date', qw(0001-01-01 2024-02-29 9999-12-31),
		'0044-03-15 BC' ],
	[ 'time', 'time', 'time', qw(00:00:00 23:59:59.999999 12:00:00.5) ],
	[   'timetz', 'timetz', 'timetz', '12:34:56.5+05:30', '00:00:00-08',
		'23:59:59.999999+00' ],
	[   'timestamp', 'timestamp', 'timestamp',
		map({ "2024-01-02 03:04:05$_" }
			'', qw(.1 .12 .123 .1234 .12345 .123456)),
		'0001-01-01 00:00:00', '9999-12-31 23:59:59.999999',
		'0044-03-15 12:00:00 BC' ],
	[   'timestamptz', 'timestamptz', 'timestamptz',
		'2024-01-02 03:04:05.123456+00',
		[ '1999-12-31 23:59:59-05', '2000-01-01 04:59:59+00' ],
		'1970-01-01 00:00:00+00' ],
	[   'super', 'jsonb', 'jsonb', '{"a": [1, 2.50, null, "é"], "b": {}}',
		'[]', '5', '"text"', 'null', 'true' ],
	[ 'super as text', 'json', 'text', '{"b":1,  "a":2}', '12345678901234567890' ],
	[   'interval', 'interval', 'interval',
		'1 year 2 mons 3 days 04:05:06.789', '-00:00:01' ],
	[   'hllsketch', 'hllsketch', 'text',
		'{"version":1,"logm":15,"sparse":{"indices":[4878,9559],"values":[1,2]}}' ],
	[ 'geometry', 'geometry', 'text', '[B@f69ae81',
		'0101000000000000000000F03F0000000000000040' ],
	[ 'geography', 'geography', 'text', 'SRID=4326;POINT(1 2)' ],
	[ 'uuid', 'uuid', 'uuid', '6f1ed002-ab59-4b1e-8f9e-7c1c1d1e1f20' ],
	[ 'inet as text', 'inet', 'text', '10.0.0.1', '10.0.0.0/8' ],
	[ 'oid as text', 'oid', 'text', '4294967295' ]);

# safe_psql speaks bytes.
sub sql
{
	my ($text) = @_;
	utf8::encode($text);
	return $node->safe_psql('postgres', $text);
}

# The values of one column as texts, in order.
sub values_of
{
	my ($expression, $from) = @_;
	return JSON::PP->new->utf8->decode(
		sql("SELECT coalesce(json_agg($expression), '[]') FROM $from"));
}

sub submit
{
	my ($sql, %opts) = @_;
	my $server = $opts{server} // 'wh';
	my $more = $opts{more} // '';
	return sql("SELECT rsdata_submit(" . literal($sql)
		  . ", server => '$server'$more)");
}

# In CSV nothing is NULL, if that is said: texts of no length cannot be told.
my $csv = q{, options => '{"result_format": "csv", "empty_as_null": true}'};
my %id;
my %csv_id;
for my $case (@cases)
{
	my ($name, $there, $here, @values) = @$case;
	my $n = 0;
	my $rows = join(', ',
		map { '(' . ++$n . ', ' . literal(ref $_ ? $_->[0] : $_) . ')' }
		  @values, undef);
	my $sql = "select x::$there as x from (values $rows) v(n, x) order by n";

	$id{$name} = submit($sql);
	$csv_id{$name} = submit($sql, more => $csv);
}

# One type in one format, read in all ways.
sub reads
{
	my ($case, $id, $expected) = @_;
	my ($name, $there, $here) = @$case;

	wait_status($node, $id, 'finished');
	is_deeply(values_of('a::text', "rsdata_result($id) AS t(a $here)"),
		$expected, 'rsdata_result');
	is_deeply(
		values_of('a', "rsdata_result($id) AS t(a text)"),
		values_of("data->>'x'", "rsdata_rows($id)"),
		'rsdata_rows has the text of the service')
	  unless $name =~ /^(float|super|numeric|bool)/;
	is_deeply(
		values_of("(data->>'x')::${here}::text", "rsdata_rows($id)"),
		$expected, 'rsdata_rows, cast')
	  unless $name =~ /^super/;
	sql("CREATE TABLE one (y int DEFAULT 7, x $here)");
	is_deeply(
		values_of('x::text', "rsdata_result_as(NULL::one, $id)"),
		$expected, 'rsdata_result_as');
	sql('DROP TABLE one');
	return;
}

for my $case (@cases)
{
	my ($name, $there, $here, @values) = @$case;
	my @expected = (map({ ref $_ ? $_->[1] : $_ } @values), undef);

	subtest $name => sub { reads($case, $id{$name}, \@expected) };
	subtest "$name in CSV" => sub {
		reads($case, $csv_id{$name},
			[ map { defined $_ && $_ eq '' ? undef : $_ } @expected ]);
		is_deeply(
			values_of('data', "rsdata_rows($csv_id{$name})"),
			[ map { ($_->{x} // 'x') eq '' ? { x => undef } : $_ }
				  @{ values_of('data', "rsdata_rows($id{$name})") } ],
			'rsdata_rows gives the same');
	};
}

subtest 'kinds of JSON' => sub {
	my %kinds = (
		int8 => 'number number number null',
		bool => 'boolean boolean null',
		varchar => 'string string null',
		date => 'string string string string null',
		super => 'object array number string null boolean null',
		float4 => 'number number number number string string string null');
	for my $name (sort keys %kinds)
	{
		is( join(' ',
				@{ values_of("jsonb_typeof(data->'x')",
						"rsdata_rows($id{$name})") }),
			$kinds{$name}, $name);
	}
};

subtest 'varbyte' => sub {
	my $sql = q{select x::bytea as x from (values (1, '\xdeadbeef'),
		(2, '\x'), (3, '\x00ff'), (4, null)) v(n, x) order by n};
	my ($text, $bytes, $lines) =
	  (submit($sql), submit($sql, server => 'blob'), submit($sql, more => $csv));

	wait_status($node, $_, 'finished') for ($text, $bytes, $lines);
	is_deeply(values_of('a::text', "rsdata_result($lines) AS t(a bytea)"),
		[ '\xdeadbeef', undef, '\x00ff', undef ], 'in CSV');
	for ([ $text, 'hexadecimal text' ], [ $bytes, 'a blob' ])
	{
		my ($id, $how) = @$_;
		my $expected = [ '\xdeadbeef', '\x', '\x00ff', undef ];

		is_deeply(values_of('a::text', "rsdata_result($id) AS t(a bytea)"),
			$expected, "as $how");
		is_deeply(values_of("data->>'x'", "rsdata_rows($id)"),
			$expected, "as $how, in JSON");
	}
};

subtest 'no rows' => sub {
	my $id = submit('select 1 as a, current_date as b where false');
	my $row = wait_status($node, $id, 'finished');

	is("$row->{rows_total} $row->{rows_done}", '0 0', 'none');
	rows_are($node, $id, 'a int, b date', '');
	is_deeply(values_of('data', "rsdata_rows($id)"), [], 'none in JSON');
	is_deeply(values_of('name', "rsdata.result_columns WHERE statement = $id"),
		[ 'a', 'b' ], 'but its columns are known');
};

subtest 'columns that differ in a letter' => sub {
	for my $name (qw(a b b a))
	{
		my $id = submit("select 1 as $name");

		wait_status($node, $id, 'finished');
		is_deeply(
			values_of('name', "rsdata.result_columns WHERE statement = $id"),
			[$name], $name);
	}
};

subtest 'names of types' => sub {
	for my $name (qw(hllsketch geometry geography varchar))
	{
		is_deeply(
			values_of('type_name',
				"rsdata.result_columns WHERE statement = $id{$name}"),
			[$name], $name);
	}
};

subtest 'labels' => sub {
	my $id = submit('select 1 as x, 2 as x, 3 as "Größe ""q""", 4');
	wait_status($node, $id, 'finished');
	is_deeply(
		values_of('data', "rsdata_rows($id)"),
		[ { 'x' => 1, 'x_2' => 2, 'Größe "q"' => 3, '?column?' => 4 } ],
		'made unique');
	is_deeply(
		values_of('label', "rsdata.result_columns WHERE statement = $id"),
		[ 'x', 'x', 'Größe "q"', '?column?' ],
		'and kept as they came');
	rows_are($node, $id, 'a int, b int, c int, d int', '1|2|3|4');
	$id = submit('select 1 as x, 2 as x, 3 as "Größe ""q""", 4', more => $csv);
	wait_status($node, $id, 'finished');
	rows_are($node, $id, 'a int, b int, c int, d int', '1|2|3|4');
};

subtest 'an instant is an instant in any time zone' => sub {
	is( sql("SET timezone = 'Asia/Kolkata'; SET datestyle = 'German, DMY';
			SELECT extract(epoch FROM a)
			FROM rsdata_result($id{timestamptz}) AS t(a timestamptz) LIMIT 1"),
		'1704164645.123456', 'timestamptz');
	is( sql("SET timezone = 'Asia/Kolkata'; SET datestyle = 'SQL, DMY';
			SELECT a = '2024-02-29'::date FROM rsdata_result($id{date})
			AS t(a date) OFFSET 1 LIMIT 1"),
		't', 'date');
};

subtest 'a statement with parameters' => sub {
	my %params = (
		word => q{it's "so" \ } . "\x{1F600}" . q{ :other -- /* ; $1},
		other => 'second',
		int => 42,
		negative => -7,
		big => JSON::PP->new->allow_bignum->decode("[$NINES]")->[0],
		yes => JSON::PP::true(),
		no => JSON::PP::false(),
		day => '2024-02-29');
	my $json = JSON::PP->new->allow_bignum->canonical->encode(\%params);
	my $id = submit(
		q{select :word::text, :int::int + 1, :negative::int, :big::numeric,
			:yes::bool, :no::bool, :day::date, :other::text,
			':word' /* :word */ -- :word
			, :word::text = :word::text},
		more => ', params => ' . literal($json));
	wait_status($node, $id, 'finished');
	is_deeply(
		values_of(
			'to_json(t)',
			"rsdata_result($id) AS t(a text, b int, c int, d text, e bool,
			 f bool, g date, h text, i text, j bool)"),
		[   {   a => $params{word},
				b => 43,
				c => -7,
				d => $NINES,
				e => JSON::PP::true(),
				f => JSON::PP::false(),
				g => '2024-02-29',
				h => 'second',
				i => ':word',
				j => JSON::PP::true() } ],
		'values arrive as they were given');
	my $row = wait_status(
		$node,
		submit('select $$:unused$$', more => q{, params => '{"unused": "x"}'}),
		'failed', 'one that only the service knows to be unused');
	like($row->{error}, qr/unused/, 'is named by the service');
};

stayed_up($node);
done_testing();
