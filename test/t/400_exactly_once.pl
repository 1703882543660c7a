# Exactly once: at each step of a statement's life the worker is killed, and
# the server is stopped at once.  After the restart the statement was executed
# once by the emulator's own ledger, its rows are there once, its end was
# notified and published.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Listener;
use Rsdata::Test;
use Test::More;
use Time::HiRes qw(usleep);

my $ROWS = 300;

my $warehouse = new_warehouse();
$warehouse->safe_psql(
	'warehouse', qq{
	CREATE TABLE items AS SELECT n, 'item ' || n AS name
		FROM generate_series(1, $ROWS) n;
	CREATE TABLE marks (mark text);});

# Three pages; one statement at a time, so that others wait in the queue.
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '5000' ]);
my $node = new_node('once');
create_server($node, $emulator, options => { max_in_flight => 1 });

# A statement's row as it is in the table.
sub row_of
{
	my ($id) = @_;
	my $text = $node->safe_psql('postgres',
		"SELECT row_to_json(s) FROM rsdata.statement s WHERE id = $id");
	return JSON::PP->new->decode($text);
}

sub executions_of
{
	my ($token) = @_;
	return grep { ($_->{token} // '') eq $token } $emulator->executions;
}

sub requests_of
{
	my ($token) = @_;
	return grep { ($_->{token} // '') eq $token }
	  $emulator->calls('ExecuteStatement');
}

# The rows of a query over items: each once.
sub rows_once
{
	my ($id, $name) = @_;
	return is(
		$node->safe_psql(
			'postgres', qq{
			SELECT count(*), count(DISTINCT n), sum(n), min(name)
			FROM rsdata_result($id) AS t(n int, name text)}),
		join('|', $ROWS, $ROWS, $ROWS * ($ROWS + 1) / 2, 'item 1'),
		"$name: each row is there once");
}

# What must be true of every statement in the end, whatever happened.
sub ended_once
{
	my ($id, $name, %opts) = @_;
	my $status = $opts{status} // 'finished';
	my $row = wait_status($node, $id, $status, "$name: ends $status");
	my $token = row_of($id)->{token};

	is(scalar(executions_of($token)),
		$opts{executions} // 1, "$name: executions");
	is(scalar(requests_of($token)), $opts{requests}, "$name: requests")
	  if defined $opts{requests};
	my @messages = published_for($emulator, $id, $opts{published});
	is(scalar(@messages), $opts{published} // 1, "$name: publishes")
	  if $opts{published} || !@messages;
	is_deeply([ grep { $_->{json}{status} ne $status } @messages ],
		[], "$name: SNS heard of no other end");
	ok( wait_for(
			sub { (row_of($id)->{sns_status} // '') eq 'published' }),
		"$name: and the row knows of it");
	return $row;
}

# A listener that lost its session listens again and looks: it hears the end,
# or sees it; and nobody hears it twice.
sub told_once
{
	my ($id, $name, $before, $after, $seen) = @_;
	my $heard_before = () = $before->heard($id);
	my $heard_after = () = $after->heard($id, $seen ? 0.2 : 10);

	ok($seen || $heard_after, "$name: the end is seen, or heard");
	cmp_ok($heard_before + $heard_after, '<=', 1, "$name: heard once at most");
	return $heard_before;
}

sub is_final
{
	my ($id) = @_;
	return $node->safe_psql('postgres',
		"SELECT finished_at IS NOT NULL FROM rsdata.statements WHERE id = $id")
	  eq 't';
}

my $case = 0;

# One statement, with another that waits behind it; $strike makes it happen
# and returns after the fact.  Then all must end well.
sub survive
{
	my ($name, $action, $strike, %opts) = @_;
	my $mark = 'mark ' . ++$case;
	my $listener = Rsdata::Listener->start($node);
	my $launcher = launcher_of($node);
	my $sql = ($opts{sql} // 'select n, name from items order by n')
	  . " /* $mark */";
	my ($id, $behind) = split /\|/, $node->safe_psql(
		'postgres', qq{
		SELECT rsdata_submit(\$\$$sql\$\$, server => 'wh'),
			rsdata_submit(\$\$insert into marks values ('$mark')\$\$,
				server => 'wh', label => 'behind')});

	$strike->($id, $mark);
	came_back($node, $action, $launcher,
		$action eq 'stop' && $opts{left} ? sub { set_enabled($node, 0) } : undef);
	if ($action eq 'stop' && $opts{left})
	{
		my $row = row_of($id);
		my @left = ($row->{status}, $row->{pages_done}, $row->{sns_status});
		is_deeply(\@left, $opts{left}, "$name: what is left behind")
		  or diag(explain(\@left));
		set_enabled($node, 1);
	}
	$emulator->untrouble;
	my $again = Rsdata::Listener->start($node);
	my $seen = is_final($id);

	ended_once($id, $name, %opts);
	rows_once($id, $name) if !defined $opts{sql};
	my $heard = told_once($id, $name, $listener, $again, $seen);
	is($heard, 1, "$name: heard before the end of the session")
	  if $opts{heard};
	wait_status($node, $behind, 'finished', "$name: the next one runs");
	is( $warehouse->safe_psql('warehouse',
			"SELECT count(*) FROM marks WHERE mark = '$mark'"),
		1,
		"$name: once");
	return $id;
}


# ---- the points in the code ----

# What an immediate shutdown leaves in the row: status, pages, SNS; then how
# often the request goes out in all (undef: not known) and how many publishes.
my @points = (
	[ 'before-claim' => [ 'queued', 0, undef ], 1, 1 ],
	[ 'after-claim' => [ 'submitting', 0, undef ], 1, 1 ],
	[ 'after-send' => [ 'submitting', 0, undef ], undef, 1 ],
	[ 'after-reply' => [ 'submitting', 0, undef ], 2, 1 ],
	[ 'page-in-hand' => [ 'submitting', 0, undef ], 2, 1 ],
	[ 'before-record' => [ 'submitting', 0, undef ], 2, 1 ],
	[ 'after-record' => [ 'fetching', 1, undef ], 1, 1 ],
	[ 'page-in-hand 2' => [ 'fetching', 1, undef ], 1, 1 ],
	[ 'before-record 2' => [ 'fetching', 1, undef ], 1, 1 ],
	[ 'after-record 2' => [ 'fetching', 2, undef ], 1, 1 ],
	[ 'page-in-hand 3' => [ 'fetching', 2, undef ], 1, 1 ],
	[ 'before-final' => [ 'fetching', 2, undef ], 1, 1 ],
	[ 'after-final' => [ 'finished', 3, 'pending' ], 1, 1 ],
	[ 'before-publish' => [ 'finished', 3, 'pending' ], 1, 1 ],
	[ 'before-published' => [ 'finished', 3, 'pending' ], 1, 2 ],
	[ 'after-published' => [ 'finished', 3, 'published' ], 1, 1 ]);

for my $action (qw(kill stop))
{
	for my $p (@points)
	{
		my ($point, $left, $requests, $published) = @$p;
		my ($at, $nth) = split / /, $point;
		my $heard = $at =~ /published$/;

		# Time for the notification to come through before the blow.
		$emulator->trouble({ op => 'Publish', kind => 'delay', ms => 300 })
		  if $heard;
		arm_fault($node, "$at $action " . ($nth // 1));
		survive(
			"$point, $action", $action,
			sub { fault_fired($node, "$point, $action: struck") },
			left => $left,
			requests => $requests,
			published => $published,
			heard => $heard);
	}
}

$node->stop('fast');
done_testing();
