# What waits for a statement that a loader ends: those that come after it,
# those of its session, and what is told of it elsewhere.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');

create_server($node, $emulator);
$node->safe_psql('postgres', 'CREATE TABLE filled (n int)');

# It is held up at the service until the others have come to wait for it.
my $lock = $warehouse->background_psql('warehouse');
my $slow = 'select 1 as n, pg_advisory_xact_lock_shared(77)::text as nothing';
$lock->query_safe('select pg_advisory_lock(77)');

my $local = submit_ok($node, $slow,
	more => q{options => '{"then_sql": "INSERT INTO filled VALUES (1)"}'});
my $after_local = submit_ok($node, 'select 2',
	more => qq(options => '{"after": $local}'));
my $in_session = submit_ok($node, $slow,
	more => q(options => '{"session": "s", "then_sql": "INSERT INTO filled VALUES (2)"}'));
my $next_in_session = submit_ok($node, 'select 3',
	more => q(options => '{"session": "s"}'));
wait_status($node, $_, 'running') for ($local, $in_session);
is(statement_row($node, $after_local)->{wait_reason},
	'after', 'one waits for a statement that a loader will end');

$lock->query_safe('select pg_advisory_unlock(77)');
wait_status($node, $_, 'finished') for ($local, $in_session);
wait_status($node, $after_local, 'finished',
	'who comes after a load goes when that has ended');
wait_status($node, $next_in_session, 'finished',
	'and so does the next one of its session');
is( $node->safe_psql('postgres', 'SELECT string_agg(n::text, $$ $$ ORDER BY n) FROM filled'),
	'1 2', 'after what was loaded');

done_testing();
