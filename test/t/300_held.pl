# Statements that are held because their server is disabled or has no keys go
# on when that changes: at once, without anybody polling, whether the worker
# is still there or has left.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
create_server(
	$node,
	$emulator,
	options => {
		topic_arns => undef,
		success_topic_arn => undef,
		failure_topic_arn => undef
	});
my $keys = "access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample'";

# A test: the statement is queued and says why it does not move.
sub held
{
	my ($id, $reason) = @_;
	return ok(
		wait_for(
			sub {
				$node->safe_psql('postgres',
					"SELECT status || ' ' || coalesce(wait_reason, '')
					 FROM rsdata.statements WHERE id = $id") eq
				  "queued $reason";
			}),
		"statement $id is held: $reason");
}

# The worker leaves at once after its work, or stays.
sub linger
{
	my ($time) = @_;

	$node->safe_psql('postgres',
		"ALTER SYSTEM SET rsdata.worker_linger = '$time'");
	$node->reload;
	if ($time eq '0')
	{
		ok(wait_for(sub { !worker_pid($node) }), 'the worker has left');
	}
	return;
}

# A test: commands let the statement go on, at once: long before
# a worker would look again by itself.
sub goes_on
{
	my ($id, $name, @commands) = @_;

	$node->safe_psql('postgres', $_) foreach @commands;
	ok( wait_for(
			sub {
				$node->safe_psql('postgres', "SELECT rsdata_status($id)") eq
				  'finished';
			}, 15),
		$name)
	  or diag($node->safe_psql('postgres',
			"SELECT row_to_json(s) FROM rsdata.statements s WHERE id = $id"));
	return;
}

sub run_sql { $node->safe_psql('postgres', $_[0]); return; }

foreach my $how ('worker stays', 'worker leaves')
{
	note($how);
	my $leaves = $how eq 'worker leaves';
	my $id;

	# The server is disabled.
	run_sql("ALTER SERVER wh OPTIONS (ADD enabled 'false')");
	$id = submit_ok($node, 'select 1');
	held($id, 'paused');
	linger('0') if $leaves;
	goes_on($id, "$how: ALTER SERVER",
		"ALTER SERVER wh OPTIONS (SET enabled 'true')");
	linger('60s') if $leaves;
	run_sql('ALTER SERVER wh OPTIONS (DROP enabled)');

	# The mapping goes and comes back.  A submit without keys is refused, so
	# the statement must be there before; a closed server keeps it.
	run_sql("ALTER SERVER wh OPTIONS (ADD enabled 'false')");
	$id = submit_ok($node, 'select 2');
	held($id, 'paused');
	run_sql('DROP USER MAPPING FOR CURRENT_USER SERVER wh');
	run_sql('ALTER SERVER wh OPTIONS (DROP enabled)');
	held($id, 'credentials');
	linger('0') if $leaves;
	goes_on($id, "$how: CREATE USER MAPPING",
		"CREATE USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS ($keys)");
	linger('60s') if $leaves;

	# The mapping loses its keys and gets them back, all in transactions of
	# several commands.
	run_sql("ALTER SERVER wh OPTIONS (ADD enabled 'false')");
	$id = submit_ok($node, 'select 3');
	held($id, 'paused');
	run_sql('BEGIN;
		ALTER USER MAPPING FOR CURRENT_USER SERVER wh
			OPTIONS (DROP access_key_id, DROP secret_access_key);
		ALTER SERVER wh OPTIONS (DROP enabled);
		COMMIT;');
	held($id, 'credentials');
	linger('0') if $leaves;
	goes_on($id, "$how: ALTER USER MAPPING",
		"DO \$\$ BEGIN
			ALTER USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (ADD access_key_id 'AKIDEXAMPLE',
				ADD secret_access_key 'secretexample');
		END \$\$");
	linger('60s') if $leaves;
}

# A prepared transaction opens the way when it is committed, not before.
run_sql("ALTER SERVER wh OPTIONS (ADD enabled 'false')");
my $prepared = submit_ok($node, 'select 4');
held($prepared, 'paused');
run_sql("BEGIN; ALTER SERVER wh OPTIONS (DROP enabled);
	PREPARE TRANSACTION 'open'");
held($prepared, 'paused');
goes_on($prepared, 'COMMIT PREPARED', "COMMIT PREPARED 'open'");

# What is rolled back opens nothing.
run_sql("ALTER SERVER wh OPTIONS (ADD enabled 'false')");
my $id = submit_ok($node, 'select 5');
held($id, 'paused');
run_sql('BEGIN; ALTER SERVER wh OPTIONS (DROP enabled); ROLLBACK');
held($id, 'paused');

# The commands that change the way end nothing they should not: a statement
# whose owner lost the right is refused when somebody looks.
run_sql('CREATE ROLE clerk; GRANT USAGE ON FOREIGN SERVER wh TO clerk');
run_sql("CREATE USER MAPPING FOR clerk SERVER wh OPTIONS ($keys)");
my $clerks = $node->safe_psql('postgres',
	"SET ROLE clerk; SELECT rsdata_submit('select 6', server => 'wh')");
held($clerks, 'paused');
run_sql('REVOKE USAGE ON FOREIGN SERVER wh FROM clerk');
my $row = wait_status($node, $clerks, 'failed', 'REVOKE ends what it forbids');
is($row->{sqlstate}, '42501', 'with the SQLSTATE of a missing right');
is(scalar $emulator->executions('select 6'), 0, 'which was never run');
status_is($node, $id, 'queued', 'the other one still waits');

is(scalar $emulator->executions, 7, 'each statement ran once');

# Where nothing waits, such a command starts no worker that lingers: none at
# all in a database without statements, else one that leaves at once.
sub workers
{
	return $node->safe_psql('postgres',
		"SELECT starts || ' ' || state FROM rsdata_worker_status()
		 WHERE database = 'quiet'");
}
run_sql('CREATE DATABASE quiet');
$node->safe_psql('quiet', 'CREATE EXTENSION rsdata');
create_server($node, $emulator, database => 'quiet');
is(workers(), '', 'no worker where there never was work');

$node->safe_psql('postgres',
	"ALTER SYSTEM SET rsdata.worker_linger = '0'");
$node->reload;
my $done = submit_ok($node, 'select 7', database => 'quiet');
wait_status($node, $done, 'finished', undef, 'quiet');
ok(wait_for(sub { workers() =~ /^(\d+) none$/ }), 'the worker leaves');
my ($starts) = split(/ /, workers());
$node->safe_psql('postgres',
	"ALTER SYSTEM SET rsdata.worker_linger = '1h'");
$node->reload;
$node->safe_psql('quiet', 'ALTER USER MAPPING FOR CURRENT_USER SERVER wh
	OPTIONS (ADD session_token $$x$$)');
ok( wait_for(sub { workers() eq $starts + 1 . ' none' }),
	'a probe comes and leaves')
  or diag(workers());

done_testing();
