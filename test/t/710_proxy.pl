# Proxies: the option of server and mapping, and those of the environment of
# the server process; all calls go through them but metadata of this machine,
# and nobody sees a password.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Proxy;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $open = Rsdata::Proxy->start;
my $guarded = Rsdata::Proxy->start(user => 'etl:proxysecret');
my $around = Rsdata::Proxy->start(user => 'env:envsecret');

# The server takes these with it when it starts.
local $ENV{HTTPS_PROXY} = $around->url('env:envsecret');
local $ENV{http_proxy} = $ENV{HTTPS_PROXY};
local $ENV{NO_PROXY} = 'other.invalid, past.invalid';
local $ENV{AWS_CONTAINER_CREDENTIALS_FULL_URI} =
  $emulator->url . '/v2/credentials/x';
delete local @ENV{
	qw(https_proxy no_proxy all_proxy ALL_PROXY
	  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_ENDPOINT_URL)};

my $node = new_node('main');

# The steps of rsdata_check as name => hash.
sub check
{
	my ($server) = @_;
	my $out = $node->safe_psql('postgres',
		"SELECT row_to_json(c) FROM rsdata_check('$server') c");
	return map { $_->{step} => $_ }
	  map { JSON::PP->new->decode($_) } split(/\n/, $out);
}

# A server without endpoints of its own: calls would go to AWS, were there not
# a proxy that refuses.
sub far_server
{
	my ($name, %options) = @_;
	create_server($node, $emulator,
		name => $name,
		options => {
			(   map { $_ => undef }
				  qw(endpoint_url sns_endpoint_url topic_arns success_topic_arn
				  failure_topic_arn)),
			%options
		});
	return;
}

# The option of a server: everything goes through that proxy.
create_server($node, $emulator,
	options => {
		proxy => $open->url,
		sts_endpoint_url => $emulator->url,
		role_arn => 'arn:aws:iam::123456789012:role/reader'
	});
my $id = submit_ok($node, 'select 1 as x');
wait_status($node, $id, 'finished', 'a statement through the proxy');
rows_are($node, $id, 'x text', '1', 'and its row');
is(scalar published_for($emulator, $id), 1, 'and its message');
my $url = $emulator->url;
foreach my $op (qw(AssumeRole ExecuteStatement GetStatementResult Publish))
{
	is(scalar $open->requests("POST $url/ $op"), 1, "the proxy carried $op");
}
is(scalar $emulator->calls,
	scalar $open->requests, 'nothing went past the proxy');
my %step = check('wh');
is($step{endpoint}{detail},
	"$url (option \"endpoint_url\"), through proxy "
	  . $open->url . ' (option "proxy")',
	'rsdata_check names it');
ok($step{sns}{ok}, 'and goes through it to the end');

# A proxy that wants a password: the statement waits and says so; the URL with
# the password in the mapping lets it go.
$node->safe_psql('postgres',
	"ALTER SERVER wh OPTIONS (SET proxy '" . $guarded->url . "', DROP role_arn)");
