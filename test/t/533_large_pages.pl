# Results in pages of 15 MB, the largest that the service names: the worker
# has one of them and the end of another in memory, not two, and its heap
# keeps nothing of those that are gone.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Memory;
use Rsdata::Test;
use Test::More;

my $PAGE_MB = 15;
my $PAGES = 4;
my $page = $PAGE_MB * 1024 * 1024;

# What else grows: the 4 MB of a page whose successor is asked for already,
# and the copies of a piece of 1 MB on its way into a table, before and after
# its compression.
my $REST_KB = 8 * 1024;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse,
	args => [ '--page-bytes', $page, '--csv-page-bytes', $page ]);
my $gzip = new_emulator($warehouse,
	args => [ '--page-bytes', $page, '--csv-page-bytes', $page, '--gzip', '1000' ]);
my $node = new_node('pages', conf => [ 'rsdata.max_bytes = 2GB' ]);

create_server($node, $emulator);
create_server($node, $gzip, name => 'gzip');
$node->safe_psql('postgres',
	'CREATE UNLOGGED TABLE big (n int, m numeric, a text)');

# Rows of about 1 kB.
sub submit
{
	my ($count, $server, $options, $target) = @_;
	my $sql = "select i as n, i + 0.5 as m, repeat(chr(97 + i % 26), 960) as a "
	  . "from generate_series(1, $count) i";
	my $to = $target ? ", target => '$target'" : '';

	return $node->safe_psql('postgres',
		"SELECT rsdata_submit('$sql', '$server', options => '{$options}'$to)");
}

my $JSON = '"target_mode": "truncate"';
my $CSV = "$JSON, \"result_format\": \"csv\"";

# What small results need, of every kind, is there before it is measured.
my $base = memory_base(map {
	my $id = submit(1000, @$_);
	my $memory = memory_of($node, $id);

	wait_status($node, $id, 'finished', 'a small one');
	$memory;
} ([ 'wh', '' ], [ 'gzip', '"result_format": "csv"' ],
	[ 'wh', $JSON, 'big' ], [ 'wh', $CSV, 'big' ]));

for my $case (
	[ 'JSON, kept', 'wh', '' ],
	[ 'CSV, kept', 'wh', '"result_format": "csv"' ],
	[ 'CSV, kept, compressed on its way', 'gzip', '"result_format": "csv"' ],
	[ 'JSON into a target', 'wh', $JSON, 'big' ],
	[ 'CSV into a target', 'wh', $CSV, 'big' ])
{
	my ($name, @way) = @$case;

	subtest $name => sub {
		my $rows = $PAGES * $PAGE_MB * 1000;
		my $id = submit($rows, @way);
		my $memory = memory_of($node, $id);
		my $row = wait_status($node, $id, 'finished');

		is($row->{rows_done}, $rows, 'all rows came');
		cmp_ok($row->{pages_done}, '<=', $PAGES + 1, 'in as many pages');
		is($node->safe_psql('postgres', 'SELECT count(*), sum(n), sum(length(a)) FROM big'),
			join('|', $rows, $rows * ($rows + 1) / 2, $rows * 960), 'and are there')
		  if $way[2];
		cmp_ok($memory->{worker} - $base->{worker}, '<=', $PAGE_MB * 1024 + $REST_KB,
			'the worker has one page in memory');
		cmp_ok($memory->{loader} - $base->{loader}, '<=', $REST_KB,
			'the loader has none') if $memory->{loader};
		note("worker: $base->{worker} kB, then $memory->{worker} kB; "
			  . "loader: $base->{loader} kB, then $memory->{loader} kB");
	};
}

stayed_up($node);
$node->stop('fast');
done_testing();
