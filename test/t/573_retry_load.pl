# rsdata_retry of a statement that a loader ends, and submits that are repeated
# after their load: loaded at last, each row once, and executed once.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '2000' ]);
my $node = new_node('main', conf => ['rsdata.submit_wait = 30s']);
create_server($node, $emulator);

sub query { return $node->safe_psql('postgres', $_[0]) }

# How often the emulator has executed what this SQL is part of, and how often
# it was asked for rows.
sub executed { return scalar(() = $emulator->executions($_[0])) }
sub asked_for_rows { return scalar(() = $emulator->calls('GetStatementResult')) }

# A retry that finishes; the row.
sub retried
{
	my ($id, $name) = @_;
	is(query("SELECT rsdata_retry($id)"), $id, "$name: the same id");
	is(query("SELECT rsdata_wait($id)"), 'finished', "$name: finishes");
	return statement_row($node, $id);
}

subtest 'a constraint that was in the way' => sub {
	query('CREATE TABLE t (n int CONSTRAINT small CHECK (n < 200), name text)');
	my $id = submit_ok($node,
		q{select n::int, 'mended' as name from generate_series(1, 300) n},
		more => q{target => 't', options => '{"target_mode": "replace"}'});
	my $row = wait_status($node, $id, 'undelivered');
	is($row->{sqlstate}, '23514', 'it failed on the constraint');
	is($row->{rows_loaded}, undef, 'nothing was loaded');

	# as it would be, had an earlier load been counted
	query("UPDATE rsdata.statement SET rows_loaded = 7, loaded_at = now() WHERE id = $id");
	query(qq{SELECT rsdata_retry($id)});
	is(query("SELECT rsdata_wait($id)"), 'undelivered', 'not mended yet');
	$row = statement_row($node, $id);
	is($row->{rows_loaded}, undef, 'no rows of an earlier load are counted');
	is($row->{loaded_at}, undef, 'and it has no date');

	query('ALTER TABLE t DROP CONSTRAINT small');
	$row = retried($id, 'mended');
	is(query('SELECT count(*), count(DISTINCT n), sum(n) FROM t'),
		'300|300|45150', 'each row is there once');
	is($row->{rows_loaded}, 300, 'counted');
	ok($row->{loaded_at}, 'and dated');
	is($row->{error}, undef, 'the error is gone');
	is(query("SELECT status, rows_loaded FROM rsdata.parts WHERE statement = $id"),
		'finished|300', 'its part says the same');
	is(executed('mended'), 1, 'executed once');
	like(error_of($node, "SELECT rsdata_retry($id)"),
		qr/has no result that could be fetched again/, 'and that was that');
};

subtest 'then_sql alone' => sub {
	my $calls = asked_for_rows();
	my $id = submit_ok($node, 'create table over_there (a int)',
		more => q{options => '{"then_sql": "insert into later values (1)"}'});
	my $row = wait_status($node, $id, 'undelivered');
	is($row->{sqlstate}, '42P01', 'its local SQL failed');
	query('CREATE TABLE later (a int)');
	retried($id, 'then_sql');
	is(query('SELECT count(*) FROM later'), 1, 'it was run once');
	is(executed('over_there'), 1, 'executed once');
	is(asked_for_rows(), $calls, 'nobody asked for a result that there is not');
};

subtest 'then_sql beside rows that nobody wants' => sub {
	my $calls = asked_for_rows();
	my $id = submit_ok($node, 'select 1 as unwanted',
		more => q{options => '{"fetch": false, "then_sql": "insert into later2 values (1)"}'});
	wait_status($node, $id, 'undelivered');
	query('CREATE TABLE later2 (a int)');
	retried($id, 'then_sql');
	is(query('SELECT count(*) FROM later2'), 1, 'it was run once');
	is(executed('unwanted'), 1, 'executed once');
	is(asked_for_rows(), $calls, 'nobody asked for them');
};

subtest 'then_sql beside a result that is kept' => sub {
	my $id = submit_ok($node, 'select n::int as kept from generate_series(1, 300) n',
		more => q{options => '{"then_sql": "insert into later3 values (1)"}'});
	wait_status($node, $id, 'undelivered');
	query('CREATE TABLE later3 (a int)');
	retried($id, 'then_sql');
	is(query('SELECT count(*) FROM later3'), 1, 'it was run once');
	is(query("SELECT count(*), sum(n) FROM rsdata_result($id) AS t(n int)"),
		'300|45150', 'its rows are there, each once');
	is(executed('kept'), 1, 'executed once');
};

subtest 'no result for a target' => sub {
	my $calls = asked_for_rows();
	my $id = submit_ok($node, 'create table nothing (a int)',
		more => q{target => 't'});
	wait_status($node, $id, 'undelivered');
	like(error_of($node, "SELECT rsdata_retry($id)"),
		qr/no result that could be fetched again.*It returned no result/s,
		'a retry cannot change that');
	is(asked_for_rows(), $calls, 'nobody asked for it');
};

subtest 'a key and a target to be created' => sub {
	my $submit = sub {
		my ($target, $options) = @_;
		return qq{SELECT rsdata_submit('select 1 as keyed', 'wh',
			target => '$target', idempotency_key => 'k', options => '$options')};
	};
	my $create = '{"target_mode": "create"}';
	my $id = query($submit->('made', $create));
	wait_status($node, $id, 'finished');
	is(query($submit->('made', $create)), $id, 'repeated after the load: the same id');
	is(query($submit->('public.made', $create)), $id, 'by whatever name');
	like(error_of($node, "\\set VERBOSITY verbose\n" . $submit->('made2', $create)),
		qr/22023: .*differs in target/s, 'another target is another statement');
	like(error_of($node, "\\set VERBOSITY verbose\n" . $submit->('made', '{"target_mode": "append"}')),
		qr/22023: .*differs in option target_mode/s, 'so is another mode');
	like(error_of($node, "\\set VERBOSITY verbose\n"
				. $submit->('made', '{"target_mode": "create", "then_sql": "select 1"}')),
		qr/22023: .*differs in option then_sql/s, 'or another then_sql');
	like(error_of($node, "\\set VERBOSITY verbose\n"
				. $submit->('made', $create) =~ s/'k'/'k2'/r),
		qr/42P07: /, 'with a key of its own the target is in the way');
	is(executed('keyed'), 1, 'executed once');
};

subtest 'an event for EventBridge' => sub {
	for my $case ([ 'true', 1 ], [ 'false', 0 ], [ 'null', 0 ])
	{
		my ($value, $expected) = @$case;
		my $id = submit_ok($node, "select 'event $value'",
			more => qq{options => '{"with_event": $value}'});
		wait_status($node, $id, 'finished');
		my ($run) = $emulator->executions("event $value");
		is($run->{with_event} ? 1 : 0, $expected, "with_event $value");
	}
	my $id = query(q{SELECT rsdata_submit_batch(ARRAY['select ''event batch''', 'select 2'],
		'wh', options => '{"with_event": true}')});
	wait_status($node, $id, 'finished');
	my ($run) = $emulator->executions('event batch');
	ok($run->{with_event}, 'of a batch, too');
};

stayed_up($node);
$node->stop('fast');
done_testing();
