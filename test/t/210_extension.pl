# The extension comes, goes and comes again under a living worker; settings
# of roles and databases; cancels, terminations, time-outs.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use PostgreSQL::Test::Utils;
use Rsdata::Process;

my $node = new_node('extension', 'rsdata.worker_linger' => "'1h'");

# How many lines of the log match, from an offset on.
sub log_matches
{
	my ($pattern, $offset) = @_;
	my $log = substr(slurp_file($node->logfile), $offset // 0);
	my @lines = $log =~ /$pattern/g;
	return scalar @lines;
}

$node->safe_psql('postgres', 'create database x');
prepare_database($node, 'x');
ok(wait_done($node, 'x', submit($node, 'x')), 'a worker is at work');
ok(wait_for_lingering($node, 'x'), 'and then waits');
my $pid = worker_pid($node, 'x');

# What is seen of it.
is( $node->safe_psql('x',
		"select count(*) from pg_stat_activity where pid = $pid and backend_xmin is null and backend_xid is null and xact_start is null and application_name = 'rsdata worker'"
	),
	1,
	'a waiting worker has no transaction and no snapshot');
is($node->safe_psql('x', "select count(*) from pg_locks where pid = $pid"),
	0, 'and no lock');
is(wake_ups($pid), 0, 'a lingering worker sleeps');

# Signals.
$node->safe_psql('x', "select pg_cancel_backend($pid)");
ok(wait_done($node, 'x', submit($node, 'x')), 'a cancel does no harm');
is(worker_pid($node, 'x'), $pid, 'same worker');
$node->safe_psql('x', "select pg_terminate_backend($pid)");
ok(wait_until(sub { worker_pid($node, 'x') !~ /^($pid|)$/ }),
	'a terminated worker is replaced');
is( $node->safe_psql('x',
		"select count(*) from rsdata_worker_status() where last_error like 'terminating background worker%'"
	),
	1,
	'its status shows why it ended');

# DROP EXTENSION under a worker: no waiting, no error loop.
my $log = -s $node->logfile;
my ($time, $err) = $node->took('x',
	'set client_min_messages = warning; drop extension rsdata cascade');
is($err, '', 'DROP EXTENSION is done');
cmp_ok($time, '<', 1, 'DROP EXTENSION does not wait for the worker');
sleep 2;
is(log_matches(qr/rsdata.*(?:FATAL|ERROR|PANIC)/, $log), 0, 'no errors after it');
prepare_database($node, 'x');
ok(wait_done($node, 'x', submit($node, 'x')), 'a new extension works at once');
ok(wait_for_worker($node, 'x'), 'with a worker');

# A DROP EXTENSION that stays open, and is rolled back.
my $session = $node->background_psql('x');
$session->query_safe('set client_min_messages = warning');
$session->query_safe('begin');
$session->query_safe('drop extension rsdata cascade');
$node->reload;
sleep 1;
$session->query_safe('rollback');
$session->quit;
ok(wait_done($node, 'x', submit($node, 'x')), 'a rolled-back DROP changes nothing');

# Settings that would break a worker.
$node->safe_psql('postgres', "alter database x set $_")
  for 'default_transaction_read_only = on',
  "default_transaction_isolation = 'serializable'",
  "search_path = 'nowhere'",
  "statement_timeout = 1",
  "idle_in_transaction_session_timeout = 1",
  "session_replication_role = 'replica'",
  "lock_timeout = 0",
  "TimeZone = 'Asia/Tokyo'";
$node->restart;
my ($submit) = work_sql(0);
my $id;
{
	# The test's own sessions are to live through them.
	local $ENV{PGOPTIONS} =
	  '-c statement_timeout=0 -c default_transaction_read_only=off -c search_path=public';
	$id = submit($node, 'x');
	ok(wait_done($node, 'x', $id), 'hostile settings of the database do no harm');
}
$node->safe_psql('postgres', 'alter database x reset all');

# A lock on our table stops the worker for a moment only, and nobody else.
$session = $node->background_psql('x');
$session->query_safe('begin');
$session->query_safe('lock table rsdata.statement in access exclusive mode');
$pid = worker_pid($node, 'x');
$node->safe_psql('x', "begin; create table public.t(); prepare transaction 'wake'");
$node->safe_psql('x', "commit prepared 'wake'");
sleep 1;
$node->safe_psql('postgres', 'create database other');
($time) = $node->took('postgres', 'drop database other');
cmp_ok($time, '<', 1, 'DROP of another database does not wait for it');
sleep 2;
$session->query_safe('rollback');
$session->quit;
ok(wait_done($node, 'x', submit($node, 'x')), 'work goes on after the lock');
is(worker_pid($node, 'x'), $pid, 'by the same worker');

# Switched off and on.
$node->append_conf('postgresql.conf', 'rsdata.enabled = off');
$node->reload;
ok(wait_for_no_worker($node, 'x'), 'switched off, the worker leaves');
$id = submit($node, 'x');
$node->append_conf('postgresql.conf', 'rsdata.enabled = on');
$node->reload;
ok(wait_done($node, 'x', $id), 'switched on, work goes on');

$node->stop('fast');

# Without the preload: the extension can be made, a submit says what to do.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->start;
my (undef, undef, $refusal) = $node->psql('x', "select $submit");
like($refusal, qr/rsdata must be loaded when the server starts.*HINT: .*shared_preload_libraries/s,
	'without preload a submit says what to set');
is($node->safe_psql('x', 'select count(*) from rsdata_worker_status()'),
	0, 'and there are no workers to show');
$node->stop('fast');
done_testing();
