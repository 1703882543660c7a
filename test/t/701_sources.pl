# Every source of credentials end to end: what is asked for, once for all who
# need it; what the row, the worker and rsdata_check say of it; what happens
# when it gives nothing.

use strict;
use warnings;

use File::Temp ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $dir = File::Temp->newdir(TMPDIR => 1);
my $roles = 'arn:aws:iam::123456789012:role';
my $sts = 'arn:aws:sts::123456789012:assumed-role';

sub put
{
	my ($name, $text) = @_;
	open(my $fh, '>', "$dir/$name.new") or die "$name: $!";
	print $fh $text;
	close($fh) or die "$name: $!";
	rename("$dir/$name.new", "$dir/$name") or die "$name: $!";
	return "$dir/$name";
}

my $warehouse = new_warehouse();
my $emulator = new_emulator(
	$warehouse,
	args => [
		'--role', "$roles/hop", '--external-id', 'the-hop',
		'--role', "$roles/goal", '--role', "$roles/pod",
		'--web-identity-token', 'a token of a pod',
		'--container-token', 'a token of a container' ]);

# The server takes these with it when it starts; each source is asked for by
# its name, so that they do not get in each other's way.
delete local @ENV{
	qw(AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
	  AWS_REGION AWS_DEFAULT_REGION AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
	  AWS_CONTAINER_AUTHORIZATION_TOKEN AWS_EC2_METADATA_DISABLED)
};
local $ENV{AWS_SHARED_CREDENTIALS_FILE} = put('credentials', <<"END");
[base]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = secretexample
END
local $ENV{AWS_CONFIG_FILE} = put('config', <<"END");
[profile hop]
role_arn = $roles/hop
source_profile = base
external_id = the-hop

[profile goal]
role_arn = $roles/goal
source_profile = hop
role_session_name = chosen

[profile stranger]
role_arn = $roles/hop
source_profile = base

[profile machine]
role_arn = $roles/goal
credential_source = Ec2InstanceMetadata
END
local $ENV{AWS_EC2_METADATA_SERVICE_ENDPOINT} = $emulator->url;
local $ENV{AWS_CONTAINER_CREDENTIALS_FULL_URI} =
  $emulator->url . '/v2/credentials/any';
local $ENV{AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE} =
  put('container-token', 'a token of a container');
local $ENV{AWS_WEB_IDENTITY_TOKEN_FILE} =
  put('pod-token', 'a token of a pod');
local $ENV{AWS_ROLE_ARN} = "$roles/pod";

my $node = new_node('main');

# A server without a mapping and without topics.
sub server
{
	my ($name, %options) = @_;
	create_server(
		$node,
		$emulator,
		name => $name,
		options => {
			topic_arns => undef,
			success_topic_arn => undef,
			failure_topic_arn => undef,
			sts_endpoint_url => $emulator->url,
			%options });
	$node->safe_psql('postgres',
		"DROP USER MAPPING FOR CURRENT_USER SERVER $name");
	return;
}

# What rsdata_check says of a step: "t|detail".
sub step
{
	my ($server, $step) = @_;
	return $node->safe_psql('postgres',
		"SELECT ok, detail FROM rsdata_check('$server') WHERE step = '$step'");
}

