# A role that may not log in: from PostgreSQL 17 on its rows are loaded as
# those of any other role; before, no process can act for it, so a target and
# then_sql are refused at submit.

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
	CREATE ROLE team NOLOGIN;
	GRANT USAGE ON FOREIGN SERVER wh TO team;
	CREATE SCHEMA team AUTHORIZATION team;
	CREATE TABLE team.t (n int, by name DEFAULT current_user);
	ALTER TABLE team.t OWNER TO team});

my $target = "target => 'team.t'";
my $then_sql = q(options => '{"then_sql": "INSERT INTO team.t VALUES (0)"}');

sub submit
{
	my ($more) = @_;
	my ($ret, $out, $err) = $node->psql('postgres', qq{
		\\set VERBOSITY verbose
		SET ROLE team;
		SELECT rsdata_submit('select 7 as n', 'wh', $more)});
	return ($out, $err);
}

# What is refused: the class, and a hint that names the way out.
sub refused
{
	my ($more, $name) = @_;
	my ($id, $error) = submit($more);

	like($error, qr/ERROR:  42501: role "team" is not permitted to log in/,
		"$name: refused");
	like($error, qr/HINT:  .*ALTER ROLE team LOGIN/, "$name: the hint");
	return;
}

# What is delivered, and as whom.
sub delivered
{
	my ($more, $row, $name) = @_;
	my ($id, $error) = submit($more);

	is($error, '', "$name: submitted");
	wait_status($node, $id || 0, 'finished', "$name: finishes");
	is($node->safe_psql('postgres', 'SELECT n, by FROM team.t ORDER BY n'),
		$row, "$name: the rows are the role's");
	return;
}

if ($node->pg_version < 17)
{
	refused($target, 'a target');
	refused($then_sql, 'then_sql');
}
else
{
	delivered($target, '7|team', 'a target');
	delivered($then_sql, "0|team\n7|team", 'then_sql');
}
my ($id, $error) = submit("label => 'kept'");
is($error, '', 'a result that is kept needs no login');
wait_status($node, $id || 0, 'finished');
stayed_up($node);
done_testing();
