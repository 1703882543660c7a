# The same thing again: a submit that is repeated under one idempotency key, a
# result that is fetched again, a statement that is run again.

use strict;
use warnings;

use PostgreSQL::Test::BackgroundPsql;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Test;
use Test::More;

my $ROWS = 30;
my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '300' ]);
my $node = new_node('main');
create_server($node, $emulator);
create_server($node, $emulator, name => 'paused',
	options => { enabled => 'false' });
$warehouse->safe_psql('warehouse', 'CREATE TABLE marks (mark text)');

# The SQLSTATE and the whole text of what a command raises.
sub raised
{
	my ($sql) = @_;
	return error_of($node, "\\set VERBOSITY verbose\n$sql");
}

sub rows_of
{
	my ($id) = @_;
	return $node->safe_psql('postgres',
		"SELECT count(*), sum(n) FROM rsdata_result($id) AS t(n int)");
}

# How often the emulator has executed what this SQL is part of.
sub executed
{
	my ($sql) = @_;
	return scalar(() = $emulator->executions($sql));
}

my $sum = $ROWS * ($ROWS + 1) / 2;

subtest 'two sessions with one key' => sub {
	my $sql = q{SELECT rsdata_submit($$insert into marks values ('key')$$,
		server => 'wh', idempotency_key => 'k1')};
	my $first = $node->background_psql('postgres');
	my $second = $node->background_psql('postgres');

	$first->query_safe('BEGIN');
	chomp(my $id = $first->query_safe($sql));	# PostgreSQL 16 leaves the end
	$second->query_until(qr/sent/, "\\echo sent\n$sql;\n\\echo got\n");
	ok( wait_for(
			sub {
				$node->safe_psql('postgres', q{
					SELECT count(*) FROM pg_stat_activity
					WHERE wait_event_type = 'Lock' AND query LIKE '%k1%'
						AND pid <> pg_backend_pid()}) == 1;
			}),
		'the second waits for the first');
	$first->query_safe('COMMIT');
	like($second->query_until(qr/got/, ''), qr/^$id$/m,
		'and gets the same id');
	$_->quit for $first, $second;
	wait_status($node, $id, 'finished');
	is($node->safe_psql('postgres', $sql), $id, 'so does who comes later');
	is(executed("'key'"), 1, 'executed once');
	is($node->safe_psql('postgres',
			'SELECT count(*) FROM rsdata.statements'), 1, 'one row');

	$sql =~ s/k1/k2/;
	$first = $node->background_psql('postgres');
	$first->query_safe('BEGIN');
	chomp($id = $first->query_safe($sql));
	$first->query_safe('ROLLBACK');
	$first->quit;
	my $other = $node->safe_psql('postgres', $sql);
	isnt($other, $id, 'a key that was rolled back is free');
	wait_status($node, $other, 'finished');
};

subtest 'a result that was not delivered' => sub {
	$emulator->trouble({ op => 'GetStatementResult', kind => 'bad_utf8', skip => 1,
			match => 'once more' });
	my $id = submit_ok($node,
		"select n::int /* once more */ from generate_series(1, $ROWS) n");
	wait_status($node, $id, 'undelivered');
	is(scalar(published_for($emulator, $id)), 1, 'SNS heard of it');
	is( $node->safe_psql('postgres',
			"BEGIN; SELECT rsdata_retry($id); ROLLBACK; SELECT rsdata_status($id)"),
		"$id\nundelivered", 'a retry that is rolled back');
	is($node->safe_psql('postgres', "SELECT rsdata_retry($id)"),
		$id, 'the same id');
	is($node->safe_psql('postgres', "SELECT rsdata_wait($id)"),
		'finished', 'waiting is for the new end');
	is(rows_of($id), "$ROWS|$sum", 'its rows are there, each once');
	is(executed('once more'), 1, 'executed once');
	my $row = statement_row($node, $id);
	is($row->{error}, undef, 'the error is gone');
	is($row->{rows_done}, $ROWS, 'counted anew');
	is(scalar(published_for($emulator, $id, 2)), 2, 'SNS hears of the end, too');
	like(raised("SELECT rsdata_retry($id)"),
		qr/ERROR:\s+55000:.*\n.*"finished".*\nHINT:.*rsdata_retry\($id, rerun => true\)/,
		'delivered, there is nothing to fetch');
};

