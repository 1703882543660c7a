# Results of batches as CSV: parts with and without rows, what CSV cannot say,
# kept and loaded.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--csv-chunk-bytes', '3000', '--csv-page-bytes', '9000' ]);
my $node = new_node('main');
create_server($node, $emulator);
$node->safe_psql('postgres', 'CREATE TABLE nums (n int, m int); CREATE TABLE texts (n int, t text)');

sub query { return $node->safe_psql('postgres', $_[0]) }

sub submit_batch
{
	my ($parts, $options, $targets) = @_;
	my $list = join(', ', map { "\$_\$$_\$_\$" } @$parts);
	my $to = $targets ? ", targets => '$targets'" : '';
	return query("SELECT rsdata_submit_batch(ARRAY[$list], 'wh', options => '{$options}'$to)");
}

my $CSV = '"result_format": "csv"';
my $MANY = q{select i as n, i || ', "' || repeat('x', i % 50) || E'"\r\n' as t from generate_series(1, 1000) i};
my $DIGEST = 'SELECT count(*), sum(n), sum(length(t))';
my $expected = $warehouse->safe_psql('warehouse', "$DIGEST FROM ($MANY) x");

subtest 'kept' => sub {
	my $id = submit_batch([ 'create table made (a int)', $MANY, 'select 1 as a where false',
		'insert into made values (1)', 'select null::int as n, 7 as m' ], $CSV);
	my $row = wait_status($node, $id, 'finished');
	is($row->{result_format}, 'csv', 'the view shows the format');
	is(query("$DIGEST FROM rsdata_result($id, 2) AS r(n int, t text)"), $expected, 'many pages');
	is(query("SELECT count(*) FROM rsdata_result($id, 3) AS r(a int)"), 0, 'no rows');
	is(query("SELECT n IS NULL, m FROM rsdata_result($id, 5) AS r(n int, m int)"), 't|7', 'NULL where it is certain');
	is(query("SELECT string_agg(DISTINCT format, ' ') FROM rsdata.page WHERE statement = $id"), 'csv', 'stored as CSV');
	is(query("SELECT string_agg(concat_ws(' ', status, has_result, rows_done), ', ' ORDER BY part)
		FROM rsdata.parts WHERE statement = $id"),
		'finished f 0, finished t 1000, finished t 0, finished f 0, finished t 1', 'the parts');
};

subtest 'NULL or empty' => sub {
	my @parts = ('select 1 as n', q{select * from (values (1, 'x'), (2, '')) v(n, t)});
	my $id = submit_batch(\@parts, $CSV);
	wait_status($node, $id, 'finished');
	like(error_of($node, "SELECT * FROM rsdata_result($id, 2) AS r(n int, t text)"),
		qr/column 2 \("t"\) of row 2/, 'is not guessed when it is read');
	is(query("SELECT * FROM rsdata_result($id) AS r(n int)"), 1, 'the other part can be');
	$id = submit_batch(\@parts, "$CSV, \"empty_as_null\": true");
	wait_status($node, $id, 'finished');
	is(query("SELECT count(t) FROM rsdata_result($id, 2) AS r(n int, t text)"), 1, 'unless it was said');
	$id = submit_batch(\@parts, $CSV, '{"1": "nums", "2": "texts"}');
	my $row = wait_status($node, $id, 'undelivered');
	like($row->{error}, qr/^part 2: row 2, column "t": in CSV/, 'nor when it is loaded');
	is(query('SELECT (SELECT count(*) FROM nums), (SELECT count(*) FROM texts)'), '0|0', 'nothing is');
	$id = submit_batch(\@parts, "$CSV, \"empty_as_null\": true", '{"1": "nums", "2": "texts"}');
	wait_status($node, $id, 'finished');
	is(query('SELECT (SELECT count(*) FROM nums), (SELECT count(t) FROM texts)'), '1|1', 'unless it was said');
};

subtest 'loaded' => sub {
	query('TRUNCATE nums, texts');
	my $id = submit_batch([ $MANY, 'insert into made values (2)',
		'select i as n, nullif(i % 2, 0) as m from generate_series(1, 10) i', 'select 1 as n where false' ],
		$CSV, '{"1": "texts", "3": "nums", "4": "nums"}');
	wait_status($node, $id, 'finished');
	is(query("$DIGEST FROM texts"), $expected, 'texts');
	is(query('SELECT count(*), count(m) FROM nums'), '10|5', 'numbers and NULL');
	is(query("SELECT string_agg(concat_ws(' ', part, rows_loaded), ', ' ORDER BY part)
		FROM rsdata.parts WHERE statement = $id"), '1 1000, 2, 3 10, 4 0', 'counted');
	$id = submit_batch([ 'select 1 as n' ], '"result_format": "auto"', '{"1": "nums"}');
	is(wait_status($node, $id, 'finished')->{result_format}, 'json', 'auto is JSON for batches');
};

stayed_up($node);
$node->stop('fast');
done_testing();
