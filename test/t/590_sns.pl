# SNS: which topic, what is said, in what form; topics that refuse, hang or
# are not there, which hold up nobody else; days of trying that keep no
# worker.

use strict;
use warnings;
use utf8;

use Encode qw(encode);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $ARN = 'arn:aws:sns:eu-west-1:123456789012';
my $warehouse = new_warehouse();
my $emulator = new_emulator($warehouse);
my $node = new_node('main', conf => ["rsdata.worker_linger = '1s'"]);

sub server
{
	my ($name, %options) = @_;
	create_server($node, $emulator,
		name => $name,
		options => {
			topic_arns => undef,
			success_topic_arn => undef,
			failure_topic_arn => undef,
			%options
		});
	return;
}

# A statement of this label and these options.
sub submit
{
	my ($server, $sql, $label, $options) = @_;
	return submit_ok($node, $sql,
		server => $server,
		more => encode('UTF-8', "label => '$label'")
		  . (defined $options ? ", options => '$options'" : ''));
}

sub sns_is
{
	my ($id, $status, $name) = @_;
	ok( wait_for(
			sub { (statement_row($node, $id)->{sns_status} // '') eq $status }),
		$name) or diag(explain(statement_row($node, $id)));
	return statement_row($node, $id);
}

# Waits until the row of a pending one says what is in the way.
sub says
{
	my ($id, $what, $name) = @_;
	my $row;
	ok( wait_for(
			sub {
				$row = statement_row($node, $id);
				return ($row->{sns_error} // '') =~ $what;
			}),
		$name) or diag(explain($row));
	return $row;
}

# The one message about a statement.
sub letter
{
	my ($id) = @_;
	my @messages = published_for($emulator, $id);
	is(scalar(@messages), 1, "one message about statement $id");
	return $messages[0];
}

# ---- which topic ----

server('plain', topic_arns => "$ARN:first, $ARN:second");
server('two',
	topic_arns => "$ARN:first",
	success_topic_arn => "$ARN:good",
	failure_topic_arn => "$ARN:bad");
server('none');

for my $case (
	[ 'plain', 'select 1', undef, 'first' ],
	[ 'plain', 'select 1/0', undef, 'first' ],
	[ 'two', 'select 1', undef, 'good' ],
	[ 'two', 'select 1/0', undef, 'bad' ],
	[ 'plain', 'select 1', qq({"success_topic_arn": "$ARN:second"}), 'second' ],
	[ 'plain', 'select 1/0', qq({"success_topic_arn": "$ARN:second"}), 'first' ],
	[ 'two', 'select 1/0', qq({"failure_topic_arn": "$ARN:first"}), 'first' ],
	[ 'none', 'select 1', qq({"success_topic_arn": "$ARN:own"}), 'own' ])
{
	my ($server, $sql, $options, $topic) = @$case;
	my $id = submit($server, $sql, 'topics', $options);
	wait_settled($node, $id);
	is(letter($id)->{topic}, "$ARN:$topic",
		"$server, $sql, " . ($options // 'no options'));
}
for my $case ([ 'none', 'select 1', undef ],
	[ 'none', 'select 1/0', qq({"success_topic_arn": "$ARN:own"}) ])
{
	my ($server, $sql, $options) = @$case;
	my $id = submit($server, $sql, 'no topic', $options);
	is(wait_settled($node, $id)->{sns_status}, undef, 'nobody is told');
}

# ---- what is said ----

server('"w h"', topic_arns => "$ARN:first, $ARN:queue.fifo");
{
	my $id = submit('w h', 'select 1', "Zoë\t€\x{1}!");
	my $m = letter($id);
	wait_settled($node, $id);
	is($m->{subject}, "rsdata: statement $id finished (Zo? ? !)",
		'a subject is one line of ASCII');
	is($m->{json}{label}, "Zoë\t€\x{1}!", 'the message has the whole label');
	is_deeply(
		$m->{attributes},
		{ status => 'finished', label => "Zoë\t€ !", server => 'w h' },
		'the attributes are of allowed characters');
	$id = submit('w h', 'select 1', 'x' x 150);
	cmp_ok(length(letter($id)->{subject}), '<', 100, 'a subject is cut');
	$id = submit_ok($node, 'select 1', server => 'w h');
	is_deeply(
		letter($id)->{attributes},
		{ status => 'finished', server => 'w h' },
		'an attribute is not empty');

	$id = submit('w h', "select 'secret'::int", 'with text');
	like(letter($id)->{json}{error}, qr/secret/, 'an error has its text');
	$node->safe_psql('postgres',
		q{ALTER SERVER "w h" OPTIONS (ADD sns_error_text 'off')});
	$id = submit('w h', "select 'secret'::int", 'without text');
	$m = letter($id);
	unlike($m->{message}, qr/secret/, 'or not');
	is($m->{json}{status}, 'failed', 'but what became of it');
	$node->safe_psql('postgres',
		q{ALTER SERVER "w h" OPTIONS (DROP sns_error_text)});
}

# ---- FIFO ----

{
	my $calls = $emulator->calls('Publish');
	$emulator->trouble(
		{ op => 'Publish', kind => 'lost_reply', match => 'fifo' });
	my $id = submit('w h', 'select 1', 'fifo',
		qq({"success_topic_arn": "$ARN:queue.fifo"}));
	sns_is($id, 'published', 'published to a FIFO topic');
	my $m = letter($id);
	is($m->{group_id}, 'w_h', 'its group is the server');
	like($m->{deduplication_id}, qr/^[0-9a-f-]{32,128}$/,
		'it has a deduplication id');
	is($emulator->calls('Publish') - $calls,
		2, 'sent again, the service knew it');
	my $other = submit('w h', 'select 1', 'fifo',
		qq({"success_topic_arn": "$ARN:queue.fifo"}));
	isnt(letter($other)->{deduplication_id},
		$m->{deduplication_id}, 'another one has another');
}

# ---- refusals ----

for my $case (
	[ 'denied', undef, qr/^AuthorizationError: .*HINT: .*sns:Publish/ ],
	[ 'kms', undef, qr/^KMSAccessDenied: .*HINT: .*kms:GenerateDataKey/ ],
	[ 'kms', 'KMSDisabled', qr/^KMSDisabled: .*HINT: Enable/ ],
	[ 'error', 'InternalError', qr/^InternalError: (?!.*HINT)/ ])
{
	my ($kind, $code, $says) = @$case;
	my $name = $code // $kind;
	$emulator->trouble(
		{   op => 'Publish',
			kind => $kind,
			count => -1,
			match => "to be $name",
			($code ? (code => $code) : ())
		});
	my $id = submit('two', 'select 1', "to be $name");
	my $row = says($id, $says, "$name: what to do");
	is("$row->{status} $row->{sns_status}",
		'finished pending', "$name: of publishing only");
	isnt($row->{sns_next_attempt_at}, undef, "$name: it is tried again");
	$emulator->untrouble;
	$row = sns_is($id, 'published', "$name: and published at last");
	is($row->{sns_error}, undef, "$name: no error is left");
	is($row->{sns_next_attempt_at}, undef, "$name: and nothing to do");
}

# ---- a topic that hangs ----

{
	server('dead', topic_arns => "$ARN:dead");
	my $calls = $emulator->calls('Publish');
	$emulator->trouble(
		{ op => 'Publish', kind => 'hang', count => -1, match => 'to the dead' });
	my @dead = map { submit('dead', "select $_", 'to the dead') } 1 .. 20;
	wait_status($node, $_, 'finished') for @dead;
	ok(wait_for(sub { $emulator->calls('Publish') > $calls }),
		'some are on the wire');
	my @alive = map { submit('two', "select $_", 'to the living') } 1 .. 5;
	sns_is($_, 'published', 'another topic hears at once') for @alive;
	is(statement_row($node, $_)->{sns_status},
		'pending', 'while this one does not')
	  for @dead[ 0, -1 ];
	cmp_ok($emulator->calls('Publish') - $calls - @alive,
		'<=', 4, 'few are on the wire');
	$emulator->untrouble;
	$emulator->release;
	sns_is($_, 'published', 'all are told when it comes back') for @dead;
	letter($_) for @dead[ 0, -1 ];
}

# ---- a topic that refuses is tried by one message at a time ----

{
	server('closed', topic_arns => "$ARN:closed");
	$emulator->trouble(
		{ op => 'Publish', kind => 'denied', count => -1, match => 'in vain' });
	my $calls = $emulator->calls('Publish');
	my @held = map { submit('closed', "select $_", 'in vain') } 1 .. 70;
	wait_status($node, $_, 'finished') for @held[ 0, -1 ];
	says($_, qr/^AuthorizationError/, 'each row says why it waits')
	  for @held[ 0, 35, -1 ];

	# Ten of a kind is what makes it wait for a quarter of an hour; here
	# only: many more would have come if each tried by itself.
	ok( wait_for(
			sub {
				$node->safe_psql('postgres',
					'SELECT count(*) FROM rsdata_worker_status() WHERE pid IS NOT NULL'
				) eq '0';
			}),
		'no worker stays for it');
	my $made = $emulator->calls('Publish') - $calls;
	cmp_ok($made, '<=', 70 + 10, "few calls are made: $made");
	is( $node->safe_psql(
			'postgres', q{
			SELECT next_due > now() FROM rsdata_worker_status()
			WHERE database = 'postgres'}),
		't',
		'the launcher knows when to start one');

	# A new one knocks, and the door is open.
	$emulator->untrouble;
	my $new = submit('closed', 'select 0', 'news');
	sns_is($new, 'published', 'news open a door');

	# What had been tried waits for its time; three days after the end of
	# its statement the first failure is the last.
	my $id = submit('two', 'select 1', 'too late');
	wait_status($node, $id, 'finished');
	sns_is($id, 'published', 'in time');
}

# ---- days ----

{
	$emulator->trouble(
		{ op => 'Publish', kind => 'denied', count => -1, match => 'old news' });
	my $id = submit('two', 'select 1', 'old news');
	says($id, qr/^AuthorizationError/, 'it is refused');
	$node->safe_psql(
		'postgres', qq{
		UPDATE rsdata.statement SET error = repeat(E'\\x01"' || chr(233), 30000)
		WHERE id = $id});
	$emulator->untrouble;
	my $m = letter($id);
	cmp_ok(length($m->{message}), '<', 262_144, 'a huge text is cut');
	like($m->{json}{error}, qr/^\x{1}"é.*é\x{1}"? ?\.\.\. \(cut\)$|\(cut\)$/s,
		'and says so, still as JSON');

	$emulator->trouble(
		{ op => 'Publish', kind => 'denied', count => -1, match => 'too old' });
	$id = submit('two', 'select 1', 'too old');
	says($id, qr/^AuthorizationError/, 'it is refused');
	my $attempts = statement_row($node, $id)->{sns_attempts};

	# A worker that comes back finds the time in the row, and its age.
	$node->stop('immediate');
	$node->start;
	$node->safe_psql(
		'postgres', qq{
		ALTER SYSTEM SET rsdata.enabled = off;
		SELECT pg_reload_conf();});
	ok(wait_for(sub { !defined worker_pid($node) }), 'the worker leaves');
	$node->safe_psql(
		'postgres', qq{
		UPDATE rsdata.statement SET finished_at = now() - interval '73 hours',
			sns_next_attempt_at = now() - interval '1 min'
		WHERE id = $id AND sns_status = 'pending'});
	$node->safe_psql(
		'postgres', qq{
		ALTER SYSTEM RESET rsdata.enabled;
		SELECT pg_reload_conf();});
	my $row = sns_is($id, 'failed', 'after three days it is given up');
	cmp_ok($row->{sns_attempts}, '>', $attempts, 'it was tried once more');
	like($row->{sns_error}, qr/^AuthorizationError/, 'its row says why');
	is($row->{sns_next_attempt_at}, undef, 'and that it is over');
	is($row->{status}, 'finished', 'which the status does not tell');
}

# ---- the launcher starts a worker when one is due ----

{
	$emulator->trouble(
		{ op => 'Publish', kind => 'denied', count => 5, match => 'later' });
	my $id = submit('two', 'select 1', 'later');
	my $row = sns_is($id, 'published', 'published after some refusals');
	is($row->{sns_attempts}, 6, 'in six attempts');
}

stayed_up($node);
done_testing();
