# Rsdata::Emulator: starts a rsdata-emulator for a test, steers its trouble
# switches and reads its ledger.  Talks to it over its control paths; never
# looks at the database.
package Rsdata::Emulator;

use strict;
use warnings;

use Carp;
use File::Temp ();
use HTTP::Tiny;
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(usleep time);

my $json = JSON::PP->new->utf8->canonical;

# start(dsn => CONNINFO [, program => PATH, args => [...], access_key,
# secret_key, listen]): the emulator is ready when this returns.
sub start
{
	my ($class, %opts) = @_;
	my $self = bless {
		program => $opts{program} // $ENV{EMULATOR}
		  // 'test/emulator/rsdata-emulator',
		dsn => $opts{dsn} // croak('an emulator needs a dsn'),
		args => $opts{args} // [],
		access_key => $opts{access_key} // 'AKIDEXAMPLE',
		secret_key => $opts{secret_key} // 'secretexample',
		listen => $opts{listen} // '127.0.0.1:0',
		owner => $$,
		http => HTTP::Tiny->new(timeout => 30, proxy => undef, no_proxy => '*'),
	}, $class;

	$self->_launch;
	return $self;
}

# The program runs in a process that was replaced by it at once: it must not
# inherit the test's END blocks and signal handlers.
sub _launch
{
	my ($self) = @_;
	my $log = File::Temp->new(TEMPLATE => 'emulatorXXXXXX', TMPDIR => 1);
	my $pid = fork // croak("fork: $!");

	if ($pid == 0)
	{
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE CHLD ALRM);
		open(STDIN, '<', '/dev/null') && open(STDOUT, '>>', $log->filename)
		  && open(STDERR, '>&', \*STDOUT)
		  && exec($self->{program}, '--listen', $self->{listen},
			'--dsn', $self->{dsn}, '--access-key', $self->{access_key},
			'--secret-key', $self->{secret_key}, @{ $self->{args} });
		POSIX::_exit(127);
	}
	$self->{pid} = $pid;
	$self->{log} = $log;
	$self->_await_ready;
	return;
}

sub _await_ready
{
	my ($self) = @_;
	my $until = time + 20;

	while (time < $until)
	{
		my $text = $self->log;
		if ($text =~ m{^listening on (http://([^\s/]+))}m)
		{
			$self->{url} = $1;
			# A restart comes back on the same port.
			$self->{listen} = $2;
			return;
		}
		last if waitpid($self->{pid}, POSIX::WNOHANG()) != 0;
		usleep(20_000);
	}
	my $said = $self->log;
	delete $self->{pid};
	croak("the emulator did not start: $said");
}

# What it printed so far.
sub log
{
	my ($self) = @_;
	open(my $fh, '<', $self->{log}->filename) or return '';
	local $/;
	return <$fh> // '';
}

sub url { return $_[0]->{url} }
sub pid { return $_[0]->{pid} }

sub _call
{
	my ($self, $method, $path, $body) = @_;
	my %request = $body
	  ? ( content => $json->encode($body),
		headers => { 'content-type' => 'application/json' })
	  : ();
	my $reply =
	  $self->{http}->request($method, "$self->{url}/_emulator/$path", \%request);

	croak("$method $path: $reply->{status} $reply->{content}")
	  unless $reply->{success};
	return $reply->{content} =~ /^\s*[\[{]/
	  ? $json->decode($reply->{content})
	  : {};
}

# trouble({op => ..., kind => ..., count => ..., ...}): see
# rsdata-emulator --help for the kinds.
sub trouble { my ($self, $t) = @_; $self->_call('POST', 'trouble', $t); return; }
sub untrouble { $_[0]->_call('DELETE', 'trouble'); return; }

# Lets every hanging call go on.
sub release { $_[0]->_call('POST', 'release'); return; }

# Forgets statements, ledger, messages and trouble.
sub reset { $_[0]->_call('POST', 'reset'); return; }

# The calls it got and the SQL it really started, oldest first.
sub calls
{
	my ($self, $op) = @_;
	my @calls = @{ $self->_call('GET', 'ledger')->{calls} // [] };
	return defined $op ? grep { $_->{op} =~ /(^|\.)\Q$op\E$/ } @calls : @calls;
}

sub executions
{
	my ($self, $part_of_sql) = @_;
	my @all = @{ $self->_call('GET', 'ledger')->{executions} // [] };
	return defined $part_of_sql
	  ? grep { index($_->{sql}, $part_of_sql) >= 0 } @all
	  : @all;
}

# The messages SNS got: topic, subject, message (text), attributes; {json} is
# the message decoded if it is JSON.
sub published
{
	my ($self) = @_;
	my @messages = @{ $self->_call('GET', 'published')->{messages} // [] };

	for my $m (@messages)
	{
		$m->{json} = eval { JSON::PP->new->decode($m->{message}) };
	}
	return @messages;
}

sub statements { return $_[0]->_call('GET', 'statements') }

# Temporary keys.  The ones it issued so far, newest first: access_key, arn,
# issued, expires, shown.
sub issued { return @{ $_[0]->_call('GET', 'credentials')->{issued} } }

# credentials(expire => 1 | rotate => 1 | ttl => SECONDS | instance => MODE |
# web_identity_token => T | container_token => T): see rsdata-emulator --help.
sub credentials
{
	my ($self, %wish) = @_;
	for my $flag (grep { exists $wish{$_} } qw(expire rotate))
	{
		$wish{$flag} = $wish{$flag} ? JSON::PP::true : JSON::PP::false;
	}
	$self->_call('POST', 'credentials', \%wish);
	return;
}

# Ends it: politely, or with "KILL" as a machine that loses its power.
sub stop
{
	my ($self, $signal) = @_;
	my $pid = delete $self->{pid} or return;

	kill($signal // 'TERM', $pid);
	my $until = time + 5;
	while (waitpid($pid, POSIX::WNOHANG()) == 0)
	{
		kill('KILL', $pid) if time > $until;
		usleep(20_000);
	}
	return;
}

# Starts it again after stop, on the same address.
sub restart
{
	my ($self) = @_;
	$self->stop;
	$self->_launch;
	return;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $!, $@);
	$self->stop if $self->{pid} && $self->{owner} == $$;
	return;
}

1;
