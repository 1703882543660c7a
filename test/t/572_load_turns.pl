# Loads beside each other: locks, the order into one target, half of the
# loaders for one owner, loaders that are cancelled, ended or starved of rows,
# and DROP DATABASE while one is in user code.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '5000' ]);
my $node = new_node('turns',
	conf => [ 'rsdata.max_loaders = 2', "rsdata.load_stall_timeout = '2s'" ]);

create_server($node, $emulator, user => 'PUBLIC');
$node->safe_psql('postgres', q{
	GRANT USAGE ON FOREIGN SERVER wh TO PUBLIC;
	CREATE ROLE one LOGIN;
	CREATE ROLE two LOGIN;
	CREATE TABLE a (n int);
	CREATE TABLE b (n int);
	CREATE TABLE gate (shut boolean);
	GRANT ALL ON a, b TO one, two;
	GRANT SELECT ON gate TO PUBLIC;
	CREATE FUNCTION pass() RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		WHILE EXISTS (SELECT FROM public.gate) LOOP
			PERFORM pg_sleep(0.05);
		END LOOP;
	END$$;});

sub load
{
	my ($who, $sql, $target, $then) = @_;
	my $options = '{"target_mode": "replace"' . ($then ? qq(, "then_sql": "$then") : '') . '}';

	return $node->safe_psql('postgres', qq{SET ROLE $who;
		SELECT rsdata_submit('$sql', 'wh', target => '$target', options => '$options')});
}

sub waits_for
{
	my ($id, $reason, $name) = @_;
	my $row;

	ok(wait_for(sub {
		$row = statement_row($node, $id);
		return ($row->{wait_reason} // '') eq $reason && $row;
	}), $name) or diag(explain($row));
	return $row;
}

sub loader_pids
{
	return split(/\n/, $node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity
		WHERE backend_type = 'rsdata loader'}));
}

sub gate { return $node->safe_psql('postgres', $_[0] ? 'INSERT INTO gate VALUES (true)' : 'DELETE FROM gate'); }

# Until a loader is inside pass().
sub in_pass
{
	return wait_for(sub {
		return $node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity
			WHERE backend_type = 'rsdata loader' AND wait_event = 'PgSleep'});
	});
}

# ---- a lock on the target ----

my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE a');
my $locked = load('one', 'select 1 as n', 'a');
waits_for($locked, 'target_lock', 'a locked target is waited for, and shown');
my $free = load('two', 'select 2 as n', 'b');
wait_status($node, $free, 'finished', 'others are not held up');
$holder->query_safe('COMMIT');
wait_status($node, $locked, 'finished', 'it is loaded when the lock is gone');
is($node->safe_psql('postgres', 'SELECT n FROM a'), 1, 'once');

# ---- half of the loaders for one owner ----

gate(1);
my $first = load('one', 'select 10 as n', 'a', 'select pass()');
ok(in_pass(), 'a loader is in user code');
my $second = load('one', 'select 11 as n', 'b');
my $row = waits_for($second, 'loader', 'a second one of the same owner waits');
is($row->{status}, 'fetching', 'before its result is fetched');
my $other = load('two', 'select 12 as n', 'b');
wait_status($node, $other, 'finished', 'another owner has a loader');
status_is($node, $second, 'fetching', 'it waits still');

# ---- the order into one target ----

my $third = load('one', 'select 13 as n', 'a');
gate(0);
wait_status($node, $_, 'finished') for $first, $second, $third;
is($node->safe_psql('postgres', 'SELECT n FROM a'), 13,
	'loads into one target come in the order of submit');

# One that is quick in Redshift waits for one that is slow there.
my $slow = load('one', 'select 20 as n from pg_sleep(3)', 'a');
my $quick = load('one', 'select 21 as n', 'a');
$row = waits_for($quick, 'loader', 'a quick statement waits for an earlier slow one');
like($row->{wait_detail}, qr/^statement $slow comes first/, 'and says for which');
wait_status($node, $_, 'finished') for $slow, $quick;
is($node->safe_psql('postgres', 'SELECT n FROM a'), 21, 'and comes after it');

# ---- cancelled and ended ----

gate(1);
my $cancelled = load('one', 'select 30 as n', 'a', 'select pass()');
ok(in_pass(), 'a loader is in user code');
$node->safe_psql('postgres', q{SET ROLE one; SELECT pg_cancel_backend(pid) FROM pg_stat_activity
	WHERE backend_type = 'rsdata loader'});
$row = wait_status($node, $cancelled, 'undelivered', 'the owner can cancel his loader');
is($row->{sqlstate}, '57014', 'which is the error');
is($node->safe_psql('postgres', 'SELECT n FROM a'), 21, 'and the target is as it was');

my $ended = load('one', 'select 31 as n', 'a', 'select pass()');
ok(in_pass(), 'a loader is in user code');
my ($pid) = loader_pids();
$node->safe_psql('postgres', "DELETE FROM gate; SELECT pg_terminate_backend($pid)");
$row = wait_status($node, $ended, 'finished', 'a loader that was ended comes again');
is($node->safe_psql('postgres', 'SELECT n FROM a'), 31, 'and loads once');

# The worker ends: what it had begun is begun anew by the next one.
gate(1);
my $orphan = load('one', 'select n from generate_series(1, 2000) n', 'a', 'select pass()');
ok(in_pass(), 'a loader is in user code');
$node->safe_psql('postgres', 'SELECT pg_terminate_backend(' . worker_pid($node) . ')');
ok(wait_for(sub { !loader_pids() }), 'it ends with its worker');
gate(0);
wait_status($node, $orphan, 'finished', 'the next worker loads again');
is($node->safe_psql('postgres', 'SELECT count(*), sum(n) FROM a'), '2000|2001000', 'once');

# ---- rows that do not come ----

$emulator->trouble({ op => 'GetStatementResult', kind => 'delay', ms => 60_000, skip => 3 });
my $starved = load('one', 'select n from generate_series(1, 2000) n', 'a');
$row = wait_status($node, $starved, 'finished', 'a load that got no rows starts again');
is($node->safe_psql('postgres', 'SELECT count(*) FROM a'), 2000, 'and gets all of them');
cmp_ok(scalar($emulator->calls('GetStatementResult')), '>', 0, 'from the first page on');

# ---- DROP DATABASE ----

$node->safe_psql('postgres', 'CREATE DATABASE doomed');
$node->safe_psql('doomed', 'CREATE EXTENSION rsdata; CREATE TABLE t (n int)');
create_server($node, $emulator, database => 'doomed');
my $doomed = $node->safe_psql('doomed', q{SELECT rsdata_submit('select 1 as n', 'wh', target => 't',
	options => '{"then_sql": "select pg_sleep(1000)"}')});
ok(in_pass(), 'a loader is in user code of another database');
my ($ret) = $node->psql('postgres', 'DROP DATABASE doomed');
is($ret, 0, 'which can be dropped');

$node->stop('fast');
done_testing();
