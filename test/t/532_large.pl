# A large result passes through: the memory of each process stays that of a
# few pages whatever the size, kept or into a target, in both formats.
# RSDATA_LARGE_MB sets the size (100); the service's limit is 500.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

# The worker has a page in hand while the next one arrives, whose buffer
# doubles as it grows; of pages of 2 MB that is 2 + 2 * 4 MB at most, and the
# rest is what the C library keeps of what was freed.
my $PAGE = 2 * 1024 * 1024;
my $GROWTH_KB = 16 * 1024;

my $mb = $ENV{RSDATA_LARGE_MB} // 100;
my $rows = $mb * 1000;			# of about 1 kB
my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse,
	args => [ '--page-bytes', $PAGE, '--csv-page-bytes', $PAGE, '--gzip', '1000' ]);
my $node = new_node('large', conf => [ 'rsdata.max_bytes = 2GB' ]);

create_server($node, $emulator);
$node->safe_psql('postgres',
	'CREATE UNLOGGED TABLE big (n int, m numeric, a text)');

# Private memory of a process in kB.
sub private_kb
{
	my ($pid) = @_;
	my $status = slurp_file("/proc/$pid/status");
	return $status =~ /^RssAnon:\s+(\d+)/m ? $1 : 0;
}

sub submit
{
	my ($count, $options, $target) = @_;
	my $sql = "select i as n, i + 0.5 as m, repeat(chr(97 + i % 26), 960) as a "
	  . "from generate_series(1, $count) i";
	my $to = $target ? ", target => '$target'" : '';

	return $node->safe_psql('postgres',
		"SELECT rsdata_submit('$sql', 'wh', options => '{$options}'$to)");
}

# The most that the worker, and any loader, had while this statement ran.
sub watch
{
	my ($id) = @_;
	my %most = (worker => 0, loader => 0);

	wait_for(sub {
		my %pids = map { split /\|/ } split(/\n/, $node->safe_psql('postgres', q{
			SELECT pid, substr(backend_type, 8) FROM pg_stat_activity
			WHERE backend_type IN ('rsdata worker', 'rsdata loader')}));

		while (my ($pid, $kind) = each %pids)
		{
			my $kb = eval { private_kb($pid) } // 0;
			$most{$kind} = $kb if $kb > $most{$kind};
		}
		return $node->safe_psql('postgres', "SELECT finished_at IS NOT NULL
			FROM rsdata.statements WHERE id = $id") eq 't';
	}, 600);
	return \%most;
}

# What small results need, of every kind, is there before it is measured.
my %base = (worker => 0, loader => 0);
for my $way ([ '' ], [ '"result_format": "csv"' ], [ '', 'big' ],
	[ '"result_format": "csv"', 'big' ])
{
	my $id = submit(10000, @$way);
	my $most = watch($id);

	wait_status($node, $id, 'finished', 'a small one');
	for my $kind (keys %base)
	{
		$base{$kind} = $most->{$kind}
		  if $base{$kind} == 0 || ($most->{$kind} > 0 && $most->{$kind} < $base{$kind});
	}
}

for my $case (
	[ 'JSON, kept', '' ],
	[ 'CSV, kept', '"result_format": "csv"' ],
	[ 'JSON into a target', '"target_mode": "truncate"', 'big' ],
	[ 'CSV into a target', '"target_mode": "truncate", "result_format": "csv"', 'big' ])
{
	my ($name, @way) = @$case;

	subtest $name => sub {
		my $id = submit($rows, @way);
		my $most = watch($id);
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
			cmp_ok($most->{$kind} - $base{$kind}, '<=', $GROWTH_KB,
				"the $kind grows by little");
			note("$kind: $base{$kind} kB, then $most->{$kind} kB");
		}
	};
}

stayed_up($node);
done_testing();
