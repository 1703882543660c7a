# The whole flow, three times: a query, a DML and a statement that fails.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
$warehouse->safe_psql(
	'warehouse', q{
	CREATE TABLE sales (region text, amount numeric(12,2));
	INSERT INTO sales VALUES ('north', 10.50), ('north', 2), ('south', NULL);});
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
create_server($node, $emulator);
my $listener = new_listener($node);

# A query.
my $id = submit_ok($node,
	'select region, sum(amount) from sales group by 1 order by 1',
	more => "label => 'totals'");
my $row = wait_status($node, $id, 'finished');
rows_are($node, $id, 'region text, total numeric', "north|12.50\nsouth|");
is($row->{rows_total}, 2, 'the view counts the rows');
is($row->{error}, undef, 'and has no error');
like($row->{aws_id}, qr/^[0-9a-f-]{36}$/, 'and the id of the service');
is(scalar(() = $emulator->executions('sum(amount)')),
	1, 'it was executed once');

my ($message) = published_for($emulator, $id);
is($message->{json}{status}, 'finished', 'SNS: the message says finished');
is($message->{attributes}{status}, 'finished', 'SNS: so does the attribute');
is($message->{attributes}{label}, 'totals', 'SNS: the label is an attribute');
is($message->{attributes}{server}, 'wh', 'SNS: the server is an attribute');
ok(length($message->{subject} // ''), 'SNS: there is a subject');

# A DML.
my $dml = submit_ok($node, 'update sales set amount = 0 where amount is null');
$row = wait_status($node, $dml, 'finished');
is($row->{rows_affected}, 1, 'a DML says how many rows it changed');
like(
	error_of($node, "SELECT * FROM rsdata_result($dml) AS t(x int)"),
	qr/result/, 'and has no result to read');
is( $warehouse->safe_psql('warehouse',
		'SELECT count(*) FROM sales WHERE amount = 0'),
	1, 'the change is there');

# A statement that fails.
my $bad = submit_ok($node, 'select nothing_like_this from sales');
$row = wait_status($node, $bad, 'failed');
my $text = qr/column "nothing_like_this" does not exist/;
like($row->{error}, $text, 'the view has the error text of the service');
like(
	error_of($node, "SELECT * FROM rsdata_result($bad) AS t(x int)"),
	$text, 'so has the error of rsdata_result');
($message) = published_for($emulator, $bad);
is($message->{json}{status}, 'failed', 'SNS: the message says failed');
like($message->{json}{error}, $text, 'SNS: and carries the error text');

# Who listened heard all three, and nothing but ids and outcomes.
my @heard = notifications($listener, 3);
is( join(' ', map { "$_->{id}=$_->{status}" } @heard),
	"$id=finished $dml=finished $bad=failed",
	'three notifications in order');
is( join(' ', sort keys %{ $heard[0] // {} }),
	'id parts_failed parts_finished status',
	'a notification has ids, status and counts');
is( $node->safe_psql('postgres',
		"SELECT string_agg(sns_status, ' ' ORDER BY id) FROM rsdata.statements"),
	'published published published',
	'the view says that SNS was told');

$listener->{psql}->quit;
done_testing();
