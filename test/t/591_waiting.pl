# Waiting costs nothing: many sessions in rsdata_wait and rsdata_await sleep
# until the worker wakes them, also if it is another worker.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main',
	conf => [ 'autovacuum = off', q{rsdata.worker_linger = '1s'} ]);
create_server($node, $emulator);

# Starts a psql for each of these commands; returns them with their output.
sub sessions
{
	my (@commands) = @_;
	my @sessions;

	for my $command (@commands)
	{
		my $s = { out => '' };
		$s->{run} = IPC::Run::start(
			[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $command ],
			'>', \$s->{out}, '2>&1');
		push @sessions, $s;
	}
	return @sessions;
}

# Waits until so many sessions sleep in a wait of ours; their pids.
sub sleepers
{
	my ($count) = @_;
	my @pids;

	ok( wait_for(
			sub {
				@pids = split(
					/\n/,
					$node->safe_psql(
						'postgres', q{
						SELECT pid FROM pg_stat_activity
						WHERE wait_event_type = 'Extension'
							AND backend_type = 'client backend'}));
				return @pids == $count;
			}),
		"$count sessions sleep");
	return @pids;
}

# How often these processes have gone to sleep so far.
sub naps
{
	my $sum = 0;
	for my $pid (@_)
	{
		slurp_file("/proc/$pid/status") =~ /^voluntary_ctxt_switches:\s+(\d+)/m
		  and $sum += $1;
	}
	return $sum;
}

sub all_say
{
	my ($expected, $name, @sessions) = @_;
	$_->{run}->finish for @sessions;
	is(scalar(grep { $_->{out} eq "$expected\n" } @sessions),
		scalar(@sessions), $name)
	  or diag(explain([ map { $_->{out} } @sessions ]));
	return;
}

{
	my $id = submit_ok($node, 'select pg_sleep(600)');
	wait_status($node, $id, 'running');
	my @sessions = sessions(
		("SELECT rsdata_wait($id, '1 h')") x 10,
		("CALL rsdata_await($id)") x 10);
	my @pids = sleepers(20);

  SKIP:
	{
		skip 'no /proc here', 1 if !-r "/proc/$pids[0]/status";

		# Not a measure of speed: whoever looks every few seconds has looked
		# at least once, 20 times in all.
		my $before = naps(@pids);
		sleep(6);
		cmp_ok(naps(@pids) - $before, '<', 10, 'and do not wake up to look');
	}
	is($node->safe_psql('postgres', "SELECT rsdata_cancel($id)"),
		't', 'it is cancelled');
	all_say('cancelled', 'all are woken by its end', @sessions);
}

# Those who wait for another statement go on sleeping, and end by themselves.
{
	my $id = submit_ok($node, 'select pg_sleep(600)');
	wait_status($node, $id, 'running');
	my @sessions = sessions(("SELECT rsdata_wait($id, '2 s') IS NULL") x 5);
	all_say('t', 'each has its own time limit', @sessions);
	@sessions = sessions(("SELECT rsdata_wait($id, '1 h')") x 5);
	my @pids = sleepers(5);
	$node->safe_psql('postgres',
		"SELECT pg_cancel_backend($_)") for @pids;
	$_->{run}->finish for @sessions;
	is(scalar(grep { $_->{out} =~ /canceling statement due to user request/ }
			  @sessions),
		5, 'a wait can be interrupted');
	status_is($node, $id, 'running', 'and the statement goes on');

	# The worker is ended by an administrator; its successor wakes them.
	@sessions = sessions(("SELECT rsdata_wait($id, '1 h')") x 5);
	sleepers(5);
	my $pid = worker_pid($node);
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	ok( wait_for(
			sub {
				my $now = worker_pid($node);
				return defined $now && $now != $pid;
			}),
		'another worker comes');
	sleepers(5);
	is($node->safe_psql('postgres', "SELECT rsdata_cancel($id)"),
		't', 'it is cancelled');
	all_say('cancelled', 'all are woken by the new one', @sessions);
}


done_testing();
