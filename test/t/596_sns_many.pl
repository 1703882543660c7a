# SNS: hundreds of outcomes wait for a topic that takes nothing.  Only so many
# of them are in the worker's memory, which is seen by whose rows say what is
# in the way; the others are read when there is room, by whichever worker.
# None is forgotten or told twice, and no other topic waits.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Test;
use Test::More;

my $ARN = 'arn:aws:sns:eu-west-1:123456789012';
my $ROOM = 256;
my $MANY = 700;
my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');

for my $name (qw(closed other))
{
	create_server($node, $emulator,
		name => $name,
		options => {
			topic_arns => "$ARN:$name",
			success_topic_arn => undef,
			failure_topic_arn => undef,
			quota_share => 0 });
}

sub count_where
{
	my ($where) = @_;
	return $node->safe_psql('postgres',
		"SELECT count(*) FROM rsdata.statements WHERE $where");
}

sub count_is
{
	my ($wanted, $where, $name) = @_;
	ok(wait_for(sub { count_where($where) == $wanted }), $name)
	  or diag(count_where($where) . " where $where");
	return;
}

# Another topic takes its message although so many wait.
sub other_is_told
{
	my ($name) = @_;
	my $id = submit_ok($node, 'select 1', server => 'other');
	count_is(1, "id = $id AND sns_status = 'published'", $name);
	return;
}

$emulator->trouble(
	{ op => 'Publish', kind => 'denied', count => -1, match => 'in vain' });
$node->safe_psql('postgres', qq{
	SELECT count(rsdata_submit('select ' || i, 'closed', label => 'in vain'))
	FROM generate_series(1, $MANY) i});
count_is($MANY, "label = 'in vain' AND status = 'finished'", 'all end');
count_is($ROOM, "label = 'in vain' AND sns_error ~ '^AuthorizationError'",
	'those in memory say why they wait');
count_is($MANY, "label = 'in vain' AND sns_status = 'pending'",
	'all of them wait');
other_is_told('another topic hears at once');
is(count_where('sns_error IS NOT NULL'), $ROOM, 'no more are in memory now');

# Another worker has them too, and no more.
# Those are not quite the same: it goes by the times of their ends.
set_enabled($node, 0);
is(worker_pid($node), undef, 'the worker leaves');
set_enabled($node, 1);
other_is_told('another topic hears of what ends later');
cmp_ok(count_where('sns_error IS NOT NULL'), '<', 2 * $ROOM, 'and no more either');

# What is not in memory is read by an index, topic by topic.
my $plan = $node->safe_psql('postgres', qq{
	SET enable_seqscan = off; SET enable_bitmapscan = off;
	EXPLAIN (COSTS OFF) SELECT id FROM rsdata.statement
	WHERE open AND finished_at IS NOT NULL AND server = 1 AND owner = 1
		AND sns_topic_arn = 'x' ORDER BY finished_at, id LIMIT $ROOM});
like($plan, qr/statement_unpublished_idx/, 'the rest is read by its index');
unlike($plan, qr/Sort/, 'without sorting');

# News open the door.
$emulator->untrouble;
my $news = submit_ok($node, 'select 0', server => 'closed');
count_is($MANY, "label = 'in vain' AND sns_status = 'published'",
	'all are told when it opens');
count_is(1, "id = $news AND sns_status = 'published'", 'the news too');
count_is(0, "sns_error IS NOT NULL OR sns_next_attempt_at IS NOT NULL",
	'nothing is left to say');
my %said;
$said{ $_->{json}{id} }++ for $emulator->published;
is(scalar(keys %said), $MANY + 3, 'the topics have had all of them');
is_deeply([ grep { $said{$_} != 1 } keys %said ], [], 'each once');

stayed_up($node);
$node->stop('fast');
done_testing();