subtest 'another worker, while it is fetched again' => sub {
	$emulator->trouble({ op => 'GetStatementResult', kind => 'bad_utf8', skip => 1,
			match => 'changes hands' });
	my $id = submit_ok($node,
		"select n::int /* changes hands */ from generate_series(1, $ROWS) n");
	wait_status($node, $id, 'undelivered');
	$emulator->trouble({ op => 'GetStatementResult', kind => 'hang', skip => 1,
			match => 'changes hands' });
	$node->safe_psql('postgres', "SELECT rsdata_retry($id)");
	wait_for(
		sub {
			my $row = statement_row($node, $id);
			return $row->{status} eq 'fetching' && $row->{pages_done} == 1;
		});
	is(statement_row($node, $id)->{pages_done}, 1, 'one page was fetched');
	set_enabled($node, 0);
	$emulator->untrouble;
	$emulator->release;
	set_enabled($node, 1);
	wait_status($node, $id, 'finished');
	is(rows_of($id), "$ROWS|$sum", 'its rows are there, each once');
	is(executed('changes hands'), 1, 'executed once');
};

subtest 'a result that the service no longer keeps' => sub {
	$emulator->trouble({ op => 'GetStatementResult', kind => 'bad_utf8',
			match => 'too late' });
	my $id = submit_ok($node, q{select 'too late'});
	wait_status($node, $id, 'undelivered');
	$node->safe_psql('postgres',
		"UPDATE rsdata.statement SET result_expires_at = now() WHERE id = $id");
	like(raised("SELECT rsdata_retry($id)"),
		qr/ERROR:\s+55000:.*\nDETAIL:.*no longer keeps it.*\nHINT:.*rerun => true/,
		'an error, with what remains');

	# It was kept when it was asked for, and gone when it was looked at.
	set_enabled($node, 0);
	$node->safe_psql('postgres',
		"UPDATE rsdata.statement SET result_expires_at = now() + interval '1 day'
		 WHERE id = $id");
	$node->safe_psql('postgres', "SELECT rsdata_retry($id)");
	is($node->safe_psql('postgres', "SELECT rsdata_wait($id, '100 ms')"),
		'', 'it is waited for');
	$node->safe_psql('postgres',
		"UPDATE rsdata.statement SET result_expires_at = now() WHERE id = $id");
	set_enabled($node, 1);
	is($node->safe_psql('postgres', "SELECT rsdata_wait($id)"),
		'undelivered', 'until the worker finds that it is gone');
};

subtest 'run again' => sub {
	my $sql = q{insert into marks select 'again' where 1 / (select count(*) from ready) > 0};
	$warehouse->safe_psql('warehouse', 'CREATE TABLE ready (x int)');
	my $key = q{label => 'l', idempotency_key => 'again',
		params => NULL, options => '{"deadline": "1 h"}'};
	my $id = submit_ok($node, $sql, more => $key);
	wait_status($node, $id, 'failed');
	like(raised("SELECT rsdata_retry($id)"),
		qr/55000:.*\n.*"failed".*\n.*rerun => true/, 'not by itself');
	my (undef, $out, $err) = $node->psql('postgres', qq{
		SELECT rsdata_submit('$sql', server => 'wh', idempotency_key => 'again')}
		  =~ s/'again' where/''again'' where/r);
	is($out, $id, 'the same key gives the same statement');
	like($err, qr/NOTICE:.*"failed".*\nHINT:.*rsdata_retry\($id, rerun => true\)/,
		'and a notice');

	$warehouse->safe_psql('warehouse', 'INSERT INTO ready VALUES (1)');
	my $again =
	  $node->safe_psql('postgres', "SELECT rsdata_retry($id, rerun => true)");
	isnt($again, $id, 'a statement of its own');
	my $row = wait_status($node, $again, 'finished');
	is($row->{retry_of}, $id, 'which says what it repeats');
	is("$row->{label} $row->{sql}", "l $sql", 'and is the same');
	is($row->{idempotency_key}, undef, 'the key stays where it was');
	is( $node->safe_psql('postgres', qq{
			SELECT count(DISTINCT token), count(deadline_at),
				count(DISTINCT deadline_at)
			FROM rsdata.statement WHERE id IN ($id, $again)}),
		'2|2|2', 'a token and a deadline of its own');
	is($warehouse->safe_psql('warehouse',
			q{SELECT count(*) FROM marks WHERE mark = 'again'}),
		1, 'done once');
	(undef, $out, $err) = $node->psql('postgres', qq{
		SELECT rsdata_submit('$sql', server => 'wh', idempotency_key => 'again')}
		  =~ s/'again' where/''again'' where/r);
	like($err, qr/DETAIL:  Statement $again runs it again/,
		'the notice names it');

	# Only one at a time.
	$node->safe_psql('postgres', q{ALTER SERVER wh OPTIONS (ADD enabled 'false')});
	my $third =
	  $node->safe_psql('postgres', "SELECT rsdata_retry($id, rerun => true)");
	like(raised("SELECT rsdata_retry($id, rerun => true)"),
		qr/ERROR:\s+55006:.*being run again already/, 'not twice at once');
	like(raised("SELECT rsdata_retry($third)"),
		qr/ERROR:\s+55000:.*has not ended/, 'nor before it has ended');
	like(raised("SELECT rsdata_retry($third, rerun => true)"),
		qr/ERROR:\s+55000:.*has not ended/, 'either way');
	$node->safe_psql('postgres', q{ALTER SERVER wh OPTIONS (SET enabled 'true')});
	wait_status($node, $third, 'finished');
};

subtest 'somebody else' => sub {
	$node->safe_psql('postgres', q{
		CREATE ROLE alice LOGIN;
		CREATE ROLE bob LOGIN;
		CREATE ROLE watcher LOGIN IN ROLE pg_read_all_stats;
		CREATE ROLE helper LOGIN IN ROLE pg_signal_backend;
		CREATE ROLE colleague LOGIN IN ROLE alice;
		GRANT USAGE ON FOREIGN SERVER wh TO alice;
		CREATE USER MAPPING FOR alice SERVER wh OPTIONS
			(access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample')});
	my $submit = q{SELECT rsdata_submit('select 1 / 0', server => 'wh',
		idempotency_key => 'mine')};
	my $id = $node->safe_psql('postgres', "SET ROLE alice; $submit");
	wait_status($node, $id, 'failed');
	like(raised("SET ROLE $_->[0]; SELECT rsdata_retry($id, true)"),
		$_->[1], "$_->[0] may not run it again")
	  for (
		[ 'bob', qr/42704:.*statement $id does not exist/ ],
		[ 'helper', qr/42704:.*statement $id does not exist/ ],
		[ 'watcher', qr/42501:.*permission denied to retry/ ]);
	isnt($node->safe_psql('postgres', $submit), $id,
		'a key is its owner\'s own');
	my $again = $node->safe_psql('postgres',
		"SET ROLE colleague; SELECT rsdata_retry($id, true)");
	is(wait_status($node, $again, 'failed')->{owner},
		'alice', 'a member may; it stays the owner\'s');
	$node->safe_psql('postgres', 'REVOKE USAGE ON FOREIGN SERVER wh FROM alice');
	like(raised("SET ROLE alice; SELECT rsdata_retry($id, true)"),
		qr/42501:.*permission denied for foreign server wh/,
		'not without USAGE any more');
	$node->safe_psql('postgres', q{
		GRANT USAGE ON FOREIGN SERVER wh TO alice;
		ALTER SERVER wh OPTIONS (DROP topic_arns, DROP success_topic_arn,
			DROP failure_topic_arn);
		DROP USER MAPPING FOR alice SERVER wh});
	like(raised("SET ROLE alice; SELECT rsdata_retry($id, true)"),
		qr/28000:.*no credentials/, 'nor without credentials');
	$node->safe_psql('postgres', q{CREATE USER MAPPING FOR PUBLIC SERVER wh OPTIONS
		(access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample')});
	like(raised("SET ROLE alice; SELECT rsdata_retry($id, true)"),
		qr/42501:.*topic ".*" is not allowed/, 'nor to topics that are closed');
};

stayed_up($node);
done_testing();
