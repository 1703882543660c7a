# The list functions against the emulator, which looks into a real catalog:
# patterns, pages, statements of our own, sessions; signatures are verified.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main');
create_server($node, $emulator, options => { quota_share => '0' });
$warehouse->safe_psql(
	'warehouse', q{
	CREATE SCHEMA mart;
	CREATE TABLE mart.sales (id integer NOT NULL, region varchar(20) DEFAULT 'x',
		amount numeric(12,2));
	CREATE VIEW mart.totals AS SELECT region, sum(amount) AS s FROM mart.sales GROUP BY 1;
	CREATE SCHEMA many;
	DO $$ BEGIN
		FOR i IN 1 .. 1001 LOOP
			EXECUTE format('CREATE TABLE many.t%s ()', i);
		END LOOP;
	END $$});

sub rows { return $node->safe_psql('postgres', $_[0]); }

like(rows("SELECT * FROM rsdata_list_databases('wh')"),
	qr/^warehouse$/m, 'databases');
is(rows("SELECT * FROM rsdata_list_schemas('wh', 'ma%') ORDER BY 1"),
	"many\nmart", 'schemas by pattern');
is(rows("SELECT * FROM rsdata_list_tables('wh', 'mart') ORDER BY 2"),
	"mart|sales|TABLE\nmart|totals|VIEW", 'tables of a schema');
is(rows("SELECT table_name FROM rsdata_list_tables('wh', table_pattern => 'sal_s')"),
	'sales', 'tables by pattern');
is( rows(
		"SELECT position, column_name, type_name, nullable FROM
		 rsdata_describe_table('wh', 'mart', 'sales') ORDER BY 1"),
	"1|id|int4|f\n2|region|varchar|t\n3|amount|numeric|t", 'columns');
$emulator->reset;
is( rows(
		"SELECT count(*), count(DISTINCT table_name)
		 FROM rsdata_list_tables('wh', 'many')"),
	'1001|1001', 'more tables than a page holds');
is(scalar(my @pages = $emulator->calls('ListTables')), 2, 'come in two pages');

# What we have submitted is found under its id at the service.
my @ids = map { submit_ok($node, $_) } 'select 1', 'select 2', 'selec';
wait_settled($node, $_) for @ids;
is( rows(
		"SELECT s.id, l.status, l.sql, l.is_batch FROM rsdata.statements s
		 JOIN rsdata_list_statements('wh') l USING (aws_id) ORDER BY 1"),
	"$ids[0]|FINISHED|select 1|f\n$ids[1]|FINISHED|select 2|f\n$ids[2]|FAILED|selec|f",
	'statements, whatever became of them');
is( rows("SELECT sql FROM rsdata_list_statements('wh', 'failed')"),
	'selec', 'by status');
is( rows(
		"SELECT count(*) FROM rsdata_list_statements('wh', statement_name => 'rsdata/')"),
	3, 'by the beginning of their name');
is( rows(
		"SELECT count(*) FROM rsdata_list_statements('wh', statement_name => 'other')"),
	0, 'which has to fit');
is(rows("SELECT count(*) FROM rsdata_list_sessions('wh')"), 0, 'no session');
like(
	error_of($node,
		"\\set VERBOSITY verbose\nSELECT * FROM rsdata_list_sessions('wh',
		 aws_session_id => 'd9b6c0c9-0747-4bf4-b142-e8883122f767')"),
	qr/ERROR:  HV000: ListSessions on server "wh" failed: ResourceNotFoundException/,
	'a session that never was');

# Wrong keys.
$node->safe_psql('postgres',
	"ALTER USER MAPPING FOR CURRENT_USER SERVER wh OPTIONS (SET secret_access_key 'wrong')");
like(
	error_of($node,
		"\\set VERBOSITY verbose\nSELECT * FROM rsdata_list_schemas('wh')"),
	qr/ERROR:  28000: .*HINT:  The secret_access_key/s,
	'a wrong secret');
stayed_up($node);

done_testing();
