# Rsdata::Work: the real thing as work for the tests of the processes.
#
# Each statement runs on a warehouse behind an emulator; both are started once
# per test program, with the first database that needs them.
package Rsdata::Work;

use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../perl";
use Rsdata::Test ();

my ($warehouse, $emulator);

# The extension is there; makes it able to run statements.
sub prepare
{
	my ($class, $node, $db) = @_;

	$warehouse //= Rsdata::Test::new_warehouse();
	$emulator //= Rsdata::Test::new_emulator($warehouse);
	Rsdata::Test::create_server(
		$node, $emulator,
		database => $db,
		options => {
			map { $_ => undef }
			  qw(topic_arns success_topic_arn failure_topic_arn)
		});
	return;
}

# An expression that submits one statement and is its id; hang: one that does
# not end during the test.
sub submit_sql
{
	my ($class, %how) = @_;
	my $sql = $how{hang} ? 'select pg_sleep(3600)' : 'select 1';
	return "rsdata_submit('$sql', server => 'wh')";
}

# An expression that is true when the statement has ended well.
sub done_sql
{
	my ($class, $id) = @_;
	return "(rsdata_status($id) = 'finished')";
}

1;
