# Credentials that are not in the mapping: files and environment of the
# server; statements wait for them, keys are renewed, and nobody falls through
# to what was not named.

use strict;
use warnings;

use File::Temp ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $dir = File::Temp->newdir(TMPDIR => 1);
my $file = "$dir/credentials";

# Writes the shared credentials file: profile => [key id, secret].
sub profiles
{
	my (%profiles) = @_;
	open(my $fh, '>', "$file.new") or die "$file.new: $!";
	printf $fh "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
	  $_, @{ $profiles{$_} }
	  for sort keys %profiles;
	close($fh) or die "$file.new: $!";
	rename("$file.new", $file) or die "$file: $!";
	return;
}

# The server takes these with it when it starts.
local $ENV{AWS_SHARED_CREDENTIALS_FILE} = $file;
local $ENV{AWS_CONFIG_FILE} = "$dir/config";
local $ENV{AWS_EC2_METADATA_DISABLED} = 'true';
local $ENV{AWS_ACCESS_KEY_ID} = 'AKIDEXAMPLE';
local $ENV{AWS_SECRET_ACCESS_KEY} = 'secretexample';
delete local @ENV{qw(AWS_SESSION_TOKEN AWS_PROFILE AWS_REGION)};

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
profiles(etl => [ 'AKIDEXAMPLE', 'secretexample' ]);

# A server without a mapping.
sub server
{
	my ($name, %options) = @_;
	create_server($node, $emulator, name => $name, options => \%options);
	$node->safe_psql('postgres',
		"DROP USER MAPPING FOR CURRENT_USER SERVER $name");
	return;
}

sub step
{
	my ($server, $step) = @_;
	return $node->safe_psql('postgres',
		"SELECT ok, detail FROM rsdata_check('$server') WHERE step = '$step'");
}

# Nothing named, nothing there.
server('bare');
like(error_of($node, "SELECT rsdata_submit('select 1', 'bare')"),
	qr/no credentials for server "bare"/,
	'the environment is not used unless it is named');
my $sqlstate = error_of($node,
	"\\set VERBOSITY verbose\nSELECT rsdata_submit('select 1', 'bare')");
like($sqlstate, qr/28000/, 'with the code of missing credentials');

# Each source by its name.
server('env', credentials => 'environment');
server('prof', credentials => 'profile', profile => 'etl');
server('ch', credentials => 'chain');
for my $server (qw(env prof ch))
{
	my $id = submit_ok($node, "select '$server' as x", server => $server);
	wait_status($node, $id, 'finished', "$server: finished");
	rows_are($node, $id, 'x text', $server, "$server: its row");
	is(scalar published_for($emulator, $id), 1, "$server: SNS was told");
}
like(step('prof', 'credentials'), qr/^t\|profile etl .*ending in "MPLE"/,
	'rsdata_check names the profile and the end of the key id');
like(step('env', 'credentials'), qr/^t\|environment/i,
	'rsdata_check names the environment');

# A profile that is not there: the statement waits and says why; the story is
# in the worker's status and in rsdata_check; ALTER SERVER wakes it.
server('later', credentials => 'profile', profile => 'nobody');
my $id = submit_ok($node, 'select 7 as x', server => 'later');
my $row;
ok(wait_for(sub {
		$row = statement_row($node, $id);
		return ($row->{wait_reason} // '') eq 'credentials';
	}), 'it waits for credentials');
is($row->{status}, 'queued', 'queued');
like($row->{wait_detail}, qr/nobody/, 'the row says what was tried');
is($row->{attempts}, 0, 'nothing was sent');
like(step('later', 'credentials'), qr/^f\|.*nobody/s,
	'rsdata_check says where it stopped');
like($node->safe_psql('postgres',
		"SELECT last_error FROM rsdata_worker_status()
		 WHERE database = 'postgres'"),
	qr/nobody/, 'so does rsdata_worker_status');
my $other = submit_ok($node, 'select 8 as x', server => 'env');
wait_status($node, $other, 'finished', 'others do not wait with it');
$node->safe_psql('postgres', "ALTER SERVER later OPTIONS (SET profile 'etl')");
wait_status($node, $id, 'finished', 'ALTER SERVER lets it go');

# The file comes later: found without a word.
server('file', credentials => 'profile', profile => 'new');
$id = submit_ok($node, 'select 9 as x', server => 'file');
wait_for(sub { (statement_row($node, $id)->{wait_reason} // '') eq 'credentials' });
profiles(etl => [ 'AKIDEXAMPLE', 'secretexample' ],
	new => [ 'AKIDEXAMPLE', 'secretexample' ]);
wait_status($node, $id, 'finished', 'a profile that comes later is found');

# A token that expires: fetched anew and sent again with the same token.
$emulator->trouble(
	{   op => 'ExecuteStatement',
		kind => 'error',
		status => 400,
		code => 'ExpiredTokenException',
		message => 'The security token included in the request is expired' });
$id = submit_ok($node, 'select 10 as x', server => 'prof');
wait_status($node, $id, 'finished', 'an expired token ends nothing');
my @run = $emulator->executions('select 10 as x');
is(scalar @run, 1, 'it was executed once');
is(statement_row($node, $id)->{attempts}, 2, 'sent twice');

# A role: assumed at STS, its session named, its ARN in view and check.
server('role', credentials => 'environment',
	role_arn => 'arn:aws:iam::123456789012:role/reader',
	sts_endpoint_url => $emulator->url);
$id = submit_ok($node, 'select 12 as x', server => 'role');
$row = wait_status($node, $id, 'finished', 'a role is assumed');
my $arn = qr{arn:aws:sts::123456789012:assumed-role/reader/rsdata-[0-9a-f]{16}};
like($row->{identity}, qr/^$arn$/, 'the row has its ARN');
like(step('role', 'identity'), qr/^t\|$arn$/, 'rsdata_check shows it');
is((split /\|/, step('role', 'identity'))[1], $row->{identity},
	'the name of the session is the same everywhere');

# Keys of the mapping win over what the server names.
$node->safe_psql('postgres', "
	CREATE USER MAPPING FOR CURRENT_USER SERVER later
		OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'wrong')");
$id = submit_ok($node, 'select 11 as x', server => 'later');
wait_status($node, $id, 'failed', 'the keys of the mapping win');

unlike(slurp_file($node->logfile), qr/secretexample(?!')/,
	'no secret in the log but where SQL brought it');
stayed_up($node);
done_testing();
