# Chains: a statement goes when those it comes after have ended as its
# condition says, is skipped when that can no longer happen, and nothing of
# this is lost in a crash.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
my $bad = 'select 1/0';

create_server($node, $emulator);
$warehouse->safe_psql('warehouse',
	'CREATE TABLE step (n serial, name text)');

# Options as JSON.
sub after
{
	my ($ids, $condition, $rest) = @_;
	my $list = ref $ids ? '[' . join(', ', @$ids) . ']' : $ids;

	return qq(options => '{"after": $list)
	  . ($condition ? qq(, "after_condition": "$condition") : '')
	  . ($rest // '') . qq(}');
}

# The ledger's order of statements by their text.
sub executed
{
	return map { $_->{sql} } $emulator->executions;
}

# A submit that hangs until it is let go, so that others come to wait for it.
sub slow
{
	my ($name) = @_;
	return submit_ok($node,
		"select pg_advisory_lock(77), pg_advisory_unlock(77), '$name'");
}
my $lock = $warehouse->background_psql('warehouse');
$lock->query_safe('select pg_advisory_lock(77)');
sub let_go
{
	$lock->query_safe('select pg_advisory_unlock(77)');
	return;
}

sub hold_on
{
	$lock->query_safe('select pg_advisory_lock(77)');
	return;
}

# One after the other, though all are submitted at once.
my $first = slow('first');
my $second = submit_ok($node, "insert into step (name) values ('second')",
	more => after($first));
my $third = submit_ok($node, "insert into step (name) values ('third')",
	more => after([$second]));
my $fan = submit_ok($node, "insert into step (name) values ('in')",
	more => after([ $first, $second, $third ]));
wait_status($node, $first, 'running');
my $row = statement_row($node, $second);
is($row->{status}, 'queued', 'who comes after is queued');
is($row->{wait_reason}, 'after', 'and says why');
is($row->{wait_detail}, "statement $first", 'and for whom');
is(statement_row($node, $fan)->{wait_detail},
	"statements $first, $second, $third", 'or for which ones');
let_go();
wait_status($node, $_, 'finished') for ($first, $second, $third, $fan);
is( $warehouse->safe_psql('warehouse',
		q{SELECT string_agg(name, ' ' ORDER BY n) FROM step}),
	'second third in', 'they ran in the order of the chain');
is($node->safe_psql('postgres', 'SELECT count(*) FROM rsdata.dependency'),
	0, 'nothing waits any longer');

# Predecessors that have ended decide at once; each condition with each end.
my $failed = submit_ok($node, $bad);
wait_status($node, $failed, 'failed');
my %ends = (finished => $first, failed => $failed);
$ends{skipped} = submit_ok($node, 'select 1', more => after($failed));
wait_status($node, $ends{skipped}, 'skipped');
my %expect = (
	finished => { success => 'finished', failure => 'skipped', always => 'finished' },
	failed => { success => 'skipped', failure => 'finished', always => 'finished' },
	skipped => { success => 'skipped', failure => 'skipped', always => 'finished' });
for my $end (sort keys %expect)
{
	for my $condition (sort keys %{ $expect{$end} })
	{
		my $id = submit_ok($node, 'select 1',
			more => after($ends{$end}, $condition));
		wait_status($node, $id, $expect{$end}{$condition},
			"$condition after one that is $end");
	}
}
$row = statement_row($node, $ends{skipped});
like($row->{error}, qr/^statement $failed, which it comes after, is failed$/,
	'a skipped one names the reason');
is($row->{aws_id}, undef, 'and was never sent');
is($row->{sns_status}, undef, 'and is published to nobody');
like(error_of($node, "SELECT * FROM rsdata_result($ends{skipped}) AS t(a int)"),
	qr/comes after, is failed/, 'and its result is that error');

# Skips go through a whole chain, a branch that comes always runs after it,
# the others of a fan-out are not touched.
hold_on();
my $root = submit_ok($node, "select pg_advisory_lock(77), pg_advisory_unlock(77), 1 / (random() * 0)::int");
my $other = slow('other');
my @chain = ($root);
for my $i (1 .. 10)
{
	push @chain, submit_ok($node, "select $i", more => after($chain[-1]));
}
my $always = submit_ok($node, "select 'always'", more => after([ $chain[-1], $other ], 'always'));
my $alarm = submit_ok($node, "select 'alarm'", more => after([ $root, $other ], 'failure'));
my $all = submit_ok($node, "select 'all'", more => after([ $other, $root ]));
my $fine = submit_ok($node, "select 'fine'", more => after($other));
my $listener = new_listener($node);
wait_status($node, $root, 'running');
let_go();
wait_status($node, $root, 'failed');
wait_status($node, $_, 'skipped') for (@chain[ 1 .. 10 ], $all);
wait_status($node, $_, 'finished') for ($always, $alarm, $fine);
my %heard = map { $_->{id} => $_->{status} } notifications($listener, 16);
is($heard{ $chain[10] }, 'skipped', 'a skip is notified');
is(scalar(grep { /^select \d+$/ } executed()), scalar(grep { $_ eq 'select 1' } executed()),
	'none of the skipped ones was executed');

# Cancelled while it waits, and a deadline that counts from submit.
hold_on();
my $held = slow('held');
my $cancelled = submit_ok($node, 'select 1', more => after($held));
my $overdue = submit_ok($node, 'select 1',
	more => after($held, undef, ', "deadline": "1 s"'));
my $on_cancel = submit_ok($node, 'select 2', more => after($cancelled, 'failure'));
my $on_expiry = submit_ok($node, 'select 3', more => after($overdue, 'failure'));
$node->safe_psql('postgres', "SELECT rsdata_cancel($cancelled)");
wait_status($node, $cancelled, 'cancelled');
wait_status($node, $overdue, 'expired');
wait_status($node, $_, 'finished') for ($on_cancel, $on_expiry);
is($node->safe_psql('postgres', 'SELECT count(*) FROM rsdata.dependency'),
	0, 'who ended while it waited waits for nothing');

# The worker is killed while some wait, and again when the first has ended.
my $next = submit_ok($node, "insert into step (name) values ('next')", more => after($held));
my $last = submit_ok($node, "insert into step (name) values ('last')", more => after([ $held, $next ]));
wait_status($node, $held, 'running');
kill 'KILL', worker_pid($node);
wait_for(sub { my ($ret) = $node->psql('postgres', 'SELECT 1'); $ret == 0 });
is($node->safe_psql('postgres', "SELECT count(*) FROM rsdata.dependency"), 3,
	'the server is back, and the three rows');
let_go();
wait_status($node, $_, 'finished') for ($held, $next, $last);

# Killed between the end of the first and what comes of it.
for my $point ('after-final', 'before-final')
{
	hold_on();
	my $one = slow($point);
	my $two = submit_ok($node, "insert into step (name) values ('$point')", more => after($one));
	my $not = submit_ok($node, "select 'no'", more => after($one, 'failure'));
	wait_status($node, $one, 'running');
	arm_fault($node, "$point kill 1");
	let_go();
	fault_fired($node);
	wait_for(sub { my ($ret) = $node->psql('postgres', 'SELECT 1'); $ret == 0 });
	wait_status($node, $_, 'finished') for ($one, $two);
	wait_status($node, $not, 'skipped');
	is( $warehouse->safe_psql('warehouse',
			"SELECT count(*) FROM step WHERE name = '$point'"),
		1, 'it ran once');
}

# What is refused.
$node->safe_psql('postgres', q{CREATE ROLE reader; GRANT USAGE ON FOREIGN SERVER wh TO reader;
	CREATE USER MAPPING FOR reader SERVER wh OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample')});
like(error_of($node, "SET ROLE reader; SELECT rsdata_submit('select 1', 'wh', options => '{\"after\": $first}')"),
	qr/statement $first in option "after" does not exist.*HINT/s,
	'the statement of somebody else is not there');

$lock->quit;
$listener->{psql}->quit;
$node->stop('fast');
done_testing();
