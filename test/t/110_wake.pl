# A committed submit always reaches a worker, and only a committed one.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use Test::More;
use PostgreSQL::Test::Utils;
use Rsdata::Process;

my $node = new_node('wake', 'rsdata.worker_linger' => 0);

$node->safe_psql('postgres', "create database w");
prepare_database($node, 'w');

# The race between the last look and the exit.  One client only: with more,
# the next submit of another would repair a lost wake and hide it.
my ($submit, $done) = work_sql('i');
$node->safe_psql(
	'w', qq{
create procedure public.race(rounds int) language plpgsql as \$\$
declare
	i bigint;
	began timestamptz;
begin
	for round in 1 .. rounds loop
		i := $submit;
		commit;
		began := clock_timestamp();
		while not coalesce($done, false) loop
			commit;
			if clock_timestamp() > began + interval '30 s' then
				raise exception 'round %: a wake was lost', round;
			end if;
			perform pg_sleep(0.0005);
		end loop;
		commit;
		perform pg_sleep(random() * 0.004);
	end loop;
end \$\$});
sub race
{
	my ($rounds) = @_;
	my ($rc, $out, $err) = $node->psql('w', "call public.race($rounds)");
	return $err;
}
is(race(300), '', '300 submits by one client, a worker that never lingers');
cmp_ok(
	$node->safe_psql('w', 'select max(starts) from rsdata_worker_status()'),
	'>', 20, 'workers came and went meanwhile');

# The same with the window held open.
SKIP:
{
	ok(wait_for_no_worker($node, 'w'), 'quiet');
	append_to_file($node->data_dir . '/rsdata_fault',
		"worker_before_close sleep 500\n");
	my $first = submit($node, 'w');
	ok(wait_done($node, 'w', $first), 'first is done');
	sleep 1 if -e $node->data_dir . '/rsdata_fault';
	if (-e $node->data_dir . '/rsdata_fault')
	{
		unlink $node->data_dir . '/rsdata_fault';
		skip 'built without FAULT_POINTS', 1;
	}
	my $second = submit($node, 'w');
	ok(wait_done($node, 'w', $second),
		'a submit between last look and leaving is done');
}

# Not committed, no worker.
ok(wait_for_no_worker($node, 'w'), 'quiet again');
my $starts = 'select sum(starts) from rsdata_worker_status()';
my $before = $node->safe_psql('w', $starts);
$node->safe_psql('w', "begin; select $submit; rollback");
sleep 1;
is($node->safe_psql('w', $starts), $before, 'a rollback wakes nobody');
$node->safe_psql('w',
	"begin; savepoint s; select $submit; rollback to s; select $submit; commit");
ok(wait_until(sub { $node->safe_psql('w', $starts) > $before }),
	'a submit after a rolled-back savepoint wakes');

# Two phases.
ok(wait_for_no_worker($node, 'w'), 'quiet again');
$before = $node->safe_psql('w', $starts);
my $id = $node->safe_psql('w', "begin; select $submit; prepare transaction 'p'");
sleep 1;
is($node->safe_psql('w', $starts), $before, 'PREPARE TRANSACTION wakes nobody');
$node->safe_psql('w', "commit prepared 'p'");
ok(wait_done($node, 'w', $id), 'COMMIT PREPARED does');

# A database without the extension is left alone by COMMIT PREPARED.
$node->safe_psql('postgres',
	"begin; create table public.t(); prepare transaction 'q'");
$node->safe_psql('postgres', "commit prepared 'q'");
is( $node->safe_psql('w',
		"select count(*) from rsdata_worker_status() where database = 'postgres' and starts > 1"
	),
	0,
	'COMMIT PREPARED elsewhere starts nothing');

$node->stop('fast');
done_testing();
