# What is too old or too much is forgotten: by age, by number, by size, on
# demand; never what somebody still waits for.

use strict;
use warnings;

use PostgreSQL::Test::BackgroundPsql;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '20000' ]);
my $node = new_node('main', conf => ['rsdata.worker_linger = 1s']);
create_server($node, $emulator);
create_server($node, $emulator, name => 'quiet',
	options => {
		topic_arns => undef,
		success_topic_arn => undef,
		failure_topic_arn => undef
	});
create_server($node, $emulator, name => 'paused',
	options => { enabled => 'false' });

sub setting
{
	my ($name, $value) = @_;
	$node->append_conf('postgresql.conf', "rsdata.$name = $value");
	$node->reload;
	return;
}

sub query { return $node->safe_psql('postgres', $_[0]) }

# A statement that has finished; its rows are kept.
sub finished
{
	my ($sql, %opts) = @_;
	my $id = submit_ok($node, $sql, server => 'quiet', %opts);

	wait_status($node, $id, 'finished');
	return $id;
}

# A test: these ids, and no others, are left.
sub left_are
{
	my ($name, @ids) = @_;
	my $want = join(',', sort { $a <=> $b } @ids);
	my $sql = q{SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '')
		FROM rsdata.statements};

	wait_for(sub { query($sql) eq $want });
	return is(query($sql), $want, $name);
}

