# Settings that take effect in the worker: each is seen to act, and to give
# way to what a server or a statement says.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '5000' ]);
my $node = new_node('main',
	conf => [ 'wal_level = replica', 'max_wal_senders = 2' ]);
my %quiet = (
	topic_arns => undef,
	success_topic_arn => undef,
	failure_topic_arn => undef);

create_server($node, $emulator, options => {%quiet});
create_server($node, $emulator,
	name => 'paused',
	options => { %quiet, enabled => 'false' });
create_server($node, $emulator,
	name => 'own',
	options => { %quiet, timeout => '1 h', deadline => '2 h' });

sub query { return $node->safe_psql('postgres', $_[0]) }

# Sets these for all processes, the worker and new sessions.
sub set
{
	my (%settings) = @_;
	$node->append_conf('postgresql.conf',
		join('', map { "$_ = $settings{$_}\n" } sort keys %settings));
	$node->reload;
	for my $name (sort keys %settings)
	{
		my ($wanted) = $settings{$name} =~ /^'?(.*?)'?$/;
		ok( wait_for(sub { query("SHOW $name") eq $wanted }),
			"$name is $settings{$name}");
	}
	return;
}

# What the row has as limit.
sub limits
{
	my ($id) = @_;
	return query("SELECT timeout, deadline_at - submitted_at
		FROM rsdata.statements WHERE id = $id");
}

my $FOREVER = 'select 1 from pg_sleep(600)';

subtest 'default_timeout' => sub {
	my $id = submit_ok($node, 'select 1');
	is(limits($id), '02:00:00|1 day', 'two hours, and a day');

	set('rsdata.default_timeout' => "'1s'");
	$id = submit_ok($node, $FOREVER);
	my $row = wait_status($node, $id, 'timed_out', 'it is cancelled');
	ok(wait_for(sub {
			$warehouse->safe_psql('postgres', q{SELECT count(*)
				FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'
				AND state = 'active' AND pid <> pg_backend_pid()}) eq '0';
		}),
		'and at an end in the warehouse');
	like($row->{error}, qr/time/, 'its row says why');

	# A server's and a statement's own come first.
	my $by_server = submit_ok($node, $FOREVER, server => 'own');
	my $by_statement = submit_ok($node, $FOREVER, more => "timeout => '3 h'");
	is(limits($by_server), '01:00:00|02:00:00', "the server's");
	like(limits($by_statement), qr/^03:00:00\|/, "the statement's");

	set('rsdata.default_timeout' => 0);
	my $none = submit_ok($node, $FOREVER);
	is(limits($none), '|1 day', '0 is none');
	$id = submit_ok($node, $FOREVER, more => "timeout => '1 s'");
	wait_status($node, $id, 'timed_out', 'but for who asks');
	for my $running ($by_server, $by_statement, $none)
	{
		wait_status($node, $running, 'running');
		query("SELECT rsdata_cancel($running)");
		wait_status($node, $running, 'cancelled');
	}
};

subtest 'default_deadline' => sub {
	set('rsdata.default_deadline' => "'1s'");
	my $id = submit_ok($node, 'select 2', server => 'paused');
	my $long = submit_ok($node, 'select 3', server => 'paused',
		more => q{options => '{"deadline": "1 h"}'});
	my $row = wait_status($node, $id, 'expired', 'it is given up');
	is($row->{attempts}, 0, 'unsent');
	is(scalar $emulator->executions('select 2'), 0, 'it never ran');
	is(limits($long), '|01:00:00', 'one with a deadline of its own');
	is(statement_row($node, $long)->{status}, 'queued', 'stays');
	query("SELECT rsdata_cancel($long)");
	wait_status($node, $long, 'cancelled');
	set('rsdata.default_deadline' => "'1d'");
};

# There is no standby.  Who waits for it does not end; who does not, does.
subtest 'synchronous_commit' => sub {
	# Of the sessions: they are not meant.
	set('synchronous_commit' => 'local');
	set('synchronous_standby_names' => "'nobody'");
	my $id = submit_ok($node, 'select 4 as x');
	wait_status($node, $id, 'finished', 'local: no standby is waited for');

	set('rsdata.synchronous_commit' => 'on');
	$id = submit_ok($node, 'select 5 as x');
	ok( wait_for(
			sub {
				query(q{SELECT wait_event FROM pg_stat_activity
					WHERE backend_type = 'rsdata worker'}) eq 'SyncRep';
			}),
		'on: the worker waits for one');
	is(scalar $emulator->executions('select 5 as x'), 0,
		'before anything is sent');
	set('synchronous_standby_names' => "''");
	wait_status($node, $id, 'finished', 'and goes on when there is none');

	# A loader's transaction, too.
	query('CREATE TABLE target (x integer)');
	set('rsdata.synchronous_commit' => 'local');
	set('synchronous_standby_names' => "'nobody'");
	$id = submit_ok($node, 'select 6 as x', more => "target => 'target'");
	wait_status($node, $id, 'finished', 'local: a loader does not wait');
	is(query('SELECT x FROM target'), 6, 'and has loaded');
	set('synchronous_standby_names' => "''");

	like(error_of($node, 'ALTER SYSTEM SET rsdata.synchronous_commit = off'),
		qr/invalid value for parameter/, 'off is not possible');
};

subtest 'max_rows and max_bytes' => sub {
	my $ten = 'select i from generate_series(1, 10) i';

	set('rsdata.max_rows' => 9);
	my $id = submit_ok($node, $ten);
	my $row = wait_status($node, $id, 'undelivered', 'a row too many');
	is($row->{sqlstate}, '54000', 'its code');
	like($row->{error}, qr/\b9\b/, 'its row names the limit');
	is(query("SELECT count(*) FROM rsdata.page WHERE statement = $id"), 0,
		'no rows are kept');
	$id = submit_ok($node, $ten, more => q{options => '{"max_rows": 9}'});
	wait_status($node, $id, 'undelivered', 'as many as is allowed: the same');
	like(error_of($node,
			qq{SELECT rsdata_submit('$ten', 'wh', options => '{"max_rows": 100}')}),
		qr/max_rows/, 'a statement may not ask for more than is allowed');

	# Which rows were allowed when it was submitted does not count, nor is
	# anything lost: a larger limit, and they are fetched again.
	set('rsdata.max_rows' => 10);
	is(query("SELECT rsdata_retry($id)"), $id, 'fetched again');
	wait_status($node, $id, 'undelivered', "within the statement's own limit");
	$id = submit_ok($node, $ten);
	wait_status($node, $id, 'finished', 'just as many');
	$id = submit_ok($node, $ten, more => q{options => '{"max_rows": 9}'});
	wait_status($node, $id, 'undelivered', "a statement's own limit is lower");

	set('rsdata.max_rows' => 1000);
	set('rsdata.max_bytes' => "'20kB'");
	my $much = q{select repeat('x', 1000) from generate_series(1, 30)};
	$id = submit_ok($node, $much);
	$row = wait_status($node, $id, 'undelivered', 'too many bytes');
	is($row->{sqlstate}, '54000', 'its code');
	set('rsdata.max_bytes' => "'1MB'");
	is(query("SELECT rsdata_retry($id)"), $id, 'fetched again, with more');
	wait_status($node, $id, 'finished', 'it is delivered');
	is(query("SELECT count(*) FROM rsdata_result($id) AS t(x text)"), 30,
		'all of it');
	is(scalar $emulator->executions($much), 1, 'having run once');
};

stayed_up($node);
$node->stop('fast');
done_testing();
