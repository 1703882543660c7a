# The limits of the service are kept, and a service that throttles all the
# same costs time, never a statement.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
my %quiet = (
	topic_arns => undef,
	success_topic_arn => undef,
	failure_topic_arn => undef);

# One access key, so regions of their own where buckets must not be shared.
create_server($node, $emulator, options => {%quiet});
create_server(
	$node, $emulator,
	name => 'free',
	options => { %quiet, quota_share => '0' });
create_server(
	$node, $emulator,
	name => 'slow',
	options => { %quiet, region => 'eu-west-3', quota_share => '0.005' });
create_server(
	$node, $emulator,
	name => 'storm',
	options => { %quiet, region => 'eu-west-2', quota_share => '1' });

# Submits many statements at once.
sub submit_many
{
	my ($server, $count) = @_;
	return $node->safe_psql('postgres',
		"SELECT count(rsdata_submit('select ' || i, server => '$server'))
		 FROM generate_series(1, $count) i");
}

# A test: all of a server's statements finish.
sub all_finish
{
	my ($server, $count, $name) = @_;
	my $states;

	wait_for(
		sub {
			$states = $node->safe_psql('postgres',
				"SELECT status, count(*) FROM rsdata.statements
				 WHERE server = '$server' GROUP BY 1 ORDER BY 1");
			return $states !~ /queued|submitting|running|fetching/;
		},
		120);
	return is($states, "finished|$count", $name);
}

# When calls of an operation came, oldest first, in seconds.
sub times_of
{
	my ($op) = @_;
	return sort { $a <=> $b } map { $_->{at} } $emulator->calls($op);
}

# The most of these times within one second.
sub most_in_a_second
{
	my @times = @_;
	my ($most, $first) = (0, 0);

	for my $last (0 .. $#times)
	{
		$first++ while $times[$last] - $times[$first] >= 1;
		$most = $last - $first + 1 if $last - $first + 1 > $most;
	}
	return $most;
}

# Half of 30 a second, after half a second's worth at once.
is(submit_many('wh', 60), 60, 'sixty statements at once');
all_finish('wh', 60, 'all finish');
my @times = times_of('ExecuteStatement');
is(scalar @times, 60, 'each was sent once');
ok($times[-1] - $times[0] >= 3,
	'their executes take as long as half of the quota asks for')
  or diag($times[-1] - $times[0]);
my $most = most_in_a_second(@times);
ok($most <= 28, 'at no time much more than the share') or diag($most);
my $waits = $node->safe_psql('postgres',
	q{SELECT count(*) FROM rsdata.statements
	  WHERE wait_reason IS NOT NULL OR attempts <> 1});
is($waits, 0, 'no attempt was spent on it');

# Without a limit the whole lot is soon gone.
$emulator->reset;
is(submit_many('free', 60), 60, 'sixty without a limit');
all_finish('free', 60, 'all finish');
$most = most_in_a_second(times_of('ExecuteStatement'));
ok($most > 28, 'in a second go more than the share would allow')
  or diag($most);

# One in seven seconds: that is shown, and a larger share helps at once.
$emulator->reset;
is(submit_many('slow', 3), 3, 'three on a server with a tiny share');
ok( wait_for(
		sub {
			$node->safe_psql('postgres',
				q{SELECT count(*) FROM rsdata.statements
				  WHERE server = 'slow' AND wait_reason = 'rate'}) ne '0';
		}),
	'who waits long is shown to wait for the rate');
is( $node->safe_psql('postgres',
		q{SELECT count(*) FROM rsdata.statements
		  WHERE server = 'slow' AND wait_reason = 'rate'
		  AND status = 'submitting'}),
	0, 'and is not claimed before it can be sent');
$node->safe_psql('postgres', q{ALTER SERVER slow OPTIONS (SET quota_share '1')});
all_finish('slow', 3, 'with the whole quota all finish');

# A throttle storm, on every operation.
$emulator->reset;
for my $op (qw(ExecuteStatement DescribeStatement GetStatementResult))
{
	$emulator->trouble(
		{   op => $op,
			kind => 'error',
			status => 400,
			code => 'ThrottlingException',
			message => 'Rate exceeded',
			count => 20 });
}
$emulator->trouble(
	{   op => 'ExecuteStatement',
		kind => 'error',
		status => 400,
		code => 'ValidationException',
		message =>
		  'Service returned error code ThrottlingException (Service: RedshiftServerless, Status Code: 400)',
		count => 10 });
is(submit_many('storm', 30), 30, 'thirty into a storm of throttles');
all_finish('storm', 30, 'all finish');
is(scalar $emulator->executions, 30, 'each was executed once');
my $sent = $node->safe_psql('postgres',
	q{SELECT sum(attempts) FROM rsdata.statements WHERE server = 'storm'});
is($sent, 60, 'after as many attempts as were throttled, and one');

done_testing();
