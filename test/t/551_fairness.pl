# Fairness: the owners of one server are served in turn, however many
# statements one of them has queued first.  The order is that in which they
# were claimed: on the wire one may overtake others.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $OWNERS = 40;
my $GREEDY = 200;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');

# Nothing is sent before all is submitted.
create_server($node, $emulator,
	user => 'PUBLIC',
	options => {
		topic_arns => undef,
		success_topic_arn => undef,
		failure_topic_arn => undef,
		max_in_flight => 4,
		quota_share => 0,
		enabled => 'false' });
my @submits;
for my $i (1 .. $OWNERS)
{
	push @submits, "CREATE ROLE owner$i; GRANT USAGE ON FOREIGN SERVER wh TO owner$i;";
}
push @submits, "SET ROLE owner1;
	SELECT count(rsdata_submit('select ''owner1'', ' || i, 'wh')) FROM generate_series(1, $GREEDY) i;
	RESET ROLE;";
my %count = (owner1 => $GREEDY);
for my $n (1 .. 300 - $GREEDY)
{
	my $i = 2 + $n % ($OWNERS - 1);
	$count{"owner$i"}++;
	push @submits, "SET ROLE owner$i; SELECT rsdata_submit('select ''owner$i'', $n', 'wh'); RESET ROLE;";
}
$node->safe_psql('postgres', join("\n", @submits));
is($node->safe_psql('postgres',
		"SELECT count(*) FROM rsdata.statements WHERE status = 'queued'"),
	300, 'three hundred are queued, the greedy one\'s first');
$node->safe_psql('postgres', q{ALTER SERVER wh OPTIONS (SET enabled 'true')});
ok(wait_for(
		sub {
			$node->safe_psql('postgres',
				"SELECT count(*) FROM rsdata.statements WHERE status = 'finished'") == 300;
		}, 240),
	'all finish');

# After each turn of the worker: how many has each owner had so far?  What one
# turn claims has one time, and no order in itself.
is(scalar($emulator->executions), 300, 'each was executed once');
my @turns = map { [ split / / ] } split(/\n/, $node->safe_psql('postgres',
	q{SELECT string_agg(owner, ' ') FROM rsdata.statements
	  GROUP BY first_sent_at ORDER BY first_sent_at}));
my %had = map { $_ => 0 } keys %count;
my $worst = 0;
my $unfair = '';
for my $turn (@turns)
{
	$had{$_}++ for @$turn;
	for my $owner (@$turn)
	{
		for my $other (grep { $had{$_} < $count{$_} } keys %had)
		{
			my $ahead = $had{$owner} - $had{$other};
			($worst, $unfair) = ($ahead, "$owner before $other") if $ahead > $worst;
		}
	}
}
my @order = map { @$_ } @turns;
ok($worst <= 1, 'nobody is served more than a round before another who waits')
  or diag("$unfair by $worst: " . join(', ', map { "@$_" } @turns));
is(scalar(keys %{ { map { $_ => 1 } @order[ 0 .. $OWNERS + 3 ] } }),
	$OWNERS, 'all owners are served before anyone has much');

# The queue is read fast however long it is.
$node->safe_psql('postgres', q{
	ALTER SERVER wh OPTIONS (SET enabled 'false');
	SET ROLE owner1;
	SELECT count(rsdata_submit('select 1', 'wh')) FROM generate_series(1, 5000)});
my $plan = $node->safe_psql('postgres', q{
	SET enable_seqscan = off;
	EXPLAIN (COSTS OFF) SELECT id FROM rsdata.statement s
	WHERE s.open AND s.ready AND s.session IS NULL AND s.server = 1 AND s.owner = 1
	ORDER BY s.server, s.owner, s.id LIMIT 20});
like($plan, qr/statement_ready_idx/, 'by its index');
unlike($plan, qr/Sort/, 'without sorting');
for my $due (
	[ 'deadline_at', 'true', 'statement_deadline_idx' ],
	[ 'next_attempt_at', 'next_attempt_at > now()', 'statement_attempt_idx' ])
{
	my ($what, $where, $index) = @$due;
	$plan = $node->safe_psql('postgres', qq{
		SET enable_seqscan = off; SET enable_bitmapscan = off;
		EXPLAIN (COSTS OFF) SELECT $what FROM rsdata.statement
		WHERE finished_at IS NULL AND status = 'queued' AND $where
		ORDER BY $what LIMIT 1});
	like($plan, qr/$index/, "$what is found by its index");
	unlike($plan, qr/Sort/, 'without sorting');
}

# However many they are, all say what they wait for.
$node->safe_psql('postgres', q{
	BEGIN;
	DROP USER MAPPING FOR PUBLIC SERVER wh;
	ALTER SERVER wh OPTIONS (SET enabled 'true');
	COMMIT});
ok(wait_for(
		sub {
			$node->safe_psql('postgres', q{
				SELECT count(*) FROM rsdata.statements
				WHERE status = 'queued' AND wait_reason = 'credentials'}) == 5000;
		}),
	'thousands say that they wait for keys');

# And that it is not those any more, while they wait for a place.
$emulator->trouble({ op => 'ExecuteStatement', kind => 'hang', count => -1 });
$node->safe_psql('postgres', q{
	CREATE USER MAPPING FOR PUBLIC SERVER wh
		OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample')});
ok(wait_for(
		sub {
			$node->safe_psql('postgres', q{
				SELECT count(*) FROM rsdata.statements
				WHERE status = 'queued' AND wait_reason = 'slot'}) >= 4900;
		}),
	'thousands say that they wait for a place');
stayed_up($node);
$node->stop('fast');
done_testing();