$id = submit_ok($node, 'select 2 as x');
my $row;
ok( wait_for(
		sub {
			$row = statement_row($node, $id);
			return ($row->{wait_detail} // '') =~ /407/;
		}),
	'a proxy that answers 407 is waited for');
like($row->{wait_detail}, qr/^the proxy wants a user name and password/,
	'the row says what it wants');
is(scalar $emulator->executions('select 2 as x'), 0, 'nothing was executed');
%step = check('wh');
like($step{connection}{detail}, qr/HTTP 407/, 'rsdata_check says it too');
like($step{connection}{hint}, qr/"proxy".*HTTPS_PROXY.*user mapping/,
	'with a hint');
$node->safe_psql('postgres',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (ADD proxy '"
	  . $guarded->url('etl:proxysecret') . "')");
wait_status($node, $id, 'finished', "the mapping's proxy wins");
is(scalar $emulator->executions('select 2 as x'), 1, 'it was executed once');
%step = check('wh');
like($step{endpoint}{detail}, qr/through proxy \Q@{[$guarded->url]}\E /,
	'the check shows no password');
ok($step{statement}{ok}, 'and comes through');
$node->safe_psql('postgres',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (SET proxy '"
	  . $guarded->url('etl:wrongsecret') . "')");
$id = submit_ok($node, 'select 3 as x');
wait_for(sub { (statement_row($node, $id)->{wait_detail} // '') =~ /407/ });
unlike(join("\n", map { $_ // '' } values %{ statement_row($node, $id) }),
	qr/secret/, 'a password that is wrong is not shown');
$node->safe_psql('postgres',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (SET proxy 'none')");
wait_status($node, $id, 'finished', 'the word none is no proxy');

# A server's options can be read by all.
my $refusal = error_of($node,
	"\\set VERBOSITY verbose\nALTER SERVER wh OPTIONS (SET proxy 'http://u:nevershown\@h')");
like($refusal, qr/22023.*must not hold a password/,
	'a server takes no password');
like($refusal, qr/HINT:  Put the option into the user mappings/, 'with a hint');

# Metadata of this machine is never asked through a proxy.
create_server($node, $emulator,
	name => 'pod',
	options => { proxy => $open->url, credentials => 'container' });
$node->safe_psql('postgres', 'DROP USER MAPPING FOR CURRENT_USER SERVER pod');
$id = submit_ok($node, 'select 4 as x', server => 'pod');
wait_status($node, $id, 'finished', 'keys of the container');
is(scalar $open->requests('/v2/credentials'), 0, 'were not asked for there');
ok((grep { $_->{op} =~ /container/i } $emulator->calls), 'but directly');
%step = check('pod');
ok($step{credentials}{ok}, 'rsdata_check gets them, too');
is(scalar $open->requests('/v2/credentials'), 0, 'without the proxy');

# The environment's proxy, for https alone, with user and password from there.
# What goes to this machine itself, as all before did, takes none.
is(scalar $around->requests, 0, 'the environment was not asked for a proxy here');
far_server('env');
%step = check('env');
is($step{endpoint}{detail},
	'https://redshift-data.eu-west-1.amazonaws.com:443, through proxy '
	  . $around->url . ' (environment)',
	"the environment's proxy, without its password");
like($step{connection}{detail}, qr/does not let us through: HTTP 403/,
	'its answer');
like($step{identity}{detail}, qr/HTTP 403/, 'STS goes through it, too');
is_deeply(
	[ $around->requests ],
	[   'CONNECT sts.eu-west-1.amazonaws.com:443 -',
		'CONNECT redshift-data.eu-west-1.amazonaws.com:443 -' ],
	'the tunnels that it was asked for');
$id = submit_ok($node, 'select 5 as x', server => 'env');
ok( wait_for(
		sub {
			(statement_row($node, $id)->{wait_detail} // '') =~
			  /does not let us through/;
		}),
	'a statement waits for it');
is(statement_row($node, $id)->{status},
	'queued', 'and nothing of it has left: there is no tunnel');

# NO_PROXY, and "none" against the environment: these names do not exist, so
# whoever looks for them goes past the proxy.
far_server('past', endpoint_url => 'https://past.invalid');
far_server('none', endpoint_url => 'https://none.invalid', proxy => 'none');
far_server('option', endpoint_url => 'https://past.invalid', proxy => $open->url);
foreach my $server (qw(past none))
{
	%step = check($server);
	unlike($step{endpoint}{detail}, qr/proxy/, "$server: no proxy");
	like($step{connection}{hint}, qr/name resolution/, "$server: looked for");
	is(scalar $around->requests("$server.invalid"), 0, "$server: directly");
}
%step = check('option');
like($step{connection}{detail}, qr/does not let us through/,
	'NO_PROXY does not concern the option');

# FIPS and dual-stack: the hosts that are asked for.
my %hosts = (
	'use_fips_endpoint' => 'redshift-data-fips.us-west-2.amazonaws.com',
	'use_dualstack_endpoint' => 'redshift-data.us-west-2.api.aws');
foreach my $switch (sort keys %hosts)
{
	far_server($switch, $switch => 'on', region => 'us-west-2',
		proxy => $open->url);
	%step = check($switch);
	like($step{endpoint}{detail}, qr{^https://\Q$hosts{$switch}\E:443, },
		"$switch: the check names the host");
	is(scalar $open->requests("CONNECT $hosts{$switch}:443"),
		1, "$switch: and calls it");
}
is(scalar $open->requests('CONNECT sts-fips.us-west-2.amazonaws.com:443'),
	1, 'so it is with STS');

# The statements that made these options are in the log; nothing else is.
my @shown = grep { /(proxy|env)secret/ && !/STATEMENT:|statement:/ }
  split(/\n/, slurp_file($node->logfile));
is_deeply(\@shown, [], 'no password in the log but where SQL brought it');
stayed_up($node);
done_testing();
