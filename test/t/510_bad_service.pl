# A service that answers badly: every operation, every kind of nonsense.  All
# statements go out together, each with a trouble of its own, and one without
# any must not be held up by them.

use strict;
use warnings;

use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Socket;
use Test::More;
use Time::HiRes qw(time sleep);

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse, args => [ '--page-bytes', '100' ]);
my $node = new_node('main');
create_server($node, $emulator,
	options => { max_in_flight => 200, quota_share => '0' });
create_server(
	$node, $emulator,
	name => 'calm',
	options => { quota_share => '0' });

# What may pass: the statement must finish, executed once.
my @passing = (
	{ kind => 'garbage' },
	{ kind => 'html' },
	{ kind => 'html', status => 200 },
	{ kind => 'empty' },
	{ kind => 'body', body => '{"Id": 5}' },
	{ kind => 'body', body => '{"Id": ""}' },
	{ kind => 'body', body => '[]' },
	{ kind => 'body', body => 'null' },
	{ kind => 'truncate' },
	{ kind => 'truncated_json' },
	{ kind => 'cut' },
	{ kind => 'reset' },
	{ kind => 'lost_reply' },
	{ kind => 'slow_body', ms => 300 },
	{ kind => 'error', status => 500, code => 'InternalServerException' },
	{ kind => 'body', status => 503, body => '' },
	{ kind => 'error' },
	{   kind => 'error',
		code => 'ValidationException',
		message => 'ThrottlingException: Rate exceeded'
	});
my %passing = (
	ExecuteStatement => [
		@passing,
		{ kind => 'huge' },
		{ kind => 'bad_utf8' },
		{ kind => 'nul_escape' },
		{ kind => 'error', code => 'ActiveStatementsExceededException' },
		{ kind => 'error', code => 'ActiveWaitingRequestsExceededException' },
		{   kind => 'error',
			code => 'ValidationException',
			message => 'WaitTimeSeconds is not supported.'
		},
		{ kind => 'unknown_status' }
	],
	DescribeStatement => [
		@passing,
		{ kind => 'huge' },
		{ kind => 'unknown_status' },
		{ kind => 'early' },
		{ kind => 'error', code => 'ActiveWaitingRequestsExceededException' },
		{ kind => 'error', status => 403, code => 'AccessDeniedException' },
		{ kind => 'error', code => 'ExpiredTokenException' },
		{   kind => 'error',
			code => 'ResourceNotFoundException',
			message => 'Query does not exist.'
		}
	],
	GetStatementResult => [
		@passing,
		{   kind => 'body',
			body => '{"TotalNumRows": 1, "ColumnMetadata": [{"label": "a"}], '
			  . '"Records": [[{"longValue": 1}, {"longValue": 2}]]}'
		},
		{ kind => 'error', status => 403, code => 'AccessDeniedException' },
		{ kind => 'error', code => 'ExpiredTokenException' }
	],
	CancelStatement =>
	  [ @passing, { kind => 'error', code => 'AccessDeniedException' } ],
	Publish => [
		(grep { $_->{kind} ne 'slow_body' } @passing),
		{ kind => 'error', status => 404, code => 'NotFound' },
		{ kind => 'error', status => 403, code => 'AuthorizationError' }
	]);

# A result that will be no better the next time, and what is said of it.
my @undelivered = (
	[ { kind => 'bad_utf8' }, '22021', qr/row 1, column 2: invalid UTF-8/ ],
	[ { kind => 'nul_escape' }, '22021', qr/row 1, column 2: .*\\u0000/ ],
	[ { kind => 'repeat_token' }, '22000', qr/repeats the same NextToken/ ],
	[ { kind => 'wrong_total' }, '22000', qr/announced 31 rows but delivered 30/ ],
	[ { kind => 'huge' }, '22000', qr/./ ],
	[   {   kind => 'body',
			body => '{"TotalNumRows": 0, "Records": [], '
			  . '"ColumnMetadata": [{"label": "a\u0000b"}]}'
		},
		'22000',
		qr/Unicode/
	]);

my $ROWS = 30;
my $number = 0;

