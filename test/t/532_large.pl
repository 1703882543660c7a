# A large result passes through: the memory of each process stays that of a
# few pages whatever the size, kept or into a target, in both formats.
# RSDATA_LARGE_MB sets the size (100); the service's limit is 500.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Memory;
use Rsdata::Test;
use Test::More;

# The worker has a page in hand while the next one arrives, and the copies of
# a piece of 1 MB on its way into a table: of pages of 2 MB that is 8 MB, with
# what the C library keeps of what was freed.
my $PAGE = 2 * 1024 * 1024;
my $GROWTH_KB = 12 * 1024;

my $mb = $ENV{RSDATA_LARGE_MB} // 100;
my $rows = $mb * 1000;			# of about 1 kB
my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse,
	args => [ '--page-bytes', $PAGE, '--csv-page-bytes', $PAGE, '--gzip', '1000' ]);
my $node = new_node('large', conf => [ 'rsdata.max_bytes = 2GB' ]);

create_server($node, $emulator);
$node->safe_psql('postgres',
	'CREATE UNLOGGED TABLE big (n int, m numeric, a text)');

sub submit
{
	my ($count, $options, $target) = @_;
	my $sql = "select i as n, i + 0.5 as m, repeat(chr(97 + i % 26), 960) as a "
	  . "from generate_series(1, $count) i";
	my $to = $target ? ", target => '$target'" : '';

	return $node->safe_psql('postgres',
		"SELECT rsdata_submit('$sql', 'wh', options => '{$options}'$to)");
}

# What small results need, of every kind, is there before it is measured.
my $base = memory_base(map {
	my $id = submit(10000, @$_);
	my $memory = memory_of($node, $id);

	wait_status($node, $id, 'finished', 'a small one');
	$memory;
} ([ '' ], [ '"result_format": "csv"' ], [ '', 'big' ],
	[ '"result_format": "csv"', 'big' ]));

for my $case (
	[ 'JSON, kept', '' ],
	[ 'CSV, kept', '"result_format": "csv"' ],
	[ 'JSON into a target', '"target_mode": "truncate"', 'big' ],
	[ 'CSV into a target', '"target_mode": "truncate", "result_format": "csv"', 'big' ])
{
	my ($name, @way) = @$case;

	subtest $name => sub {
		my $id = submit($rows, @way);
		my $most = memory_of($node, $id);
		my $row = wait_status($node, $id, 'finished');

		is($row->{rows_done}, $rows, 'all rows came');
		if ($way[1])
		{
			is($node->safe_psql('postgres', 'SELECT count(*), sum(n), sum(length(a)) FROM big'),
				join('|', $rows, $rows * ($rows + 1) / 2, $rows * 960), 'and are there');
		}
		else
		{
			is($node->safe_psql('postgres',
					"SELECT sum(row_count), max(octet_length(body)) <= 1048576
					FROM rsdata.page WHERE statement = $id"),
				"$rows|t", 'in rows of 1 MB');
		}
		for my $kind ('worker', 'loader')
		{
			next if $most->{$kind} == 0;
			cmp_ok($most->{$kind} - $base->{$kind}, '<=', $GROWTH_KB,
				"the $kind grows by little");
			note("$kind: $base->{$kind} kB, then $most->{$kind} kB");
		}
	};
}

stayed_up($node);
done_testing();
