# Rsdata::Test: what the TAP tests share: a server with rsdata preloaded, a
# warehouse with an emulator before it, and waits that look at a condition
# instead of sleeping.
package Rsdata::Test;

use strict;
use warnings;

use Carp;
use Exporter 'import';
use JSON::PP ();
use PostgreSQL::Test::BackgroundPsql;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Emulator;
use Rsdata::Node;
use Test::More;
use Time::HiRes qw(usleep time);

our @EXPORT = qw(new_node new_warehouse new_emulator create_server submit_ok
  wait_status wait_settled wait_for status_is rows_are arm_fault fault_fired
  worker_pid new_listener notifications published_for error_of statement_row
  stayed_up literal);

our $TIMEOUT = $PostgreSQL::Test::Utils::timeout_default // 60;

# new_node($name [, conf => [lines], database => 'postgres', extension => 1,
# preload => 1]): a started server; it comes back after a crash, and what it
# committed is on disk, as in real life.
sub new_node
{
	my ($name, %opts) = @_;
	my $node = Rsdata::Node->new($name);
	my @conf = (
		'restart_after_crash = on',
		'fsync = on',
		'max_worker_processes = 16',
		'max_prepared_transactions = 10',
		'log_min_messages = info',
		@{ $opts{conf} // [] });

	unshift @conf, "shared_preload_libraries = 'rsdata'"
	  if $opts{preload} // 1;
	$node->init;
	$node->append_conf('postgresql.conf', join("\n", @conf) . "\n");
	$node->start;
	$node->safe_psql($opts{database} // 'postgres', 'CREATE EXTENSION rsdata')
	  if $opts{extension} // 1;
	return $node;
}

# A server of its own for the emulator's SQL, so that a crash of the server
# under test does not take it along.  The database is called warehouse.
sub new_warehouse
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name // 'warehouse');

	$node->init;
	$node->append_conf('postgresql.conf', "max_connections = 100\n");
	$node->start;
	$node->safe_psql('postgres', 'CREATE DATABASE warehouse');
	return $node;
}

# new_emulator($warehouse [, args => [...], ...]): see Rsdata::Emulator.
sub new_emulator
{
	my ($warehouse, %opts) = @_;
	return Rsdata::Emulator->start(dsn => $warehouse->connstr('warehouse'),
		%opts);
}

our $TOPIC = 'arn:aws:sns:eu-west-1:123456789012:outcomes';

# create_server($node, $emulator [, name => 'wh', database => 'postgres',
# options => {...}, user => 'CURRENT_USER', access_key, secret_key]): server
# and mapping; success and failure go to one topic.
sub create_server
{
	my ($node, $emulator, %opts) = @_;
	my $name = $opts{name} // 'wh';
	my $user = $opts{user} // 'CURRENT_USER';
	my %options = (
		region => 'eu-west-1',
		workgroup_name => 'analytics',
		database => 'dev',
		endpoint_url => $emulator->url,
		sns_endpoint_url => $emulator->url,
		topic_arns => $TOPIC,
		success_topic_arn => $TOPIC,
		failure_topic_arn => $TOPIC,
		%{ $opts{options} // {} });
	my $list = join(', ',
		map { "$_ " . _literal($options{$_}) }
		grep { defined $options{$_} } sort keys %options);
	my ($key, $secret) = map { _literal($_) } (
		$opts{access_key} // 'AKIDEXAMPLE',
		$opts{secret_key} // 'secretexample');

	$node->safe_psql(
		$opts{database} // 'postgres', qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER rsdata OPTIONS ($list);
		CREATE USER MAPPING FOR $user SERVER $name
			OPTIONS (access_key_id $key, secret_access_key $secret);});
	return;
}

sub _literal
{
	my ($text) = @_;
	$text =~ s/'/''/g;
	return "'$text'";
}

# submit_ok($node, $sql [, server => 'wh', database => 'postgres',
# more => "label => 'x'"]): the statement's id.
sub submit_ok
{
	my ($node, $sql, %opts) = @_;
	my $server = $opts{server} // 'wh';
	my $more = $opts{more} ? ", $opts{more}" : '';
	my ($ret, $out, $err) = $node->psql($opts{database} // 'postgres',
		'SELECT rsdata_submit(' . _literal($sql) . ", server => '$server'$more)");

	like($out, qr/^\d+$/, "submitted: $sql") or diag($err);
	return $out;
}

# Runs $code until it is true; its value, or undef after the time limit.
sub wait_for
{
	my ($code, $seconds) = @_;
	my $until = time + ($seconds // $TIMEOUT);

	while (1)
	{
		my $value = $code->();
		return $value if $value;
		return if time > $until;
		usleep(50_000);
	}
}

my %SETTLED = map { $_ => 1 } qw(finished failed cancelled timed_out
  undelivered skipped expired orphaned);

# The view's row of a statement, as a hash of texts; {} while the server
# cannot be reached (after a crash).
sub _statement
{
	my ($node, $id, $database) = @_;
	my ($ret, $out) = $node->psql($database // 'postgres',
		"SELECT row_to_json(s) FROM rsdata.statements s WHERE id = $id");
	return {} if !defined $out || $out eq '';
	return JSON::PP->new->utf8->decode($out);
}

# The same for tests, of the database postgres.
sub statement_row
{
	my ($node, $id) = @_;
	return _statement($node, $id);
}

# Waits until the statement has a final status; its row of rsdata.statements.
sub wait_settled
{
	my ($node, $id, $database) = @_;
	my $row;

	wait_for(
		sub {
			$row = _statement($node, $id, $database);
			return $SETTLED{ $row->{status} // '' };
		}) or diag("statement $id is still " . ($row->{status} // 'unknown'));
	return $row;
}

# A test: the statement comes to this status (and does not settle on another).
sub wait_status
{
	my ($node, $id, $status, $name, $database) = @_;
	my $row = {};

	wait_for(
		sub {
			$row = _statement($node, $id, $database);
			my $is = $row->{status} // '';
			return $is eq $status || $SETTLED{$is};
		});
	is($row->{status}, $status, $name // "statement $id comes to $status")
	  or diag(explain($row));
	return $row;
}

# A test: what rsdata_status says now.
sub status_is
{
	my ($node, $id, $status, $name) = @_;
	return is($node->safe_psql('postgres', "SELECT rsdata_status($id)"),
		$status, $name // "statement $id is $status");
}

# A test: the rows of a statement under a column definition list, as psql
# prints them unaligned.
sub rows_are
{
	my ($node, $id, $columns, $expected, $name) = @_;
	my ($ret, $out, $err) = $node->psql('postgres',
		"SELECT * FROM rsdata_result($id) AS t($columns)");
	return is($out, $expected, $name // "rows of statement $id")
	  || diag($err // '');
}

# What psql prints as the error of a command.
sub error_of
{
	my ($node, $sql, $database) = @_;
	my ($ret, $out, $err) = $node->psql($database // 'postgres', $sql);
	return $err;
}

# arm_fault($node, 'point action [n]'): the next (or n-th) time a process
# passes this point it does the action, once.  Needs a build with
# FAULT_POINTS=1.
sub arm_fault
{
	my ($node, $what) = @_;
	my $file = $node->data_dir . '/rsdata_fault';

	append_to_file("$file.new", "$what\n");
	rename("$file.new", $file) or croak("rename: $!");
	return;
}

# A test: the armed fault has struck.
sub fault_fired
{
	my ($node, $name) = @_;
	my $file = $node->data_dir . '/rsdata_fault';
	return ok(wait_for(sub { !-e $file }), $name // 'the fault struck');
}

# A test: none of the server's processes crashed, and no worker gave up.
sub stayed_up
{
	my ($node, $name) = @_;
	my @bad = grep {
		/terminated by signal|TRAP:|PANIC:|"rsdata[^"]*".*exited with exit code [1-9]/
	} split(/\n/, slurp_file($node->logfile));
	return is_deeply(\@bad, [], $name // 'no process crashed');
}

# The worker of a database, or undef.
sub worker_pid
{
	my ($node, $database) = @_;
	my $pid = $node->safe_psql('postgres',
		"SELECT pid FROM pg_stat_activity WHERE backend_type = 'rsdata worker'
		 AND datname = " . _literal($database // 'postgres'));
	return $pid eq '' ? undef : $pid;
}

# A psql that listens: new_listener($node [, channel, database]).
sub new_listener
{
	my ($node, $channel, $database) = @_;
	my $psql =
	  $node->background_psql($database // 'postgres', on_error_stop => 0);

	$psql->query_safe('LISTEN ' . ($channel // 'rsdata'));
	return { psql => $psql, heard => [] };
}

# Waits until the listener has heard $count notifications in all (payloads,
# decoded where JSON); returns all heard so far.
sub notifications
{
	my ($listener, $count) = @_;

	wait_for(
		sub {
			my $out = $listener->{psql}->query('SELECT 1');
			while ($out =~ /Asynchronous notification "([^"]*)" with payload "(.*)" received/g)
			{
				my ($channel, $payload) = ($1, $2);
				push @{ $listener->{heard} },
				  eval { JSON::PP->new->decode($payload) } // $payload;
			}
			return @{ $listener->{heard} } >= $count;
		});
	return @{ $listener->{heard} };
}

# Waits for the SNS messages about one statement and returns them.
sub published_for
{
	my ($emulator, $id, $count) = @_;
	my @messages;

	wait_for(
		sub {
			@messages =
			  grep { (ref $_->{json} ? $_->{json}{id} // '' : '') eq $id }
			  $emulator->published;
			return @messages >= ($count // 1);
		});
	return @messages;
}

# literal($text): an SQL literal; of undef, NULL.
sub literal
{
	my ($text) = @_;
	return 'NULL' unless defined $text;
	$text =~ s/'/''/g;
	return "'$text'";
}

1;