# Submits a statement that meets this trouble; its case, with {id}.
sub victim
{
	my ($op, $trouble, $count) = @_;
	my $mark = sprintf('v%03d', ++$number);
	my $long = $op eq 'CancelStatement' ? 'pg_sleep(60)' :
	  $op eq 'DescribeStatement' ? 'pg_sleep(1.2)' : 'pg_sleep(0)';
	my $sql = "select g, '$mark' from $long, generate_series(1, $ROWS) g";

	my %rule = (%$trouble, op => $op, match => $mark, count => $count // 1);
	# The name of the case made a text of it.
	$rule{status} += 0 if defined $rule{status};
	$emulator->trouble(\%rule);
	return {
		mark => $mark,
		name => join(' ', $op, map { $trouble->{$_} // () }
			  qw(kind status code body)),
		op => $op,
		sql => $sql };
}

sub submit_all
{
	my @cases = @_;
	my $list = join(', ', map { (my $s = $_->{sql}) =~ s/'/''/g;
		"rsdata_submit('$s', server => 'wh', label => '$_->{mark}')" } @cases);
	my @ids = split(/\|/, $node->safe_psql('postgres', "SELECT $list"));

	$_->{id} = shift @ids for @cases;
	return;
}

# How many calls were about a statement; Publish names none.
sub calls_about
{
	my ($id) = @_;
	my ($token, $aws_id) = split(
		/\|/,
		$node->safe_psql('postgres',
			"SELECT token, aws_id FROM rsdata.statement WHERE id = $id"));
	return scalar(
		grep {
			($_->{token} // '') eq $token ||
			  ($_->{id} // '') eq ($aws_id || 'none')
		} $emulator->calls);
}

my @finishing = map {
	my $op = $_;
	map { victim($op, $_) } @{ $passing{$op} }
} qw(ExecuteStatement DescribeStatement GetStatementResult Publish);
my @cancelled = map { victim('CancelStatement', $_) }
  @{ $passing{CancelStatement} };
my @bad = map {
	my $case = victim('GetStatementResult', $_->[0], -1);
	@$case{qw(sqlstate error)} = @$_[ 1, 2 ];
	$case;
} @undelivered;
my $refused = victim('ExecuteStatement',
	{   kind => 'error',
		status => 403,
		code => 'AccessDeniedException',
		message => 'not authorized to perform redshift-data:ExecuteStatement' },
	-1);

submit_all(@finishing, @cancelled, @bad, $refused);

# Somebody who has nothing to do with all this.
my $start = time;
my $calm = submit_ok($node, 'select 1', server => 'calm');
wait_status($node, $calm, 'finished', 'another statement finishes');
cmp_ok(time - $start, '<', 30, 'and is not held up');

for my $case (@cancelled)
{
	wait_for(
		sub { statement_row($node, $case->{id})->{status} eq 'running' });
	$node->safe_psql('postgres', "SELECT rsdata_cancel($case->{id})");
}

subtest 'a failure that passes' => sub {
	my %runs;

	for my $case (@finishing)
	{
		my $row = wait_status($node, $case->{id}, 'finished', $case->{name});
		is($row->{rows_done}, $ROWS, "$case->{name}: all rows");
		cmp_ok(calls_about($case->{id}),
			'<', 45, "$case->{name}: few calls");
	}
	$runs{ $_->{sql} }++ for $emulator->executions;
	is_deeply([ grep { $runs{ $_->{sql} } != 1 } @finishing ],
		[], 'each was executed once');
	is( $node->safe_psql('postgres',
			'SELECT count(*), sum(a) FROM unnest(ARRAY['
			  . join(',', map { $_->{id} } @finishing)
			  . ']) i, LATERAL rsdata_result(i) AS t(a int, b text)'),
		@finishing * $ROWS . '|' . @finishing * $ROWS * ($ROWS + 1) / 2,
		'every row of every result is there');
};

subtest 'messages are published in the end' => sub {
	for my $case (grep { $_->{op} eq 'Publish' } @finishing)
	{
		ok(wait_for(
				sub {
					statement_row($node, $case->{id})->{sns_status} eq
					  'published';
				}),
			$case->{name});
	}
};

subtest 'a cancel that is answered badly' => sub {
	wait_status($node, $_->{id}, 'cancelled', $_->{name}) for @cancelled;
};

subtest 'a result that cannot be delivered' => sub {
	for my $case (@bad)
	{
		my $row =
		  wait_status($node, $case->{id}, 'undelivered', $case->{name});
		is($row->{sqlstate}, $case->{sqlstate}, "$case->{name}: SQLSTATE");
		like($row->{error}, $case->{error}, "$case->{name}: error");
		like(
			error_of($node, "SELECT * FROM rsdata_rows($case->{id})"),
			qr/ERROR:/,
			"$case->{name}: no half result");
	}
};

subtest 'refused before it was accepted' => sub {
	my $row = wait_status($node, $refused->{id}, 'failed');
	is($row->{sqlstate}, '28000', 'SQLSTATE');
	like($row->{error},
		qr/^AccessDeniedException: not authorized to perform/, 'error');
	is(calls_about($refused->{id}), 1, 'nothing else was asked');
};

subtest 'HTTP 500 for ever' => sub {
	my %endless = (
		execute => victim('ExecuteStatement',
			{ kind => 'error', status => 500, code => 'InternalFailure' }, -1),
		describe => victim('DescribeStatement',
			{ kind => 'error', status => 500, code => 'InternalFailure' }, -1),
		result => victim('GetStatementResult',
			{ kind => 'error', status => 500, code => 'InternalFailure' }, -1),
		denied => victim('DescribeStatement',
			{ kind => 'error', status => 403, code => 'AccessDeniedException' },
			-1));
	my %expected = (
		execute => [ 'submitting', 'backoff' ],
		describe => [ 'running', 'backoff' ],
		result => [ 'fetching', 'backoff' ],
		denied => [ 'running', 'credentials' ]);

	submit_all(values %endless);
	for my $what (sort keys %expected)
	{
		my $row;
		wait_for(
			sub {
				$row = statement_row($node, $endless{$what}{id});
				return $row->{wait_reason};
			});
		is("$row->{status} $row->{wait_reason}",
			"@{ $expected{$what} }", "$what: keeps its state, with a reason");
		like($row->{wait_detail}, qr/InternalFailure|AccessDenied/,
			"$what: and the words of the service");
		ok($row->{next_attempt_at}, "$what: the next attempt is told");
		cmp_ok(calls_about($endless{$what}{id}),
			'<', 45, "$what: few calls");
	}
	# Nobody knows whether it ran: a wish to cancel waits with it.
	$node->safe_psql('postgres',
		"SELECT rsdata_cancel($endless{$_}{id})") for qw(execute describe);
	ok( wait_for(
			sub { statement_row($node, $endless{execute}{id})->{wish} }),
		'execute: the wish to cancel is kept');
	status_is($node, $endless{execute}{id}, 'submitting');
	$emulator->untrouble;
	my $row = wait_settled($node, $endless{execute}{id});
	like($row->{status}, qr/^(finished|cancelled)$/, 'execute: ends then');
	wait_status($node, $endless{$_}{id}, 'finished', "$_: finishes then")
	  for qw(result denied);
	wait_settled($node, $endless{describe}{id});
	my $executed = () = $emulator->executions("'$endless{execute}{mark}'");
	ok($executed == 1 || $executed == 0 && $row->{status} eq 'cancelled',
		'execute: once, unless it was cancelled before')
	  or diag("$executed times, $row->{status}");
};

# Where nobody, or somebody else, answers.
socket(my $plain, PF_INET, SOCK_STREAM, 0) or die;
bind($plain, sockaddr_in(0, INADDR_LOOPBACK)) or die;
my $closed = (sockaddr_in(getsockname($plain)))[0];
my %nowhere = (
	refused => "http://127.0.0.1:$closed",
	tls => $emulator->url =~ s/^http:/https:/r);

subtest 'no connection' => sub {
	my %id;

	for my $name (sort keys %nowhere)
	{
		create_server(
			$node, $emulator,
			name => "srv_$name",
			options => { endpoint_url => $nowhere{$name} });
		for my $end (qw(deadline cancel))
		{
			$id{"$name $end"} = submit_ok(
				$node, "select '$name $end'",
				server => "srv_$name",
				more => $end eq 'deadline'
				? q{options => '{"deadline": "3 s"}'}
				: q{label => 'patient'});
		}
	}
	for my $name (sort keys %nowhere)
	{
		my $row;
		wait_for(
			sub {
				$row = statement_row($node, $id{"$name cancel"});
				return $row->{wait_reason};
			});
		is("$row->{status} $row->{wait_reason}",
			'queued connection', "$name: unsent, with a reason");
		ok(length($row->{wait_detail} // ''), "$name: and a detail");
		$node->safe_psql('postgres',
			'SELECT rsdata_cancel(' . $id{"$name cancel"} . ')');
		wait_status($node, $id{"$name cancel"}, 'cancelled');
		$row = wait_status($node, $id{"$name deadline"}, 'expired');
		like($row->{error}, qr/deadline/, "$name: says why");
		is( $node->safe_psql('postgres',
				"SELECT finished_at - deadline_at < '5 s'
				 FROM rsdata.statements WHERE id = $row->{id}"),
			't', "$name: in time, whenever the next attempt was due");
		cmp_ok($row->{attempts}, '<', 20, "$name: few attempts");
	}
	is(scalar(() = $emulator->executions("'tls")), 0, 'nothing was sent');
};

# Services that do not hold a call.
for my $args (
	[ '--no-long-poll' ],
	[ '--long-poll', 'reject' ],
	[ '--waiters-max', '0' ])
{
	subtest "long poll: @$args" => sub {
		my $other = new_emulator($warehouse, args => $args);
		my $name = 'srv' . join('_', map { s/\W/_/gr } @$args);

		create_server($node, $other, name => $name);
		my $id = submit_ok($node, 'select 1 from pg_sleep(2)',
			server => $name);
		wait_status($node, $id, 'finished');
		my $calls = () = $other->calls('DescribeStatement');
		cmp_ok($calls, '>', 1, 'it was asked again and again');
		cmp_ok($calls, '<', 15, 'at growing intervals');
		cmp_ok(scalar(() = $other->calls('ExecuteStatement')),
			'<', 3, 'submitted at once');
		$other->stop;
	};
}

is( $node->safe_psql('postgres',
		q{SELECT count(*) FROM rsdata.statements WHERE status IN
		  ('queued', 'submitting', 'running', 'fetching', 'loading')}),
	0, 'nothing is left over');
stayed_up($node);
done_testing();
