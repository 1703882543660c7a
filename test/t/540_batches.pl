# Batches: what is told of them, and how they are cancelled, time out and
# expire in each status.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Emulator;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '300' ]);
my $node = new_node('main');
create_server($node, $emulator);
create_server($node, $emulator, name => 'paused',
	options => { enabled => 'false' });
$warehouse->safe_psql('warehouse', 'CREATE TABLE marks (mark text)');

# submit_batch([parts], more): its id.
sub submit_batch
{
	my ($parts, $more, $server) = @_;
	my $list = join(', ', map { "\$_\$$_\$_\$" } @$parts);
	$more = $more ? ", $more" : '';
	$server //= 'wh';
	return $node->safe_psql('postgres',
		"SELECT rsdata_submit_batch(ARRAY[$list], server => '$server'$more)");
}

my $AUTO = q{options => '{"execution_mode": "auto_commit"}'};

# A test: this expression over the parts, one after the other.
sub parts_are
{
	my ($id, $what, $expected, $name) = @_;
	return is(
		$node->safe_psql(
			'postgres', qq{
			SELECT string_agg($what, ', ' ORDER BY part)
			FROM rsdata.parts WHERE statement = $id}),
		$expected,
		$name);
}

# A test: the error of reading a part.
sub part_error
{
	my ($id, $part, $expected, $name) = @_;
	return like(
		error_of($node, "\\set VERBOSITY verbose\nSELECT * FROM rsdata_rows($id, $part)"),
		$expected, $name);
}

sub cancel
{
	my ($id) = @_;
	return $node->safe_psql('postgres', "SELECT rsdata_cancel($id)");
}

# Waits until the emulator executes SQL with this in it.
sub executing
{
	my ($sql) = @_;
	return ok(wait_for(sub { $emulator->executions($sql) > 0 }), "$sql runs");
}

subtest 'what is told of a batch' => sub {
	my $listener = new_listener($node);
	my $id = submit_batch([ 'select 1', 'select 1/0', 'select 2' ],
		"label => 'odd', $AUTO");

	wait_status($node, $id, 'failed');
	my ($heard) = grep { $_->{id} == $id } notifications($listener, 1);
	is($heard->{parts_finished}, 2, 'NOTIFY: parts that finished');
	is($heard->{parts_failed}, 1, 'NOTIFY: parts that did not');
	my ($message) = published_for($emulator, $id);
	is($message->{json}{status}, 'failed', 'SNS: the outcome');
	is($message->{json}{parts_finished}, 2, 'SNS: parts that finished');
	is($message->{json}{parts_failed}, 1, 'SNS: parts that did not');
	like($message->{json}{error}, qr/^part 2: /, 'SNS: the failure');
	is($emulator->calls('BatchExecuteStatement'), 1, 'one call of the batch');
	$listener->{psql}->quit;
};

subtest 'forty parts, many pages' => sub {
	my $id = submit_batch(
		[ map { "select $_ as k, i from generate_series(1, $_) i" } 1 .. 40 ]);

	wait_status($node, $id, 'finished');
	parts_are($id, 'rows_done::text', join(', ', 1 .. 40), 'rows of each');
	is( $node->safe_psql(
			'postgres', qq{
			SELECT count(*), count(DISTINCT k), sum(i) FROM generate_series(1, 40) p,
				rsdata_result($id, p) AS t(k int, i int) WHERE k = p}),
		'820|40|11480',
		'read one by one');
	cmp_ok(statement_row($node, $id)->{pages_done}, '>', 40, 'paged');
};

subtest 'cancelled: queued' => sub {
	my $id = submit_batch([ 'select 1', 'select 2' ], undef, 'paused');

	is(cancel($id), 't', 'the wish is taken');
	wait_status($node, $id, 'cancelled');
	parts_are($id, 'status', 'cancelled, cancelled', 'so are its parts');
	part_error($id, 2, qr/57014.*part 2 of statement $id .*was cancelled/s,
		'a part says so');
};

subtest 'cancelled: running, each by itself' => sub {
	my $id = submit_batch(
		[   "insert into marks values ('kept')",
			'select 1 as one',
			"select 'auto one' from pg_sleep(600)",
			"insert into marks values ('never')" ],
		$AUTO);

	executing("'auto one'");
	is(cancel($id), 't', 'the wish is taken');
	my $row = wait_status($node, $id, 'cancelled');
	is($row->{sqlstate}, '57014', 'as a cancelled query');
	parts_are($id, 'status', 'finished, finished, cancelled, cancelled',
		'parts that finished before stay so');
	is($node->safe_psql('postgres',
			"SELECT * FROM rsdata_result($id, 2) AS t(one int)"),
		1, 'and their rows are kept');
	part_error($id, 3, qr/57014/, 'the others were cancelled');
	is($warehouse->safe_psql('warehouse', 'SELECT mark FROM marks'),
		'kept', 'as it is on Redshift');
	is(cancel($id), 'f', 'already settled');
};

