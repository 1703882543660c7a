# TLS as a worker has it: certificates of rsdata.ca_bundle are trusted and no
# others; a statement whose endpoint shows a bad one waits, was not sent, and
# its row says which fault it is.

use strict;
use warnings;

use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Tls;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $tls = Rsdata::Tls->start($emulator->url);
my $node = new_node('main');
my %sql;

# A server behind the certificate of this name, which publishes there too.
for my $name (qw(good expired elsewhere))
{
	create_server($node, $emulator,
		name => $name,
		options => {
			endpoint_url => $tls->url($name),
			sns_endpoint_url => $tls->url($name) });
}

sub trust
{
	my ($file) = @_;
	$node->append_conf('postgresql.conf', "rsdata.ca_bundle = '$file'");
	$node->reload;
	return;
}

# A test: the statement waits, unsent, for this reason.
sub waits
{
	my ($id, $why, $name) = @_;
	my $row;

	ok( wait_for(
			sub {
				$row = statement_row($node, $id);
				return ($row->{wait_detail} // '') =~ $why;
			}),
		"$name: the row says why")
	  or diag(explain($row));
	is($row->{wait_reason}, 'connection', "$name: it waits for a connection");
	is(scalar $emulator->executions($sql{$id}), 0, "$name: not executed");
	return;
}

# What rsdata_check says of it, and what to do.
sub check
{
	my ($server, $column) = @_;
	return $node->safe_psql('postgres',
		"SELECT $column FROM rsdata_check('$server') WHERE step = 'connection'");
}

sub submit
{
	my ($server, $sql) = @_;
	my $id = submit_ok($node, $sql, server => $server);
	$sql{$id} = $sql;
	return $id;
}

my $UNTRUSTED =
  qr/^the server's certificate comes from an authority that is not trusted/;

# The system does not know our authority; nor does a file with another one.
my $id = submit('good', q{select 'good' as x});
waits($id, $UNTRUSTED, 'the authorities of the system');
like(check('good', 'detail'), $UNTRUSTED, 'rsdata_check says it, too');
like(check('good', 'hint'), qr/rsdata\.ca_bundle/, 'with a hint');
my $worker = worker_pid($node);
trust($tls->other_ca);
ok(wait_for(sub { (worker_pid($node) // $worker) ne $worker }),
	'another file: another worker');
waits($id, $UNTRUSTED, 'another authority');
is($tls->accepted('good'), 0, 'no connection was held to be good');

# The right one: what waited goes, without anybody doing more.
trust($tls->ca);
wait_status($node, $id, 'finished', 'our authority: it finishes');
rows_are($node, $id, 'x text', 'good', 'and has its row');
is(scalar published_for($emulator, $id), 1, 'and its message, by TLS, too');
cmp_ok($tls->accepted('good'), '>', 0, 'through TLS');
is(check('good', 'ok'), 't', 'rsdata_check comes through');

# Two that nothing helps against but another certificate.
my %fault = (
	expired => qr/^the server's certificate has expired/,
	elsewhere => qr/^the server's certificate is for another host name/);
for my $name (sort keys %fault)
{
	my $bad = submit($name, "select '$name' as x");
	waits($bad, $fault{$name}, $name);
	like(check($name, 'detail'), $fault{$name}, "$name: rsdata_check");

	# Nobody else waits with it; with a good certificate it goes.
	my $other = submit('good', "select 'beside $name'");
	wait_status($node, $other, 'finished', "$name: another server goes on");
	$node->safe_psql('postgres',
		"ALTER SERVER $name OPTIONS (SET endpoint_url '" . $tls->url('good')
		  . "', SET sns_endpoint_url '" . $tls->url('good') . "')");
	wait_status($node, $bad, 'finished', "$name: mended, it finishes");
}

# The file as well as its name: another authority under the same path.
my $bundle = $node->basedir . '/bundle.crt';
copy($tls->ca, $bundle) or die;
trust($bundle);
$id = submit('good', q{select 'copied' as x});
wait_status($node, $id, 'finished', 'trusted by a copy');
copy($tls->other_ca, $bundle) or die;
$node->reload;
$id = submit('good', q{select 'replaced' as x});
waits($id, $UNTRUSTED, 'the file is another one');
copy($tls->ca, $bundle) or die;
$node->reload;
wait_status($node, $id, 'finished', 'the old file is back');

# Trust that is taken back counts at once, for what is open as well.
trust($tls->ca);
my $open = submit('good', 'select 5 as x from pg_sleep(600)');
wait_status($node, $open, 'running');
trust($tls->other_ca);
$id = submit('good', 'select 6 as x');
waits($id, $UNTRUSTED, 'trust that is withdrawn');
is(statement_row($node, $open)->{status}, 'running',
	'what runs is not given up');
trust($tls->ca);
wait_status($node, $id, 'finished', 'trusted again');
$node->safe_psql('postgres', "SELECT rsdata_cancel($open)");
wait_status($node, $open, 'cancelled', 'and what ran is to be had again');
stayed_up($node);
$node->stop('fast');
done_testing();
