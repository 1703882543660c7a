# Loads where the server is short of something: a process for the loader, and
# room for notifications, without which a result must be delivered all the
# same.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);

# The launchers of rsdata and of logical replication, and two workers: there
# is no place for a loader as long as both are there.
my $node = new_node('scarce',
	conf => [ 'max_worker_processes = 4', "rsdata.worker_linger = '1s'" ]);

create_server($node, $emulator);
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION rsdata');
create_server($node, $emulator, database => 'other');
sub sql { return $node->safe_psql('postgres', $_[0]) }
sql('CREATE TABLE t (n int)');

my $gate = $warehouse->background_psql('warehouse');
my $GATED = 'select n from generate_series(1, 3) n, (select pg_advisory_lock_shared(577), '
  . 'pg_advisory_unlock_shared(577)) gate';

subtest 'no place for a loader' => sub {
	my $row;

	$gate->query_safe('SELECT pg_advisory_lock(577)');
	my $busy = submit_ok($node, $GATED, database => 'other');
	wait_status($node, $busy, 'running', 'the other worker is busy', 'other');
	my $id = submit_ok($node, 'select n from generate_series(1, 3) n', more => "target => 't'");
	ok(wait_for(sub {
		$row = statement_row($node, $id);
		return ($row->{wait_detail} // '') =~ /no place for a background worker/;
	}), 'a load waits, and says for what') or diag(explain($row));
	is($row->{wait_reason}, 'loader', 'with the word for it');
	my $kept = submit_ok($node, 'select 5 as n');
	wait_status($node, $kept, 'finished', 'what needs no loader goes on');
	$gate->query_safe('SELECT pg_advisory_unlock(577)');
	wait_status($node, $busy, 'finished', 'the other worker has nothing more to do', 'other');
	wait_status($node, $id, 'finished', 'so it is loaded');
	is(sql('SELECT count(*), sum(n) FROM t'), '3|6', 'once');
	is(scalar($emulator->executions('generate_series(1, 3) n')), 2, 'and was executed once');
};

# ---- a full queue of notifications ----

my $listener = new_listener($node);
my $heard = 0;

# The statement has ended in silence: what ends after it is heard first.
sub in_silence
{
	my ($id, $name) = @_;
	my $after = submit_ok($node, 'select 1');

	wait_status($node, $after, 'finished');
	my @all = notifications($listener, $heard + 1);
	is_deeply([ map { $_->{id} } @all[ $heard .. $#all ] ], [$after], $name);
	$heard = @all;
	return;
}

subtest 'no room for the notification of a load' => sub {
	sql('TRUNCATE t');
	arm_fault($node, 'loader-before-commit full');
	my $id = submit_ok($node, 'select n from generate_series(1, 4) n', more => "target => 't'");
	fault_fired($node, 'its commit found none');
	my $row = wait_status($node, $id, 'finished', 'the rows are delivered');
	is($row->{rows_loaded}, 4, 'all of them');
	is(sql('SELECT count(*), sum(n) FROM t'), '4|10', 'once');
	in_silence($id, 'without a notification');
	is(scalar(published_for($emulator, $id)), 1, 'but published');
};

subtest 'no room for the notification of a result that is kept' => sub {
	# As a full queue does, this fails the commit itself: of the group, and
	# of the statement alone.
	sql(q{
		CREATE SEQUENCE tries;
		CREATE FUNCTION full_queue() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN
				IF nextval('public.tries') <= 2 THEN
					RAISE EXCEPTION 'too many notifications in the NOTIFY queue' USING ERRCODE = '54000';
				END IF;
				RETURN NULL;
			END$$;
		CREATE CONSTRAINT TRIGGER full_queue AFTER UPDATE ON rsdata.statement
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
			WHEN (NEW.label = 'crowded' AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION full_queue()});
	my $offset = -s $node->logfile;
	my $id = submit_ok($node, 'select n from generate_series(1, 4) n', more => "label => 'crowded'");
	my $row = wait_status($node, $id, 'finished', 'it is kept');
	rows_are($node, $id, 'n int', "1\n2\n3\n4");
	like(substr(slurp_file($node->logfile), $offset),
		qr/rsdata drops the notification of statement $id: too many notifications/, 'which is logged');
	sql('DROP TRIGGER full_queue ON rsdata.statement');
	in_silence($id, 'without a notification');
	is(scalar(published_for($emulator, $id)), 1, 'but published');
};

$gate->quit;
stayed_up($node);
$node->stop('fast');
done_testing();
