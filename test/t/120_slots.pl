# Too few background worker slots: who waits longest is served first, and an
# idle worker makes room.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use PostgreSQL::Test::Utils;
use Rsdata::Process;

# One place for the launcher, one for a worker.
my $node = new_node(
	'slots',
	max_worker_processes => 2,
	max_parallel_workers => 0,
	'rsdata.worker_linger' => "'1h'");

$node->safe_psql('postgres', "create database $_") for qw(a b c);
prepare_database($node, $_) for qw(a b c);

ok(wait_done($node, 'a', submit($node, 'a')), 'the first database has a worker');
my $id = submit($node, 'b');
ok(wait_done($node, 'b', $id),
	'a second is served although the first lingers for an hour');
is(worker_pid($node, 'a'), '', 'the idle worker made room');

my %ids = map { $_ => submit($node, $_) } qw(a b c);
ok(wait_done($node, $_, $ids{$_}), "three at once: $_ is served")
  for qw(a b c);

# All visited at start, with one place only.
$node->append_conf('postgresql.conf', 'rsdata.enabled = off');
$node->reload;
ok(wait_for_no_worker($node, $_), "switched off, $_ has no worker")
  for qw(a b c);
%ids = map { $_ => submit($node, $_) } qw(a b c);
$node->append_conf('postgresql.conf', 'rsdata.enabled = on');
$node->restart;
ok(wait_done($node, $_, $ids{$_}), "at start: $_ is served") for qw(a b c);

$node->stop('fast');
done_testing();
