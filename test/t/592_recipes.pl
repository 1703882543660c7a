# The recipes of the README for programs that wait: psql that listens, a
# listener in C, an application behind a pooler, cron.

use strict;
use warnings;

use File::Temp ();
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $root = "$FindBin::RealBin/../..";
my $dir = File::Temp->newdir(TMPDIR => 1);
my $pkglibdir = `pg_config --pkglibdir`;
chomp $pkglibdir;
my $cron = -e "$pkglibdir/pg_cron.so";

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node(
	'main',
	extension => 0,
	conf => [
		$cron
		? (
			"shared_preload_libraries = 'rsdata, pg_cron'",
			"cron.database_name = 'postgres'")
		: () ]);
$node->append_conf('postgresql.conf',
	"cron.host = '" . $node->host . "'") if $cron;
$node->restart if $cron;
$node->safe_psql('postgres', 'CREATE EXTENSION rsdata');
create_server($node, $emulator);

# What a program prints, and whether it ended well.
sub output_of
{
	my (@command) = @_;
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run(\@command, '>', \$out, '2>', \$err,
		IPC::Run::timeout($Rsdata::Test::TIMEOUT));
	return ($out, $err, $ok);
}

# ---- psql: listen, then look ----

{
	my $psql = $node->background_psql('postgres', on_error_stop => 0);
	$psql->query_safe('LISTEN rsdata');
	my $id = submit_ok($node, 'select 1');
	wait_status($node, $id, 'finished');
	my $heard = $psql->query("SELECT rsdata_status($id)");
	like($heard, qr/finished/, 'what ended after LISTEN is seen by a look');
	ok( wait_for(
			sub {
				$heard .= $psql->query('SELECT 1');
				return $heard =~ /payload ".*"id": $id, "status": "finished"/;
			}),
		'and is announced');
	$psql->quit;
}

# ---- a listener in C ----

SKIP:
{
	my $program = "$dir/listen";
	my $include = -e '/usr/include/postgresql/libpq-fe.h'
	  ? '/usr/include/postgresql' : `pg_config --includedir`;
	chomp $include;
	my (undef, $err, $ok) = output_of(
		$ENV{CC} // 'cc', '-Wall', '-Werror', "-I$include",
		"$root/doc/examples/listen.c", '-o', $program, '-lpq');
	ok($ok, 'the listener is compiled') or diag($err);

	my $before = submit_ok($node, 'select 1');
	wait_status($node, $before, 'finished');
	my $after = submit_ok($node, 'select pg_sleep(600)');
	wait_status($node, $after, 'running');
	my $out = '';
	my $listener = IPC::Run::start(
		[ $program, $node->connstr('postgres'), $before, $after, 99999 ],
		'>', \$out, IPC::Run::timeout($Rsdata::Test::TIMEOUT));
	ok( wait_for(
			sub { $listener->pump_nb; return $out =~ /99999/; }),
		'it tells what has ended before');
	is($out, "$before finished\n99999 unknown\n", 'and only that');
	$node->safe_psql('postgres', "SELECT rsdata_cancel($after)");
	$listener->finish;
	is($out, "$before finished\n99999 unknown\n$after cancelled\n",
		'it hears of the end, and ends');
}

# ---- behind a pooler in transaction mode ----

SKIP:
{
	my ($program) = grep { -x } map { "$_/pgbouncer" }
	  (split(/:/, $ENV{PATH}), '/usr/sbin');
	skip 'there is no pgbouncer', 4 if !defined $program;

	my $port = PostgreSQL::Test::Cluster::get_free_port();
	my $user = getpwuid($>);
	open(my $ini, '>', "$dir/pgbouncer.ini") or die $!;
	print $ini "[databases]\npostgres = host=" . $node->host . " port="
	  . $node->port . " user=$user\n[pgbouncer]\nlisten_addr =\n"
	  . "listen_port = $port\nunix_socket_dir = $dir\nauth_type = any\n"
	  . "pool_mode = transaction\ndefault_pool_size = 2\n";
	close $ini or die $!;
	my $said = '';
	my $pooler =
	  IPC::Run::start([ $program, "$dir/pgbouncer.ini" ], '>&', \$said);
	ok( wait_for(
			sub { $pooler->pump_nb; return -S "$dir/.s.PGSQL.$port"; }),
		'the pooler is up')
	  or diag($said);

	my $ask = sub {
		my ($sql) = @_;
		my ($out, $err) = output_of('psql', '-XAtq', '-d',
			"host=$dir port=$port dbname=postgres", '-c', $sql);
		diag($err) if $err ne '';
		chomp $out;
		return $out;
	};
	my $id = $ask->(q{SELECT rsdata_submit('select 42', server => 'wh')});
	like($id, qr/^\d+$/, 'an application submits through it');
	ok(wait_for(sub { $ask->("SELECT rsdata_status($id)") eq 'finished' }),
		'and polls the status');
	is($ask->("SELECT * FROM rsdata_result($id) AS t(n int)"),
		'42', 'and reads the rows, each in a transaction of its own');
	$pooler->signal('INT');
	$pooler->finish;
}

# ---- cron: one line, as one simple query ----

{
	my $call = q{CALL rsdata_run('select 7', 'wh', label => 'by psql')};
	my ($out, $err, $ok) =
	  output_of('psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $call);
	ok($ok, 'psql -c "CALL rsdata_run(...)" as in a crontab') or diag($err);
	like($out, qr/^\d+\|finished$/, 'it says what became of it');
	(undef, $err, $ok) = output_of('psql', '-XAtq', '-d',
		$node->connstr('postgres'), '-c',
		q{CALL rsdata_run('select nonsense', 'wh')});
	ok(!$ok, 'its exit status tells of a failure');
	like($err, qr/nonsense/, 'and stderr why');
}

SKIP:
{
	skip 'there is no pg_cron', 2 if !$cron;

	$node->safe_psql(
		'postgres', q{
		CREATE EXTENSION pg_cron;
		SELECT cron.schedule('nightly', '* * * * *',
			$$CALL rsdata_run('select 8', 'wh', label => 'by cron')$$);});

	# The first full minute may be a minute away.
	ok( wait_for(
			sub {
				$node->safe_psql(
					'postgres', q{
					SELECT count(*) > 0 FROM cron.job_run_details
					WHERE status IN ('succeeded', 'failed')}) eq 't';
			},
			60 + $Rsdata::Test::TIMEOUT),
		'pg_cron has run its line');
	is( $node->safe_psql(
			'postgres', q{
			SELECT d.status || ' ' || s.status
			FROM cron.job_run_details d, rsdata.statements s
			WHERE s.label = 'by cron' AND d.status <> 'running' LIMIT 1}),
		'succeeded finished', 'as one simple query');
	$node->safe_psql('postgres', q{SELECT cron.unschedule('nightly')});
}

done_testing();
