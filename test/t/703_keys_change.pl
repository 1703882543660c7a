# Keys that rotate, expire or are refreshed, and clocks that are apart, cost a
# statement another request at most.

use strict;
use warnings;

use File::Temp ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $dir = File::Temp->newdir(TMPDIR => 1);
my %quiet = (
	topic_arns => undef,
	success_topic_arn => undef,
	failure_topic_arn => undef);

sub put
{
	my ($name, $text) = @_;
	open(my $fh, '>', "$dir/$name.new") or die "$name: $!";
	print $fh $text;
	close($fh) or die "$name: $!";
	rename("$dir/$name.new", "$dir/$name") or die "$name: $!";
	return "$dir/$name";
}

sub profile
{
	my ($key, $secret) = @_;
	return put('credentials',
		"[etl]\naws_access_key_id = $key\naws_secret_access_key = $secret\n");
}

my $warehouse = new_warehouse();
my $emulator = new_emulator(
	$warehouse,
	args => [ '--access-key', 'AKIDSECONDKEY', '--secret-key', 'secretsecond' ]);

# Its clock is a quarter of an hour ahead.
my $fast = new_emulator($warehouse, args => [ '--clock-offset', '900' ]);

delete local @ENV{
	qw(AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
	  AWS_REGION AWS_DEFAULT_REGION AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
	  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_EC2_METADATA_DISABLED)
};
local $ENV{AWS_SHARED_CREDENTIALS_FILE} =
  profile('AKIDEXAMPLE', 'secretexample');
local $ENV{AWS_CONFIG_FILE} = "$dir/config";
local $ENV{AWS_EC2_METADATA_SERVICE_ENDPOINT} = $emulator->url;
local $ENV{AWS_CONTAINER_CREDENTIALS_FULL_URI} =
  $emulator->url . '/v2/credentials/any';
my $node = new_node('main');

# A server without a mapping.
sub server
{
	my ($name, $where, %options) = @_;
	create_server($node, $where, name => $name,
		options => { %quiet, sts_endpoint_url => $where->url, %options });
	$node->safe_psql('postgres',
		"DROP USER MAPPING FOR CURRENT_USER SERVER $name");
	return;
}

my $count = 0;

# Tests: a statement finishes and is executed once; its row.
sub goes
{
	my ($server, $where, $name) = @_;
	my $n = ++$count;
	my $id = submit_ok($node, "select $n as number_$n", server => $server);
	my $row = wait_status($node, $id, 'finished', $name);
	is(scalar $where->executions("as number_$n"), 1, "$name: executed once");
	return $row;
}

