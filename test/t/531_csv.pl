# Results as CSV: whatever header, quotes and pages the service chooses, what
# CSV cannot say, when it is chosen, and that it arrives in tables.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $node = new_node('main');
my @emulators;
my $CSV = '"result_format": "csv"';

# A server whose emulator writes CSV in some way.
sub server_with
{
	my (@args) = @_;
	my $name = 's' . @emulators;

	push @emulators, new_emulator($warehouse, args => \@args);
	create_server($node, $emulators[-1], name => $name);
	return $name;
}

sub submit
{
	my ($server, $sql, $options, $target) = @_;
	my $to = defined $target ? ", target => '$target'" : '';

	$sql =~ s/'/''/g;
	return $node->safe_psql('postgres',
		"SELECT rsdata_submit('$sql', '$server', options => '{$options}'$to)");
}

my $plain = server_with('--csv-chunk-bytes', '3000', '--csv-page-bytes', '9000');
my $many = q{select i as n, i || ', "' || repeat('x', i % 50) || E'"\r\n' as t, i % 3 = 0 as b
	from generate_series(1, 1000) i};
my $digest = q{SELECT count(*), sum(n), sum(length(t)), count(*) FILTER (WHERE b)};

subtest 'headers, quotes and pages' => sub {
	my $expected = $warehouse->safe_psql('warehouse',
		"$digest FROM ($many) x");
	my %ways = (
		'pages and chunks' => $plain,
		'no header' => server_with('--csv-header', 'none',
			'--csv-chunk-bytes', '3000', '--csv-page-bytes', '9000'),
		'everything in quotes' => server_with('--csv-quote', 'all'),
		'ResultFormat in small letters' => server_with('--csv-name', 'csv'),
		'compressed' => server_with('--gzip', '100'));

	for my $way (sort keys %ways)
	{
		my $id = submit($ways{$way}, $many, $CSV);
		my $row = wait_status($node, $id, 'finished', $way);

		is($row->{result_format}, 'csv', 'the view shows the format');
		is( $node->safe_psql('postgres',
				"$digest FROM rsdata_result($id) AS r(n int, t text, b boolean)"),
			$expected, $way);
		is( $node->safe_psql('postgres', "SELECT DISTINCT format
			FROM rsdata.page WHERE statement = $id"), 'csv', 'stored as CSV');
	}
};

subtest 'a header on every chunk is more rows than there should be' => sub {
	my $every = server_with('--csv-header', 'chunk', '--csv-chunk-bytes', '3000');
	my $row = wait_status($node, submit($every, $many, $CSV), 'undelivered');

	like($row->{error}, qr/announced 1000 rows but delivered/, 'which is said');
};

subtest 'no rows' => sub {
	for my $what ('none', 'header')
	{
		my $id = submit(server_with('--csv-no-rows', $what),
			'select 1 as a where false', $CSV);
		my $row = wait_status($node, $id, 'finished');

		is("$row->{rows_total} $row->{rows_done}", '0 0', $what);
		rows_are($node, $id, 'a int', '');
	}
};

subtest 'a row that looks like the header' => sub {
	my $id = submit($plain, q{select 'a' as a}, $CSV);

	wait_status($node, $id, 'finished');
	rows_are($node, $id, 'a text', 'a');
};

subtest 'NULL or an empty text' => sub {
	my $sql = q{select * from (values (1, 'x'), (2, ''), (3, null)) v(n, t)};
	my $id = submit($plain, $sql, $CSV);
	my $message;

	wait_status($node, $id, 'finished');
	$message = error_of($node, "\\set VERBOSITY verbose\n"
		  . "SELECT * FROM rsdata_result($id) AS t(n int, t text)");
	like($message, qr/22000: .*either NULL or an empty string/, 'is not guessed');
	like($message, qr/empty_as_null/, 'with a hint');
	like($message, qr/column 2 \("t"\) of row 2/, 'and the place');
	like(error_of($node, "SELECT * FROM rsdata_rows($id)"),
		qr/either NULL or an empty string/, 'rsdata_rows does not guess either');
	$node->safe_psql('postgres', 'CREATE TABLE just_n (n int)');
	is( $node->safe_psql('postgres',
			"SELECT sum(n) FROM rsdata_result_as(NULL::just_n, $id)"),
		'6', 'columns that are not read do not matter');
	$id = submit($plain, $sql, "$CSV, \"empty_as_null\": true");
	wait_status($node, $id, 'finished');
	rows_are($node, $id, 'n int, t text', "1|x\n2|\n3|");
	is( $node->safe_psql('postgres',
			"SELECT count(*) FROM rsdata_result($id) AS t(n int, t text) WHERE t IS NULL"),
		'2', 'it is NULL where the user says so');
	$id = submit($plain, 'select 1 as n, null::int as m, null::date as d', $CSV);
	wait_status($node, $id, 'finished');
	is( $node->safe_psql('postgres',
			"SELECT * FROM rsdata_result($id) AS t(n int, m int, d date)"),
		'1||', 'and where it can be nothing else');
};

subtest 'into tables' => sub {
	$node->safe_psql('postgres', q{CREATE TABLE t (n int, t text, b boolean);
		CREATE TABLE nums (n int, m numeric, at timestamptz);
		CREATE TABLE few (t text)});
	wait_status($node, submit($plain, $many, $CSV, 't'), 'finished');
	is( $node->safe_psql('postgres', "$digest FROM t"),
		$warehouse->safe_psql('warehouse', "$digest FROM ($many) x"),
		'every byte arrives');

	my $row = wait_status($node,
		submit($plain, q{select * from (values ('x'), ('')) v(t)}, $CSV, 'few'),
		'undelivered', 'doubt is not loaded');
	is($row->{sqlstate}, '22000', 'its SQLSTATE');
	like($row->{error}, qr/^row 2, column "t": in CSV/, 'row and column');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM few'), '0',
		'nothing of it is there');
	$row = wait_status($node,
		submit($plain, q{select * from (values ('x'), ('')) v(t)},
			"$CSV, \"empty_as_null\": true", 'few'), 'finished');
	is($node->safe_psql('postgres', 'SELECT count(*), count(t) FROM few'),
		'2|1', 'unless it is said to be NULL');
};

subtest 'auto' => sub {
	my $sql = q{select 1 as n, 2.50 as m, now() as at};
	my $format = sub {
		my ($target, $options) = @_;
		my $row = wait_status($node, submit($plain, $sql,
			$options // '"result_format": "auto"', $target), 'finished');
		return $row->{result_format};
	};

	$node->safe_psql('postgres', 'CREATE TABLE mixed (n int, m numeric, at timestamptz, t text)');
	is($format->('nums'), 'csv', 'a target without texts');
	is($format->('mixed'), 'json', 'a target with a text');
	is($format->(undef), 'json', 'no target');
	is($format->('made', '"result_format": "auto", "target_mode": "create"'),
		'json', 'one that is to be made');
	is($format->('nums', ''), 'json', 'not asked for');
	$node->safe_psql('postgres', "ALTER SERVER $plain OPTIONS (ADD result_format 'auto')");
	is($format->('nums', ''), 'csv', "the server's option");
	is($format->('nums', '"result_format": "json"'), 'json',
		"the statement's comes first");
	is($node->safe_psql('postgres', 'SELECT count(*), sum(m) FROM nums'),
		'4|10.00', 'and the rows are the same');
};

subtest 'limits are known before pages are asked for' => sub {
	my $emulator = new_emulator($warehouse);
	my $row;

	create_server($node, $emulator, name => 'known');
	$node->append_conf('postgresql.conf', 'rsdata.submit_wait = 0');
	$node->reload;
	$node->safe_psql('postgres', 'CREATE TABLE bounded (i int, t text)');
	for my $case ([ max_rows => 9, '' ], [ max_bytes => 100, '' ],
		[ max_rows => 9, ", $CSV" ], [ max_bytes => 100, ", $CSV" ],
		[ max_rows => 9, '', 'bounded' ], [ max_bytes => 100, ", $CSV", 'bounded' ])
	{
		my ($name, $value, $options, $target) = @$case;

		$emulator->reset;
		$row = wait_status($node, submit('known',
			q{select i, repeat('x', 100) as t from generate_series(1, 10) i, pg_sleep(0.1)},
			qq{"$name": $value$options}, $target), 'undelivered');
		is($row->{sqlstate}, '54000', "$name: its SQLSTATE");
		like($row->{error}, qr/$name \($value\) allows; UNLOAD/, 'names the limit and a way');
		is($row->{rows_total}, 10, 'says how many there are');
		is(scalar(my @pages = grep { $_->{op} =~ /GetStatementResult/ } $emulator->calls), 0,
			'without asking for a page');
	}
	is($node->safe_psql('postgres', 'SELECT count(*) FROM bounded'), 0, 'nothing was loaded');
};

subtest 'limits that a first page tells of' => sub {
	my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '500', '--csv-page-bytes', '500' ]);

	create_server($node, $emulator, name => 'told', options => { describe => 'needed' });
	$node->append_conf('postgresql.conf', 'rsdata.submit_wait = 30s');
	$node->reload;
	for my $case ([ max_rows => 9, '' ], [ max_rows => 9, ", $CSV", 'bounded' ], [ max_bytes => 1000, '' ])
	{
		my ($name, $value, $options, $target) = @$case;
		my $row;

		$emulator->reset;
		$row = wait_status($node, submit('told',
			q{select i, repeat('x', 100) as t from generate_series(1, 100) i},
			qq{"$name": $value$options}, $target), 'undelivered');
		is($row->{sqlstate}, '54000', "$name: its SQLSTATE");
		like($row->{error}, qr/$name \($value\) allows; UNLOAD/, 'names the limit and a way');
		cmp_ok(scalar(my @pages = grep { $_->{op} =~ /GetStatementResult/ } $emulator->calls), '<=',
			$name eq 'max_rows' ? 1 : 4, 'without asking for more than tells it');
		is($node->safe_psql('postgres', 'SELECT count(*) FROM bounded'), 0, 'nothing is loaded');
	}
};

stayed_up($node);
done_testing();
