# credential_process: a program of the server's user is run without a shell,
# beside everything else, once for all who need it, and nothing of it stays.

use strict;
use warnings;

use Cwd ();
use File::Temp ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $dir = File::Temp->newdir(TMPDIR => 1);
my $tool = "$dir/give keys";

sub put
{
	my ($name, $text, $mode) = @_;
	open(my $fh, '>', "$dir/$name.new") or die "$name: $!";
	print $fh $text;
	close($fh) or die "$name: $!";
	chmod($mode // 0644, "$dir/$name.new") or die "$name: $!";
	rename("$dir/$name.new", "$dir/$name") or die "$name: $!";
	return;
}

sub lines_of
{
	my ($name) = @_;
	return -e "$dir/$name" ? split(/\n/, slurp_file("$dir/$name")) : ();
}

# The program looks at itself (its script and the directory it reads are open
# then) and does what the file "how" says, which is shell.
put('give keys', "#!$^X\n" . <<"END", 0755);
my \$who = \$ARGV[0];
sub note
{
	open(my \$fh, '>>', "$dir/\$_[0].\$who") or die;
	print \$fh map { "\$_\\n" } \@_[ 1 .. \$#_ ];
	close(\$fh) or die;
}
opendir(my \$fds, '/proc/self/fd') or die;
my \@fds = map { "\$_ " . readlink("/proc/self/fd/\$_") }
  grep { /[0-9]/ } readdir(\$fds);
closedir(\$fds);
note('fds', \@fds);
open(my \$status, '<', '/proc/self/status') or die;
note('signals', map { chomp; \$_ } grep { /^Sig[BI]/ } <\$status>);
note('arguments', scalar(\@ARGV) . " \$ARGV[1]");
note('runs', \$\$);
exec('/bin/sh', "$dir/how", \$who) or die;
END
my $keys = '{"Version": 1, "AccessKeyId": "AKIDEXAMPLE",'
  . ' "SecretAccessKey": "secretexample"}';
sub how { put('how', "$_[0]\n"); return; }
how("echo '$keys'");

put('config', join('', map { "[profile $_]\ncredential_process = \"$tool\" $_"
		  . " 'two words; \$HOME'\n" } qw(plain slow big bad kin role quit call late))
	  . "[profile gone]\ncredential_process = $dir/missing\n");
delete local @ENV{
	qw(AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
	  AWS_REGION AWS_DEFAULT_REGION AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE)
};
local $ENV{AWS_CONFIG_FILE} = "$dir/config";
local $ENV{AWS_SHARED_CREDENTIALS_FILE} = "$dir/credentials";
local $ENV{AWS_EC2_METADATA_DISABLED} = 'true';

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
my %quiet = (
	topic_arns => undef,
	success_topic_arn => undef,
	failure_topic_arn => undef,
	sts_endpoint_url => $emulator->url);

# A server of that profile, without a mapping.
sub server
{
	my ($name, %options) = @_;
	create_server($node, $emulator, name => $name,
		options => { %quiet, credentials => 'profile', profile => $name,
			%options });
	$node->safe_psql('postgres',
		"DROP USER MAPPING FOR CURRENT_USER SERVER $name");
	return;
}

sub check_says
{
	my ($server) = @_;
	return $node->safe_psql('postgres',
		"SELECT ok, detail FROM rsdata_check('$server')
		 WHERE step = 'credentials'");
}

# Is this process there, if only as a zombie?
sub is_there { return -e "/proc/$_[0]"; }

# A test: a statement waits and its row says why.
sub waits
{
	my ($server, $why, $name) = @_;
	my $id = submit_ok($node, 'select 1 as x', server => $server);
	my $row;

	ok( wait_for(
			sub {
				$row = statement_row($node, $id);
				return ($row->{wait_reason} // '') eq 'credentials'
				  && ($row->{wait_detail} // '') =~ $why;
			}),
		$name)
	  or diag(explain($row));
	return $id;
}

# It gives keys to all who wait, having been run once.
create_server($node, $emulator, options => {%quiet});
server('plain');
my @ids =
  map { submit_ok($node, "select $_ as x", server => 'plain') } 1 .. 5;
wait_status($node, $_, 'finished') for @ids;
is(scalar lines_of('runs.plain'), 1, 'run once for five statements');
is_deeply([ lines_of('arguments.plain') ], ['2 two words; $HOME'],
	'with its words as the file has them: no shell has read them');
my %fds = map { split / /, $_, 2 } lines_of('fds.plain');
is($fds{0}, '/dev/null', 'nothing on its standard input');
like($fds{$_}, qr/^pipe:/, "a pipe is its descriptor $_") for 1, 2;
is_deeply([ grep { $_ > 2 && $fds{$_} !~ /give keys$|^\/proc\// } keys %fds ], [],
	'and it has none of ours')
  or diag(explain(\%fds));
is_deeply(
	[ grep { !/:\s*0+(?:1800000[08]0|80)?$/ } lines_of('signals.plain') ], [],
	'no signal is blocked or ignored but what C library and perl do');
my $row = statement_row($node, $ids[0]);
like($row->{identity}, qr/user/, 'the row has the identity');
like(check_says('plain'), qr/^t\|profile plain \(credential_process\)/,
	'rsdata_check runs it, too');

# Errors are told, on one line and without secrets.
how(qq{printf 'no luck today\\nsecretexample\\n' >&2; exit 3});
server('bad');
my @held = (waits('bad', qr/ended with code 3: no luck today$/,
		'the row has the code and the first line that it said'));
like(check_says('bad'), qr/^f\|.*ended with code 3: no luck today$/,
	'so has rsdata_check');
how(q{kill -TERM $$});
server('quit');
push @held, waits('quit', qr/ended with code 143/, 'a signal, too');
how(q{head -c 100000 /dev/zero; exec sleep 300});
server('big');
push @held, waits('big', qr/it printed more than 65536 bytes/,
	'who prints too much is stopped');
server('gone');
waits('gone', qr/could not be started: No such file/,
	'one that is not there cannot be run');

# While one takes its time, others get on; what it leaves running is killed,
# and no zombie stays.
how(qq{sleep 300 & echo \$! > "$dir/child.\$1"; until [ -e "$dir/go" ]; }
	  . qq{do sleep 0.1; done; echo '$keys'});
server('slow');
my $slow = submit_ok($node, 'select 2 as x', server => 'slow');
ok(wait_for(sub { scalar lines_of('runs.slow') }), 'it runs');
my $other = submit_ok($node, 'select 3 as x');
wait_status($node, $other, 'finished', 'another statement is not held up');
$row = statement_row($node, $slow);
is("$row->{status} $row->{attempts}", 'queued 0', 'while it runs')
  or diag(explain($row));
put('go', '');
wait_status($node, $slow, 'finished', 'when it is done, so is the statement');
my ($leader) = lines_of('runs.slow');
my ($child) = lines_of('child.slow');
ok(wait_for(sub { !is_there($leader) && !is_there($child) }),
	'nothing of it is left, no zombie either');

# What failed comes again.
wait_status($node, $_, 'finished', 'what is mended is found') for @held;

# Who cancels rsdata_check stops it.
unlink("$dir/go") or die $!;
server('call');
my $psql = $node->background_psql('postgres', on_error_stop => 0);
my $backend = $psql->query_safe('SELECT pg_backend_pid()');
$psql->query_until(qr/asked/,
	"\\echo asked\nSELECT * FROM rsdata_check('call');\n");
ok(wait_for(sub { scalar lines_of('child.call') }), 'rsdata_check runs it');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($backend)");
$psql->quit;
($leader) = lines_of('runs.call');
($child) = lines_of('child.call');
ok(wait_for(sub { !is_there($leader) && !is_there($child) }),
	'a cancel ends it and its own');

# So does the end of its time, which is the call's where that comes first (the
# worker gives it a minute); one that does not listen to signals is no better.
how(qq{trap '' TERM INT HUP; sleep 300 & echo \$! > "$dir/child.\$1"; }
	  . q{while :; do sleep 1; done});
server('late');
like($node->safe_psql('postgres', q{SET rsdata.catalog_timeout = '10 s';
		SELECT ok, detail FROM rsdata_check('late')
		WHERE step = 'credentials'}),
	qr/^f\|.*it did not end within \d+ ms$/, 'its time is up');
($leader) = lines_of('runs.late');
($child) = lines_of('child.late');
ok(defined $leader && defined $child, 'it had run');
ok(wait_for(sub { !is_there($leader) && !is_there($child) }),
	'nothing of it is left');

unlike(slurp_file($node->logfile), qr/secretexample(?!')/,
	'no secret in the log but where SQL brought it');
stayed_up($node);

# A worker that leaves takes it along.
server('kin');
submit_ok($node, 'select 4 as x', server => 'kin');
ok(wait_for(sub { scalar lines_of('child.kin') }), 'it runs');
$node->stop('fast');
($leader) = lines_of('runs.kin');
($child) = lines_of('child.kin');
ok(!is_there($leader) && !is_there($child),
	'it is gone when the server has stopped');
done_testing();