subtest 'cancelled: running in one transaction' => sub {
	my $id = submit_batch(
		[   "insert into marks values ('undone')", 'select 1',
			"select 'transaction one' from pg_sleep(600)" ]);

	executing("'transaction one'");
	cancel($id);
	wait_status($node, $id, 'cancelled');
	parts_are($id, 'status', 'cancelled, cancelled, cancelled',
		'nothing of it counts');
	part_error($id, 2, qr/57014/, 'nor are there rows');
	is($warehouse->safe_psql('warehouse', 'SELECT mark FROM marks'),
		'kept', 'nothing was committed');
};

subtest 'cancelled: submitting' => sub {
	$emulator->trouble({
			op => 'BatchExecuteStatement', kind => 'hang', match => 'slow batch' });
	my $id = submit_batch([ 'select 1', 'select pg_sleep(600)' ],
		"label => 'slow batch'");

	wait_status($node, $id, 'submitting');
	is(cancel($id), 't', 'the wish is taken');
	$emulator->release;
	my $row = wait_status($node, $id, 'cancelled');
	is($row->{aws_status}, 'ABORTED', 'confirmed by the service');
};

subtest 'cancelled: fetching' => sub {
	$emulator->trouble({
			op => 'GetStatementResult',
			kind => 'hang',
			skip => 1,
			match => 'slow rows' });
	my $id = submit_batch([ 'select 1', 'select 2', 'select 3' ],
		"label => 'slow rows'");

	wait_status($node, $id, 'fetching');
	ok(wait_for(sub { statement_row($node, $id)->{pages_done} == 1 }),
		'the first part is fetched');
	part_error($id, 1, qr/55000.*no result yet/s,
		'no part is shown before all are');
	parts_are($id, 'status', 'fetching, fetching, fetching', 'nor called finished');
	is(cancel($id), 't', 'the wish is taken');
	$emulator->release;
	wait_status($node, $id, 'finished', 'too late: it has finished');
	parts_are($id, 'rows_done::text', '1, 1, 1', 'with all rows');
};

subtest 'timed out' => sub {
	my $id = submit_batch([ 'select 1', 'select pg_sleep(600)', 'select 2' ],
		"timeout => '2 s', $AUTO");

	wait_status($node, $id, 'timed_out');
	parts_are($id, 'status', 'finished, timed_out, timed_out', 'its parts');
	is($node->safe_psql('postgres', "SELECT data FROM rsdata_rows($id)") ne '',
		1, 'what finished in time is kept');
};

subtest 'expired' => sub {
	my $id = submit_batch([ 'select 1', 'select 2' ],
		q{options => '{"deadline": "1 s"}'}, 'paused');

	wait_status($node, $id, 'expired');
	parts_are($id, 'status', 'expired, expired', 'so are its parts');
	parts_are($id, "CASE WHEN error LIKE '%deadline%' THEN 'said' END",
		'said, said', 'and say why');
};

subtest 'refused' => sub {
	$emulator->trouble({
			op => 'BatchExecuteStatement',
			kind => 'error',
			status => 400,
			code => 'ValidationException',
			message => 'not like this' });
	my $id = submit_batch([ 'select 1', 'select 2' ]);
	my $row = wait_status($node, $id, 'failed');

	like($row->{error}, qr/not like this/, 'the words of the service');
	part_error($id, 2, qr/not like this.*Part 2 of statement $id/s,
		'for each part');
};

subtest 'throttled, and a reply that is lost' => sub {
	$emulator->trouble({
			op => 'BatchExecuteStatement',
			kind => 'error',
			status => 400,
			code => 'ThrottlingException',
			message => 'Rate exceeded' });
	$emulator->trouble({ op => 'BatchExecuteStatement', kind => 'lost_reply' });
	my $id = submit_batch([ "insert into marks values ('once')", 'select 2' ]);

	wait_status($node, $id, 'finished');
	is($warehouse->safe_psql('warehouse',
			"SELECT count(*) FROM marks WHERE mark = 'once'"),
		1, 'it ran once');
};

# Nothing can run on a database that is not there; only the batch knows why.
subtest 'nothing ran' => sub {
	my $nowhere = Rsdata::Emulator->start(
		dsn => 'host=/nonexistent dbname=nowhere');
	create_server($node, $nowhere, name => 'nowhere');
	my $id = submit_batch([ 'select 1', 'select 2' ], undef, 'nowhere');
	my $row = wait_status($node, $id, 'failed');

	like($row->{error}, qr/nonexistent/, 'the reason is shown');
	parts_are($id, 'status', 'failed, failed', 'its parts failed');
	parts_are($id, "CASE WHEN error LIKE '%nonexistent%' THEN 'said' END",
		'said, said', 'and give the reason, too');
};

stayed_up($node);
done_testing();
