# Nothing is held while the network is waited for, and nobody's locks or open
# transactions stop anybody else.  (200_leave.pl has the rights, and what
# happens around commands that make our processes leave.)

use strict;
use warnings;

use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Listener;
use Rsdata::Test;
use Test::More;
use Time::HiRes qw(sleep time);

my $SLOW = 'select pg_sleep(600)';
my $DATABASE = 'busy';

my $warehouse = new_warehouse();
$warehouse->safe_psql('warehouse', 'CREATE TABLE marks (mark text)');
my $emulator = new_emulator($warehouse);
# The time that a disk takes is not ours.
my $node = new_node('law4', conf => ['fsync = off']);
$node->safe_psql('postgres', 'CREATE DATABASE busy; CREATE DATABASE other');
$node->safe_psql($_, 'CREATE EXTENSION rsdata') for qw(busy other);
create_server($node, $emulator, database => $_) for qw(postgres busy other);

sub submit
{
	my ($database, $sql, $more) = @_;
	return submit_ok($node, $sql, database => $database, more => $more);
}

# Seconds that some code took.
sub seconds
{
	my ($code) = @_;
	my $start = time;
	$code->();
	return time - $start;
}

# A test: a command succeeds within one second.
sub quick
{
	my ($sql) = @_;
	my ($took, $err) = $node->took('postgres', $sql);
	is($err, '', $sql);
	cmp_ok($took, '<', 1, sprintf('within a second (%.0f ms)', 1000 * $took));
	return;
}

# What our processes have, in twenty looks.
sub held_now
{
	my $ours = q{backend_type IN ('rsdata worker', 'rsdata launcher')};
	my @found;

	for my $look (1 .. 20)
	{
		push @found, $node->safe_psql(
			'postgres', qq{
			SELECT format('%s: xmin %s xid %s xact %s', backend_type,
				backend_xmin, backend_xid, xact_start)
			FROM pg_stat_activity WHERE $ours AND (backend_xmin IS NOT NULL
				OR backend_xid IS NOT NULL OR xact_start IS NOT NULL)
			UNION ALL
			SELECT format('%s: %s on %s', backend_type, mode, locktype)
			FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE $ours});
		sleep(0.02);
	}
	return join('', @found);
}

# A test: for a while our processes have nothing, and wait for no lock.  One of
# three looks is enough, since a short transaction that writes down what came
# before may be late on a busy machine; what hangs on the wire stays.
sub holds_nothing
{
	my ($name) = @_;
	my $found;

	for my $try (1 .. 3)
	{
		$found = held_now();
		last if $found eq '';
	}
	return is($found, '', "$name: nothing is held");
}

# A test: the worker of "postgres" is never seen waiting for a lock.
sub waits_for_no_lock
{
	my ($name) = @_;
	my $waits = 0;

	for my $look (1 .. 30)
	{
		$waits += $node->safe_psql('postgres', q{
			SELECT count(*) FROM pg_stat_activity
			WHERE backend_type = 'rsdata worker' AND wait_event_type = 'Lock'});
		sleep(0.02);
	}
	return is($waits, 0, "$name: the worker waits for no lock");
}

# ---- requests that hang on the wire ----

# Each operation in turn; all of them hang until the end.
my @hanging;
for my $op (
	qw(ExecuteStatement DescribeStatement GetStatementResult CancelStatement
	Publish))
{
	my $calls = $emulator->calls($op);
	my $slow = $op eq 'CancelStatement';

	$emulator->trouble(
		{ op => $op, kind => 'hang', match => "hangs at $op", count => -1 });
	my $id = submit(
		$DATABASE,
		($slow ? $SLOW : 'select 1') . " /* hangs at $op */",
		"label => 'hangs at $op'");
	if ($slow)
	{
		wait_status($node, $id, 'running', undef, $DATABASE);
		$node->safe_psql($DATABASE, "SELECT rsdata_cancel($id)");
	}
	ok(wait_for(sub { $emulator->calls($op) > $calls }), "$op hangs");
	sleep(0.3);
	holds_nothing($op);

	my $meanwhile = submit($DATABASE, 'select 2');
	wait_status($node, $meanwhile, 'finished', "$op: another one ends meanwhile",
		$DATABASE);
	push @hanging, $id;
}
is( $node->safe_psql($DATABASE,
		'SELECT count(*) FROM rsdata.statements WHERE id IN ('
		  . join(', ', @hanging)
		  . q{) AND (finished_at IS NULL OR sns_status = 'pending')}),
	scalar(@hanging),
	'all of them still hang');

