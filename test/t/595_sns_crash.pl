# SNS and crashes: between the commit of outcomes and their publishes, in the
# midst of these, and before what was published is known to the rows.  Nobody
# is forgotten; a FIFO topic, which knows repetitions, shows each once.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Crash;
use Rsdata::Test;
use Test::More;

my $COUNT = 8;
my $FIFO = 'arn:aws:sns:eu-west-1:123456789012:queue.fifo';
my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main', conf => ['fsync = off']);

create_server($node, $emulator,
	options => {
		topic_arns => $FIFO,
		success_topic_arn => undef,
		failure_topic_arn => undef });

# Some statements, of which every other one fails; their ids.
sub submit_some
{
	my @calls = map {
		my $sql = $_ % 2 ? "select $_" : "select $_ / 0";
		"rsdata_submit('$sql', 'wh')";
	} 1 .. $COUNT;
	return submitted($node, 'postgres', @calls);
}

for my $action (qw(kill stop))
{
	for my $point ('after-final', 'before-publish', "before-publish $COUNT",
		'before-published', 'after-published')
	{
		my $name = "$point, $action";
		my ($at, $nth) = split(/ /, $point);
		my $launcher = launcher_of($node);

		$emulator->reset;
		arm_fault($node, "$at $action " . ($nth // 1));
		my @ids = submit_some();
		fault_fired($node, "$name: struck");
		came_back($node, $action, $launcher);
		my $wanted = join(',', @ids);
		ok( wait_for(
				sub {
					my (undef, $out) = $node->psql('postgres', qq{
						SELECT count(*) FROM rsdata.statements
						WHERE id IN ($wanted) AND sns_status = 'published'});
					return ($out // '') eq $COUNT;
				}),
			"$name: the rows say published");
		my %status = map { split(/\|/) } split(/\n/,
			$node->safe_psql('postgres',
				"SELECT id, status FROM rsdata.statements WHERE id IN ($wanted)"));
		my %said;
		$said{ $_->{json}{id} }{ $_->{json}{status} }++
		  for $emulator->published;
		is_deeply(\%said,
			{ map { $_ => { $status{$_} => 1 } } keys %status },
			"$name: each outcome is published once");
		is(join(' ', map { $status{$_} } @ids),
			join(' ', ('finished', 'failed') x ($COUNT / 2)),
			"$name: and they are what they should be");
	}
}

$node->stop('fast');
done_testing();
