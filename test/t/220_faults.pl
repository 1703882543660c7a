# A worker that dies comes back: with a back-off, and with its work.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use PostgreSQL::Test::Utils;
use Rsdata::Process;

my $node = new_node('faults', 'rsdata.worker_linger' => 0);
my $file = $node->data_dir . '/rsdata_fault';

sub arm
{
	unlink $file;
	append_to_file($file, "$_[0]\n");
	return;
}

$node->safe_psql('postgres', 'create database f');
prepare_database($node, 'f');
ok(wait_done($node, 'f', submit($node, 'f')), 'the worker works');
ok(wait_for_no_worker($node, 'f'), 'and leaves');

arm('worker_before_close error');
submit($node, 'f');
plan skip_all => 'built without FAULT_POINTS'
  unless wait_until(sub { !-e $file }, 5);

# Ends by an error of its own.
my $status = "select failures from rsdata_worker_status() where database = 'f'";
is($node->safe_psql('f', $status), 1, 'an error is counted');
ok(wait_until(sub { $node->safe_psql('f', $status) eq '0' }, 5),
	'and forgotten when a worker has left in peace');
like(
	$node->safe_psql('f', 'select last_error from rsdata_worker_status()'),
	qr/fault point/,
	'the error can be read');

# The back-off grows.
my $starts = "select sum(starts) from rsdata_worker_status()";
my $before = $node->safe_psql('f', $starts);
for my $round (1 .. 3)
{
	arm('worker_start exit');
	submit($node, 'f') if $round == 1;
	wait_until(sub { !-e $file }, 10);
}
my $time = wait_until(sub { $node->safe_psql('f', $status) eq '0' }, 15);
cmp_ok($time, '>', 2.5, sprintf('the third wait is longer (%.1f s)', $time));
is($node->safe_psql('f', $starts) - $before, 4, 'four starts in all');

# Killed: the server restarts, the work is done.
for my $action (qw(kill stop))
{
	arm("worker_start $action");
	my $id = $node->safe_psql('f', 'select ' . (work_sql(0))[0]);
	ok(wait_until(sub { !-e $file }, 5), "$action: fired");
	if ($action eq 'stop')
	{
		wait_until(sub { !-e $node->data_dir . '/postmaster.pid' }, 10);
		$node->_update_pid(0);
		$node->start;
	}
	else
	{
		$node->poll_query_until('postgres', 'select true');
	}
	ok(wait_done($node, 'f', $id), "$action: done after the restart");
}
$node->stop('fast');
done_testing();
