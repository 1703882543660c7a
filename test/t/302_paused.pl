# A submit to a server that is not enabled says at once what it waits for and
# wakes nobody, but neither its deadline nor the end of the pause is missed.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
foreach my $name ('wh', 'other')
{
	create_server(
		$node,
		$emulator,
		name => $name,
		options => {
			enabled => 'off',
			topic_arns => undef,
			success_topic_arn => undef,
			failure_topic_arn => undef
		});
}

sub query { return $node->safe_psql('postgres', $_[0]); }

sub starts
{
	return query(q{SELECT coalesce(sum(starts), 0) FROM rsdata_worker_status()
		WHERE database = 'postgres'});
}

sub enable { return query("ALTER SERVER wh OPTIONS (SET enabled '$_[0]')"); }

# Until the worker, which has looked at all there was, has left.
sub left
{
	return ok(wait_for(sub { starts() > $_[0] && !worker_pid($node) }),
		'a worker came, looked and left');
}

$node->safe_psql('postgres',
	"ALTER SYSTEM SET rsdata.worker_linger = '0'");
$node->reload;

# The first one is told to the worker, which plans for its deadline.  Its
# server stays as it is.
my $before = starts();
submit_ok($node, 'select 0', server => 'other');
left($before);

# All others come later than that.
$before = starts();
my @ids = map { submit_ok($node, "select $_") } 1 .. 5;
is(query(q{SELECT DISTINCT wait_reason || ': ' || wait_detail
		FROM rsdata.statements}),
	q{paused: the server's option "enabled" is off},
	'what they wait for is said');
sleep 1;
is(starts(), $before, 'nobody was woken');

# One with an earlier deadline is.
my $early = submit_ok($node, 'select 6',
	more => q{options => '{"deadline": "3 s"}'});
wait_status($node, $early, 'expired');

# A submit that crosses with the end of the pause: its transaction is open
# while the worker, woken for the others, looks and leaves.
my $session = $node->background_psql('postgres');
$session->query_safe('BEGIN');
my $crossing =
  $session->query_safe("SELECT rsdata_submit('select 7', server => 'wh')");
$before = starts();
enable('on');
wait_status($node, $_, 'finished') foreach @ids;
left($before);
is(query("SELECT count(*) FROM rsdata.statements WHERE id = $crossing"),
	0, 'another submit is not committed yet');
$session->query_safe('COMMIT');
$session->quit;
wait_status($node, $crossing, 'finished',
	'it runs once it is committed, though its server was paused before');

# A session whose caches say that the server is enabled.
enable('off');
my $after = submit_ok($node, 'select 8');
is(query("SELECT wait_reason FROM rsdata.statements WHERE id = $after"),
	'paused', 'paused again');
enable('on');
wait_status($node, $after, 'finished');

stayed_up($node);
done_testing();
