# Ten defects of a workflow service that called the Data API from a chain of
# functions; each has a test here that would catch it.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;
use Time::HiRes qw(time);

my $GOOD = 'arn:aws:sns:eu-west-1:123456789012:good';
my $BAD = 'arn:aws:sns:eu-west-1:123456789012:bad';

my $warehouse = new_warehouse();
$warehouse->safe_psql(
	'warehouse', q{
	CREATE TABLE sales (region text, amount numeric(12,2));
	CREATE FUNCTION complain() RETURNS int LANGUAGE plpgsql AS $$
	BEGIN RAISE EXCEPTION '%', repeat(E'\U0001F600"\\\n', 30000); END $$;});
my $emulator = new_emulator($warehouse);
my $paged = new_emulator($warehouse,
	args => [ '--page-bytes', '300', '--page-head', 'first' ]);
my $node = new_node('main');
create_server($node, $emulator);
create_server($node, $paged, name => 'paged');
create_server(
	$node, $emulator,
	name => 'few',
	options => {
		max_in_flight => 3,
		topic_arns => "$GOOD,$BAD",
		success_topic_arn => $GOOD,
		failure_topic_arn => $BAD
	});
my $listener = new_listener($node);
my $heard = 0;

# A test: exactly one notification and one message, both with this status.
sub announced_once
{
	my ($id, $status, $name) = @_;
	my @messages = published_for($emulator, $id);
	my @notes = grep { $_->{id} == $id } notifications($listener, ++$heard);

	is(join(' ', map { $_->{json}{status} } @messages),
		$status, "$name: published once");
	is(join(' ', map { $_->{status} } @notes),
		$status, "$name: notified once");
	return $messages[0];
}

