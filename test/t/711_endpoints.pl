# Where the services are: options, environment and configuration file in the
# documented order, and only for credentials that come from there, too.

use strict;
use warnings;

use File::Temp ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Proxy;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $other = new_emulator($warehouse);
my $proxy = Rsdata::Proxy->start;
my ($url, $other_url) = ($emulator->url, $other->url);
my $dir = File::Temp->newdir(TMPDIR => 1);
my $keys = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secretexample";

sub write_config
{
	my ($more) = @_;
	open(my $fh, '>', "$dir/config") or die $!;
	print $fh <<"EOT";
[default]
endpoint_url = http://127.0.0.1:1
[profile services]
$keys
services = local
endpoint_url = http://127.0.0.1:1
[services local]
redshift_data =
  endpoint_url = $url
sns =
  endpoint_url = $url
sts =
  endpoint_url = $url
[profile global]
$keys
endpoint_url = $url
[profile ignored]
$keys
endpoint_url = http://127.0.0.1:1
ignore_configured_endpoint_urls = true
[profile switches]
$keys
use_fips_endpoint = true
use_dualstack_endpoint = true
[profile legacy]
$keys
sts_regional_endpoints = legacy
[profile lost]
$keys
services = gone
$more
EOT
	close($fh) or die $!;
	return;
}

# The server takes these with it when it starts.
local $ENV{AWS_CONFIG_FILE} = "$dir/config";
local $ENV{AWS_SHARED_CREDENTIALS_FILE} = "$dir/credentials";
local $ENV{AWS_EC2_METADATA_DISABLED} = 'true';
local $ENV{AWS_ACCESS_KEY_ID} = 'AKIDEXAMPLE';
local $ENV{AWS_SECRET_ACCESS_KEY} = 'secretexample';
delete local @ENV{ grep { /^AWS_(SESSION|PROFILE|REGION|USE|ENDPOINT|IGNORE|STS)|_proxy$/i }
	  keys %ENV };
write_config('');
my $node = new_node('main');

# A server whose calls to AWS itself would end at the proxy; keys: it has a
# mapping with keys.
sub server
{
	my ($name, %options) = @_;
	create_server($node, $emulator,
		name => $name,
		options => {
			endpoint_url => undef,
			sns_endpoint_url => undef,
			proxy => $proxy->url,
			%options
		});
	$node->safe_psql('postgres',
		"DROP USER MAPPING FOR CURRENT_USER SERVER $name")
	  if $options{credentials};
	return;
}

# The detail of a step of rsdata_check.
sub step
{
	my ($server, $step) = @_;
	return $node->safe_psql('postgres',
		"SELECT detail FROM rsdata_check('$server') WHERE step = '$step'");
}

# The file: a services section before the profile's own URL; all three
# services, SNS in the region of the topic.
server('services', credentials => 'profile', profile => 'services',
	role_arn => 'arn:aws:iam::123456789012:role/reader');
server('global', credentials => 'profile', profile => 'global');
foreach my $server ('services', 'global')
{
	my $id = submit_ok($node, "select '$server' as x", server => $server);
	wait_status($node, $id, 'finished', "$server: finished");
	is(scalar published_for($emulator, $id), 1, "$server: SNS was told");
}
is(scalar $emulator->calls('AssumeRole'), 1, 'services: STS gave the role');
like(step('services', 'endpoint'), qr/^\Q$url\E \(services section\)/,
	'rsdata_check says where it stands');
like(step('global', 'endpoint'), qr/^\Q$url\E \(profile\)/, 'so here');

# Switches of the file; what it is told to ignore.
server('switches', credentials => 'profile', profile => 'switches');
like(step('switches', 'endpoint'),
	qr{^https://redshift-data-fips\.eu-west-1\.api\.aws:443, },
	'FIPS and dual-stack of the profile');
server('unswitched', credentials => 'profile', profile => 'switches',
	use_fips_endpoint => 'off');
like(step('unswitched', 'endpoint'),
	qr{^https://redshift-data\.eu-west-1\.api\.aws:443, },
	'an option is stronger');
server('ignored', credentials => 'profile', profile => 'ignored');
like(step('ignored', 'endpoint'),
	qr{^https://redshift-data\.eu-west-1\.amazonaws\.com:443, },
	'URLs that are to be ignored');
server('legacy', credentials => 'profile', profile => 'legacy');
step('legacy', 'identity');
is(scalar $proxy->requests('CONNECT sts.amazonaws.com:443'),
	1, 'the global STS of old');
server('options', credentials => 'profile', profile => 'services',
	endpoint_url => $other_url);
like(step('options', 'endpoint'), qr/^\Q$other_url\E \(option "endpoint_url"\)/,
	'the option wins');

# A server with keys of its own is where its options say, whatever the
# environment and its files want.
server('keys');
like(step('keys', 'endpoint'),
	qr{^https://redshift-data\.eu-west-1\.amazonaws\.com:443, },
	'keys of a mapping: the region decides');

# A services section that is not there: no way, and it says why.
server('lost', credentials => 'profile', profile => 'lost');
like(step('lost', 'endpoint'), qr/\[services gone\]/, 'a missing section');
my $id = submit_ok($node, 'select 7 as x', server => 'lost');
my $row;
ok( wait_for(
		sub {
			$row = statement_row($node, $id);
			return ($row->{wait_detail} // '') =~ /\[services gone\]/;
		}),
	'a statement waits and says it, too');
is("$row->{status} $row->{wait_reason}", 'queued credentials', 'held');
write_config("[services gone]\nredshift_data =\n  endpoint_url = $url");
$node->safe_psql('postgres', "ALTER SERVER lost OPTIONS (ADD timeout '1 h')");
wait_status($node, $id, 'finished', 'it goes on with what is there now');

stayed_up($node);

# The environment: a service's own variable before the one for all, both
# before the file; an option before them all.
{
	local $ENV{AWS_ENDPOINT_URL} = $url;
	local $ENV{AWS_ENDPOINT_URL_REDSHIFT_DATA} = $other_url;
	local $ENV{AWS_USE_FIPS_ENDPOINT} = 'true';
	$node->restart;
	server('env', credentials => 'environment');
	server('sns', credentials => 'environment',
		sns_endpoint_url => $other_url);
	$id = submit_ok($node, "select 'env' as x", server => 'env');
	wait_status($node, $id, 'finished', 'environment: finished');
	is(scalar $other->executions("select 'env' as x"),
		1, "by the service's variable");
	is(scalar published_for($emulator, $id), 1, 'SNS by the one for all');
	$id = submit_ok($node, "select 'sns' as x", server => 'sns');
	wait_status($node, $id, 'finished', 'an option beside the environment');
	is(scalar published_for($other, $id), 1, 'SNS by the option');
	like(step('global', 'endpoint'), qr/^\Q$other_url\E \(service's/,
		'the file comes after the environment');
	like(step('keys', 'endpoint'),
		qr{^https://redshift-data\.eu-west-1\.amazonaws\.com:443, },
		'keys of a mapping: no FIPS from the environment either');
}
{
	local $ENV{AWS_ENDPOINT_URL} = $url;
	local $ENV{AWS_IGNORE_CONFIGURED_ENDPOINT_URLS} = 'true';
	local $ENV{AWS_USE_DUALSTACK_ENDPOINT} = 'true';
	$node->restart;
	like(step('env', 'endpoint'),
		qr{^https://redshift-data\.eu-west-1\.api\.aws:443, },
		'ignored, but dual-stack');
}
done_testing();
