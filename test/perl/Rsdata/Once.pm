# Rsdata::Once: a server, a warehouse and an emulator for the tests of
# "exactly once", and what must hold of a statement in the end, whatever has
# happened to it.
package Rsdata::Once;

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();
use Rsdata::Crash;
use Rsdata::Listener;
use Rsdata::Test;
use Test::More;

our @EXPORT = qw($ITEMS bed row_of rows_once ended_once marked_once survive);

# Three pages of items.
my $ROWS = 300;
our $ITEMS = 'select n, name from items order by n';

my ($warehouse, $emulator, $node);
my $case = 0;

# bed($name [, conf => [...]]): the server, the emulator and
# the warehouse.  One statement of the server wh runs at a time, so that
# others wait in the queue.  The machine does not fail, only processes, so
# nothing need be on disk for good.
sub bed
{
	my ($name, %opts) = @_;

	$warehouse = new_warehouse();
	$warehouse->safe_psql(
		'warehouse', qq{
		CREATE TABLE items AS SELECT n, 'item ' || n AS name
			FROM generate_series(1, $ROWS) n;
		CREATE TABLE marks (mark text);});
	$emulator = new_emulator($warehouse, args => [ '--page-bytes', '5000' ]);
	$node = new_node($name,
		conf => [ 'fsync = off', @{ $opts{conf} // [] } ]);
	create_server($node, $emulator, options => { max_in_flight => 1 });
	return ($node, $emulator, $warehouse);
}

# A statement's row as it is in the table.
sub row_of
{
	my ($id, $where) = @_;
	return JSON::PP->new->decode(
		($where // $node)->safe_psql('postgres',
			"SELECT row_to_json(s) FROM rsdata.statement s WHERE id = $id"));
}

# What the emulator executed for a statement: its name bears the token, too,
# so an execution under a false token is found.
sub executions_of
{
	my ($token) = @_;
	return grep {
		($_->{token} // '') eq $token
		  || index($_->{name} // '', $token) >= 0
	} $emulator->executions;
}

# What it was asked to execute, under this token.
sub requests_of
{
	my ($token) = @_;
	return grep { ($_->{token} // '') eq $token }
	  map { $emulator->calls($_) } qw(ExecuteStatement BatchExecuteStatement);
}

# A test: the rows of a query for $ITEMS (part $part of a batch) are there,
# each once.
sub rows_once
{
	my ($id, $name, $where, $part) = @_;
	$part //= 1;
	return is(
		($where // $node)->safe_psql(
			'postgres', qq{
			SELECT count(*), count(DISTINCT n), sum(n), min(name)
			FROM rsdata_result($id, $part) AS t(n int, name text)}),
		join('|', $ROWS, $ROWS, $ROWS * ($ROWS + 1) / 2, 'item 1'),
		"$name: each row is there once");
}

# A test: this mark was set once in the warehouse.
sub marked_once
{
	my ($mark, $name) = @_;
	return is(
		$warehouse->safe_psql('warehouse',
			"SELECT count(*) FROM marks WHERE mark = '$mark'"),
		1, "$name: done once");
}

# Tests: the statement comes to its end (status => 'finished'), having been
# executed (executions => 1) times, asked for (requests) times and published
# (published => 1) times, or more with at_least => 1.
sub ended_once
{
	my ($id, $name, %opts) = @_;
	my $status = $opts{status} // 'finished';
	my $where = $opts{node} // $node;
	my $row = wait_status($where, $id, $status, "$name: ends $status");
	my $token = row_of($id, $where)->{token};

	is(scalar(executions_of($token)),
		$opts{executions} // 1, "$name: executions");
	is(scalar(requests_of($token)), $opts{requests}, "$name: requests")
	  if defined $opts{requests};
	ok( wait_for(
			sub { (row_of($id, $where)->{sns_status} // '') eq 'published' }),
		"$name: published, and the row knows");
	my @messages = published_for($emulator, $id, $opts{published});
	cmp_ok(scalar(@messages), $opts{at_least} ? '>=' : '==',
		$opts{published} // 1, "$name: publishes");
	is_deeply([ grep { $_->{json}{status} ne $status } @messages ],
		[], "$name: SNS heard of no other end");
	return $row;
}

# A listener that lost its session listens again and looks: it hears the end,
# or sees it; and nobody hears it twice.  Returns what was heard before.
sub _told_once
{
	my ($id, $name, $before, $after, $seen) = @_;
	my $heard_before = () = $before->heard($id);
	my $heard_after = () = $after->heard($id, $seen ? 0 : 60);

	ok($seen || $heard_after, "$name: the end is seen, or heard");
	cmp_ok($heard_before + $heard_after, '<=', 1, "$name: heard once at most");
	return $heard_before;
}

# After an immediate stop: what the row says before any worker has seen it.
sub _left_is
{
	my ($id, $name, $left) = @_;
	my $row = row_of($id);
	my @is = ($row->{status}, $row->{pages_done}, $row->{sns_status});

	return is_deeply(\@is, $left, "$name: what is left behind")
	  || diag(explain(\@is));
}

# Tests: a statement, and another that waits behind it, survive what $strike
# ($id, $mark, $listener) makes happen: "kill" of the worker or "stop" of the server.
# Options: sql (default $ITEMS, whose rows are counted), or parts (of a
# batch), more (arguments of rsdata_submit or rsdata_submit_batch), trouble (rules for calls about this statement), later (rules
# for calls about the other one), left (what an immediate stop leaves: status,
# pages, SNS), heard (the old listener heard it), and those of ended_once.
# Returns the id.
#
# Calls about the two may overtake each other, so trouble goes by their labels.
sub survive
{
	my ($name, $action, $strike, %opts) = @_;
	my $mark = 'mark ' . ++$case;
	my @labels = ("front $case;", "behind $case;");
	my $listener = Rsdata::Listener->start($node);
	my $launcher = launcher_of($node);
	my $look = $action eq 'stop' && $opts{left};
	my $sql = ($opts{sql} // $ITEMS) . " /* $mark */";
	my $more = $opts{more} ? ", $opts{more}" : '';

	$emulator->trouble({ %$_, match => $labels[0] }) for $opts{trouble} // ();
	$emulator->trouble({ %$_, match => $labels[1] }) for $opts{later} // ();
	my $call = $opts{parts}
	  ? 'rsdata_submit_batch(ARRAY['
	  . join(', ', map { "\$\$$_ /* $mark */\$\$" } @{ $opts{parts} }) . ']'
	  : "rsdata_submit(\$\$$sql\$\$";
	my ($id, $behind) = submitted(
		$node, 'postgres',
		"$call, label => '$labels[0]', server => 'wh'$more)",
		"rsdata_submit(\$\$insert into marks values ('$mark')\$\$,
			label => '$labels[1]', server => 'wh')");

	$strike->($id, $mark, $listener);
	came_back($node, $action, $launcher,
		$look ? sub { set_enabled($node, 0) } : undef);
	_left_is($id, $name, $opts{left}) if $look;
	set_enabled($node, 1) if $look;
	$emulator->untrouble;
	my $again = Rsdata::Listener->start($node);
	my $seen = $node->safe_psql('postgres',
		"SELECT finished_at IS NOT NULL FROM rsdata.statements WHERE id = $id");

	ended_once($id, $name, %opts);
	rows_once($id, $name) if !defined $opts{sql} && !$opts{parts};
	my $heard = _told_once($id, $name, $listener, $again, $seen eq 't');
	is($heard, 1, "$name: heard before the session was lost") if $opts{heard};

	# It may have been on its way to SNS when it was struck, too.
	ended_once($behind, "$name: the next one", at_least => $opts{heard});
	marked_once($mark, "$name: the next one");
	return $id;
}

1;