subtest 'defect 1: rows are counted, not pages' => sub {
	my $id = submit_ok($node, 'select g, g * 2 from generate_series(1, 500) g',
		server => 'paged');
	my $row = wait_status($node, $id, 'finished');

	cmp_ok($row->{pages_done}, '>', 20, 'the result has many pages');
	is($row->{rows_total}, 500, 'rows_total counts rows');
	is($row->{rows_done}, 500, 'and so does rows_done');
	is( $node->safe_psql('postgres',
			"SELECT count(*), sum(b), count(DISTINCT a)
			 FROM rsdata_result($id) AS t(a int, b int)"),
		'500|250500|500', 'every row is there, once');
	my ($message) = published_for($paged, $id);
	is($message->{json}{rows}, 500, 'the message counts rows');
	$heard++;
};

subtest 'defect 2: a statement without result set finishes' => sub {
	my %affected = (
		q{insert into sales values ('a', 1), ('b', 2), ('c', 3)} => 3,
		q{update sales set amount = amount + 1 where amount > 1} => 2,
		q{delete from sales where region = 'nowhere'} => 0);

	for my $sql (sort keys %affected)
	{
		my $id = submit_ok($node, $sql);
		my $row = wait_status($node, $id, 'finished', "finished: $sql");
		is($row->{rows_affected}, $affected{$sql}, 'rows_affected');
		announced_once($id, 'finished', $sql);
	}
	my $id = submit_ok($node, 'create table made (a int)');
	wait_status($node, $id, 'finished', 'DDL finishes');
	announced_once($id, 'finished', 'DDL');
	is(scalar($emulator->calls('GetStatementResult')),
		0, 'and nobody asked for a result');
};

subtest 'defect 3: the error text arrives' => sub {
	my $text = qr/relation "no_such_table" does not exist/;
	my $id = submit_ok($node, 'select * from no_such_table');
	my $row = wait_status($node, $id, 'failed');

	like($row->{error}, $text, 'in the view');
	is($row->{failed_at}, 'running', 'which names the step');
	like(error_of($node, "SELECT * FROM rsdata_result($id) AS t(x int)"),
		$text, 'in the error of rsdata_result');
	like(error_of($node, "SELECT * FROM rsdata_rows($id)"),
		$text, 'in the error of rsdata_rows');
	my $message = announced_once($id, 'failed', 'failure');
	like($message->{json}{error}, $text, 'in the message');
};

subtest 'defect 4: aborted and unknown are not failed' => sub {
	$emulator->trouble(
		{   op => 'DescribeStatement',
			kind => 'body',
			body => '{"Id": "11111111-2222-3333-4444-555555555555", '
			  . '"Status": "ABORTED"}' });
	my $id = submit_ok($node, 'select 4 from pg_sleep(1.2)');
	my $row = wait_status($node, $id, 'failed', 'aborted by somebody else');
	is($row->{aws_status}, 'ABORTED', 'the view has the word of the service');
	like($row->{error}, qr/aborted by Redshift or by another client/,
		'the error says that it was aborted');
	my $message = announced_once($id, 'failed', 'aborted');
	like($message->{json}{error}, qr/aborted/, 'and so does the message');

	$id = submit_ok($node, 'select 4 from pg_sleep(30)');
	wait_status($node, $id, 'running');
	$node->safe_psql('postgres', "SELECT rsdata_cancel($id)");
	wait_status($node, $id, 'cancelled', 'aborted by our own cancel');
	announced_once($id, 'cancelled', 'cancelled');

	$emulator->trouble(
		{   op => 'DescribeStatement',
			kind => 'unknown_status',
			count => 3 });
	$id = submit_ok($node, 'select 44 from pg_sleep(1.2)');
	$row = wait_status($node, $id, 'finished', 'a status not known: wait on');
	rows_are($node, $id, 'a int', '44');
	announced_once($id, 'finished', 'unknown status');
};

subtest 'defect 5: a failed look is not a failed statement' => sub {
	$emulator->trouble($_)
	  for (
		{   op => 'DescribeStatement',
			kind => 'error',
			code => 'ThrottlingException',
			count => 2
		},
		{   op => 'DescribeStatement',
			kind => 'error',
			status => 500,
			code => 'InternalServerException'
		},
		{ op => 'DescribeStatement', kind => 'html', status => 503 },
		{ op => 'DescribeStatement', kind => 'cut' },
		{ op => 'GetStatementResult', kind => 'error' },
		{ op => 'GetStatementResult', kind => 'html' });
	my $id = submit_ok($node, 'select 5 from pg_sleep(1.2)');
	wait_status($node, $id, 'finished');
	rows_are($node, $id, 'a int', '5');
	is(scalar(() = $emulator->executions('select 5 ')), 1, 'executed once');
	announced_once($id, 'finished', 'after six failed looks');
};

subtest 'defect 6: a submit that is tried again executes once' => sub {
	my $before = () = $emulator->calls('ExecuteStatement');
	$emulator->trouble({
			op => 'ExecuteStatement',
			kind => 'lost_reply',
			count => 2 });
	$emulator->trouble(
		{   op => 'ExecuteStatement',
			kind => 'error',
			after => JSON::PP::true(),
			status => 500,
			code => 'InternalServerException' });
	my $id =
	  submit_ok($node, q{insert into sales values ('once', 6) returning 6});
	wait_status($node, $id, 'finished');
	my @calls = $emulator->calls('ExecuteStatement');
	splice(@calls, 0, $before);
	is(scalar(@calls), 4, 'sent four times');
	my %tokens = map { ($_->{token} // 'none') => 1 } @calls;
	is(scalar(keys %tokens), 1, 'with one token');
	is(scalar(() = $emulator->executions("'once'")), 1, 'executed once');
	is( $warehouse->safe_psql('warehouse',
			q{SELECT count(*) FROM sales WHERE region = 'once'}),
		1, 'there is one row');
	announced_once($id, 'finished', 'tried again');
};

subtest 'defect 7: timeout, cancel and a limit to what runs at once' => sub {
	my $id = submit_ok($node, 'select 7 from pg_sleep(60)',
		more => "timeout => '500 ms'");
	my $row = wait_status($node, $id, 'timed_out');
	is($row->{aws_status}, 'ABORTED', 'the service confirmed the end');
	is($row->{sqlstate}, '57014', 'SQLSTATE of a cancelled query');
	announced_once($id, 'timed_out', 'timeout');

	my @ids = map {
		submit_ok($node, "select $_ from pg_sleep(1)", server => 'few')
	} 1 .. 8;
	my $most = 0;
	wait_for(
		sub {
			my $now = grep { $_->{status} =~ /^(SUBMITTED|PICKED|STARTED)$/ }
			  @{ $emulator->statements->{statements} };
			$most = $now if $now > $most;
			return $node->safe_psql('postgres',
				q{SELECT count(*) FILTER (WHERE status <> 'finished') = 0
				  FROM rsdata.statements WHERE server = 'few'}) eq 't';
		});
	is($most, 3, 'max_in_flight at once, neither more nor less');
	wait_status($node, $_, 'finished') for @ids;
	$heard += @ids;
};

subtest 'defect 8: many slow pages finish' => sub {
	my $start = time;
	$paged->trouble({
			op => 'GetStatementResult',
			kind => 'delay',
			ms => 50,
			count => -1 });
	my $id = submit_ok($node, 'select g from generate_series(1, 700) g',
		server => 'paged');
	my $row = wait_status($node, $id, 'finished');
	cmp_ok($row->{pages_done}, '>', 30, 'many pages');
	cmp_ok(time - $start, '>', 1.5, 'slow ones');
	is($row->{rows_done}, 700, 'all rows are there');
	is(scalar(() = $paged->calls('GetStatementResult')) -
		  $node->safe_psql('postgres',
			q{SELECT sum(pages_done) FROM rsdata.statements
			  WHERE server = 'paged'}),
		0, 'each page was asked for once');
	$paged->untrouble;
	$heard++;
};

subtest 'defect 9: SNS never changes what happened' => sub {
	$emulator->trouble($_)
	  for (
		{ op => 'Publish', kind => 'error', status => 500, match => 'first' },
		{   op => 'Publish',
			kind => 'error',
			status => 403,
			code => 'AuthorizationError',
			match => 'first'
		},
		{   op => 'Publish',
			kind => 'html',
			match => 'never',
			count => -1
		});
	my $id = submit_ok($node, 'select 9', more => "label => 'first'");
	my $never = submit_ok($node, 'select 99', more => "label => 'never'");
	my $row = wait_status($node, $id, 'finished');
	wait_status($node, $never, 'finished');
	rows_are($node, $id, 'a int', '9', 'the result is there meanwhile');
	announced_once($id, 'finished', 'after two refusals');
	$heard++;
	$row = statement_row($node, $id);
	is($row->{status}, 'finished', 'still finished');
	ok(wait_for(sub { statement_row($node, $id)->{sns_status} eq 'published' }),
		'and published at last');
	$row = statement_row($node, $never);
	is("$row->{status} $row->{sns_status}",
		'finished pending', 'the other is finished too, and kept to be sent');
	like($row->{sns_error}, qr/502/, 'the view says why');

	$id = submit_ok($node, 'select complain()');
	$row = wait_status($node, $id, 'failed', 'a huge error text');
	like($row->{error}, qr/^ERROR: \x{1F600}"/, 'begins as it should');
	my $message = announced_once($id, 'failed', 'huge error text');
	cmp_ok(length($message->{message}), '<', 256 * 1024, 'the message fits');
	is($message->{json}{error}, $row->{error}, 'and has the text of the view');
};

subtest 'defect 10: success and failure have topics of their own' => sub {
	my $good = submit_ok($node, 'select 10', server => 'few');
	my $bad = submit_ok($node, 'select ten', server => 'few');
	wait_status($node, $good, 'finished');
	wait_status($node, $bad, 'failed');
	for ([ $good, $GOOD, 'finished' ], [ $bad, $BAD, 'failed' ])
	{
		my ($id, $topic, $status) = @$_;
		my @messages = published_for($emulator, $id);

		is(join(' ', map { $_->{topic} } @messages),
			$topic, "$status: to its topic only");
		is($messages[0]{attributes}{status},
			$status, "$status: filtered without reading the subject");
	}
};

# Nothing came a second time since.
my (%notes, %messages);
$notes{ $_->{id} }++ for notifications($listener, 0);
$messages{ $_->{json}{id} }++ for $emulator->published, $paged->published;
is_deeply([ grep { $_ > 1 } values %notes ], [], 'no second notification');
is_deeply([ grep { $_ > 1 } values %messages ], [], 'no second message');

stayed_up($node);
$listener->{psql}->quit;
done_testing();
