# Our processes leave a database at once when it must be empty, and only for
# who may ask for it.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use PostgreSQL::Test::Utils;
use Rsdata::Process;

my $node = new_node(
	'leave',
	allow_in_place_tablespaces => 'on',
	'rsdata.worker_linger' => "'1h'");

# A database with a worker in it; with work in hand if wanted.
sub database_with_worker
{
	my ($db, %how) = @_;
	$node->safe_psql('postgres', "create database $db");
	prepare_database($node, $db);
	submit($node, $db, %how);
	return ok(wait_for_worker($node, $db), "$db has a worker");
}

# Runs a command, which must succeed within a second, or within the limit of
# one that copies files (core's own wait for other sessions takes 5 s, and
# ends in an error).
sub quick
{
	my ($sql, $name, $limit) = @_;
	my ($time, $err) = $node->took('postgres', $sql);
	is($err, '', "$name: done");
	cmp_ok($time, '<', $limit // 1, sprintf('%s: quick (%.0f ms)', $name, 1000 * $time));
	return;
}

database_with_worker('d1', hang => 1);
quick('drop database d1', 'DROP');

database_with_worker('d2', hang => 1);
quick('alter database d2 rename to d2x', 'RENAME');
ok(wait_done($node, 'd2x', submit($node, 'd2x')), 'work goes on after RENAME');
ok(wait_for_worker($node, 'd2x'), 'the worker is there');
quick('create database d3 template d2x', 'TEMPLATE', 5);
ok(wait_for_worker($node, 'd2x'), 'the worker of the template is back');
is(worker_pid($node, 'd3'), '', 'the copy has none');

$node->safe_psql('postgres', "create tablespace ts location ''");
quick('alter database d2x set tablespace ts', 'SET TABLESPACE', 5);
ok(wait_for_worker($node, 'd2x'), 'the worker is back after the move');
my $pid = worker_pid($node, 'd2x');
quick('create database d4', 'CREATE without a template of ours', 5);
is(worker_pid($node, 'd2x'), $pid, 'moves nobody');

# In a transaction block: away until its end, back in any case.
my $starts = 'select sum(starts) from rsdata_worker_status()';
my $before = $node->safe_psql('d3', $starts);
my $session = $node->background_psql('postgres');
$session->query_safe('begin');
$session->query_safe('alter database d2x rename to d2y');
is(worker_pid($node, 'd2x'), '', 'no worker while the renaming is open');
sleep 1;
is($node->safe_psql('d3', $starts), $before, 'and none is tried');
$session->query_safe('rollback');
$session->quit;
ok(wait_for_worker($node, 'd2x'), 'the worker is back after ROLLBACK');


# Commands that fail do not keep the worker away.
$pid = worker_pid($node, 'd2x');
$node->psql('postgres', 'begin; drop database d2x; rollback');
is(worker_pid($node, 'd2x'), $pid, 'DROP in a transaction block moves nobody');
$node->psql('postgres', 'alter database d2x rename to d4');
ok(wait_for_worker($node, 'd2x'), 'a failed RENAME brings the worker back');

# Rights.
$node->safe_psql('postgres', 'create role stranger login; create role maker login createdb');
$pid = worker_pid($node, 'd2x');
for my $role (qw(stranger maker))
{
	for my $sql ('drop database d2x', 'alter database d2x rename to z',
		'alter database d2x set tablespace pg_default',
		'create database z template d2x',
		'drop database d2x with (force)')
	{
		my ($rc, $out, $err) =
		  $node->psql('postgres', $sql, extra_params => [ '-U', $role ]);
		like($err, qr/permission denied|must be owner/, "$role: $sql is refused");
	}
}
is(worker_pid($node, 'd2x'), $pid, 'and the worker has not moved');

# An owner who is no superuser, and FORCE.
$node->safe_psql('postgres', 'alter database d2x owner to maker');
my ($rc, $out, $err) = $node->psql('postgres', 'drop database d2x with (force)',
	extra_params => [ '-U', 'maker' ]);
is($err, '', 'an owner may drop with FORCE although a worker is there');

# Another database than the busy one, and a fast stop.
database_with_worker('busy', hang => 1);
$pid = worker_pid($node, 'busy');
ok( wait_until(
		sub {
			$node->safe_psql('busy',
				"select in_flight from rsdata_worker_status() where pid = $pid") > 0;
		}),
	'it waits for a statement that does not end');
sleep 1;
is( $node->safe_psql('postgres',
		"select count(*) from pg_stat_activity a where pid = $pid and backend_xmin is null and backend_xid is null and xact_start is null and not exists (select from pg_locks l where l.pid = a.pid)"
	),
	1,
	'without transaction, snapshot or lock');
ok(wait_done($node, 'busy', submit($node, 'busy')),
	'a statement submitted meanwhile does not wait for it');
quick('drop database d3', 'DROP of another database');
my $time = elapsed(sub { $node->stop('fast') });
cmp_ok($time, '<', 2, sprintf('fast stop (%.0f ms)', 1000 * $time));

done_testing();