my $elsewhere = submit('other', $SLOW);
wait_status($node, $elsewhere, 'running', undef, 'other');
quick('DROP DATABASE other');
quick('ALTER DATABASE busy RENAME TO busy2');
$DATABASE = 'busy2';
ok(wait_for(sub { defined worker_pid($node, 'busy2') }), 'the worker is back');
wait_status($node, submit('busy2', 'select 3'),
	'finished', 'and works under the new name', 'busy2');
quick('CREATE DATABASE copy TEMPLATE busy2');
ok(wait_for(sub { defined worker_pid($node, 'busy2') }), 'the worker is back');
quick('DROP DATABASE busy2');
quick('DROP DATABASE copy');

my $hung = submit('postgres', 'select 1 /* hangs at ExecuteStatement */');
ok( wait_for(
		sub {
			$node->safe_psql('postgres',
				"SELECT status FROM rsdata.statement WHERE id = $hung") eq
			  'submitting';
		}),
	'one hangs again');
my $took = seconds(sub { $node->stop('fast') });
cmp_ok($took, '<', 2, sprintf('fast stop (%.0f ms)', 1000 * $took));
$emulator->untrouble;
$emulator->release;
$node->start;
wait_status($node, $hung, 'finished', 'what hung goes on after the start');

# ---- transactions that users leave open ----

my $running = submit('postgres', $SLOW);
wait_status($node, $running, 'running');
my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_safe('BEGIN');
$session->query_safe("SELECT rsdata_cancel($running)");
my ($unseen) = $session->query_safe(
	"SELECT rsdata_submit('insert into marks values (''open'')', server => 'wh')"
) =~ /(\d+)/;

wait_status($node, submit('postgres', 'select 4'),
	'finished', 'others run while a transaction is open');
my $cancelled = submit('postgres', $SLOW);
wait_status($node, $cancelled, 'running');
$node->safe_psql('postgres', "SELECT rsdata_cancel($cancelled)");
wait_status($node, $cancelled, 'cancelled', 'others are cancelled');
status_is($node, $running, 'running', 'an uncommitted cancel does nothing');
$node->safe_psql('postgres', "SELECT rsdata_cancel($running)");
wait_status($node, $running, 'cancelled',
	'the same statement is cancelled by somebody else');
$session->query_safe('COMMIT');
$session->quit;
wait_status($node, $unseen, 'finished', 'and the open one runs when committed');

# ---- locks ----

# Whatever a superuser has locked: the worker does not wait for it.
sub with_lock
{
	my ($lock, $code) = @_;

	# A session of its own, because its timer would run on.
	my $superuser = $node->background_psql('postgres', on_error_stop => 0);
	$superuser->query_safe('BEGIN');
	$superuser->query_safe($lock);
	$code->();
	$superuser->query_safe('ROLLBACK');
	$superuser->quit;
	return;
}

my $listener = Rsdata::Listener->start($node);

# All tables at once, and one at a time.
for my $table (qw(statement part page request))
{
	my $id = submit('postgres', 'select 5, pg_sleep(1)');
	wait_for(sub { $emulator->executions("pg_sleep(1)") });
	with_lock("LOCK TABLE rsdata.$table",
		sub { waits_for_no_lock("lock of $table"); });
	my $row = wait_status($node, $id, 'finished',
		"lock of $table: the end is recorded when it is gone");
	rows_are($node, $id, 'n int, sleep text', '5|', "lock of $table: the row");
	is(scalar(() = $listener->heard($id, 5)), 1, "lock of $table: heard once");
	is($row->{attempts}, 1, "lock of $table: sent once");
}

