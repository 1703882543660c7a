# What may have been sent long ago is looked up by its name; a copy of a
# database does nothing until somebody says whose its statements are.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Once;
use Rsdata::Test;
use Test::More;

my ($node, $emulator, $warehouse) = bed('main');

sub query { return $node->safe_psql('postgres', $_[0]) }

# A statement whose requests were in trouble of this kind, 7 h 31 ago, and
# how many requests there were.
sub sent_long_ago
{
	my ($sql, $trouble, $more) = @_;
	my $launcher = launcher_of($node);
	my $calls = $emulator->calls('ExecuteStatement');

	$emulator->trouble({ op => 'ExecuteStatement', count => -1, %$trouble });
	my $id = submit_ok($node, $sql, more => $more);
	wait_for(sub { $emulator->calls('ExecuteStatement') > $calls });
	strike_now($node, 'stop');
	came_back($node, 'stop', $launcher, sub { set_enabled($node, 0) });
	$emulator->untrouble;
	query("UPDATE rsdata.statement
		SET first_sent_at = first_sent_at - interval '7 h 31 min' WHERE id = $id");
	return ($id, $emulator->calls('ExecuteStatement') - $calls);
}

sub lookups { return scalar(() = $emulator->calls('ListStatements')) }

subtest 'found' => sub {
	my ($id, $requests) = sent_long_ago($ITEMS . ' /* found */', { kind => 'lost_reply' },
		q{label => 'with/a label'});
	$emulator->trouble({ op => 'ListStatements', kind => 'error',
			status => 400, code => 'ThrottlingException' });
	set_enabled($node, 1);
	my $row = ended_once($id, 'found by its name', requests => $requests);
	rows_once($id, 'found by its name');
	is(lookups(), 2, 'looked up until the service answers');
	ok($row->{aws_id}, 'it has its id');
	$emulator->untrouble;
};

subtest 'not there' => sub {
	my $calls = lookups();
	my ($id, $requests) = sent_long_ago(q{insert into marks values ('never')},
		{ kind => 'hang' });
	$emulator->trouble({ op => 'ListStatements', kind => 'body', body =>
		  '{"Statements": [], "NextToken": "more"}' });
	$emulator->trouble({ op => 'ListStatements', kind => 'body', body =>
		  '{"Statements": []}' });
	set_enabled($node, 1);
	my $row = ended_once($id, 'on no page', status => 'orphaned',
		executions => 0, requests => $requests);
	is(lookups() - $calls, 2, 'every page was asked for');
	like($row->{error}, qr/client token has expired .* no statement of its name/,
		'its error says why');
	is($row->{sqlstate}, '08007', 'nobody can know');
	$emulator->untrouble;
};

subtest 'cancelled meanwhile' => sub {
	my ($id, $requests) = sent_long_ago(q{select pg_sleep(60)}, { kind => 'lost_reply' });
	query("SELECT rsdata_cancel($id)");
	set_enabled($node, 1);
	ended_once($id, 'found and cancelled', status => 'cancelled',
		requests => $requests);
};

# ---- copies ----

# A copy with one statement under way, one ended and its outcome unpublished.
sub copied
{
	my ($name) = @_;
	$emulator->trouble({ op => 'Publish', kind => 'error', status => 500,
			count => -1 });
	my $ended = submit_ok($node, $ITEMS);
	wait_status($node, $ended, 'finished');
	set_enabled($node, 0);
	my $queued = submit_ok($node, "insert into marks values ('$name')",
		more => "idempotency_key => '$name'");
	my $after = submit_ok($node, "insert into marks values ('after $name')",
		more => qq{options => '{"after": $queued}'});
	query("INSERT INTO rsdata.session (server, owner, name, aws_session_id,
			place, opened_at, expires_at, keep_alive)
		SELECT server, owner, 's', 'not-open', 'nowhere', now(), now() + interval '1 h', 60
		FROM rsdata.statement WHERE id = $queued ON CONFLICT DO NOTHING");
	query("CREATE DATABASE $name TEMPLATE postgres");
	return ($ended, $queued, $after);
}

subtest 'adopted, with the original alive' => sub {
	my ($ended, $queued, $after) = copied('clone');
	$emulator->untrouble;
	set_enabled($node, 1);
	ended_once($queued, 'the original', requests => 1);
	ended_once($after, 'what comes after it', requests => 1);
	like(
		error_of($node, 'CREATE ROLE nobody; SET ROLE nobody; SELECT rsdata_adopt()', 'clone'),
		qr/permission denied/, 'not by anybody');
	is($node->safe_psql('clone', 'SELECT rsdata_adopt()'),
		2, 'two were under way');
	is( $node->safe_psql('clone', qq{
			SELECT status, failed_at, sqlstate, sns_status, error ~ 'copy'
			FROM rsdata.statements WHERE id = $_}),
		'orphaned|queued|08007||t', "$_ is left to the original")
	  for $queued, $after;
	is($node->safe_psql('clone', 'SELECT count(*) FROM rsdata.dependency'),
		0, 'nothing waits for anything');
	is($node->safe_psql('clone', 'SELECT count(*) FROM rsdata.session'),
		0, 'its sessions are the original\'s');
	is($node->safe_psql('clone', "SELECT rsdata_wait($after)"),
		'orphaned', 'whoever waits is told');
	is( $node->safe_psql('clone', qq{
			SELECT status, sns_status FROM rsdata.statements WHERE id = $ended}),
		'finished|failed', 'and so is the news');
	rows_once_in('clone', $ended);
	my $id = submit_ok($node, "insert into marks values ('own')",
		database => 'clone');
	wait_status($node, $id, 'finished', 'it works from now on', 'clone');
	is($warehouse->safe_psql('warehouse', "SELECT count(*) FROM marks WHERE mark = '$_'"),
		1, "$_: done once")
	  for 'clone', 'after clone', 'own';
	my (undef, $out, $err) = $node->psql('clone', 'SELECT rsdata_adopt()');
	is($out, 0, 'once is enough');
	like($err, qr/its own already/, 'a notice says so');
	isnt(
		$node->safe_psql('clone', 'SELECT installation FROM rsdata.meta'),
		query('SELECT installation FROM rsdata.meta'),
		'it is another installation');
	is(scalar(published_for($emulator, $ended)),
		1, 'the original has published its news, once');
};

# Rows of an earlier result are still there.
sub rows_once_in
{
	my ($database, $id) = @_;
	return is($node->safe_psql($database,
			"SELECT count(*), count(DISTINCT n) FROM rsdata_result($id) AS t(n int, name text)"),
		'300|300', "$database: results stay readable");
}

subtest 'adopted, with the original gone' => sub {
	my ($ended, $queued, $after) = copied('heir');
	# The original will never look at them again.
	query("DELETE FROM rsdata.statement WHERE id IN ($ended, $queued, $after)");
	query('DELETE FROM rsdata.dependency');
	set_enabled($node, 1);
	$emulator->untrouble;
	is($node->safe_psql('heir', 'SELECT rsdata_adopt(original_gone => true)'),
		2, 'two are under way');
	wait_status($node, $queued, 'finished', 'it goes on', 'heir');
	wait_status($node, $after, 'finished', 'so does what comes after it', 'heir');
	is($warehouse->safe_psql('warehouse',
			"SELECT string_agg(mark, ',' ORDER BY ctid) FROM marks WHERE mark ~ 'heir'"),
		'heir,after heir', 'done once, in this order');
	wait_for(sub {
		$node->safe_psql('heir', "SELECT sns_status FROM rsdata.statements WHERE id = $ended")
		  eq 'published'
	});
	is($node->safe_psql('heir',
			"SELECT sns_status FROM rsdata.statements WHERE id = $ended"),
		'published', 'its news are told from here');
};

stayed_up_but_for_kills();
done_testing();

# The workers that were struck down are no surprise.
sub stayed_up_but_for_kills
{
	unlike(slurp_file($node->logfile), qr/TRAP:|PANIC:/, 'no assertion failed');
	return;
}
