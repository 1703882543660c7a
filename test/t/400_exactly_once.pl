# Exactly once: at each step of a statement's life the worker is killed, and
# the server is stopped at once.  After the restart the statement was executed
# once by the emulator's own ledger, its rows are there once, its end was
# notified and published.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Once;
use Rsdata::Test;
use Test::More;

my ($node, $emulator) = bed('points');

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

		# Time for the notification to come through before the blow; and the
		# next one's publish is to be on its way then.
		$emulator->trouble(
			[   { op => 'Publish', kind => 'delay', ms => 300 },
				{   op => 'Publish',
					kind => 'delay',
					ms => 10_000,
					skip => 1,
					count => -1
				}
			]) if $heard;
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
