# A worker that dies comes back: with a back-off, and with its work.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Process;

my $node = new_node('faults', 'rsdata.worker_linger' => 0);
my $file = $node->data_dir . '/rsdata_fault';

sub arm
{
	append_to_file("$file.new", "$_[0]\n");
	rename("$file.new", $file) or die "rename: $!";
	return;
}

$node->safe_psql('postgres', 'create database f');
prepare_database($node, 'f');
ok(wait_done($node, 'f', submit($node, 'f')), 'the worker works');
ok(wait_for_no_worker($node, 'f'), 'and leaves');

arm('worker_before_close error');
submit($node, 'f');
plan skip_all => 'built without FAULT_POINTS'
  unless wait_until(sub { !-e $file });

# Ends by an error of its own.
my $status = "select failures from rsdata_worker_status() where database = 'f'";
ok(wait_until(sub { $node->safe_psql('f', $status) eq '1' }),
	'an error is counted');
ok(wait_until(sub { $node->safe_psql('f', $status) eq '0' }),
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
	wait_until(sub { !-e $file });
}
my $time = wait_until(sub { $node->safe_psql('f', $status) eq '0' });
cmp_ok($time, '>', 2.5, sprintf('the third wait is longer (%.1f s)', $time));
is($node->safe_psql('f', $starts) - $before, 4, 'four starts in all');

# Killed: the server restarts, the work is done.
my $quiet = q{select count(*) filter (where starts > 0), count(*) filter (where pid is not null)
	from rsdata_worker_status()};
for my $action (qw(kill stop))
{
	# The probes of a restart are not meant.
	ok(wait_until(sub { $node->safe_psql('f', $quiet) eq '2|0' }),
		"$action: all visited, nobody there");
	my $launcher = launcher_of($node);
	arm("worker_start $action");
	my ($id) = submitted($node, 'f', (work_sql(0))[0]);
	ok(wait_until(sub { !-e $file }), "$action: fired");
	came_back($node, $action, $launcher);
	ok(wait_done($node, 'f', $id), "$action: done after the restart");
}
$node->stop('fast');
done_testing();
