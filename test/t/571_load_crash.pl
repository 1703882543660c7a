# A load is done once: at each step of it the loader, the worker or the whole
# server dies.  Afterwards the statement was executed once, its rows are in the
# target once, and its end was notified and published.

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
	CREATE TABLE steps (n int);});

my $LOAD = qq{target => 'copied', options => '{"then_sql": "insert into steps select count(*) from copied"}'};

sub loaded_once
{
	my ($name) = @_;

	is($node->safe_psql('postgres', 'SELECT count(*), sum(n) FROM copied'),
		'300|45150', "$name: each row is in the target once");
	is($node->safe_psql('postgres', 'SELECT n FROM steps'),
		'300', "$name: then_sql was run once, after them");
	$node->safe_psql('postgres', 'TRUNCATE copied, steps');
	return;
}

# The whole server goes down with any of its processes.
my @points = ('before-record', 'after-record', 'page-in-hand 2', 'loader-rows',
	'loader-rows 2', 'loader-before-final', 'loader-before-commit',
	'load-told', 'loader-committed');

for my $action (qw(kill stop))
{
	for my $point (@points)
	{
		my ($at, $nth) = split / /, $point;
		my $name = "$point, $action";

		arm_fault($node, "$at $action " . ($nth // 1));
		survive(
			$name, $action,
			sub { fault_fired($node, "$name: struck") },
			sql => $ITEMS,
			more => $LOAD);
		loaded_once($name);
	}
}

# Only the process dies.
for my $point ('after-record exit', 'page-in-hand exit 2', 'load-told exit',
	'loader-rows exit', 'loader-before-final exit', 'loader-before-commit exit',
	'loader-committed exit')
{
	my $id;

	arm_fault($node, $point);
	$id = submit_ok($node, $ITEMS, more => $LOAD);
	fault_fired($node, "$point: struck");
	ended_once($id, $point);
	loaded_once($point);
}

$node->stop('fast');
done_testing();
