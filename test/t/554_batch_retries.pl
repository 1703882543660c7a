# Retries of batches: what Redshift ended without having committed anything
# runs again as a whole; a batch of which anything was committed, or may have
# been, does not.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
create_server($node, $emulator);

# Fails as long as it was called less than $2 times; a sequence is not rolled
# back.
$warehouse->safe_psql('warehouse', q{
	CREATE TABLE marks (mark text);
	CREATE SEQUENCE a; CREATE SEQUENCE b; CREATE SEQUENCE c; CREATE SEQUENCE d;
	CREATE SEQUENCE e; CREATE SEQUENCE f; CREATE SEQUENCE g;
	CREATE FUNCTION moody(which text, fails int) RETURNS int LANGUAGE plpgsql AS $$
	BEGIN
		IF nextval(which) <= fails THEN
			RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
		END IF;
		RETURN 42;
	END$$});
$node->safe_psql('postgres', 'CREATE TABLE copied (a int)');

sub submit_batch
{
	my ($parts, $options, $more) = @_;
	my $list = join(', ', map { "\$_\$$_\$_\$" } @$parts);
	return $node->safe_psql('postgres',
		"SELECT rsdata_submit_batch(ARRAY[$list], 'wh', options => '{$options}'" . ($more // '') . ')');
}

sub parts_are
{
	my ($id, $what, $expected, $name) = @_;
	return is($node->safe_psql('postgres', qq{SELECT string_agg($what, ', ' ORDER BY part)
			FROM rsdata.parts WHERE statement = $id}), $expected, $name);
}

sub ran { return scalar(() = $emulator->executions("moody('$_[0]'")) }

sub marks
{
	return $warehouse->safe_psql('warehouse', "SELECT count(*) FROM marks WHERE mark = '$_[0]'");
}

my $AUTO = '"execution_mode": "auto_commit"';

subtest 'one transaction' => sub {
	my $id = submit_batch([ "insert into marks values ('a')", "select moody('a', 2)", 'select 2 as b' ],
		'"retries": 3', q{, targets => '{"2": {"target": "copied", "target_columns": "position"}}'});
	my $row;

	ok(wait_for(sub {
		$row = statement_row($node, $id);
		return $row->{status} eq 'queued' && ($row->{wait_reason} // '') eq 'backoff';
	}), 'it is queued again') or diag(explain($row));
	like($row->{wait_detail}, qr/^run \d failed: .*could not serialize/, 'and says why');
	parts_are($id, 'status', 'queued, queued, queued', 'so are its parts');
	$row = wait_status($node, $id, 'finished');
	is($row->{error}, undef, 'nothing is left of the failures');
	parts_are($id, "concat_ws(' ', status, rows_affected, rows_done, rows_loaded, error)",
		'finished 1 0, finished 1 1, finished 1', 'its parts are those of the last run');
	is($node->safe_psql('postgres', 'SELECT a FROM copied'), 42, 'loaded');
	is(ran('a'), 3, 'it ran three times');
	is(marks('a'), 1, 'and was committed once');
	is($node->safe_psql('postgres', "SELECT cardinality(spent_tokens) FROM rsdata.statement WHERE id = $id"),
		2, 'each time by another token');
};

subtest 'enough is enough, other causes, nobody asked' => sub {
	my $id = submit_batch([ "select moody('b', 9)" ], '"retries": 1');
	my $row = wait_status($node, $id, 'failed');
	like($row->{error}, qr/could not serialize/, 'the last error stands');
	is(ran('b'), 2, 'after one retry');
	$id = submit_batch([ "select moody('c', 1)" ], '"retries": 3, "retry_on": "connection"');
	wait_status($node, $id, 'failed');
	$id = submit_batch([ "select moody('c', 9)" ], '"with_event": false');
	wait_status($node, $id, 'failed');
	is(ran('c'), 2, 'each ran once');
};

subtest 'each part by itself' => sub {
	my $id = submit_batch([ "select moody('d', 2)", "select moody('d', 4)" ], qq($AUTO, "retries": 3));
	wait_status($node, $id, 'failed', 'a part that finished ends it');
	parts_are($id, 'status', 'finished, failed', 'that one counts');
	is(ran('d'), 4, 'it ran again while nothing was committed');
	$id = submit_batch([ "insert into marks values ('e')", "select moody('e', 1)" ], qq($AUTO, "retries": 3));
	wait_status($node, $id, 'failed', 'what is committed is not done twice');
	is(ran('e'), 1, 'so it ran once');
	is(marks('e'), 1, 'it is there once');
	my $again = $node->safe_psql('postgres', "SELECT rsdata_retry($id, rerun => true)");
	wait_status($node, $again, 'finished', 'the part that failed can be run again');
	is(marks('e'), 1, 'without the other');
	$id = submit_batch([ "select moody('f', 1)", 'select 1/0' ], qq($AUTO, "retries": 3));
	wait_status($node, $id, 'failed', 'all of them must have failed in passing');
	is(ran('f'), 1, 'so it ran once');
};

subtest 'what may commit by itself' => sub {
	my $id = submit_batch([ 'truncate marks', "select moody('g', 1)" ], '"retries": 3');
	wait_status($node, $id, 'failed', 'is not run again by itself');
	is(ran('g'), 1, 'it ran once');
};

stayed_up($node);
$node->stop('fast');
done_testing();
