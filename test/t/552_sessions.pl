# Sessions by name: one after the other in one session at the service, which
# is opened by the first, reused, and opened anew when it has ended.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
create_server($node, $emulator);

sub in_session
{
	my ($name, $rest) = @_;
	return qq(options => '{"session": "$name") . ($rest // '') . qq(}');
}

sub sessions
{
	return @{ $emulator->_call('GET', 'sessions')->{sessions} };
}

sub finishes
{
	my ($id, $name) = @_;
	return wait_status($node, $id, 'finished', $name);
}

# A lock that statements of the warehouse wait for.
my $lock = $warehouse->background_psql('warehouse');
my $slow = "select pg_advisory_lock(77), pg_advisory_unlock(77)";

# What one makes the next one sees, though all are submitted at once.
my @ids = map { submit_ok($node, $_, more => in_session('etl')) } (
	'create temp table mine (a int)',
	'insert into mine select generate_series(1, 7)',
	'select count(*) from mine');
my @rows = map { finishes($_) } @ids;
rows_are($node, $ids[2], 'n bigint', '7', 'a temporary table lives on');
is($rows[1]{aws_session_id}, $rows[0]{aws_session_id}, 'the session is reused');
is($rows[2]{aws_session_id}, $rows[0]{aws_session_id}, 'by each');
is(scalar(sessions()), 1, 'there is one');
my $again = finishes(submit_ok($node, 'select count(*) from mine', more => in_session('etl')));
is($again->{aws_session_id}, $rows[0]{aws_session_id}, 'also later');
my $other = finishes(submit_ok($node, 'select 1', more => in_session('other')));
isnt($other->{aws_session_id}, $rows[0]{aws_session_id}, 'another name is another session');
my $none = finishes(submit_ok($node, 'select 1'));
is(scalar(sessions()), 2, 'without a name there is none');

# Never two at once: the service itself would refuse.
$lock->query_safe('select pg_advisory_lock(77)');
my $first = submit_ok($node, $slow, more => in_session('etl'));
my $second = submit_ok($node, 'select 2', more => in_session('etl'));
my $beside = submit_ok($node, 'select 3', more => in_session('other'));
wait_status($node, $first, 'running');
finishes($beside, 'another session goes on meanwhile');
my $row = statement_row($node, $second);
is("$row->{status} $row->{wait_reason}", 'queued session', 'the next one waits for it');
is($row->{attempts}, 0, 'and is not tried');

# The worker dies while one runs: the same session afterwards.
my $was = worker_pid($node);
kill 'KILL', $was;
ok(wait_for(sub { my ($ret) = $node->psql('postgres', 'SELECT 1'); $ret == 0 }),
	'the server is back');
$lock->query_safe('select pg_advisory_unlock(77)');
$row = finishes($first);
is($row->{aws_session_id}, $rows[0]{aws_session_id}, 'the first is taken up again');
is(finishes($second)->{aws_session_id}, $rows[0]{aws_session_id},
	'the next one runs in the same session');

# The trap: the request went, the reply did not come, and the session is busy
# with it.  The token alone must not be taken for a refusal.
$lock->query_safe('select pg_advisory_lock(77)');
$emulator->trouble({ op => 'ExecuteStatement', kind => 'lost_reply' });
my $lost = submit_ok($node, "$slow, 'lost'", more => in_session('etl'));
ok(wait_for(
		sub {
			my $r = statement_row($node, $lost);
			$r->{status} eq 'submitting' && ($r->{wait_reason} // '') eq 'session';
		}),
	'it is known to be perhaps sent, and the session is busy')
  or diag(explain(statement_row($node, $lost)));
my $asked = statement_row($node, $lost)->{attempts};
ok( wait_for(
		sub {
			$row = statement_row($node, $lost);
			return $row->{attempts} > $asked || $row->{status} ne 'submitting';
		}),
	'it asks again');
is("$row->{status} $row->{wait_reason}", 'submitting session',
	'in the same session: in another one the token would be answered');
$lock->query_safe('select pg_advisory_unlock(77)');
$row = finishes($lost);
is($row->{aws_session_id}, $rows[0]{aws_session_id}, 'in its session');
is(scalar($emulator->executions("'lost'")), 1, 'executed once');

# Reclaimed by the service: opened anew, once.
$emulator->_call('POST', 'sessions', { close => $rows[0]{aws_session_id} });
my $reopened = finishes(submit_ok($node, 'create temp table mine (a int)',
		more => in_session('etl')));
isnt($reopened->{aws_session_id}, $rows[0]{aws_session_id}, 'a new session, without the old table');
$row = finishes(submit_ok($node, 'select count(*) from mine', more => in_session('etl')));
is($row->{aws_session_id}, $reopened->{aws_session_id}, 'which is kept');

# Expired by itself.
my $short = finishes(submit_ok($node, 'select 1',
		more => in_session('short', ', "session_keep_alive": "1 s"')));
ok(wait_for(sub { (grep { $_->{SessionId} eq $short->{aws_session_id} && $_->{Status} eq 'CLOSED' } sessions()) > 0 }),
	'a session closes when its time has gone by') or diag(explain([ sessions() ]));
$row = finishes(submit_ok($node, 'select 1', more => in_session('short')));
isnt($row->{aws_session_id}, $short->{aws_session_id}, 'and a new one is opened');

# Another place: the server's options have changed.
$node->safe_psql('postgres', q{ALTER SERVER wh OPTIONS (SET workgroup_name 'elsewhere')});
$row = finishes(submit_ok($node, 'select 1', more => in_session('etl')));
isnt($row->{aws_session_id}, $reopened->{aws_session_id}, 'a session of another workgroup is not used');

# A failed one does not end the session, and the others follow.
my $bad = submit_ok($node, 'select 1/0', more => in_session('etl'));
my $good = submit_ok($node, 'select 1', more => in_session('etl'));
wait_status($node, $bad, 'failed');
is(finishes($good)->{aws_session_id}, $row->{aws_session_id}, 'the session survives a failure');
$lock->quit;
$node->stop('fast');
done_testing();
