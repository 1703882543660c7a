# What is done to a target or to the submitter between submit and load: each
# has its end or goes on when it is put right, and nothing is lost or half
# there.  A statement waits in the warehouse meanwhile.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('changes');

create_server($node, $emulator, user => 'PUBLIC');
sub sql { return $node->safe_psql('postgres', $_[0]) }
sql(q{
	GRANT USAGE ON FOREIGN SERVER wh TO PUBLIC;
	REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;});

# A submitter, with a table (n int, t text).
my $roles = 0;
sub new_role
{
	my $role = 'etl' . ++$roles;

	sql(qq{
		CREATE ROLE $role LOGIN;
		GRANT CONNECT ON DATABASE postgres TO $role;
		CREATE SCHEMA $role AUTHORIZATION $role;
		SET ROLE $role;
		CREATE TABLE $role.t (n int, t text);
		INSERT INTO $role.t VALUES (0, 'old')});
	return $role;
}

my $gate = $warehouse->background_psql('warehouse');

# Submits, does something while the statement runs in the warehouse, and lets
# it end there.  The id.
sub meanwhile
{
	my ($role, $target, $options, $change) = @_;
	my $id;

	$gate->query_safe('SELECT pg_advisory_lock(575)');
	$id = sql(qq{SET ROLE $role;
		SELECT rsdata_submit('select n, ''new'' as t from generate_series(1, 3) n,
			(select pg_advisory_lock_shared(575), pg_advisory_unlock_shared(575)) gate', 'wh',
			target => '$target', options => '{$options}')});
	wait_status($node, $id, 'running');
	sql($change);
	$gate->query_safe('SELECT pg_advisory_unlock(575)');
	return $id;
}

# rsdata_wait knows of a retry that the worker has not taken yet.
sub loaded
{
	my ($id, $table, $name) = @_;

	sql("SELECT rsdata_wait($id, '${Rsdata::Test::TIMEOUT} s')");
	wait_status($node, $id, 'finished', "$name: finishes");
	return is(sql("SELECT string_agg(n::text, ',' ORDER BY n) FROM $table"), '1,2,3',
		"$name: the rows are there once");
}

my $REPLACE = '"target_mode": "replace"';

# ---- the target ----

# What is done, the error, what puts it right before rsdata_retry and where
# the rows are then; nothing if there is no way back.
my @changes = (
	[ 'a column was dropped', 'ALTER TABLE %s.t DROP COLUMN t', '42804',
		qr/column "t" of the result does not exist in target/, 'ALTER TABLE %s.t ADD t text' ],
	[ 'a column was added that must not be NULL', 'ALTER TABLE %s.t ADD extra int; UPDATE %1$s.t SET extra = 0;
		ALTER TABLE %1$s.t ALTER extra SET NOT NULL', '23502', qr/^row 1.*null value in column "extra"/,
		'ALTER TABLE %s.t ALTER extra DROP NOT NULL' ],
	[ 'a column has another type', 'ALTER TABLE %s.t ALTER t TYPE int USING 0', '22P02',
		qr/^row 1, column "t": invalid input syntax for type integer/, 'ALTER TABLE %s.t ALTER t TYPE text' ],
	[ 'the right to INSERT was taken away', 'REVOKE INSERT ON %s.t FROM %1$s', '42501',
		qr/permission denied for target/, 'GRANT INSERT ON %s.t TO %1$s' ],
	[ 'the right to DELETE was taken away', 'REVOKE DELETE ON %s.t FROM %1$s', '42501',
		qr/permission denied for target/, 'GRANT DELETE ON %s.t TO %1$s' ],
	[ 'row security was turned on', 'ALTER TABLE %s.t ENABLE ROW LEVEL SECURITY; ALTER TABLE %1$s.t FORCE ROW LEVEL SECURITY',
		'0A000', qr/row-level security/, 'ALTER TABLE %s.t DISABLE ROW LEVEL SECURITY' ],
	[ 'the right to use the schema was taken away', 'ALTER SCHEMA %s OWNER TO postgres', '42501',
		qr/permission denied for schema/, 'ALTER SCHEMA %s OWNER TO %1$s' ]);

for my $case (@changes)
{
	my ($name, $change, $sqlstate, $error, $remedy) = @$case;

	subtest $name => sub {
		my $role = new_role();
		my $id = meanwhile($role, "$role.t", $REPLACE, sprintf($change, $role));
		my $row = wait_status($node, $id, 'undelivered');

		is($row->{sqlstate}, $sqlstate, 'the SQLSTATE');
		like($row->{error}, $error, 'the reason');
		is(sql("SELECT count(*), max(n) FROM $role.t"), '1|0', 'the target is as it was');
		sql(sprintf($remedy, $role));
		sql("SELECT rsdata_retry($id)");
		loaded($id, "$role.t", 'put right and retried');
		is(scalar($emulator->executions("575")), 1, 'it was executed once');
		$emulator->reset;
	};
}

