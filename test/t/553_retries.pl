# Retries: what Redshift ended without committing runs again, as the same
# statement under a new token; nothing else does.

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

# Fails as long as it was called less than $2 times; a sequence is not rolled
# back.
$warehouse->safe_psql('warehouse', q{
	CREATE SEQUENCE a; CREATE SEQUENCE b; CREATE SEQUENCE c; CREATE SEQUENCE d; CREATE SEQUENCE e;
	CREATE FUNCTION moody(which text, fails int, words text) RETURNS int LANGUAGE plpgsql AS $$
	BEGIN
		IF nextval(which) <= fails THEN
			RAISE EXCEPTION USING MESSAGE = words, ERRCODE = '40001';
		END IF;
		RETURN 42;
	END$$});
my $clash = 'could not serialize access due to concurrent update';

my $id = submit_ok($node, "select moody('a', 2, '$clash')",
	more => q(options => '{"retries": 3}'));
my $after = submit_ok($node, 'select 1', more => qq(options => '{"after": $id}'));
my $row;
ok(wait_for(
		sub {
			$row = statement_row($node, $id);
			$row->{status} eq 'queued' && ($row->{wait_reason} // '') eq 'backoff';
		}),
	'it is queued again') or diag(explain($row));
like($row->{wait_detail}, qr/^run \d failed: .*could not serialize/, 'and says why');
isnt(statement_row($node, $after)->{status}, 'skipped', 'who comes after it still waits');
$row = wait_status($node, $id, 'finished');
is($row->{error}, undef, 'nothing is left of the failures');
rows_are($node, $id, 'a int', '42', 'its rows are there');
wait_status($node, $after, 'finished');
is(scalar($emulator->executions("moody('a'")), 3, 'it ran three times');
my ($spent, $different) = split /\|/, $node->safe_psql('postgres',
	"SELECT cardinality(spent_tokens), NOT token = ANY (spent_tokens) FROM rsdata.statement WHERE id = $id");
is($spent, 2, 'the tokens of the failed runs are kept');
is($different, 't', 'and not used again');

# Enough is enough; other causes; nobody asked.
$id = submit_ok($node, "select moody('b', 9, '$clash')", more => q(options => '{"retries": 1}'));
$row = wait_status($node, $id, 'failed');
like($row->{error}, qr/could not serialize/, 'the last error stands');
is(scalar($emulator->executions("moody('b'")), 2, 'after one retry');
$id = submit_ok($node, "select moody('c', 1, 'no such luck')", more => q(options => '{"retries": 3}'));
wait_status($node, $id, 'failed');
$id = submit_ok($node, "select moody('d', 1, '$clash')",
	more => q(options => '{"retries": 3, "retry_on": "connection"}'));
wait_status($node, $id, 'failed');
$id = submit_ok($node, "select moody('e', 1, '$clash')");
wait_status($node, $id, 'failed');
is(scalar($emulator->executions("moody('$_'")), 1, "moody $_ ran once") for qw(c d e);
$node->stop('fast');
done_testing();
