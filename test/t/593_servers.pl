# Turns among servers: where the worker has room for few statements, a server
# with hundreds of them, of the same owner, holds up no other one.  The order
# is that in which they were claimed: on the wire one may overtake others.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $ROOM = 3;
my %COUNT = (long => 200, short => 20, late => 5);

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main', conf => ["rsdata.max_in_flight = $ROOM"]);

for my $server (sort keys %COUNT)
{
	create_server($node, $emulator,
		name => $server,
		options => {
			topic_arns => undef,
			success_topic_arn => undef,
			failure_topic_arn => undef,
			quota_share => 0,
			enabled => 'false' });
}

sub submit_many
{
	my ($server) = @_;
	return is(
		$node->safe_psql('postgres', qq{
			SELECT count(rsdata_submit('select ''$server'', ' || i, '$server'))
			FROM generate_series(1, $COUNT{$server}) i}),
		$COUNT{$server}, "$COUNT{$server} on server $server");
}

sub let_go
{
	my (@servers) = @_;
	$node->safe_psql('postgres', join("\n", 'BEGIN;',
		(map { "ALTER SERVER $_ OPTIONS (SET enabled 'true');" } @servers),
		'COMMIT;'));
	return;
}

# The one with many was submitted first, and all of it waits before the other.
submit_many($_) for qw(long short);
let_go(qw(long short));

# A third one comes when the first two are at work, which have to stop for it
# here lest they are done before.
ok(wait_for(sub { $emulator->executions >= 10 }), 'some are done');
$emulator->trouble({ op => 'ExecuteStatement', kind => 'hang', count => -1 });
submit_many('late');
let_go('late');
$emulator->untrouble;
$emulator->release;
ok( wait_for(
		sub {
			$node->safe_psql('postgres',
				"SELECT count(*) FROM rsdata.statements WHERE status <> 'finished'"
			) eq '0';
		}, 240),
	'all finish');

is(scalar($emulator->executions), 225, 'each was executed once');
my @order = split(/\n/, $node->safe_psql('postgres',
	'SELECT server FROM rsdata.statements ORDER BY first_sent_at, id'));

# The places of a server's statements; between two of them the others may have
# had as much as the turns allow, and what was claimed together.
sub widest_gap
{
	my ($server, $from) = @_;
	my @places = grep { $order[$_] eq $server } 0 .. $#order;
	my ($last, $most) = ($from // $places[0], 0);

	for my $place (@places)
	{
		$most = $place - $last if $place - $last > $most;
		$last = $place;
	}
	return $most;
}
cmp_ok(widest_gap('short', 0), '<=', 2 + 2 * $ROOM,
	'the short queue is served in its turns')
  or diag("@order");
cmp_ok(widest_gap('late'), '<=', 2 + 2 * $ROOM, 'so is the late one')
  or diag("@order");
cmp_ok((grep { $order[$_] eq 'late' } 0 .. $#order)[-1],
	'<', 200, 'which does not come last');
is($order[-1], 'long', 'the long one ends last');
stayed_up($node);
$node->stop('fast');
done_testing();
