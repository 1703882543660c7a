# One account, one budget: whoever calls, the worker or a session, with
# whatever access key of an account, draws from the same buckets.  With the
# smallest share a bucket has one token, and another one after half a minute
# (executes) or minutes (lists): the next caller finds none.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $ROLE = 'arn:aws:iam::123456789012:role/reader';
my $FOREIGN = 'arn:aws:iam::210987654321:role/reader';
my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse,
	args => [ map { ('--role', $_) } $ROLE, $FOREIGN ]);
my $node = new_node('main');
my $SPENT = qr/used up "quota_share"/;

# A server of one region, that is of one bucket for each operation.
sub server
{
	my ($name, $region, %options) = @_;
	create_server($node, $emulator,
		name => $name,
		options => {
			region => $region,
			topic_arns => undef,
			success_topic_arn => undef,
			failure_topic_arn => undef,
			sts_endpoint_url => $emulator->url,
			quota_share => '0.001',
			%options
		});
	return;
}

# Time for who is to find a token; and for who is to find none, who waits for
# it as long as this.
my ($ENOUGH, $SOME) = ('60 s', '6 s');

# The error of a list function.
sub list_error
{
	my ($server, $time) = @_;
	return error_of($node,
		"SET rsdata.catalog_timeout = '$time';
		 SELECT * FROM rsdata_list_databases('$server')");
}

# What rsdata_check says about its statement, whatever the step is called.
sub check_says
{
	my ($server, $time) = @_;
	return $node->safe_psql('postgres',
		"SET rsdata.catalog_timeout = '$time';
		 SELECT string_agg(detail, '; ') FROM rsdata_check('$server')");
}

# Does that come about in one of these regions, each tried once?  On a machine
# that is very slow there may be a new token before the next caller comes.
sub once_in
{
	my ($try, @regions) = @_;

	for my $region (@regions)
	{
		(my $name = $region) =~ tr/-/_/;
		server($name, $region);
		return 1 if $try->($name);
	}
	return 0;
}

# The worker takes the token; a session finds none, since it knows from the
# worker whose the key is.
server('known', 'eu-west-1', quota_share => '0');
my $id = submit_ok($node, 'select 1', server => 'known');
wait_status($node, $id, 'finished');
ok(wait_for(sub { defined statement_row($node, $id)->{identity} }),
	'the worker has asked STS whose the keys are');
ok(once_in(
		sub {
			my ($server) = @_;
			my $taken = submit_ok($node, 'select 2', server => $server);
			wait_status($node, $taken, 'finished', 'the worker takes a token');
			return check_says($server, $SOME) =~ $SPENT;
		},
		qw(eu-west-2 us-east-1 us-east-2)),
	'rsdata_check finds it gone');

# A session takes it, with these keys or with those of a role, which every
# call fetches anew: the next one finds none.
server('keys', 'eu-west-3');
server('role', 'eu-west-3', role_arn => $ROLE);
is(list_error('keys', $ENOUGH), '', 'a list function takes a token');
like(list_error('role', $SOME), $SPENT, 'one with the keys of a role finds it gone');
server('role_too', 'eu-central-1', role_arn => $ROLE);
server('keys_too', 'eu-central-1');
is(list_error('role_too', $ENOUGH), '', 'the role takes a token');
like(list_error('keys_too', $SOME), $SPENT, 'the keys find it gone');

# And the worker finds gone what a session took.
ok(once_in(
		sub {
			my ($server) = @_;
			like(check_says($server, $ENOUGH), qr/has run "select 1"/,
				'rsdata_check takes a token');
			my $late = submit_ok($node, 'select 3', server => $server);
			my $row;
			wait_for(
				sub {
					$row = statement_row($node, $late);
					return ($row->{wait_reason} // '') eq 'rate'
					  || $row->{status} eq 'finished';
				});
			return $row->{status} eq 'queued';
		},
		qw(eu-north-1 us-west-1 us-west-2)),
	'the worker waits for the next one');

# Another account has its own.
server('abroad', 'eu-west-3', role_arn => $FOREIGN);
is(list_error('abroad', $ENOUGH), '', 'another account is not concerned');

stayed_up($node);
done_testing();
