# Databases of other encodings than UTF-8: what has no form in UTF-8 is refused
# when it is said, and holds up nobody; what comes back is converted.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');

sub make_database
{
	my ($name, $encoding) = @_;

	$node->safe_psql('postgres', qq{CREATE DATABASE $name ENCODING '$encoding'
		LOCALE 'C' TEMPLATE template0});
	$node->safe_psql($name, 'CREATE EXTENSION rsdata');
	create_server($node, $emulator, database => $name);
	return;
}

# The SQLSTATE of a command's error.
sub refused
{
	my ($database, $sql, $state, $name) = @_;
	my ($ret, $out, $err) = $node->psql($database, "\\set VERBOSITY sqlstate\n$sql");

	return is($err =~ /ERROR:\s+(\w{5})/ ? $1 : "no error: $out", $state, $name);
}

# One that knows no encoding takes any bytes.
make_database('bytes', 'SQL_ASCII');
for my $option ('database', 'db_user')
{
	refused('bytes',
		"ALTER SERVER wh OPTIONS (" . ($option eq 'database' ? 'SET' : 'ADD')
		. " $option E'\\xff')", '22021', "option $option is no text in UTF-8");
}
refused('bytes', q{SELECT rsdata_submit(E'select \'\xff\'', 'wh')},
	'22021', 'nor is sql');
refused('bytes', q{SELECT rsdata_submit('select 1', 'wh', label => E'\xff')},
	'22021', 'nor a label');
refused('bytes',
	q{SELECT rsdata_submit('select :a', 'wh', params => jsonb_build_object('a', E'\xff'))},
	'22021', 'nor a parameter');
my $id = submit_ok($node, 'select 1', database => 'bytes');
wait_status($node, $id, 'finished', 'others are served', 'bytes');

# One of a single byte shows the service's words as far as it can.
$ENV{PGCLIENTENCODING} = 'UTF8';
make_database('single', 'LATIN1');
$id = submit_ok($node, q{select ('gr' || chr(252) || 'n')::int}, database => 'single');
wait_status($node, $id, 'failed', 'a statement fails', 'single');
is( $node->safe_psql('single',
		qq{SELECT error LIKE '%' || chr(252) || '%' FROM rsdata.statements WHERE id = $id}),
	't', 'and the error bears its letters');
$id = submit_ok($node, q{select ('x' || chr(8364) || chr(252))::int}, database => 'single');
wait_status($node, $id, 'failed', 'so does another one', 'single');
is( $node->safe_psql('single',
		qq{SELECT error LIKE '%x?' || chr(252) || '%' FROM rsdata.statements WHERE id = $id}),
	't', 'where a letter that has no place is a question mark');

done_testing();
