# The list functions: what they send, every page to the end, every column;
# limits, errors and their SQLSTATEs; a cancel at any moment, and nothing left
# behind.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Canned;
use Rsdata::Test;
use Test::More;

my $node = new_node('main');
$node->safe_psql(
	'postgres', q{
	CREATE SERVER wh FOREIGN DATA WRAPPER rsdata OPTIONS (region 'eu-west-1',
		workgroup_name 'analytics', database 'dev', secret_arn 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:x',
		endpoint_url 'http://127.0.0.1:9', quota_share '0');
	CREATE USER MAPPING FOR CURRENT_USER SERVER wh
		OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');});

# From now on the server is a peer with these replies.
my $peer;

sub service
{
	my (%replies) = @_;

	$peer = Rsdata::Canned->start(%replies);
	$node->safe_psql('postgres',
		"ALTER SERVER wh OPTIONS (SET endpoint_url '" . $peer->url . "')");
	return $peer;
}

sub rows
{
	my ($sql) = @_;
	my ($ret, $out, $err) = $node->psql('postgres', $sql);
	return $ret == 0 ? $out : $err;
}

sub refusal
{
	my ($code, $message, $status) = @_;
	return {
		status => $status // 400,
		headers => { 'x-amzn-RequestId' => 'req-1' },
		body => { __type => $code, message => $message }
	};
}

# A test: the call fails with this SQLSTATE and these words.
sub fails
{
	my ($sql, $sqlstate, $words, $name) = @_;
	my $err = error_of($node, "\\set VERBOSITY verbose\n$sql");

	like($err, qr/ERROR:  $sqlstate: /, "$name: SQLSTATE")
	  && like($err, $words, "$name: words");
	return $err;
}

sub tables
{
	my ($from, $to, $token) = @_;
	return {
		Tables => [
			map { { name => "t$_", schema => 'public', type => 'TABLE' } }
			  $from .. $to ],
		defined $token ? (NextToken => $token) : () };
}

# Pages to the end, and what is asked for.
service(
	ListTables => [
		tables(1, 3, 'a/b"c'),
		tables(4, 4, 'second'),
		{ Tables => [], NextToken => 'third' },
		tables(5, 6) ]);
is(rows("SELECT string_agg(table_name, ',') FROM rsdata_list_tables('wh')"),
	't1,t2,t3,t4,t5,t6', 'all pages are followed');
my @calls = $peer->calls('ListTables');
is_deeply(
	[ map { $_->{NextToken} } @calls ],
	[ undef, 'a/b"c', 'second', 'third' ],
	'each with the token of the page before');
is_deeply(
	$calls[0],
	{   Database => 'dev',
		WorkgroupName => 'analytics',
		SecretArn => 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:x',
		MaxResults => 1000
	},
	'what a call without arguments sends');

service(ListTables => [ tables(1, 3, 'more') ]);
is( rows(
		q{SELECT count(*) FROM rsdata_list_tables('wh', schema_pattern => 'p%',
		  table_pattern => 't_', database => 'other', connected_database => 'dev',
		  max_rows => 3)}),
	3, 'no more rows than wanted');
@calls = $peer->calls('ListTables');
is(scalar @calls, 1, 'and no more pages');
is_deeply(
	$calls[0],
	{   Database => 'other',
		ConnectedDatabase => 'dev',
		WorkgroupName => 'analytics',
		SecretArn => 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:x',
		SchemaPattern => 'p%',
		TablePattern => 't_',
		MaxResults => 3
	},
	'the arguments are sent');

# Every function, every column.
service(
	ListDatabases => [ { Databases => [ 'dev', "d\x{e9}p\x{f4}t" ] } ],
	ListSchemas => [ { Schemas => [ 'public', 'a b' ] } ],
	ListTables =>
	  [ { Tables => [ { name => 'v', schema => 's', type => 'VIEW' }, { name => '' } ] } ],
	DescribeTable => [
		{   TableName => 't',
			ColumnList => [
				{   columnDefault => "'x'::text",
					isCaseSensitive => JSON::PP::true,
					isCurrency => JSON::PP::false,
					isSigned => JSON::PP::false,
					label => 'lab',
					length => 256,
					name => 'note',
					nullable => 1,
					precision => 256,
					scale => 0,
					schemaName => 's',
					tableName => 't',
					typeName => 'varchar'
				},
				{ name => 'n', schemaName => 's', tableName => 't', nullable => 0 } ],
			NextToken => 'u'
		},
		{   ColumnList => [
				{ name => 'o', schemaName => 's', tableName => 't' },
				{ name => 'p', schemaName => 's', tableName => 'u', nullable => 2 } ] } ],
	ListStatements => [
		{   Statements => [
				{   Id => 'd9b6c0c9-0747-4bf4-b142-e8883122f766',
					QueryString => "select ':a'\n",
					QueryParameters => [ { name => 'a', value => "1\"" }, { name => 'b', value => '' } ],
					StatementName => 'rsdata/x',
					Status => 'STARTED',
					SecretArn => 'arn',
					SessionId => 'd9b6c0c9-0747-4bf4-b142-e8883122f767',
					CreatedAt => 1598306924.632,
					UpdatedAt => 1598306925,
					IsBatchStatement => JSON::PP::false,
					ResultFormat => 'JSON'
				},
				{   Id => 'd9b6c0c9-0747-4bf4-b142-e8883122f768',
					QueryStrings => [ 'select 1', "insert 'x'" ],
					IsBatchStatement => JSON::PP::true
				} ] } ],
	ListSessions => [
		{   Sessions => [
				{   SessionId => 'd9b6c0c9-0747-4bf4-b142-e8883122f767',
					Status => 'BUSY',
					CreatedAt => 1598306924.632,
					UpdatedAt => 1598306925,
					Database => 'dev',
					DbUser => 'u',
					WorkgroupName => 'analytics',
					SessionAliveSeconds => 90,
					SessionTtl => 1598307015,
					CurrentStatementId => 'd9b6c0c9-0747-4bf4-b142-e8883122f766'
				},
				{ SessionId => 'd9b6c0c9-0747-4bf4-b142-e8883122f769', Status => 'CLOSED' } ] } ]);
my $utc = "SET timezone = 'UTC'";
is(rows("SELECT * FROM rsdata_list_databases('wh')"),
	"dev\nd\xc3\xa9p\xc3\xb4t", 'databases');
is(rows("SELECT * FROM rsdata_list_schemas('wh', 'p%')"),
	"public\na b", 'schemas');
is( rows(q{\pset null -} . "\n" . "SELECT * FROM rsdata_list_tables('wh')"),
	"s|v|VIEW\n-||-", 'tables');
is( rows(q{\pset null -} . "\n" . "SELECT * FROM rsdata_describe_table('wh', 's', 't')"),
	"s|t|1|note|varchar|256|256|0|t|'x'::text|t|f|f|lab\n"
	  . "s|t|2|n|-|-|-|-|f|-|-|-|-|-\n"
	  . "s|t|3|o|-|-|-|-|-|-|-|-|-|-\n"
	  . "s|u|1|p|-|-|-|-|-|-|-|-|-|-",
	'columns, numbered by table');
is( rows(q{\pset null -} . "\n$utc;\n" . "SELECT * FROM rsdata_list_statements('wh')"),
	"d9b6c0c9-0747-4bf4-b142-e8883122f766|rsdata/x|STARTED|select ':a'\n|-|f"
	  . "|{\"a\": \"1\\\"\", \"b\": \"\"}|2020-08-24 22:08:44.632+00"
	  . "|2020-08-24 22:08:45+00|JSON|d9b6c0c9-0747-4bf4-b142-e8883122f767|arn\n"
	  . "d9b6c0c9-0747-4bf4-b142-e8883122f768|-|-|-|{\"select 1\",\"insert 'x'\"}|t"
	  . "|-|-|-|-|-|-",
	'statements');
is( rows(q{\pset null -} . "\n$utc;\n" . "SELECT * FROM rsdata_list_sessions('wh')"),
	"d9b6c0c9-0747-4bf4-b142-e8883122f767|BUSY|2020-08-24 22:08:44.632+00"
	  . "|2020-08-24 22:08:45+00|00:01:30|2020-08-24 22:10:15+00|dev|u|-|analytics"
	  . "|d9b6c0c9-0747-4bf4-b142-e8883122f766\n"
	  . "d9b6c0c9-0747-4bf4-b142-e8883122f769|CLOSED|-|-|-|-|-|-|-|-|-",
	'sessions');
rows("SELECT * FROM rsdata_list_statements('wh', 'failed', 'rsdata/', 'db', false, 7)");
rows("SELECT * FROM rsdata_list_sessions('wh', status => 'busy', role_level => NULL)");
rows("SELECT * FROM rsdata_list_sessions('wh', aws_session_id => 'abc')");
is_deeply(
	[ ($peer->calls('ListStatements'))[ 0, 1 ] ],
	[   {   Status => 'ALL',
			RoleLevel => JSON::PP::true,
			WorkgroupName => 'analytics',
			MaxResults => 100
		},
		{   Status => 'FAILED',
			StatementName => 'rsdata/',
			Database => 'db',
			RoleLevel => JSON::PP::false,
			WorkgroupName => 'analytics',
			MaxResults => 7
		} ],
	'what is asked about statements');
is_deeply(
	[ ($peer->calls('ListSessions'))[ 1, 2 ] ],
	[   { Status => 'BUSY', WorkgroupName => 'analytics', MaxResults => 100 },
		{ SessionId => 'abc', RoleLevel => JSON::PP::true, MaxResults => 100 } ],
	'what is asked about sessions');
my ($describe) = $peer->calls('DescribeTable');
is("$describe->{Schema}.$describe->{Table}", 's.t', 'what table is described');

# Errors of the service, also in the middle.
my $list = "SELECT * FROM rsdata_list_tables('wh')";
service(
	ListTables => [ tables(1, 3, 'a'), refusal('ValidationException', 'no such thing') ]);
my $err = fails($list, 'HV000',
	qr/ListTables on server "wh" failed: ValidationException: no such thing/,
	'an error on the second page');
like($err, qr/DETAIL:  The request's id is req-1\./, 'its request id');
like($err, qr/HINT:  Check the arguments/, 'its hint');
is(rows("SELECT 1"), 1, 'and all goes on');

service(ListTables => [ refusal('AccessDeniedException', 'not authorized', 403) ]);
$err = fails($list, '28000', qr/not authorized/, 'not allowed');
like($err,
	qr/redshift-data:ListTables and secretsmanager:GetSecretValue/,
	'which action to allow');
service(
	ListTables => [ refusal('InvalidSignatureException', 'wrong', 403) ],
	ListSessions => [ refusal('AccessDeniedException', 'not authorized', 403) ]);
$err = fails($list, '28000', qr/InvalidSignatureException/, 'a wrong secret');
like($err, qr/HINT:  The secret_access_key/, 'which is told');
$err = fails("SELECT * FROM rsdata_list_sessions('wh')",
	'28000', qr/not authorized/, 'sessions not allowed');
like($err, qr/redshift-data:ListSessions\./, 'no login is needed for those');

# What may pass is tried again.
service(
	ListTables => [
		refusal('InternalServerException', 'oops', 500),
		'cut', tables(1, 2, 'a'),
		refusal('DatabaseConnectionException', 'asleep', 500),
		tables(3, 3) ]);
is(rows("SELECT count(*) FROM rsdata_list_tables('wh')"),
	3, 'passing errors are passed over');
is(scalar(my @five = $peer->calls('ListTables')), 5, 'by asking again');
service(
	ListTables => [ refusal('DatabaseConnectionException', 'asleep', 500) ]);
fails($list, 'HV000', qr/asleep/, 'one that does not pass');
is(scalar(my @three = $peer->calls('ListTables')), 3, 'after three attempts');
service(
	ListTables => [
		(refusal('ThrottlingException', 'Rate exceeded')) x 4, tables(1, 2) ]);
is(rows("SELECT count(*) FROM rsdata_list_tables('wh')"),
	2, 'throttles are waited out');
service(ListTables => [ refusal('ThrottlingException', 'Rate exceeded') ]);
$err = fails("SET rsdata.catalog_timeout = '300ms'; $list",
	'57014', qr/has not ended within rsdata.catalog_timeout \(300 ms\)/,
	'as long as there is time');
like($err, qr/DETAIL:  The last attempt: ThrottlingException: Rate exceeded\./,
	'and why is told');

# Answers that make no sense.
service(ListTables => [ tables(1, 1, 'same') ]);
fails($list, '22000', qr/repeats the same NextToken/, 'a page without end');
service(ListTables => ['<html>what?</html>']);
fails($list, '22000', qr/while reading the reply to ListTables/, 'no JSON');
service(ListTables => ['{"Tables":[{"name":"a\\ud800"}]}']);
fails($list, '22021', qr/ListTables/, 'text that is none');
service(ListTables => ['{"Tables":[{"schema":"a"}]}']);
fails($list, '22000', qr/a name is missing/, 'a table without a name');
service(ListTables => [ { status => 502, body => '<html>Bad Gateway</html>' } ]);
$err = fails($list, 'HV000', qr/HTTP 502/, 'somebody else answers');
like($err, qr/HINT:  .*prox/, 'perhaps a proxy');

# Nobody there.
$node->safe_psql('postgres',
	"ALTER SERVER wh OPTIONS (SET endpoint_url 'http://127.0.0.1:9')");
fails($list, '08001', qr/ListTables on server "wh" failed/, 'nobody listens');
service(ListTables => ['cut']);
fails($list, '08006', qr/ListTables on server "wh" failed/, 'nobody answers');

$node->safe_psql('postgres',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (ADD proxy 'http://user:secretexample\@127.0.0.1:9')");
$err = fails($list, '08001', qr/prox/, 'the way is through a proxy');
like($err, qr/HINT:  Check the proxy/, 'which is told');
unlike($err, qr/secretexample/, 'without its password');
$node->safe_psql('postgres',
	'ALTER USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (DROP proxy)');

# A service that hangs: time-outs and a cancel, at once and without a trace.
service(ListTables => [ tables(1, 3, 'a'), 'hang' ], ListSchemas => ['hang']);
fails("SET rsdata.catalog_timeout = '1s'; $list",
	'57014', qr/rsdata.catalog_timeout \(1000 ms\)/, 'catalog_timeout');
my $session = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $session->query_safe('SELECT pg_backend_pid()');
my $hang = "SELECT * FROM rsdata_list_schemas('wh');";
$session->query_safe("SET rsdata.catalog_timeout = '1h'");
$session->query_safe("SET statement_timeout = '300ms'");
$session->query($hang);
my $files = () = glob("/proc/$pid/fd/*");
$session->query($hang) foreach 1 .. 5;
like($session->{stderr}, qr/canceling statement due to statement timeout/,
	'statement_timeout');
$session->{stderr} = '';
$session->query_safe('RESET statement_timeout');
foreach my $n (1 .. 3)
{
	$session->query_until(qr/off we go/, "\\echo off we go\n$hang\n");
	my $seen = wait_for(
		sub {
			$node->safe_psql('postgres',
				"SELECT count(*) FROM pg_stat_activity WHERE pid = $pid
				 AND wait_event_type = 'Extension'") eq '1';
		});
	ok($seen, "call $n waits for the service");
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	is($session->query('SELECT 1'), 1, 'and ends when it is cancelled');
}
like($session->{stderr}, qr/canceling statement due to user request/,
	'a cancel is told');
$session->{stderr} = '';
$session->query_safe(
	q{SET rsdata.catalog_timeout = '300ms';
	DO $$
	BEGIN
		FOR i IN 1 .. 5 LOOP
			BEGIN
				PERFORM * FROM rsdata_list_schemas('wh');
			EXCEPTION WHEN query_canceled THEN
				NULL;
			END;
		END LOOP;
	END $$});
my $files_later = () = glob("/proc/$pid/fd/*");
is($files_later, $files, 'no descriptor is left');
$session->quit;

# Limits are shared by all sessions: one call in five minutes is left here.
service(ListTables => [ tables(1, 1) ]);
$node->safe_psql('postgres',
	q{ALTER SERVER wh OPTIONS (SET quota_share '0.001', SET region 'eu-west-3')});
is(rows("SELECT count(*) FROM rsdata_list_tables('wh')"), 1, 'one call');
$err = fails("SET rsdata.catalog_timeout = '300ms'; $list",
	'57014', qr/has not ended/, 'the next one, of another session');
like($err, qr/quota_share/, 'has to wait for its turn');
is(scalar(my @one = $peer->calls('ListTables')), 1, 'and was not sent');
is( rows("SELECT count(*) FROM rsdata_list_schemas('wh')") =~ /ERROR/ ? 'sent' : 'not',
	'sent', 'each operation has a limit of its own');
my $check = q{SET rsdata.catalog_timeout = '300ms';
	SELECT detail FROM rsdata_check('wh') WHERE NOT ok AND step = 'connection'};
rows($check);
like(rows($check), qr/quota_share/, 'rsdata_check waits for its turn, too');

my @leaks = grep { /secretexample/ && !/secret_access_key '|ADD proxy/ }
  split(/\n/, slurp_file($node->logfile));
is("@leaks", '', 'no secret is logged');
stayed_up($node);

done_testing();