# A statement that is submitted while a table is locked that the claim needs.
{
	my $id;
	with_lock(
		'LOCK TABLE rsdata.part IN ACCESS EXCLUSIVE MODE',
		sub {
			$id = submit('postgres', 'select 6');
			waits_for_no_lock('lock before the claim');
		});
	wait_status($node, $id, 'finished', 'claimed when the lock is gone');
}

# One row, by somebody who may.
{
	my $held = submit('postgres', 'select 7, pg_sleep(4)');
	my $free;
	wait_for(sub { $emulator->executions('select 7') });
	with_lock(
		"SELECT FROM rsdata.statement WHERE id = $held FOR UPDATE",
		sub {
			$free = submit('postgres', 'select 8, pg_sleep(3)');
			my $quick = submit('postgres', 'select 9');
			wait_status($node, $quick, 'finished',
				'row lock: another one is done');
			waits_for_no_lock('row lock');
			wait_status($node, $free, 'finished',
				'row lock: and one that ends with it');
			isnt($node->safe_psql('postgres', "SELECT rsdata_status($held)"),
				'finished', 'row lock: the held one waits');
			$quick = submit('postgres', 'select 10');
			wait_status($node, $quick, 'finished',
				'row lock: and a new one is done');
		});
	wait_status($node, $held, 'finished', 'row lock: recorded when it is gone');
	rows_are($node, $held, 'n int, sleep text', '7|', 'row lock: the row');
	is(scalar(() = $listener->heard($held, 5)), 1, 'row lock: heard once');
}

# A row that is to be cancelled.
{
	my $held = submit('postgres', $SLOW);
	my $free = submit('postgres', $SLOW);
	wait_status($node, $_, 'running') for ($held, $free);
	with_lock(
		"SELECT FROM rsdata.statement WHERE id = $held FOR UPDATE",
		sub {
			$node->safe_psql('postgres', "SELECT rsdata_cancel($_)")
			  for ($held, $free);
			wait_status($node, $free, 'cancelled',
				'row lock and cancel: the other is cancelled');
			waits_for_no_lock('row lock and cancel');
		});
	wait_status($node, $held, 'cancelled', 'and this one, when it is gone');
}

# A row in the queue, and one whose publish is to be noted.
{
	$node->append_conf('postgresql.conf', 'rsdata.enabled = off');
	$node->reload;
	wait_for(sub { !defined worker_pid($node) });
	my $held = submit('postgres', 'select 11');
	with_lock(
		"SELECT FROM rsdata.statement WHERE id = $held FOR UPDATE",
		sub {
			$node->append_conf('postgresql.conf', 'rsdata.enabled = on');
			$node->reload;
			my $free = submit('postgres', 'select 12');
			wait_status($node, $free, 'finished',
				'row lock in the queue: the next one runs');
			waits_for_no_lock('row lock in the queue');
			status_is($node, $held, 'queued', 'row lock in the queue: waits');
		});
	wait_status($node, $held, 'finished', 'and this one, when it is gone');
}
{
	my $calls = $emulator->calls('Publish');
	$emulator->trouble({ op => 'Publish', kind => 'delay', ms => 5000 });
	my $held = submit('postgres', 'select 13');
	my $noted = sub {
		$node->safe_psql('postgres',
			"SELECT sns_status FROM rsdata.statement WHERE id = $_[0]");
	};
	wait_for(sub { $emulator->calls('Publish') > $calls });
	with_lock(
		"SELECT FROM rsdata.statement WHERE id = $held FOR UPDATE",
		sub {
			my $free = submit('postgres', 'select 14');
			published_for($emulator, $held);
			ok(wait_for(sub { $noted->($free) eq 'published' }),
				'row lock at the publish: others are noted');
			waits_for_no_lock('row lock at the publish');
			is($noted->($held), 'pending', 'row lock at the publish: waits');
		});
	ok(wait_for(sub { $noted->($held) eq 'published' }),
		'noted when it is gone');
	is(scalar(published_for($emulator, $held)), 1, 'and published once');
}

$node->stop('fast');
done_testing();
