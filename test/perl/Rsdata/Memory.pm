# Rsdata::Memory: the private memory of the worker and of loaders while a
# statement runs.
package Rsdata::Memory;

use strict;
use warnings;

use Exporter 'import';
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Time::HiRes qw(usleep);

our @EXPORT = qw(memory_of memory_base);

# Private memory of a process in kB; 0 once it is gone.  Shared buffers are
# not in it.
sub _private_kb
{
	my ($pid) = @_;
	my $status = eval { slurp_file("/proc/$pid/status") } // '';
	return $status =~ /^RssAnon:\s+(\d+)/m ? $1 : 0;
}

sub _processes
{
	my ($node) = @_;
	return map { split /\|/ } split(/\n/, $node->safe_psql('postgres', q{
		SELECT pid, substr(backend_type, 8) FROM pg_stat_activity
		WHERE backend_type IN ('rsdata worker', 'rsdata loader')}));
}

# The most, in kB, that the worker, and any loader, was seen to have until
# this statement had ended: {worker => N, loader => N}, 0 if there was none.
sub memory_of
{
	my ($node, $id) = @_;
	my %most = (worker => 0, loader => 0);

	wait_for(sub {
		my %pids = _processes($node);

		for (1 .. 20)
		{
			for my $pid (keys %pids)
			{
				my $kb = _private_kb($pid);
				$most{ $pids{$pid} } = $kb if $kb > $most{ $pids{$pid} };
			}
			usleep(2_000);
		}
		return $node->safe_psql('postgres', "SELECT finished_at IS NOT NULL
			FROM rsdata.statements WHERE id = $id") eq 't';
	}, 600);
	return \%most;
}

# The least of what several statements took, of each kind of process: what
# they have whatever the result; 0 of a kind that nobody saw.
sub memory_base
{
	my (@memories) = @_;
	my %base;

	for my $kind ('worker', 'loader')
	{
		($base{$kind}) = sort { $a <=> $b } grep { $_ > 0 } map { $_->{$kind} } @memories;
		$base{$kind} //= 0;
	}
	return \%base;
}

1;
