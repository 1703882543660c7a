# A batch's loads are done once: at each step of them the loader, the worker or
# the whole server dies.  Afterwards every part was executed once, its rows are
# in its target once, those that are kept are there, and its end was notified
# and published.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Once;
use Rsdata::Test;
use Test::More;

my ($node) = bed('loads', conf => ['rsdata.submit_wait = 30s']);

$node->safe_psql('postgres', q{
	CREATE TABLE copied (n int, name text);
	CREATE TABLE counted (n int);
	CREATE TABLE steps (n int);});

# The kept rows are fetched first: part 3, then 1 and 4.
my @PARTS = ($ITEMS, q{insert into marks values ('other')}, $ITEMS,
	'select count(*)::int as n from items');
my $LOAD = q{targets => '{"1": "copied", "4": "counted"}',
	options => '{"then_sql": "insert into steps select count(*) from copied"}'};

sub loaded_once
{
	my ($id, $name) = @_;

	is($node->safe_psql('postgres', 'SELECT count(*), sum(n) FROM copied'),
		'300|45150', "$name: each row of part 1 is in its target once");
	is($node->safe_psql('postgres', 'SELECT n FROM counted'),
		300, "$name: that of part 4, too");
	is($node->safe_psql('postgres', 'SELECT n FROM steps'),
		300, "$name: then_sql was run once, after them");
	rows_once($id, $name, undef, 3);
	is($node->safe_psql('postgres', qq{
			SELECT string_agg(concat_ws(' ', part, status, rows_done,
				pages_done, rows_loaded), ', ' ORDER BY part)
			FROM rsdata.parts WHERE statement = $id}),
		'1 finished 300 3 300, 2 finished 0 0, 3 finished 300 3, 4 finished 1 1 1',
		"$name: its parts");
	is($node->safe_psql('postgres', qq{
			SELECT pages_done, rows_done, rows_loaded FROM rsdata.statements
			WHERE id = $id}), '7|601|301', "$name: its sums");
	$node->safe_psql('postgres', 'TRUNCATE copied, counted, steps');
	return;
}

# The whole server goes down with any of its processes.
for my $case ('kill after-record 4', 'stop page-in-hand 4', 'kill page-in-hand 7',
	'kill loader-rows', 'stop loader-rows 2', 'kill loader-before-final',
	'kill loader-before-commit', 'stop loader-before-commit', 'stop load-told',
	'kill loader-committed')
{
	my ($action, $at, $nth) = split / /, $case;
	my $id;

	arm_fault($node, "$at $action " . ($nth // 1));
	$id = survive(
		$case, $action,
		sub { fault_fired($node, "$case: struck") },
		parts => \@PARTS,
		executions => 4,
		more => $LOAD);
	loaded_once($id, $case);
}

# Only the process dies.
for my $point ('after-record exit 4', 'page-in-hand exit 7', 'load-told exit',
	'loader-rows exit 2', 'loader-before-final exit', 'loader-before-commit exit',
	'loader-committed exit')
{
	my $list = join(', ', map { "\$\$$_\$\$" } @PARTS);
	my $id;

	arm_fault($node, $point);
	$id = $node->safe_psql('postgres', "SELECT rsdata_submit_batch(ARRAY[$list], 'wh', $LOAD)");
	fault_fired($node, "$point: struck");
	ended_once($id, $point, executions => 4);
	loaded_once($id, $point);
}

$node->stop('fast');
done_testing();
