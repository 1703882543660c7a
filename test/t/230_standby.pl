# On a standby nothing of ours runs; after promotion everything does.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Process;

my $primary = new_node('primary', wal_level => 'replica', max_wal_senders => 4);

$primary->append_conf('pg_hba.conf', 'local replication all trust');
$primary->safe_psql('postgres', 'create database s');
prepare_database($primary, 's');
ok(wait_done($primary, 's', submit($primary, 's')), 'the primary works');

$primary->backup('b');
my $standby = Rsdata::Node->new('standby');
$standby->init_from_backup($primary, 'b', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);
is(launcher_pid($standby), '', 'no launcher on a standby');

my ($submit) = work_sql(0);
my ($rc, $out, $err) = $standby->psql('s', "select $submit");
like($err, qr/read-only transaction|during recovery/, 'a submit there is refused');
is($standby->safe_psql('s', 'select count(*) from rsdata_worker_status()'),
	0, 'and wakes nobody');

$primary->stop('fast');
$standby->promote;
ok(wait_until(sub { launcher_pid($standby) ne '' }),
	'a launcher comes with the promotion');
my $visited =
  "select count(*) from rsdata_worker_status() where database = 's' and starts > 0";
ok(wait_until(sub { $standby->safe_psql('s', $visited) == 1 }),
	'and visits the database');
ok(wait_done($standby, 's', submit($standby, 's')), 'a submit is done there');

$standby->stop('fast');
done_testing();