# The access keys that executes were sent with, oldest first, with their
# statuses: "AKIDEXAMPLE 200".
sub sent_with
{
	my ($where) = @_;
	return map { ($_->{access_key} // '') . " $_->{status}" }
	  $where->calls('ExecuteStatement');
}

# A file that was rewritten is read again when its old keys are refused.
server('prof', $emulator, credentials => 'profile', profile => 'etl');
goes('prof', $emulator, 'keys of a file');
profile('AKIDSECONDKEY', 'secretsecond');
goes('prof', $emulator, 'keys that are still good');
$emulator->trouble(
	{   op => 'ExecuteStatement',
		kind => 'error',
		status => 403,
		code => 'UnrecognizedClientException',
		message => 'The security token included in the request is invalid.' });
my $row = goes('prof', $emulator, 'keys that were replaced');
is($row->{attempts}, 2, 'sent twice');
is_deeply(
	[ sent_with($emulator) ],
	[ 'AKIDEXAMPLE 200', 'AKIDEXAMPLE 200', 'AKIDEXAMPLE 403',
		'AKIDSECONDKEY 200' ],
	'the second time with the keys that the file has now');

# Keys that nobody knows, and no others: refused, not tried for ever.
profile('AKIDUNKNOWN', 'nothing');
server('lost', $emulator, credentials => 'profile', profile => 'etl',
	region => 'eu-west-2');
for my $time (1 .. 2)
{
	my $id = submit_ok($node, 'select 1', server => 'lost');
	$row = wait_status($node, $id, 'failed', 'unknown keys fail');
	like($row->{error}, qr/^UnrecognizedClientException/, 'with the reason');
	is($row->{sqlstate}, '28000', 'and its code');
}

# Keys that are rotated: the old ones are used as long as they are good.
server('box', $emulator, credentials => 'container');
$emulator->reset;
goes('box', $emulator, 'keys of a container');
$emulator->credentials(rotate => 1);
goes('box', $emulator, 'after a rotation');
is(scalar $emulator->calls('ContainerCredentials'), 1, 'fetched once');
$emulator->credentials(expire => 1);
$row = goes('box', $emulator, 'keys that have expired');
is($row->{attempts}, 2, 'it was sent again');
is(scalar $emulator->calls('ContainerCredentials'),
	2, 'with keys that were fetched anew');

# Keys are renewed ahead of their end (at two thirds of such short lives), and
# used while that does not succeed.
$emulator->reset;
$emulator->credentials(expire => 1, ttl => 30);
server('short', $emulator, credentials => 'keys',
	role_arn => 'arn:aws:iam::123456789012:role/short');
$node->safe_psql('postgres',
	"CREATE USER MAPPING FOR CURRENT_USER SERVER short
		OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample')");
goes('short', $emulator, 'a role for half a minute');
my ($first) = $emulator->issued;
$emulator->trouble(
	{   op => 'AssumeRole',
		kind => 'error',
		status => 503,
		code => 'ServiceUnavailable',
		count => -1 });
ok( wait_for(
		sub {
			sleep(1);
			goes('short', $emulator, 'while it is good');
			return $emulator->calls('AssumeRole') > 1;
		}),
	'a renewal is tried while the keys are in use');
my @renewals = $emulator->calls('AssumeRole');
my $refused = $renewals[1]{at};
SKIP:
{
	skip 'this machine was too slow', 2 if time > $first->{expires} - 3;
	cmp_ok($refused, '<', $first->{expires}, 'ahead of their end');
	goes('short', $emulator, 'keys are used while their renewal fails');
}
$emulator->untrouble;
$emulator->credentials(ttl => 3600);
goes('short', $emulator, 'renewed when that is possible');
ok( wait_for(
		sub {
			sleep(1);
			goes('short', $emulator, 'with the next keys');
			my ($newest) = $emulator->issued;
			return $newest->{access_key} ne $first->{access_key};
		}),
	'there are new keys');

# A clock that is apart: STS says so, then the Data API; each once.
server('apart', $fast, credentials => 'keys',
	role_arn => 'arn:aws:iam::123456789012:role/apart');
$node->safe_psql('postgres',
	"CREATE USER MAPPING FOR CURRENT_USER SERVER apart
		OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample')");
$row = goes('apart', $fast, 'a clock that is apart');
is($row->{attempts}, 2, 'it was sent again');
my @tokens = map { $_->{token} } $fast->calls('ExecuteStatement');
is(scalar @tokens, 2, 'once');
is($tokens[0], $tokens[1], 'with the same token');
is_deeply([ map { $_->{status} } $fast->calls('AssumeRole') ],
	[ 403, 200 ], 'STS was asked again, too');
like($row->{identity}, qr{assumed-role/apart/}, 'the row has the ARN');
$row = goes('apart', $fast, 'and the next statement');
is($row->{attempts}, 1, 'knows the time');

# STS tells whose keys of a mapping are, by the right clock, even if that is
# known after the statement has ended.
$fast->trouble({ op => 'GetCallerIdentity', kind => 'delay', ms => 3000,
	count => -1 });
create_server($node, $fast, name => 'own', options =>
	  { %quiet, sts_endpoint_url => $fast->url, region => 'eu-west-3' });
my $id = submit_ok($node, 'select 1 as x', server => 'own');
wait_status($node, $id, 'finished', 'a short statement');
ok( wait_for(
		sub {
			(statement_row($node, $id)->{identity} // '') =~ /:user\//;
		}),
	'its row gets the ARN when it is known');

stayed_up($node);
done_testing();