# Tests: a statement finishes, its row and rsdata_check have the identity.
sub works
{
	my ($server, $arn, $source) = @_;
	my $id = submit_ok($node, "select '$server' as x", server => $server);
	my $row = wait_status($node, $id, 'finished', "$server: finished");

	rows_are($node, $id, 'x text', $server, "$server: its row");
	ok( wait_for(
			sub {
				$row = statement_row($node, $id);
				return ($row->{identity} // '') =~ /^$arn$/;
			}),
		"$server: the row has the ARN")
	  or diag($row->{identity} // 'none');
	like(step($server, 'identity'), qr/^t\|$arn$/,
		"$server: so has rsdata_check");
	like(step($server, 'credentials'), qr/^t\|$source/,
		"$server: which says where the keys come from");
	return $row;
}

# Tests: a statement waits, and three places say why.
sub waits
{
	my ($server, $why) = @_;
	my $id = submit_ok($node, "select '$server' as x", server => $server);
	my $row;

	ok( wait_for(
			sub {
				$row = statement_row($node, $id);
				return ($row->{wait_reason} // '') eq 'credentials'
				  && ($row->{wait_detail} // '') =~ $why;
			}),
		"$server: the row says what it waits for")
	  or diag(explain($row));
	is("$row->{status} $row->{attempts}", 'queued 0',
		"$server: queued, nothing was sent");
	like(step($server, 'credentials'), qr/^f\|.*$why/s,
		"$server: rsdata_check says it");
	ok( wait_for(
			sub {
				$node->safe_psql('postgres',
					"SELECT last_error FROM rsdata_worker_status()
					 WHERE database = 'postgres'") =~ $why;
			}),
		"$server: so does the worker's status");
	return $id;
}

sub alter
{
	my ($what) = @_;
	$node->safe_psql('postgres', "ALTER $what");
	return;
}

# Each source by its name.
my $hash = '[0-9a-f]{16}';
server('web', credentials => 'web_identity');
server('box', credentials => 'container');
server('inst', credentials => 'instance');
server('prof', credentials => 'profile', profile => 'base');
server('hops', credentials => 'profile', profile => 'goal');
server('machine', credentials => 'profile', profile => 'machine');
works('web', "$sts/pod/rsdata-$hash", 'web identity');
works('box', "$sts/rsdata-task/\\w+", 'container endpoint');
works('inst', "$sts/rsdata-instance/i-\\w+", 'instance metadata');
works('prof', 'arn:aws:iam::123456789012:user/\S+', 'profile base');
works('hops', "$sts/goal/chosen", 'profile base.*role \S*/hop.*role \S*/goal');
works('machine', "$sts/goal/rsdata-$hash", 'instance metadata.*role \S*/goal');

# Keys in the mapping need no fetch, but belong to somebody, too.
create_server($node, $emulator, name => 'own',
	options => { sts_endpoint_url => $emulator->url });
works('own', 'arn:aws:iam::123456789012:user/\S+', 'keys of the user mapping');

# One fetch for all that need it, on all servers that need the same.
server('inst2', credentials => 'instance', region => 'eu-west-1');
$emulator->credentials(expire => 1);
$emulator->reset;
my @ids = map {
	submit_ok($node, "select $_ as x", server => $_ % 2 ? 'inst' : 'inst2')
} 1 .. 10;
wait_status($node, $_, 'finished') for @ids;
is(scalar $emulator->executions, 10, 'each was executed once');
is(scalar $emulator->calls('InstanceCredentials'),
	1, 'keys that had expired were fetched once for all');

# Keys that expire while a statement runs cost it nothing.
my $blocker = $warehouse->background_psql('warehouse');
$blocker->query_safe('SELECT pg_advisory_lock(1)');
my ($before) = map { $_->{n} } reverse $emulator->calls;
my $id = submit_ok($node, 'select pg_advisory_lock(1)::text as x',
	server => 'web');
wait_status($node, $id, 'running', 'it runs');
$emulator->credentials(expire => 1);
$emulator->trouble(
	{   op => $_,
		kind => 'error',
		status => 400,
		code => 'AccessDeniedException',
		message => 'User: x is not authorized to perform: this',
		count => 2 })
  for qw(DescribeStatement GetStatementResult);
$blocker->query_safe('SELECT pg_advisory_unlock(1)');
my $row = wait_status($node, $id, 'finished',
	'neither expired keys nor a denial end what has been accepted');
is(scalar $emulator->executions('pg_advisory_lock'),
	1, 'it was executed once');

# The keys from above had expired when it was sent, too.
my %tokens;
$tokens{ $_->{token} }++
  for grep { $_->{n} > $before } $emulator->calls('ExecuteStatement');
is_deeply([ values %tokens ], [2],
	'and sent again with its token when the first keys were refused');
is($row->{attempts}, 2, 'which the row says');
$emulator->untrouble;
$blocker->quit;

# Sources that give nothing: what was tried, and where it stopped.
$emulator->credentials(
	expire => 1,
	instance => 'off',
	container_token => 'another',
	web_identity_token => 'another');
server('stranger', credentials => 'profile', profile => 'stranger');
server('inst3', credentials => 'instance', region => 'eu-west-2');
server('box3', credentials => 'container', region => 'eu-west-2');
server('web3', credentials => 'web_identity', region => 'eu-west-2');
my @waiting = (
	waits('stranger', qr/not authorized to perform: sts:AssumeRole/),
	waits('inst3', qr/instance metadata: .*403/),
	waits('box3', qr/container endpoint: .*authorization token/),
	waits('web3', qr/web identity.*InvalidIdentityToken/));
my $other = submit_ok($node, 'select 1 as x', server => 'prof');
wait_status($node, $other, 'finished', 'others do not wait with them');

# What is mended is found, and ALTER does not wait for the next look.
$emulator->credentials(
	instance => 'v2',
	container_token => 'a token of a container');
put('pod-token', 'another');
alter("SERVER stranger OPTIONS (SET profile 'hop')");
wait_status($node, shift @waiting, 'finished', 'ALTER SERVER wakes it');
wait_status($node, $_, 'finished', 'what is mended is found') for @waiting;

server('mapped', credentials => 'profile', profile => 'nobody');
$node->safe_psql('postgres',
	"CREATE USER MAPPING FOR CURRENT_USER SERVER mapped
		OPTIONS (profile 'noone')");
$id = waits('mapped', qr/noone/);
alter("USER MAPPING FOR CURRENT_USER SERVER mapped OPTIONS (SET profile 'base')");
wait_status($node, $id, 'finished', 'ALTER USER MAPPING wakes it');

unlike(slurp_file($node->logfile), qr/secretexample(?!')|a token of/,
	'no secret in the log but where SQL brought it');
stayed_up($node);

# The chain takes the first source that applies, and no other.
server('chained', credentials => 'chain');
server('chosen', credentials => 'chain', profile => 'base');
sub again_with
{
	my (%change) = @_;
	local %ENV = (%ENV, %change);
	delete @ENV{ grep { !defined $change{$_} } keys %change };
	$node->restart;
	return;
}

my %keys = (
	AWS_ACCESS_KEY_ID => 'AKIDEXAMPLE',
	AWS_SECRET_ACCESS_KEY => 'secretexample');
my %no_web = (AWS_ROLE_ARN => undef, AWS_WEB_IDENTITY_TOKEN_FILE => undef);
my %no_box = (AWS_CONTAINER_CREDENTIALS_FULL_URI => undef);
again_with(%keys);
works('chained', 'arn:aws:iam::123456789012:user/\S+', 'environment');
works('chosen', 'arn:aws:iam::123456789012:user/\S+', 'profile base');
again_with();
works('chained', "$sts/pod/rsdata-$hash", 'web identity');
again_with(%no_web, AWS_PROFILE => 'goal');
works('chained', "$sts/goal/chosen", 'profile base');
again_with(%no_web);
works('chained', "$sts/rsdata-task/\\w+", 'container endpoint');
again_with(%no_web, %no_box);
works('chained', "$sts/rsdata-instance/i-\\w+", 'instance metadata');
again_with(%no_web, %no_box, AWS_EC2_METADATA_DISABLED => 'true');
$id = waits('chained', qr/AWS_ACCESS_KEY_ID/);
like(statement_row($node, $id)->{wait_detail},
	qr/AWS_ACCESS_KEY_ID.*AWS_CONTAINER.*AWS_EC2_METADATA_DISABLED/,
	'the row has all that was tried');

done_testing();
