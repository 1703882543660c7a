# Rsdata::Work: the work that the tests of launcher and worker give to them:
# real statements, on an emulator.  Other modules with the same functions can
# stand in for it (RSDATA_WORK names one).
package Rsdata::Work;

use strict;
use warnings;

use Rsdata::Test ();

my ($warehouse, $emulator);

# One warehouse and one emulator for all databases of a test.
sub start
{
	return if $emulator;
	$warehouse = Rsdata::Test::new_warehouse('warehouse');
	$emulator = Rsdata::Test::new_emulator($warehouse);
	$emulator->trouble(
		{   op => 'ExecuteStatement',
			kind => 'hang',
			match => 'never answered',
			count => -1 });
	return;
}

# The extension and a server in a database.  Nothing is published, so that a
# finished statement leaves the worker nothing to do.
sub prepare
{
	my ($class, $node, $database) = @_;

	$node->safe_psql($database, 'CREATE EXTENSION rsdata');
	Rsdata::Test::create_server(
		$node,
		$emulator,
		database => $database,
		options => {
			topic_arns => undef,
			success_topic_arn => undef,
			failure_topic_arn => undef
		});
	return;
}

# An expression that submits; with hang => 1 the service never answers it.
sub submit_sql
{
	my ($class, %how) = @_;
	my $sql = $how{hang} ? q{select 'never answered'} : 'select 1';

	$sql =~ s/'/''/g;
	return "rsdata_submit('$sql', server => 'wh')";
}

# An expression that is true once the statement is done.
sub done_sql
{
	my ($class, $id) = @_;
	return "(rsdata_status($id) = 'finished')";
}

1;
