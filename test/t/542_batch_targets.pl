# Results of a batch's parts loaded into tables: one transaction for all of
# them, part after part; what fails loads nothing and can be retried.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '2000' ]);
my $node = new_node('main', conf => ['rsdata.submit_wait = 30s']);
create_server($node, $emulator, user => 'PUBLIC');
$warehouse->safe_psql('warehouse', 'CREATE TABLE marks (mark text)');

sub query { return $node->safe_psql('postgres', $_[0]) }
sub executed { return scalar(() = $emulator->executions($_[0])) }

# submit_batch([parts], targets, options as JSON, more arguments): its id.
sub submit_batch
{
	my ($parts, $targets, $options, $more) = @_;
	my $list = join(', ', map { "\$_\$$_\$_\$" } @$parts);
	my $to = $targets ? ", targets => '$targets'" : '';
	my $opt = $options ? ", options => '{$options}'" : '';
	return query("SELECT rsdata_submit_batch(ARRAY[$list], 'wh'$to$opt" . ($more // '') . ')');
}

# A test: this expression over the parts, one after the other.
sub parts_are
{
	my ($id, $what, $expected, $name) = @_;
	return is(query(qq{SELECT string_agg($what, ', ' ORDER BY part)
			FROM rsdata.parts WHERE statement = $id}), $expected, $name);
}

my $AUTO = '"execution_mode": "auto_commit"';
my $LOADED = q{concat_ws(' ', status, rows_done, rows_loaded, target)};
my $MANY = q{select n::int, 'item ' || n as name from generate_series(1, 300) n};

subtest 'three ways, beside rows that are kept' => sub {
	query('CREATE TABLE a (n int, name text); CREATE TABLE r (n int); INSERT INTO a VALUES (0); INSERT INTO r VALUES (0)');
	my $listener = new_listener($node);
	my $id = submit_batch(
		[   "insert into marks values ('ways')", $MANY, 'select 7 as n',
			'select 8 as kept', q{select 1.50::numeric(9,2) as price, 'x' as what} ],
		'{"2": "a", "3": {"target": "r", "target_mode": "replace"}, "5": {"target": "made", "target_mode": "create"}}');
	my $row = wait_status($node, $id, 'finished');

	is(query('SELECT count(*), sum(n) FROM a'), '301|45150', 'appended');
	is(query('SELECT n FROM r'), 7, 'replaced');
	is(query('SELECT price, what FROM made'), '1.50|x', 'created');
	is(query(q{SELECT format_type(atttypid, atttypmod) FROM pg_attribute
		WHERE attrelid = 'made'::regclass AND attname = 'price'}),
		'numeric(9,2)', 'with its types');
	parts_are($id, $LOADED,
		'finished 0, finished 300 300 public.a, finished 1 1 public.r, finished 1, finished 1 1 public.made',
		'the parts');
	is("$row->{rows_loaded} $row->{rows_done} $row->{target}",
		'302 303 public.a, public.r, public.made', 'their sums');
	ok($row->{loaded_at}, 'dated');
	is(query("SELECT pages_done > 3, (SELECT sum(pages_done) FROM rsdata.parts p
		WHERE p.statement = s.id) = pages_done FROM rsdata.statements s WHERE id = $id"),
		't|t', 'pages are counted');
	is(query("SELECT * FROM rsdata_result($id, 4) AS t(kept int)"), 8, 'kept rows are there');
	like(error_of($node, "\\set VERBOSITY verbose\nSELECT * FROM rsdata_rows($id, 3)"),
		qr/55000: rows of part 3 of statement $id went to its target.*Read them from public\.r/s,
		'the others are where they should be');
	is(query("SELECT string_agg(part || ' ' || name, ', ' ORDER BY part, position)
		FROM rsdata.result_columns WHERE statement = $id"),
		'2 n, 2 name, 3 n, 4 kept, 5 price, 5 what', 'columns of all are known');
	is(query("SELECT count(*) FROM rsdata.page WHERE statement = $id"), 1, 'only the kept ones are kept');
	is(query("SELECT count(*) FROM rsdata.kept WHERE statement = $id"), 1, 'which is noted');
	my ($heard) = grep { $_->{id} == $id } notifications($listener, 1);
	is("$heard->{status} $heard->{parts_finished} $heard->{parts_failed}", 'finished 5 0', 'NOTIFY');
	my ($message) = published_for($emulator, $id);
	is($message->{json}{parts_finished}, 5, 'SNS');
	is(executed("'ways'"), 1, 'executed once');
	$listener->{psql}->quit;
};

subtest 'two parts into one table' => sub {
	query('CREATE TABLE both_ (n int, name text); INSERT INTO both_ VALUES (99)');
	my @parts = ('select 1 as n', 'select 2 as n', 'select 3 as n');
	for my $mode ('replace', 'truncate')
	{
		my $id = submit_batch(\@parts, '{"1": "both_", "3": "public.both_"}', qq("target_mode": "$mode"));
		wait_status($node, $id, 'finished');
		is(query('SELECT string_agg(n::text, $$ $$ ORDER BY n) FROM both_'), '1 3',
			"$mode: emptied once, filled by both");
	}
	my $id = submit_batch(\@parts, '{"1": "new_", "3": "new_"}', '"target_mode": "create"');
	wait_status($node, $id, 'finished');
	is(query('SELECT string_agg(n::text, $$ $$ ORDER BY n) FROM new_'), '1 3', 'made once, filled by both');
	$id = submit_batch([ q{select 'x', 5}, 'select 6 as n' ],
		'{"1": {"target": "both_", "target_columns": "position"}, "2": "both_"}');
	my $row = wait_status($node, $id, 'undelivered', 'by position each for itself');
	like($row->{error}, qr/^part 1: row 1, column "n": .*integer/, 'so it does not fit');
};

subtest 'a row that does not fit' => sub {
	query('CREATE TABLE first_ (n int); CREATE TABLE second_ (n int CONSTRAINT small CHECK (n < 200), name text)');
	my $id = submit_batch([ 'select 1 as n', $MANY, 'select 3 as n' ],
		'{"1": "first_", "2": "second_", "3": "first_"}',
		'"then_sql": "insert into first_ values (1000)"');
	my $row = wait_status($node, $id, 'undelivered');

	like($row->{error}, qr/^part 2: row 200: new row .* violates check constraint "small"/, 'part, row and reason');
	is($row->{sqlstate}, '23514', 'SQLSTATE');
	is($row->{rows_loaded}, undef, 'nothing is counted');
	is(query('SELECT (SELECT count(*) FROM first_), (SELECT count(*) FROM second_)'), '0|0',
		'nothing of any part was loaded');
	parts_are($id, 'status', 'undelivered, undelivered, undelivered', 'no part was delivered');
	parts_are($id, "coalesce(sqlstate, 'none')", 'none, 23514, none', 'one is to blame');
	parts_are($id, q{(regexp_match(error, '^(row 200|not loaded)'))[1]},
		'not loaded, row 200, not loaded', 'each says why');
	query('ALTER TABLE second_ DROP CONSTRAINT small');
	is(query("SELECT rsdata_retry($id)"), $id, 'retried under the same id');
	is(query("SELECT rsdata_wait($id)"), 'finished', 'loaded now');
	is(query('SELECT string_agg(n::text, $$ $$ ORDER BY n) FROM first_'), '1 3 1000', 'then_sql came last, once');
	is(query('SELECT count(*), sum(n) FROM second_'), '300|45150', 'each row is there once');
	parts_are($id, $LOADED,
		'finished 1 1 public.first_, finished 300 300 public.second_, finished 1 1 public.first_', 'the parts');
	parts_are($id, "coalesce(error, 'none')", 'none, none, none', 'no error is left');
	is(executed('item'), 2, 'executed once, as the one before');
};

subtest 'then_sql' => sub {
	query('CREATE TABLE steps (n int); CREATE TABLE t (n int)');
	my $id = submit_batch([ 'select 1 as n', 'select 2 as n', "insert into marks values ('then')" ],
		'{"1": "t", "2": "t"}', '"then_sql": "insert into steps select count(*) from t"');
	wait_status($node, $id, 'finished');
	is(query('SELECT n FROM steps'), 2, 'once, after all loads');
	$id = submit_batch([ 'select 1 as kept', 'select 2 as kept' ], undef,
		'"then_sql": "insert into steps values (77)"');
	my $row = wait_status($node, $id, 'finished');
	is(query('SELECT count(*) FROM steps WHERE n = 77'), 1, 'without targets, too');
	is($row->{loaded_at}, undef, 'which is no load');
	is(query("SELECT * FROM rsdata_result($id, 2) AS t(kept int)"), 2, 'beside kept rows');
	$id = submit_batch([ 'select 1 as n', 'select 2 as kept' ], '{"1": "t"}',
		'"then_sql": "insert into missing values (1)"');
	$row = wait_status($node, $id, 'undelivered');
	like($row->{error}, qr/^then_sql: relation "missing" does not exist/, 'it fails');
	is($row->{sqlstate}, '42P01', 'with its SQLSTATE');
	is(query('SELECT count(*) FROM t'), 2, 'then nothing is loaded');
	parts_are($id, 'status', 'undelivered, finished', 'what is kept is there');
	query('CREATE TABLE missing (n int)');
	query("SELECT rsdata_retry($id)");
	is(query("SELECT rsdata_wait($id)"), 'finished', 'mended');
	is(query('SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM missing)'), '3|1', 'all of it, once');
	$id = submit_batch([ 'select 1', 'select 1/0' ], undef,
		qq($AUTO, "then_sql": "insert into missing values (2)"));
	wait_status($node, $id, 'failed');
	is(query('SELECT count(*) FROM missing'), 1, 'not for a batch that failed');
};

subtest 'parts that fail' => sub {
	query('CREATE TABLE p (n int); CREATE TABLE q (n int)');
	my $listener = new_listener($node);
	my @parts = ('select 1 as n', 'select 1/0 as n', 'select 3 as n', 'select 4 as kept');
	my $id = submit_batch(\@parts, '{"1": "p", "2": "q", "3": "p"}',
		qq($AUTO, "then_sql": "insert into q values (5)"));
	my $row = wait_status($node, $id, 'failed');

	like($row->{error}, qr/^part 2: .*division by zero/, 'as the batch failed');
	is(query('SELECT string_agg(n::text, $$ $$ ORDER BY n) FROM p'), '1 3', 'what finished is loaded');
	is(query('SELECT count(*) FROM q'), 0, 'then_sql is not run');
	parts_are($id, $LOADED,
		'finished 1 1 public.p, failed 0 public.q, finished 1 1 public.p, finished 1', 'the parts');
	is(query("SELECT * FROM rsdata_result($id, 4) AS t(kept int)"), 4, 'kept rows are there');
	is($row->{failed_at}, 'loading', 'it ended with the load');
	my ($heard) = grep { $_->{id} == $id } notifications($listener, 1);
	is("$heard->{status} $heard->{parts_finished} $heard->{parts_failed}", 'failed 3 1', 'NOTIFY');
	my ($message) = published_for($emulator, $id);
	is("$message->{json}{status} $message->{json}{parts_failed}", 'failed 1', 'SNS');
	$listener->{psql}->quit;

	# What failed runs again with its own target.
	$warehouse->safe_psql('warehouse', 'CREATE TABLE late (n int); INSERT INTO late VALUES (22)');
	$id = submit_batch([ 'select 1 as n', 'select n from latest', 'select 3 as n' ],
		'{"1": "p", "2": {"target": "q", "target_mode": "replace"}}', $AUTO);
	wait_status($node, $id, 'failed');
	$warehouse->safe_psql('warehouse', 'ALTER TABLE late RENAME TO latest');
	my $again = query("SELECT rsdata_retry($id, rerun => true)");
	wait_status($node, $again, 'finished');
	parts_are($again, $LOADED, 'finished 1 1 public.q', 'the failed part alone');
	is(query('SELECT n FROM q'), 22, 'is loaded where it belongs');

	$id = submit_batch(\@parts, '{"1": "p"}', undef);
	wait_status($node, $id, 'failed', 'one transaction fails as a whole');
	is(query('SELECT count(*) FROM p'), 3, 'and loads nothing');
};

subtest 'a failed batch whose load fails' => sub {
	query('CREATE TABLE narrow (n smallint)');
	my $id = submit_batch([ 'select 1/0 as n', 'select 100000 as n' ], '{"2": "narrow"}', $AUTO);
	my $row = wait_status($node, $id, 'undelivered');
	like($row->{error}, qr/^part 2: row 1, column "n": value "100000" is out of range/, 'says what is in the way');
	parts_are($id, 'status', 'failed, undelivered', 'the parts');
	query('ALTER TABLE narrow ALTER n TYPE int');
	query("SELECT rsdata_retry($id)");
	is(query("SELECT rsdata_wait($id)"), 'failed', 'loaded at last, it is what it was on Redshift');
	is(query('SELECT n FROM narrow'), 100000, 'and its rows are there');
	parts_are($id, 'status', 'failed, finished', 'of the part that finished');
};

subtest 'nothing for a target' => sub {
	query('CREATE TABLE empty_ (n int)');
	my $id = submit_batch([ 'select 1 as n', "insert into marks values ('none')" ],
		'{"1": "empty_", "2": "empty_"}');
	my $row = wait_status($node, $id, 'undelivered');
	like($row->{error}, qr/^part 2: it has no result for its target/, 'is an error');
	is(query('SELECT count(*) FROM empty_'), 0, 'and nothing is loaded');
	$id = submit_batch([ 'select 1 as n where false', 'select 2 as n' ], '{"1": "empty_", "2": "empty_"}');
	wait_status($node, $id, 'finished', 'no rows are none');
	parts_are($id, $LOADED, 'finished 0 0 public.empty_, finished 1 1 public.empty_', 'the parts');
};

subtest 'a part that is too large' => sub {
	query('CREATE TABLE large (n int, name text)');
	my $id = submit_batch([ 'select 1 as kept', $MANY, 'select 3 as n' ],
		'{"2": "large", "3": "large"}', '"max_rows": 100');
	my $row = wait_status($node, $id, 'undelivered');
	like($row->{error}, qr/^part 2: .*100/, 'says which');
	is($row->{sqlstate}, '54000', 'and how');
	is(query('SELECT count(*) FROM large'), 0, 'nothing is loaded');
	parts_are($id, 'status', 'finished, undelivered, undelivered', 'what is kept is there');
	$id = submit_batch([ 'select 1 as n', $MANY ], '{"1": "large"}', '"max_rows": 100');
	$row = wait_status($node, $id, 'undelivered');
	like($row->{error}, qr/^part 2: /, 'a part whose rows are kept counts, too');
	is(query('SELECT count(*) FROM large'), 0, 'nothing is loaded');
	parts_are($id, 'status', 'undelivered, undelivered', 'the parts');
};

subtest 'rights' => sub {
	query('CREATE ROLE etl LOGIN; GRANT USAGE ON FOREIGN SERVER wh TO etl;
		CREATE TABLE mine (n int); CREATE TABLE lent (n int); GRANT INSERT ON mine, lent TO etl');
	$emulator->trouble({ op => 'BatchExecuteStatement', kind => 'hang', match => 'lent' });
	my $id = query(q{SET ROLE etl; SELECT rsdata_submit_batch(ARRAY['select 1 as n', 'select 2 as n'],
		'wh', label => 'lent', targets => '{"1": "mine", "2": "lent"}')});
	wait_status($node, $id, 'submitting');
	query('REVOKE INSERT ON lent FROM etl');
	$emulator->release;
	my $row = wait_status($node, $id, 'undelivered');
	like($row->{error}, qr/^part 2: permission denied for target public\.lent/, 'looked at again by the load');
	is($row->{sqlstate}, '42501', 'as it should be');
	is(query('SELECT count(*) FROM mine'), 0, 'nothing was loaded');
	query('GRANT INSERT ON lent TO etl');
	query("SELECT rsdata_retry($id)");
	is(query("SELECT rsdata_wait($id)"), 'finished', 'given back');
	is(query('SELECT (SELECT n FROM mine), (SELECT n FROM lent)'), '1|2', 'loaded');
};

subtest 'a lock on the second target' => sub {
	query('CREATE TABLE free_ (n int); CREATE TABLE locked (n int, name text)');
	my $holder = $node->background_psql('postgres');
	$holder->query_safe('BEGIN; LOCK TABLE locked');
	my $id = submit_batch([ 'select 1 as n', $MANY, 'select 5 as kept' ], '{"1": "free_", "2": "locked"}');
	ok(wait_for(sub { (statement_row($node, $id)->{wait_reason} // '') eq 'target_lock' }), 'is shown');
	is(query('SELECT count(*) FROM free_'), 0, 'the first one is not filled alone');
	$holder->query_safe('COMMIT');
	wait_status($node, $id, 'finished', 'loaded when it is gone');
	is(query('SELECT (SELECT count(*) FROM free_), (SELECT count(*) FROM locked)'), '1|300', 'once');
	is(query("SELECT count(*) FROM rsdata_result($id, 3) AS t(kept int)"), 1, 'kept rows, too');
	$holder->quit;
};

subtest 'in the order of submit' => sub {
	query('CREATE TABLE x (n int); CREATE TABLE y (n int)');
	my $slow = submit_batch([ 'select 1 as n from pg_sleep(2)', 'select 2 as n' ],
		'{"1": "x", "2": "y"}', '"target_mode": "replace"');
	my $quick = query(q{SELECT rsdata_submit('select 3 as n', 'wh', target => 'y', options => '{"target_mode": "replace"}')});
	my $last = submit_batch([ 'select 4 as n' ], '{"1": "x"}', '"target_mode": "replace"');
	wait_status($node, $_, 'finished') for $slow, $quick, $last;
	is(query('SELECT (SELECT n FROM y), (SELECT n FROM x)'), '3|4', 'whichever part it is');
};

subtest 'what comes after a load' => sub {
	query('CREATE TABLE chained (n int)');
	my $id = query(q{SELECT rsdata_submit('select 1 as n from pg_sleep(1)', 'wh', target => 'chained')});
	my $then = query(qq{SELECT rsdata_submit('select 2', 'wh', options => '{"after": $id}')});
	my $batch = submit_batch([ 'select 3 as n from pg_sleep(1)' ], '{"1": "chained"}', qq("after": $then));
	my $else = query(qq{SELECT rsdata_submit('select 4', 'wh', options => '{"after": $batch}')});
	wait_status($node, $else, 'finished', 'it goes when the load has ended');
	is(query('SELECT count(*) FROM chained'), 2, 'after it');
};

subtest 'a key' => sub {
	query('CREATE TABLE keyed (n int)');
	my $submit = sub {
		my ($targets, $options) = @_;
		return submit_batch([ 'select 1 as n', 'select 2 as n' ], $targets, $options, ", idempotency_key => 'k'");
	};
	my $create = '{"1": {"target": "keyed_new", "target_mode": "create"}, "2": "keyed"}';
	my $id = $submit->($create);
	wait_status($node, $id, 'finished');
	is($submit->($create), $id, 'repeated after the load: the same id');
	is($submit->('{"1": "public.keyed_new", "2": {"target": "keyed", "target_mode": "append"}}',
			'"target_mode": "create"'), $id, 'said in other words');
	is(query('SELECT (SELECT count(*) FROM keyed), (SELECT count(*) FROM keyed_new)'), '1|1', 'loaded once');
	like(error_of($node, q{\set VERBOSITY verbose
		SELECT rsdata_submit_batch(ARRAY['select 1 as n', 'select 2 as n'], 'wh', targets => '{"2": "keyed"}', idempotency_key => 'k')}),
		qr/22023: .*differs in targets/s, 'another target is another statement');
};

stayed_up($node);
$node->stop('fast');
done_testing();
