# A batch runs exactly once: at each step of its life the worker is killed, or
# the server is stopped at once.  After the restart each part was executed
# once by the emulator's own ledger, and the rows of each are there once: the
# fetch goes on with the part and page where it was.

use strict;
use warnings;

use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Once;
use Rsdata::Test;
use Test::More;

# A reply that says "finished" at once, however slow the machine is.
my ($node, $emulator, $warehouse) =
  bed('points', conf => ['rsdata.submit_wait = 30s']);

my $case = 0;

# Four parts: the second has three pages, the fourth has one.
sub parts_of
{
	my ($case) = @_;
	return [
		"insert into marks values ('batch $case')", $ITEMS,
		"insert into marks values ('batch $case again')",
		'select count(*)::int as n from items' ];
}

# Tests: what there must be of a batch of these parts in the end.
sub parts_once
{
	my ($id, $name, $case) = @_;

	rows_once($id, $name, undef, 2);
	is( $node->safe_psql('postgres',
			"SELECT * FROM rsdata_result($id, 4) AS t(n int)"),
		300,
		"$name: the last part's rows");
	is( $node->safe_psql('postgres', qq{
			SELECT string_agg(concat_ws(' ', part, status, rows_done,
				pages_done), ', ' ORDER BY part)
			FROM rsdata.parts WHERE statement = $id}),
		'1 finished 0 0, 2 finished 300 3, 3 finished 0 0, 4 finished 1 1',
		"$name: its parts");
	is($node->safe_psql('postgres',
			"SELECT pages_done, rows_done, rows_total, rows_affected
			 FROM rsdata.statements WHERE id = $id"),
		'4|301|301|2', "$name: its sums");
	marked_once("batch $case", "$name, part 1");
	marked_once("batch $case again", "$name, part 3");
	return;
}

# What an immediate shutdown leaves in the row: status, pages, SNS; and how
# often the request goes out in all (undef: not known).
my @points = (
	[ 'after-claim' => [ 'submitting', 0, undef ], 1 ],
	[ 'after-send' => [ 'submitting', 0, undef ], undef ],
	[ 'after-reply' => [ 'submitting', 0, undef ], 2 ],
	[ 'described' => [ 'submitting', 0, undef ], 2 ],
	[ 'before-record' => [ 'submitting', 0, undef ], 2 ],
	[ 'after-record' => [ 'fetching', 0, undef ], 1 ],
	[ 'page-in-hand' => [ 'fetching', 0, undef ], 1 ],
	[ 'after-record 2' => [ 'fetching', 1, undef ], 1 ],
	[ 'before-record 4' => [ 'fetching', 2, undef ], 1 ],
	[ 'after-record 4' => [ 'fetching', 3, undef ], 1 ],
	[ 'page-in-hand 4' => [ 'fetching', 3, undef ], 1 ],
	[ 'before-final' => [ 'fetching', 3, undef ], 1 ],
	[ 'after-final' => [ 'finished', 4, 'pending' ], 1 ]);

for my $action (qw(kill stop))
{
	for my $p (@points)
	{
		my ($point, $left, $requests) = @$p;
		my ($at, $nth) = split / /, $point;
		my $name = "$point, $action";

		arm_fault($node, "$at $action " . ($nth // 1));
		my $id = survive(
			$name, $action,
			sub { fault_fired($node, "$name: struck") },
			parts => parts_of(++$case),
			left => $left,
			executions => 4,
			requests => $requests);
		parts_once($id, $name, $case);
	}
}

# ---- requests in the service's hands ----

# Trouble; what is left in the row; requests in all.
my @wire = (
	[   'before execution',
		{ op => 'BatchExecuteStatement', kind => 'hang' },
		[ 'submitting', 0, undef ], 2
	],
	[   'after execution',
		{   op => 'BatchExecuteStatement',
			kind => 'hang',
			after => JSON::PP::true
		},
		[ 'submitting', 0, undef ], 2
	],
	[   'asking for the last part',
		{ op => 'GetStatementResult', kind => 'hang', skip => 3 },
		[ 'fetching', 3, undef ], 1
	]);

for my $w (@wire)
{
	my ($name, $trouble, $left, $requests) = @$w;
	my $calls = $emulator->calls($trouble->{op});
	my $id = survive(
		$name, 'stop',
		sub {
			my ($id) = @_;
			wait_for(
				sub {
					$emulator->calls($trouble->{op}) >=
					  $calls + 1 + ($trouble->{skip} // 0);
				});
			wait_for(
				sub {
					my $row = row_of($id);
					return $row->{status} eq $left->[0]
					  && $row->{pages_done} == $left->[1];
				});
			# Executed, or never to be.
			wait_for(sub { $emulator->executions("batch " . ($case + 1)) >= 2 })
			  if $trouble->{after};
			strike_now($node, 'stop');
		},
		parts => parts_of($case + 1),
		trouble => $trouble,
		left => $left,
		executions => 4,
		requests => $requests);
	parts_once($id, $name, ++$case);
}

# ---- a batch that has failed keeps what finished ----

for my $point ('after-record', 'page-in-hand 2', 'before-final')
{
	my ($at, $nth) = split / /, $point;
	my $name = "auto_commit, $point";

	arm_fault($node, "$at kill " . ($nth // 1));
	my $id = survive(
		$name, 'kill',
		sub { fault_fired($node, "$name: struck") },
		parts => [ 'select 1/0', $ITEMS, 'select nothing from nowhere' ],
		more => q{options => '{"execution_mode": "auto_commit"}'},
		status => 'failed',
		executions => 3,
		requests => 1);
	rows_once($id, $name, undef, 2);
	like(row_of($id)->{error}, qr/^part 1: .*division by zero/,
		"$name: the error is remembered");
	is( $node->safe_psql('postgres', qq{
			SELECT string_agg(status, ', ' ORDER BY part)
			FROM rsdata.parts WHERE statement = $id}),
		'failed, finished, failed',
		"$name: its parts");
}

$node->stop('fast');
done_testing();