subtest 'the target was dropped' => sub {
	my $role = new_role();
	my $id = meanwhile($role, "$role.t", '', "DROP TABLE $role.t");
	my $row = wait_status($node, $id, 'undelivered');

	is($row->{sqlstate}, '42P01', 'the SQLSTATE');
	like($row->{error}, qr/target $role\.t was dropped after the statement was submitted/, 'the reason');
	ok($row->{result_expires_at}, 'the service still has the result');
};

subtest 'the target has another name, in another schema' => sub {
	my $role = new_role();
	my $id = meanwhile($role, "$role.t", $REPLACE,
		"CREATE SCHEMA other AUTHORIZATION $role; ALTER TABLE $role.t RENAME TO u; ALTER TABLE $role.u SET SCHEMA other;
		CREATE TABLE $role.t (n int, t text)");

	loaded($id, 'other.u', 'it is found');
	is(sql("SELECT count(*) FROM $role.t"), 0, 'whoever has its name now');
};

subtest 'a target that was to be made is there' => sub {
	my $role = new_role();
	my $id = meanwhile($role, "$role.made", '"target_mode": "create"', "CREATE TABLE $role.made (n int)");
	my $row = wait_status($node, $id, 'undelivered');

	is($row->{sqlstate}, '42P07', 'the SQLSTATE');
	is(sql("SELECT count(*) FROM $role.made"), 0, 'it is left alone');
	sql("DROP TABLE $role.made; SELECT rsdata_retry($id)");
	loaded($id, "$role.made", 'out of the way and retried');
};

# ---- the submitter ----

# Waits until a loader could not connect, and says so.
sub cannot_connect
{
	my ($id, $name) = @_;
	my $row;

	return ok(wait_for(sub {
		$row = statement_row($node, $id);
		return ($row->{wait_detail} // '') =~ /could not connect as the statement's owner/;
	}), $name) || diag(explain($row));
}

for my $case (
	[ 'the right to log in', 'ALTER ROLE %s NOLOGIN', 'ALTER ROLE %s LOGIN' ],
	[ 'the right to connect', 'REVOKE CONNECT ON DATABASE postgres FROM %s', 'GRANT CONNECT ON DATABASE postgres TO %s' ])
{
	my ($what, $take, $give) = @$case;

	subtest "the submitter has lost $what" => sub {
		my $role = new_role();
		my $id;

		# From 17 on a loader does not need it.
		plan skip_all => 'not needed by this server'
		  if $what =~ /log in/ && $node->pg_version >= 17;
		$id = meanwhile($role, "$role.t", $REPLACE, sprintf($take, $role));
		cannot_connect($id, 'it waits, and says for what');
		is(sql("SELECT count(*), max(n) FROM $role.t"), '1|0', 'the target is as it was');
		sql(sprintf($give, $role));
		loaded($id, "$role.t", 'when it is given back');
	};
}

subtest 'the submitter may not use the server any more' => sub {
	my $role = new_role();
	my $id = meanwhile($role, "$role.t", $REPLACE,
		"REVOKE USAGE ON FOREIGN SERVER wh FROM PUBLIC");
	my $row;

	ok(wait_for(sub {
		$row = statement_row($node, $id);
		return ($row->{wait_detail} // '') =~ /no USAGE on the server/;
	}), 'it waits, and says for what') or diag(explain($row));
	sql('GRANT USAGE ON FOREIGN SERVER wh TO PUBLIC');
	loaded($id, "$role.t", 'when it may again');
};

subtest 'the submitter was dropped' => sub {
	my $role = new_role();
	my $id = meanwhile($role, "$role.t", $REPLACE, "REASSIGN OWNED BY $role TO postgres; DROP OWNED BY $role; DROP ROLE $role");
	my $row = wait_settled($node, $id);

	like($row->{status}, qr/^(undelivered|orphaned)$/, 'it comes to an end');
	like($row->{error}, qr/its owner was dropped/, 'for a reason');
	is(sql("SELECT count(*), max(n) FROM $role.t"), '1|0', 'the target is as it was');
};

$gate->quit;
unlike(slurp_file($node->logfile),
	qr/terminated by signal|TRAP:|PANIC:|"rsdata worker[^"]*".*exited with exit code [1-9]/,
	'no process crashed, and loaders alone could not connect');
$node->stop('fast');
done_testing();
