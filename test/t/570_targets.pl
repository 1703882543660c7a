# Results into targets: the four modes, columns by name and by position, what
# PostgreSQL puts between COPY and a table, and what is refused, with the row
# and column that it was refused for.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');

create_server($node, $emulator, user => 'PUBLIC');
$node->safe_psql('postgres', q{
	GRANT USAGE ON FOREIGN SERVER wh TO PUBLIC;
	CREATE ROLE etl LOGIN;
	CREATE SCHEMA etl AUTHORIZATION etl;});

# Submits as etl, with the target; the id.
sub load
{
	my ($sql, $target, $options) = @_;
	my $more = "target => '$target'";

	$more .= ", options => '$options'" if $options;
	$sql =~ s/'/''/g;
	return $node->safe_psql('postgres', qq{
		SET SESSION AUTHORIZATION etl;
		SELECT rsdata_submit('$sql', 'wh', $more)});
}

sub table_is
{
	my ($query, $expected, $name) = @_;
	return is($node->safe_psql('postgres', $query), $expected, $name);
}

$node->safe_psql('postgres', q{
	SET ROLE etl;
	CREATE TABLE etl.sales (region text, total numeric, at timestamptz DEFAULT '2020-01-01 00:00+00', id int GENERATED ALWAYS AS IDENTITY)});

my $id = load(q{select 'eu' as region, 1.50::numeric(10,2) as total union all select e'a\\tb\\\\n\nc', null}, 'etl.sales');
my $row = wait_status($node, $id, 'finished', 'append finishes');
table_is('SELECT region, total, at IS NOT NULL, id FROM etl.sales ORDER BY id',
	"eu|1.50|t|1\na\tb\\n\nc||t|2", 'its rows are in the target, exactly');
is($row->{rows_loaded}, 2, 'and counted');
ok($row->{loaded_at}, 'and dated');

done_testing();