# A test: nothing is left in our tables of statements that are gone.
sub clean
{
	my ($name) = @_;
	my $rows = join('|', map {
		query("SELECT count(*) FROM rsdata.$_
			WHERE statement NOT IN (SELECT id FROM rsdata.statement)")
	} qw(part page kept request));
	return is($rows, '0|0|0|0', "$name: nothing else is left of them");
}

sub age
{
	my ($id, $age) = @_;
	query("UPDATE rsdata.statement SET finished_at = finished_at - interval '$age'
		WHERE id = $id;
		UPDATE rsdata.kept SET finished_at = finished_at - interval '$age'
		WHERE statement = $id");
	return;
}

my $BIG = q{select repeat('x', 1000) as x from generate_series(1, 50)};

subtest 'by hand' => sub {
	query(q{CREATE ROLE alice LOGIN;
		CREATE ROLE colleague LOGIN IN ROLE alice;
		CREATE ROLE helper LOGIN IN ROLE pg_signal_backend;
		GRANT USAGE ON FOREIGN SERVER quiet TO alice;
		CREATE USER MAPPING FOR alice SERVER quiet OPTIONS
			(access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample')});
	my $mine = finished($BIG);
	my $young = finished('select 1');
	my $hers = query(q{SET ROLE alice;
		SELECT rsdata_submit('select 2', server => 'quiet')});
	wait_status($node, $hers, 'finished');
	my $queued = submit_ok($node, 'select 3', server => 'paused');
	age($_, '2 hours') for $mine, $hers;

	is(query("SET ROLE helper; SELECT rsdata_purge('1 hour')"),
		0, 'not another one\'s');
	is(query("SET ROLE colleague; SELECT rsdata_purge('1 hour')"),
		1, 'a member purges those of the role');
	is(query("BEGIN; SELECT rsdata_purge('1 hour'); ROLLBACK"),
		1, 'what is rolled back');
	left_are('is still there', $mine, $young, $queued);
	is(query("SELECT count(*) FROM rsdata_result($mine) AS t(x text)"),
		50, 'with its rows');
	is(query("SELECT rsdata_purge('1 hour')"), 1, 'the old one');
	left_are('a young one stays', $young, $queued);
	is(query("SELECT rsdata_purge('0')"), 1, 'all that have settled');
	left_are('what is to come stays', $queued);
	clean('purged');
	query("SELECT rsdata_cancel($queued)");
	wait_status($node, $queued, 'cancelled');
	query("SELECT rsdata_purge('0')");
};

subtest 'what must stay' => sub {
	# Its outcome is still to be published.
	$emulator->trouble({ op => 'Publish', kind => 'error', status => 500,
			count => -1 });
	my $unsaid = submit_ok($node, 'select 1');
	wait_status($node, $unsaid, 'finished');
	is(statement_row($node, $unsaid)->{sns_status}, 'pending', 'unpublished');
	is(query("SELECT rsdata_purge('0')"), 0, 'it is not purged');

	# Its rows are asked for again.
	$emulator->trouble({ op => 'GetStatementResult', kind => 'bad_utf8',
			match => 'asked for' });
	my $asked = submit_ok($node, q{select 'asked for'}, server => 'quiet');
	wait_status($node, $asked, 'undelivered');
	is(query("BEGIN; SELECT rsdata_retry($asked); SELECT rsdata_purge('0'); ROLLBACK"),
		"$asked\n0", 'nor what is to be fetched again');

	# Somebody holds its row.
	my $held = finished('select 2');
	my $holder = $node->background_psql('postgres');
	$holder->query_safe("BEGIN; SELECT FROM rsdata.statement WHERE id = $held FOR UPDATE");
	is(query("SET statement_timeout = '30 s'; SELECT rsdata_purge('0')"), 1,
		'what somebody holds is passed over, and not waited for');
	$holder->quit;
	left_are('it is there', $unsaid, $held);
	$emulator->untrouble;
	wait_for(sub { statement_row($node, $unsaid)->{sns_status} eq 'published' });
	is(query("SELECT rsdata_purge('0')"), 2, 'published and let go, they go');
	clean('afterwards');
};

subtest 'by age' => sub {
	my $old = finished($BIG);
	my $young = finished($BIG);
	age($old, '31 days');
	# The next start of a worker finds it.
	ok(wait_for(sub { !defined worker_pid($node) }), 'the worker leaves');
	my $next = finished('select 1');
	left_are('a month is the default', $young, $next);
	age($young, '8 days');
	ok(wait_for(sub { !defined worker_pid($node) }), 'the worker leaves');
	my $third = finished('select 2');
	wait_for(sub {
		error_of($node, "SELECT * FROM rsdata_result($young) AS t(x text)") ne ''
	});
	like(error_of($node, "\\set VERBOSITY verbose\nSELECT * FROM rsdata_result($young) AS t(x text)"),
		qr/ERROR:\s+55000:.*no longer kept\nHINT:.*rsdata\.result_retention/,
		'results go after a week, and that is said');
	is(statement_row($node, $young)->{rows_done}, 50, 'the row stays');
	wait_for(sub { query("SELECT count(*) FROM rsdata.page WHERE statement = $young") eq '0' });
	is(query("SELECT count(*) FROM rsdata.page WHERE statement = $young"),
		0, 'its pages are deleted');
	is(query(qq{SELECT bytes FROM rsdata.kept WHERE statement = $young}),
		0, 'and accounted for');
	is(query("SELECT rsdata_purge('0')"), 3, 'purged');
	clean('purged');
};

subtest 'a due time for the launcher' => sub {
	setting('retention', "'4 s'");
	my $id = finished('select 1');
	my $due = query(q{SELECT next_due FROM rsdata_worker_status() WHERE database = 'postgres'});
	ok( wait_for(
			sub {
				!defined worker_pid($node)
				  && query(q{SELECT next_due IS NOT NULL
					FROM rsdata_worker_status() WHERE database = 'postgres'}) eq 't'
			}, 20)
		  || query('SELECT count(*) FROM rsdata.statement') eq '0',
		'the worker leaves and says when it is needed');
	left_are('nobody has to call it');
	clean('too old');

	# Also when the server was started anew meanwhile.
	$id = finished('select 2');
	$node->stop;
	$node->start;
	left_are('a restart does not lose it');
	setting('retention', "'30 d'");
};

subtest 'by number' => sub {
	setting('retention_statements', 3);
	my @ids = map { finished("select $_") } 1 .. 5;
	left_are('the last three', @ids[2 .. 4]);
	my $more = finished('select 6');
	left_are('whatever comes', @ids[3 .. 4], $more);
	setting('retention_statements', 100);
	is(query("SELECT rsdata_purge('0')"), 3, 'purged');
	clean('too many');
};

subtest 'by size' => sub {
	setting('result_bytes_per_owner', "'90 kB'");
	my @ids = map { finished($BIG) } 1 .. 4;
	my $readable = sub {
		my ($id) = @_;
		return error_of($node,
			"SELECT count(*) FROM rsdata_result($id) AS t(x text)") eq '' ? 1 : 0;
	};
	wait_for(sub { join('', map { $readable->($_) } @ids) eq '0011' });
	is(join('', map { $readable->($_) } @ids), '0011', 'the newest are kept');
	left_are('the rows of statements stay', @ids);

	# One that is larger than all that may be kept is there all the same.
	setting('result_bytes_per_owner', "'10 kB'");
	my $large = finished($BIG);
	wait_for(sub { !$readable->($ids[3]) });
	is($readable->($large), 1, 'the newest is kept, whatever its size');
	wait_for(sub { query('SELECT count(DISTINCT statement) FROM rsdata.page') eq '1' });
	is(query('SELECT count(DISTINCT statement) FROM rsdata.page'),
		1, 'the pages of the others are gone');
};

unlike(slurp_file($node->logfile), qr/TRAP:|PANIC:|terminated by signal/,
	'no process crashed');
done_testing();
