# Cancelling, timing out and expiring, at each step of a statement's life.
# Redshift's verdict wins every race.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '300' ]);
my $node = new_node('main', conf => ['rsdata.worker_linger = 1s']);
create_server($node, $emulator);
create_server($node, $emulator, name => 'paused',
	options => { enabled => 'false' });

# What rsdata_cancel() says, as psql prints it.
sub cancel
{
	my ($id) = @_;
	return $node->safe_psql('postgres', "SELECT rsdata_cancel($id)");
}

# Calls of an operation with the service's id of a statement.
sub calls_with
{
	my ($op, $row) = @_;
	return scalar(grep { ($_->{id} // '') eq $row->{aws_id} }
		  $emulator->calls($op));
}

# The row as soon as this column has this value.
sub wait_column
{
	my ($id, $column, $value) = @_;
	my $row;

	wait_for(
		sub {
			$row = statement_row($node, $id);
			return ($row->{$column} // '') eq $value;
		});
	is($row->{$column}, $value, "statement $id: $column is $value");
	return $row;
}

subtest 'queued: never sent' => sub {
	my $id = submit_ok($node, 'select 1', server => 'paused');
	my $row = wait_column($id, 'wait_reason', 'paused');
	like($row->{wait_detail}, qr/"enabled" is off/, 'the view says why');
	is(cancel($id), 't', 'the wish is taken');
	$row = wait_status($node, $id, 'cancelled');
	is($row->{failed_at}, 'queued', 'from queued');
	is($row->{first_sent_at}, undef, 'it was never sent');
	is($row->{sqlstate}, '57014', 'SQLSTATE of a cancelled query');
	is(scalar(() = $emulator->calls('ExecuteStatement')),
		0, 'the service was not bothered');
};

subtest 'submitting: the cancel goes out once the id is known' => sub {
	$emulator->trouble({
			op => 'ExecuteStatement',
			kind => 'hang',
			match => 'slow execute' });
	my $id = submit_ok($node, q{select 'slow execute' from pg_sleep(60)});
	wait_status($node, $id, 'submitting');
	is(cancel($id), 't', 'the wish is taken');
	my $row = wait_column($id, 'wish', 'cancel');
	is($row->{status}, 'submitting', 'it waits for the id');
	is(scalar(() = $emulator->calls('CancelStatement')), 0, 'unsent');
	$emulator->release;
	$row = wait_status($node, $id, 'cancelled');
	is($row->{aws_status}, 'ABORTED', 'confirmed by the service');
	is(calls_with('CancelStatement', $row), 1, 'one cancel was sent');
};

subtest 'running' => sub {
	my $id = submit_ok($node, 'select 2 from pg_sleep(60)');
	wait_status($node, $id, 'running');
	is($node->safe_psql('postgres', "BEGIN; SELECT rsdata_cancel($id); ROLLBACK"),
		't', 'a wish that is rolled back');
	is( $node->safe_psql('postgres',
			"SELECT rsdata_cancel($id), rsdata_cancel($id)"),
		't|t', 'a wish, twice');
	my $row = wait_status($node, $id, 'cancelled');
	is(calls_with('CancelStatement', $row), 1, 'one cancel was sent');
	is($row->{failed_at}, 'running', 'from running');
	like(
		error_of($node, "SELECT * FROM rsdata_rows($id)"),
		qr/cancelled/,
		'the result is an error');
	is(cancel($id), 'f', 'already settled: false');
};

subtest 'fetching: its rows are worth having' => sub {
	$emulator->trouble({
			op => 'GetStatementResult',
			kind => 'hang',
			skip => 1,
			match => 'slow page' });
	my $id = submit_ok($node,
		q{select 'slow page' from generate_series(1, 20)});
	wait_status($node, $id, 'fetching');
	is(cancel($id), 't', 'the wish is taken');
	is( $node->safe_psql('postgres', "SELECT rsdata_wait($id, '500 ms')"),
		'', 'nothing happens');
	$emulator->release;
	my $row = wait_status($node, $id, 'finished');
	rows_are($node, $id, 'a text', join("\n", ('slow page') x 20));
	is(calls_with('CancelStatement', $row), 0, 'no cancel was sent');
	is($row->{wish}, undef, 'and none is told of');
};

subtest 'a race that is lost' => sub {
	$emulator->trouble({
			op => 'CancelStatement',
			kind => 'delay',
			ms => 1500,
			match => 'too late' });
	my $id = submit_ok($node, q{select 'too late' from pg_sleep(2)});
	wait_status($node, $id, 'running');
	is(cancel($id), 't', 'the wish is taken');
	my $row = wait_status($node, $id, 'finished', 'finished is finished');
	rows_are($node, $id, 'a text', 'too late');

	$emulator->trouble({
			op => 'CancelStatement',
			kind => 'delay',
			ms => 1500,
			match => 'no_such' });
	$id = submit_ok($node,
		q{select 1 / (g - 1) as no_such from pg_sleep(2), generate_series(1, 1) g});
	wait_status($node, $id, 'running');
	cancel($id);
	$row = wait_status($node, $id, 'failed', 'failed is failed');
	like($row->{error}, qr/division by zero/, 'with its error');
};

subtest 'a cancel without effect' => sub {
	$emulator->trouble({
			op => 'CancelStatement',
			kind => 'body',
			body => '{"Status": true}',
			match => 'stubborn' });
	my $id = submit_ok($node, q{select 'stubborn' from pg_sleep(8)});
	wait_status($node, $id, 'running');
	cancel($id);
	my $row = wait_column($id, 'wait_reason', 'cancel_unconfirmed');
	is($row->{status}, 'running', 'it is running until the service says so');
	$row = wait_status($node, $id, 'finished');
	is($row->{wait_reason}, undef, 'the reason is gone');
	rows_are($node, $id, 'a text', 'stubborn');

	# A service that never says anything else, and is asked again and again.
	$emulator->trouble({
			op => 'DescribeStatement',
			kind => 'body',
			count => -1,
			body => '{"Id": "11111111-2222-3333-4444-555555555555", '
			  . '"Status": "STARTED"}',
			match => 'deaf' });
	$id = submit_ok($node, q{select 'deaf' from pg_sleep(60)},
		more => "timeout => '300 ms'");
	$row = wait_column($id, 'wait_reason', 'cancel_unconfirmed');
	is("$row->{status} $row->{wish}",
		'running timeout', 'a timeout is not believed either');
	cmp_ok(calls_with('DescribeStatement', $row), '<', 20, 'few calls');
	$emulator->untrouble;
	wait_status($node, $id, 'timed_out', 'until it is confirmed');
};

subtest 'timeout' => sub {
	my $id = submit_ok($node, 'select 6 from pg_sleep(60)',
		more => "timeout => '300 ms'");
	my $row = wait_status($node, $id, 'timed_out');
	like($row->{error}, qr/timeout/, 'the error says so');
	is($row->{aws_status}, 'ABORTED', 'the service confirmed the end');
	like(
		error_of($node, "SELECT * FROM rsdata_rows($id)"),
		qr/timeout/,
		'so does the error of the result');
};

subtest 'somebody else' => sub {
	$node->safe_psql(
		'postgres', q{
		CREATE ROLE alice LOGIN;
		CREATE ROLE bob LOGIN;
		CREATE ROLE watcher LOGIN IN ROLE pg_read_all_stats;
		CREATE ROLE helper LOGIN IN ROLE pg_signal_backend;
		CREATE ROLE colleague LOGIN IN ROLE alice;
		GRANT USAGE ON FOREIGN SERVER wh TO alice;
		CREATE USER MAPPING FOR alice SERVER wh OPTIONS
			(access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample')});
	my @ids = split(
		/\|/,
		$node->safe_psql(
			'postgres', q{SET ROLE alice;
		SELECT rsdata_submit('select 8 from pg_sleep(60)', server => 'wh'),
			rsdata_submit('select 88 from pg_sleep(60)', server => 'wh')}));
	wait_status($node, $_, 'running') for @ids;
	like(
		error_of($node, "SET ROLE bob; SELECT rsdata_cancel($ids[0])"),
		qr/statement $ids[0] does not exist/,
		'a stranger cannot even see it');
	like(
		error_of($node, "SET ROLE watcher; SELECT rsdata_cancel($ids[0])"),
		qr/permission denied to cancel statement $ids[0]/,
		'who sees it may not cancel it');
	like(
		error_of($node, 'SET ROLE bob; SELECT rsdata_cancel(99999)'),
		qr/statement 99999 does not exist/,
		'as one that does not exist');
	status_is($node, $ids[0], 'running', 'it still runs');
	is( $node->safe_psql('postgres',
			"SET ROLE helper; SELECT rsdata_cancel($ids[0])"),
		't', 'a member of pg_signal_backend may');
	is( $node->safe_psql('postgres',
			"SET ROLE colleague; SELECT rsdata_cancel($ids[1])"),
		't', 'and a member of the owner');
	wait_status($node, $_, 'cancelled') for @ids;
};

subtest 'a paused server' => sub {
	my $id = submit_ok($node, 'select 9', server => 'paused',
		more => q{options => '{"deadline": "2 s"}'});
	my $row = wait_status($node, $id, 'expired');
	like($row->{error}, qr/deadline/, 'the error says so');
	is($row->{first_sent_at}, undef, 'it was never sent');

	# What waits for better times keeps nobody awake.
	$emulator->trouble({
			op => 'ExecuteStatement',
			kind => 'error',
			match => 'patient',
			count => -1 });
	$id = submit_ok($node, q{select 'patient'});
	wait_column($id, 'wait_reason', 'rate');
	$node->safe_psql('postgres', q{ALTER SERVER wh OPTIONS (ADD enabled 'false')});
	wait_column($id, 'wait_reason', 'paused');
	ok(wait_for(sub { !defined worker_pid($node) }, 20),
		'the worker leaves');
	$emulator->untrouble;
	$node->safe_psql('postgres', q{ALTER SERVER wh OPTIONS (SET enabled 'true')});
	my $other = submit_ok($node, 'select 10');
	wait_status($node, $_, 'finished') for ($other, $id);
};

stayed_up($node);
done_testing();
