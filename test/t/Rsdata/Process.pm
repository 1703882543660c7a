# Rsdata::Process: what the tests of launcher and worker share.
#
# Makes nodes, looks at our processes, measures time.  What counts as work is
# in Rsdata::Work (RSDATA_WORK names another module), so that the processes can
# be tested with any driver behind them.
package Rsdata::Process;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Node;
use Time::HiRes qw(time usleep);

our @EXPORT = qw(new_node worker_pid wait_for_worker wait_for_no_worker
  wait_for_lingering launcher_pid wait_until elapsed wake_ups submit wait_done work_sql
  prepare_database);

# A wait that fails is a failed test, so it may be long (s).
my $TIMEOUT = 60;

my $work = $ENV{RSDATA_WORK} // 'Rsdata::Work';
eval "require $work; 1" or die $@;

# A running node with the library preloaded; %conf adds or changes settings.
sub new_node
{
	my ($name, %conf) = @_;
	my $node = Rsdata::Node->new($name);
	my %all = (
		shared_preload_libraries => "'rsdata'",
		restart_after_crash => 'on',
		max_prepared_transactions => 10,
		max_worker_processes => 20,
		max_logical_replication_workers => 0,
		log_min_messages => 'info',
		%conf);

	$node->init;
	$node->append_conf('postgresql.conf', "$_ = $all{$_}") for sort keys %all;
	$node->start;
	return $node;
}

# Creates the extension in a database and what its work needs.
sub prepare_database
{
	my ($node, $db) = @_;
	$node->safe_psql($db, 'create extension rsdata');
	$work->prepare($node, $db);
	return;
}

# Submits one statement in a session of its own; returns its id.
sub submit
{
	my ($node, $db, %how) = @_;
	return $node->safe_psql($db, 'select ' . $work->submit_sql(%how));
}

# Expressions for use inside larger scripts: submit and done.
sub work_sql { return ($work->submit_sql, $work->done_sql($_[0])); }

# Waits until the statement is done; false after the time-out (s).
sub wait_done
{
	my ($node, $db, $id, $timeout) = @_;
	my $sql = 'select ' . $work->done_sql($id);
	return wait_until(
		sub { $node->safe_psql($db, $sql) eq 't' }, $timeout // $TIMEOUT);
}

# Polls every 10 ms; returns the seconds it took, or 0 after the time-out (s).
sub wait_until
{
	my ($condition, $timeout) = @_;
	my $start = time;
	until ($condition->())
	{
		return 0 if time - $start > ($timeout // $TIMEOUT);
		usleep(10_000);
	}
	return (time - $start) || 0.001;
}

sub elapsed
{
	my ($code) = @_;
	my $start = time;
	$code->();
	return time - $start;
}

# The worker of a database as the server sees it; '' = none.
sub worker_pid
{
	my ($node, $db) = @_;
	return $node->safe_psql('postgres',
		"select pid from pg_stat_activity where backend_type = 'rsdata worker' and datname = '$db'"
	);
}

sub wait_for_worker
{
	my ($node, $db, $timeout) = @_;
	return wait_until(sub { worker_pid($node, $db) ne '' }, $timeout // $TIMEOUT);
}

sub wait_for_no_worker
{
	my ($node, $db, $timeout) = @_;
	return wait_until(sub { worker_pid($node, $db) eq '' }, $timeout // $TIMEOUT);
}

# Until the worker has nothing in hand; afterwards it only waits.
sub wait_for_lingering
{
	my ($node, $db, $timeout) = @_;
	return wait_until(
		sub {
			$node->safe_psql($db,
				"select state from rsdata_worker_status() where database = '$db'"
			) eq 'lingering';
		},
		$timeout // $TIMEOUT);
}

sub launcher_pid
{
	my ($node) = @_;
	return $node->safe_psql('postgres',
		"select pid from pg_stat_activity where backend_type = 'rsdata launcher'"
	);
}

# How often a process has gone to sleep so far.
sub context_switches
{
	my ($pid) = @_;
	my $status = slurp_file("/proc/$pid/status");
	my ($own) = $status =~ /^voluntary_ctxt_switches:\s+(\d+)/m;
	return $own;
}

# How often a process wakes up in two seconds: the quietest of five looks,
# since what it did last (a farewell of another process, a connection that
# closes) may come late on a busy machine.  One that polls wakes in each.
sub wake_ups
{
	my ($pid) = @_;
	my $fewest;

	for my $look (1 .. 5)
	{
		my $before = context_switches($pid);
		usleep(2_000_000);
		my $now = context_switches($pid) - $before;
		$fewest = $now if !defined $fewest || $now < $fewest;
		last if $fewest == 0;
	}
	return $fewest;
}

1;
