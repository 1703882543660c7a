# Exactly once, from outside: worker and server die while the service has a
# request in its hands, or it loses its replies; wishes, timeouts and tokens
# survive; promotion and copies of a database send nothing twice.

use strict;
use warnings;

use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Once;
use Rsdata::Test;
use Test::More;
use Time::HiRes qw(sleep);

# Streaming, for the promotion at the end.
my ($node, $emulator, $warehouse) =
  bed('wire', conf => [ 'wal_level = replica', 'max_wal_senders = 4' ]);
$node->append_conf('pg_hba.conf', 'local replication all trust');
$node->reload;

my $SLOW = 'select pg_sleep(600)';

# Waits for what the emulator has been asked (op, how often since $from).
sub asked
{
	my ($op, $from, $count) = @_;
	return ok(
		wait_for(sub { $emulator->calls($op) >= $from + ($count // 1) }),
		"$op is on the wire");
}

sub submit
{
	my ($sql, $more) = @_;
	return submit_ok($node, $sql, more => $more);
}

# ---- requests in the service's hands ----

# Trouble and how often it lets the call pass before; the call that is meant;
# what is left in the row; requests and publishes in all.
my @wire = (
	[   'before execution',
		{ op => 'ExecuteStatement', kind => 'hang' },
		[ 'submitting', 0, undef ], 2, 1
	],
	[   'after execution',
		{ op => 'ExecuteStatement', kind => 'hang', after => JSON::PP::true },
		[ 'submitting', 0, undef ], 2, 1
	],
	[   'asking for the first page',
		{ op => 'GetStatementResult', kind => 'hang' },
		[ 'submitting', 0, undef ], 2, 1
	],
	[   'asking for the third page',
		{ op => 'GetStatementResult', kind => 'hang', skip => 2 },
		[ 'fetching', 2, undef ], 1, 1
	],
	[   'before publishing',
		{ op => 'Publish', kind => 'hang' },
		[ 'finished', 3, 'pending' ], 1, 1
	],
	[   'after publishing',
		{ op => 'Publish', kind => 'hang', after => JSON::PP::true },
		[ 'finished', 3, 'pending' ], 1, 2
	]);

for my $action (qw(kill stop))
{
	for my $w (@wire)
	{
		my ($name, $trouble, $left, $requests, $published) = @$w;
		my $calls = $emulator->calls($trouble->{op});

		survive(
			"$name, $action",
			$action,
			sub {
				my ($id, $mark, $listener) = @_;
				asked($trouble->{op}, $calls, 1 + ($trouble->{skip} // 0));
				wait_for(sub { $emulator->executions($mark) > 0 })
				  if $trouble->{after};
				published_for($emulator, $id)
				  if $trouble->{after} && $trouble->{op} eq 'Publish';
				$listener->heard($id, 30) if $trouble->{op} eq 'Publish';
				# What was before it is recorded soon, or never.
				wait_for(
					sub {
						my $row = row_of($id);
						return $row->{status} eq $left->[0]
						  && $row->{pages_done} == $left->[1];
					}, 10);
				strike_now($node, $action);
			},
			trouble => $trouble,
			left => $left,
			requests => $requests,
			published => $published,
			heard => $trouble->{op} eq 'Publish');
	}
	survive(
		"running, $action",
		$action,
		sub {
			wait_status($node, $_[0], 'running');
			strike_now($node, $action);
		},
		sql => 'select pg_sleep(3)',
		left => [ 'running', 0, undef ],
		requests => 1);
}

# ---- every page is recorded, but not the end: the details are missing ----

$emulator->trouble(
	{ op => 'DescribeStatement', kind => 'error', status => 500, count => -1 });
survive(
	'all but the details',
	'kill',
	sub {
		my ($id) = @_;
		ok( wait_for(sub { row_of($id)->{pages_done} == 3 }),
			'all pages are recorded');
		strike_now($node, 'kill');
	},
	requests => 1);

# ---- replies that are lost, without any crash ----

for my $op (qw(ExecuteStatement GetStatementResult DescribeStatement Publish))
{
	for my $kind (qw(lost_reply reset))
	{
		my $name = "$kind of $op";
		my $id;

		$emulator->trouble({ op => $op, kind => $kind, count => 2,
				after => $kind eq 'reset' ? JSON::PP::true : JSON::PP::false });
		$id = submit("$ITEMS /* $name */");
		ended_once($id, $name,
			requests => $op eq 'ExecuteStatement' ? 3 : 1,
			published => $op eq 'Publish' ? 3 : 1);
		rows_once($id, $name);
		$emulator->untrouble;
	}
}

# ---- what a user has asked for ----

# The request to cancel is committed, the worker has not seen it.
for my $what ('running', 'queued')
{
	my $front = submit($SLOW);
	my $id = $front;

	wait_status($node, $front, 'running');
	$id = submit("insert into marks values ('unwanted')") if $what eq 'queued';
	my $launcher = launcher_of($node);
	my $pid = worker_pid($node);
	kill('STOP', $pid);
	is($node->safe_psql('postgres', "SELECT rsdata_cancel($id)"),
		't', "$what: a cancel is asked for");
	kill('KILL', $pid);
	came_back($node, 'kill', $launcher);
	ended_once($id, "cancel of a $what one",
		status => 'cancelled',
		executions => $what eq 'queued' ? 0 : 1);
	next if $what eq 'running';
	$node->safe_psql('postgres', "SELECT rsdata_cancel($front)");
	ended_once($front, 'the one before it', status => 'cancelled');
}
is( $warehouse->safe_psql('warehouse',
		"SELECT count(*) FROM marks WHERE mark = 'unwanted'"),
	0,
	'what was cancelled in the queue was not done');

# The worker has seen it, and the service has been told, or not yet.
for my $after (JSON::PP::false, JSON::PP::true)
{
	my $name = 'cancel ' . ($after ? 'answered' : 'asked') . ', unheard';
	my $id = submit($SLOW);
	my $calls = $emulator->calls('CancelStatement');

	wait_status($node, $id, 'running');
	$emulator->trouble(
		{ op => 'CancelStatement', kind => 'hang', after => $after });
	$node->safe_psql('postgres', "SELECT rsdata_cancel($id)");
	asked('CancelStatement', $calls);
	my $launcher = launcher_of($node);
	strike_now($node, 'kill');
	came_back($node, 'kill', $launcher);
	ended_once($id, $name, status => 'cancelled', requests => 1);
	$emulator->untrouble;
}

# A timeout goes on while nobody is there.
{
	my $id = submit($SLOW, "timeout => '4 s'");
	my $before = wait_status($node, $id, 'running')->{timeout_at};
	my $launcher = launcher_of($node);

	strike_now($node, 'stop');
	came_back($node, 'stop', $launcher, sub { sleep(1) });
	is(row_of($id)->{timeout_at}, $before, 'a timeout is where it was');
	ended_once($id, 'timeout', status => 'timed_out', requests => 1);
}

# A deadline that passes while nobody is there: what has expired is not run.
{
	set_enabled($node, 0);
	my $id = submit("insert into marks values ('late')",
		q{options => '{"deadline": "1 s"}'});
	sleep(1.2);
	set_enabled($node, 1);
	ended_once($id, 'deadline',
		status => 'expired', executions => 0, requests => 0);
}

# ---- tokens grow old ----

for my $t ([ '7 h 29 min', 'finished', 1, 2 ], [ '7 h 31 min', 'orphaned', 0, 1 ])
{
	my ($age, $status, $executions, $requests) = @$t;
	my $calls = $emulator->calls('ExecuteStatement');
	my $launcher = launcher_of($node);

	$emulator->trouble({ op => 'ExecuteStatement', kind => 'hang' });
	my $id = submit("insert into marks values ('token of $age')");
	asked('ExecuteStatement', $calls);
	strike_now($node, 'stop');
	came_back($node, 'stop', $launcher, sub { set_enabled($node, 0) });
	$emulator->untrouble;
	$node->safe_psql(
		'postgres', qq{
		UPDATE rsdata.statement SET first_sent_at = first_sent_at - interval '$age'
		WHERE id = $id});
	set_enabled($node, 1);
	my $row = ended_once($id, "token of $age",
		status => $status,
		executions => $executions,
		requests => $requests);
	like($row->{error}, qr/client token/, 'its error says why')
	  if $status eq 'orphaned';
}

# ---- copies ----

# A clone has rows that are another's; so it sends nothing.
{
	my $calls = $emulator->calls('ExecuteStatement');

	set_enabled($node, 0);
	my $id = submit("insert into marks values ('original')");
	$node->safe_psql('postgres', 'CREATE DATABASE clone TEMPLATE postgres');
	set_enabled($node, 1);
	ended_once($id, 'the original', requests => 1);
	my (undef, undef, $refused) = $node->psql('clone',
		q{\set VERBOSITY verbose
		SELECT rsdata_submit('select 1', server => 'wh')});
	like($refused, qr/ERROR:\s+55000:.*\n.*\n.*rsdata_adopt\(\)/,
		'a clone takes no statements');
	$node->safe_psql('clone', "SELECT rsdata_cancel($id)");
	ok( wait_for(
			sub { $node->log_contains('statements belong to another one') }),
		'the worker of a clone says that it does nothing');
	sleep(1);
	is($node->safe_psql('clone', "SELECT rsdata_status($id)"),
		'queued', 'nothing of the clone runs');
	is($emulator->calls('ExecuteStatement') - $calls,
		1, 'and nothing of it was sent');
	marked_once('original', 'the original');
	$node->safe_psql('postgres', 'DROP DATABASE clone');
}

# A promoted standby does not know what was sent since: a row that is queued
# there may have run.
{
	$node->backup('base');
	my $standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($node, 'base', has_streaming => 1);
	$standby->start;

	# Caught in the queue, the standby hears no more.
	set_enabled($node, 0);
	my $id = submit("insert into marks values ('promoted')");
	$node->wait_for_catchup($standby);
	$standby->append_conf('postgresql.conf', "primary_conninfo = ''");
	$standby->reload;
	ok( wait_for(
			sub {
				$standby->safe_psql('postgres',
					'SELECT count(*) FROM pg_stat_wal_receiver') eq '0';
			}),
		'the standby is cut off');
	set_enabled($node, 1);
	ended_once($id, 'on the primary', requests => 1);
	is($standby->safe_psql('postgres', "SELECT rsdata_status($id)"),
		'queued', 'the standby has it queued');
	is(worker_pid($standby), undef, 'and no worker');
	$node->stop('immediate');

	$standby->append_conf('postgresql.conf', 'rsdata.enabled = on');
	$standby->promote;
	ended_once($id, 'on the promoted',
		node => $standby,
		requests => 2,
		published => 2);
	marked_once('promoted', 'on both');
	ok(row_of($id, $standby)->{first_sent_at} ne '',
		'it counts as perhaps sent');
	my $next = submit_ok($standby, $ITEMS);
	ended_once($next, 'new work there', node => $standby, requests => 1);
	rows_once($next, 'new work there', $standby);
	$standby->stop('fast');
}

done_testing();
