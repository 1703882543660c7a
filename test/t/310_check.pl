# rsdata_check: each thing that can be in the way is told in a row, with a
# hint; the call is bounded, can be cancelled, and leaves nothing behind.

use strict;
use warnings;

use IO::Socket::INET;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;
use Time::HiRes qw(time);

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main', conf => ["log_min_messages = debug1"]);
create_server($node, $emulator);

# The steps as hashes, by name (the last row of a name) and in order.
sub check
{
	my ($before) = @_;
	my $out = $node->safe_psql('postgres', ($before // '') . ";
		SELECT row_to_json(c) FROM rsdata_check('wh') c");
	return map { JSON::PP->new->decode($_) } grep { /^\{/ } split(/\n/, $out);
}

sub words
{
	return join(' ',
		map { $_->{step} . '=' . (defined $_->{ok} ? $_->{ok} ? 't' : 'f' : '?') }
		@_);
}

# A test: the steps, and what the last one says and hints at.
sub steps_are
{
	my ($name, $steps, $detail, $hint) = @_;
	my @rows = check();

	is(words(@rows), $steps, $name) or diag(explain(\@rows));
	like($rows[-1]{detail}, $detail, "$name: detail") if $detail;
	like($rows[-1]{hint} // '', $hint, "$name: hint") if $hint;
	return @rows;
}

sub run_sql { $node->safe_psql('postgres', $_[0]); return; }

my $before = 'preload=t server=t usage=t credentials=t endpoint=t';
my $in = "$before connection=t clock=t service=t signature=t";

# All is well.
my @rows = steps_are('all is well',
	"$in permission=t database=t statement=t long polling=t sns=t",
	qr/^topic arn:aws:sns:\S+: 127\.0\.0\.1 answers/);
my %row = map { $_->{step} => $_ } @rows;
like($row{credentials}{detail}, qr/ending in "MPLE"/,
	'of the access key id four characters');
like($row{'long polling'}{detail}, qr/^the service holds/, 'calls are held');
is(scalar $emulator->executions, 1, 'one statement was run');
is(scalar $emulator->published, 0, 'nothing was published');
is($node->safe_psql('postgres', 'SELECT count(*) FROM rsdata.statements'),
	0, 'nothing was stored');

# What the service says.
my @troubles = (
	[   'UnrecognizedClientException', 400, 'The security token is invalid',
		"$before connection=t clock=t service=t signature=f",
		qr/access_key_id/ ],
	[   'InvalidSignatureException', 403, 'The request signature does not match',
		"$before connection=t clock=t service=t signature=f",
		qr/secret_access_key/ ],
	[   'ExpiredTokenException', 403, 'The token has expired',
		"$before connection=t clock=t service=t signature=f", qr/expired/ ],
	[   'AccessDeniedException', 400, 'User: x is not authorized',
		"$in permission=f",
		qr/redshift-data:ExecuteStatement and redshift-serverless:GetCredentials/ ],
	[   'ValidationException', 400, 'Redshift endpoint does not exist',
		"$in database=f", qr/workgroup_name/ ],
	[   'ThrottlingException', 400, 'Rate exceeded',
		"$before connection=t clock=t service=t statement=f", qr/quota/ ],
	[   'InternalServerException', 500, 'oops',
		"$before connection=t clock=t service=t statement=f", qr/pass/ ]);
foreach (@troubles)
{
	my ($code, $status, $message, $steps, $hint) = @$_;
	$emulator->trouble(
		{   op => 'ExecuteStatement',
			kind => 'error',
			status => $status,
			code => $code,
			message => $message });
	steps_are($code, $steps, qr/^$code: \Q$message\E/, $hint);
}
$emulator->trouble(
	{   op => 'DescribeStatement',
		kind => 'error',
		status => 400,
		code => 'AccessDeniedException',
		message => 'no' });
steps_are(
	'a later call is not allowed',
	"$in permission=t permission=f",
	qr/^AccessDeniedException/,
	qr/redshift-data:DescribeStatement/);
$emulator->trouble({ op => 'ExecuteStatement', kind => 'html', status => 502 });
steps_are('a web page', "$before connection=t clock=t service=f", qr/HTTP 502/,
	qr/prox/);
$emulator->trouble({ op => 'ExecuteStatement', kind => 'garbage' });
steps_are('garbage', "$before connection=t clock=t service=f",
	qr/cannot be read/);
$emulator->trouble({ op => 'ExecuteStatement', kind => 'cut' });
steps_are('a cut connection', "$before connection=f", qr/127\.0\.0\.1|reply/,
	qr/scheme/);
$emulator->trouble(
	{ op => 'DescribeStatement', kind => 'error', status => 500,
		code => 'InternalServerException', message => 'oops', count => 2 });
steps_are('an error that passes',
	"$in permission=t database=t statement=t long polling=t sns=t");
$emulator->untrouble;

# The warehouse refuses the database.
my $fussy = new_emulator($warehouse, args => ['--use-database']);
run_sql("ALTER SERVER wh OPTIONS (SET endpoint_url '" . $fussy->url . "')");
steps_are('no such database', "$in permission=t database=f",
	qr/"dev"/, qr/database/);
$fussy->stop;

# A service that does not hold calls, or does not know how to.
foreach my $mode ('ignore', 'reject')
{
	my $plain = new_emulator($warehouse, args => [ '--long-poll', $mode ]);
	run_sql("ALTER SERVER wh OPTIONS (SET endpoint_url '" . $plain->url . "')");
	my %row = map { $_->{step} => $_ }
	  steps_are("long polling: $mode",
		"$in permission=t database=t statement=t long polling=t sns=t");
	like($row{'long polling'}{detail}, qr/does not hold/,
		"long polling: $mode: told");
	$plain->stop;
}

# A peer that is not the service: it answers each request with this text.
sub with_peer
{
	my ($answer, $code) = @_;
	my $socket = IO::Socket::INET->new(
		LocalAddr => '127.0.0.1',
		Listen => 5) or die $!;
	my $pid = fork // die $!;

	if ($pid == 0)
	{
		while (my $client = $socket->accept)
		{
			$client->sysread(my $buffer, 65536);
			$client->syswrite($answer);
			$client->close;
		}
		POSIX::_exit(0);
	}
	run_sql("ALTER SERVER wh OPTIONS (SET endpoint_url 'http://127.0.0.1:"
		  . $socket->sockport . "')");
	$socket->close;
	$code->();
	kill('KILL', $pid);
	waitpid($pid, 0);
	return;
}

sub dated
{
	my ($offset) = @_;
	my $date =
	  POSIX::strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime(time + $offset));
	return "HTTP/1.1 403 Forbidden\r\nDate: $date\r\n"
	  . "x-amzn-errortype: InvalidSignatureException\r\n"
	  . "Content-Length: 41\r\n\r\n"
	  . '{"message":"Signature expired: 1 is 2 3"}';
}
with_peer(
	dated(-600),
	sub {
		my @rows = steps_are('our clock is ahead',
			"$before connection=t clock=f service=t signature=f",
			qr/Signature expired/, qr/clock/);
		like($rows[6]{detail}, qr/(599|6\d\d) s ahead/, 'by how much');
	});
with_peer(
	dated(600),
	sub {
		my @rows = check();
		like($rows[6]{detail}, qr/(5\d\d|600) s behind/,
			'our clock is behind');
	});
with_peer("SSH-2.0-OpenSSH_9\r\n",
	sub { steps_are('not HTTP', "$before connection=f", undef, qr/scheme/) });
with_peer(
	"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
	sub {
		steps_are('an empty answer without date',
			"$before connection=t clock=? service=f", qr/HTTP 404/);
	});

# Nobody there, nobody of that name, nobody who speaks TLS.
my %faults = (
	'http://127.0.0.1:9' => qr/firewall/,
	'https://nobody.invalid' => qr/name resolution/,
	$emulator->url =~ s/^http:/https:/r => qr/TLS/);
foreach my $url (sort keys %faults)
{
	run_sql("ALTER SERVER wh OPTIONS (SET endpoint_url '$url')");
	steps_are($url, "$before connection=f", undef, $faults{$url});
}
run_sql("ALTER SERVER wh OPTIONS (SET endpoint_url '" . $emulator->url . "')");
run_sql("ALTER SERVER wh OPTIONS (SET sns_endpoint_url 'http://127.0.0.1:9')");
steps_are('SNS cannot be reached',
	"$in permission=t database=t statement=t long polling=t sns=f",
	undef, qr/firewall/);
run_sql("ALTER SERVER wh OPTIONS (SET sns_endpoint_url '" . $emulator->url . "')");

# A cancel is served at once, and a session that is cancelled often does not
# run out of descriptors.
$emulator->trouble({ op => '*', kind => 'hang', count => -1 });
my $session = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $session->query_safe('SELECT pg_backend_pid()');
$session->query_safe("SET statement_timeout = '200ms'");
$session->query("SELECT * FROM rsdata_check('wh')");
my $files = () = glob("/proc/$pid/fd/*");
my $start = time;
$session->query("SELECT * FROM rsdata_check('wh')") foreach 1 .. 10;
my $took = time - $start;
cmp_ok($took, '<', 20, 'ten cancelled calls end in time');
my $files_later = () = glob("/proc/$pid/fd/*");
is($files_later, $files, 'and leave no descriptor open');
like($session->{stderr}, qr/canceling statement due to statement timeout/,
	'they were cancelled');
$session->quit;

# A hanging service ends with a row, within the limit.
$start = time;
steps_are('a service that never answers', "$before connection=f",
	qr/no first byte/, qr/in time/);
cmp_ok(time - $start, '<', 30, 'is not waited for without end');
$emulator->untrouble;

# Without the preload the way can be tried, and what is missing is told.
my $plain = new_node('plain', preload => 0);
create_server($plain, $emulator);
my $out = $plain->safe_psql('postgres',
	"SELECT step, ok, hint FROM rsdata_check('wh') WHERE NOT ok OR step = 'statement'");
like($out,
	qr/^preload\|f\|Add rsdata to shared_preload_libraries.*\nstatement\|t\|$/,
	'without the preload');

# Servers log all statements here, so what users wrote is there; nothing else.
foreach my $log (map { slurp_file($_->logfile) } $node, $plain)
{
	my @leaks = grep { /secretexample/ && !/secret_access_key '/ }
	  split(/\n/, $log);
	is("@leaks", '', 'no secret is logged');
	unlike($log, qr/terminated by signal|PANIC|TRAP/, 'no process has crashed');
}

done_testing();
