# Rsdata::Canned: a peer that answers each operation of the Data API with
# replies that the test wrote, and keeps the requests it got.  It checks
# nothing; who wants the real thing has Rsdata::Emulator.
package Rsdata::Canned;

use strict;
use warnings;

use Carp;
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();

my $json = JSON::PP->new->utf8->canonical;

# start(Operation => [reply, ...], ...): each request takes its operation's
# next reply, the last one for ever.  A reply is a hash or text that is sent
# as the body, or {status, body, headers}, or 'hang' (no answer) or 'cut' (the
# connection is closed).
sub start
{
	my ($class, %replies) = @_;
	my $socket = IO::Socket::INET->new(
		LocalAddr => '127.0.0.1',
		Listen => 20) or croak("listen: $!");
	my $log = File::Temp->new(TEMPLATE => 'cannedXXXXXX', TMPDIR => 1);
	my $self = bless {
		url => 'http://127.0.0.1:' . $socket->sockport,
		log => $log,
		owner => $$,
	}, $class;

	$self->{pid} = fork // croak("fork: $!");
	if ($self->{pid} == 0)
	{
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP CHLD ALRM);
		$SIG{PIPE} = 'IGNORE';
		eval { _serve($socket, $log, \%replies) };
		POSIX::_exit(1);
	}
	close($socket);
	return $self;
}

sub url { return $_[0]->{url} }

# The requests of an operation, oldest first: their bodies, decoded.
sub calls
{
	my ($self, $op) = @_;
	open(my $fh, '<', $self->{log}->filename) or croak("open: $!");
	my @calls = map { $json->decode($_) } <$fh>;
	return map { $_->{body} } grep { $_->{op} eq $op } @calls;
}

sub _serve
{
	my ($listener, $log, $replies) = @_;
	my $select = IO::Select->new($listener);
	my %got;

	while (1)
	{
		for my $socket ($select->can_read)
		{
			if ($socket == $listener)
			{
				$select->add($listener->accept);
				next;
			}
			my $n = sysread($socket, my $piece, 65536);
			$got{$socket} .= $piece if $n;
			if ($n && !_whole($got{$socket}))
			{
				next;
			}
			my $said = delete($got{$socket}) // '';
			next if $n && _answer($socket, $log, $replies, $said) eq 'hang';
			$select->remove($socket);
			close($socket);
		}
	}
	return;
}

# Has all of a request come?
sub _whole
{
	my ($text) = @_;
	my ($head, $body) = split(/\r\n\r\n/, $text, 2);

	return 0 if !defined $body;
	my ($length) = $head =~ /^content-length: *(\d+)/mi;
	return length($body) >= ($length // 0);
}

sub _answer
{
	my ($socket, $log, $replies, $said) = @_;
	my ($head, $body) = split(/\r\n\r\n/, $said, 2);
	my ($op) = $head =~ /^x-amz-target: *RedshiftData\.(\w+)/mi;

	$op //= '';
	syswrite($log,
		$json->encode({ op => $op, body => $json->decode($body || '{}') })
		  . "\n");
	my $list = $replies->{$op} // [ { status => 404, body => '' } ];
	my $reply = @$list > 1 ? shift(@$list) : $list->[0];
	return $reply if $reply eq 'hang' || $reply eq 'cut';
	$reply = { body => $reply }
	  if !ref $reply || !exists $reply->{body};
	my $text = ref $reply->{body} ? $json->encode($reply->{body}) : $reply->{body};
	my %headers = (
		'Content-Type' => 'application/x-amz-json-1.1',
		'Content-Length' => length($text),
		'Connection' => 'close',
		%{ $reply->{headers} // {} });
	syswrite($socket,
		join("\r\n",
			'HTTP/1.1 ' . ($reply->{status} // 200) . ' Said',
			(map { "$_: $headers{$_}" } sort keys %headers),
			'', $text));
	return 'done';
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $!, $@);
	return if !$self->{pid} || $self->{owner} != $$;
	kill('KILL', $self->{pid});
	waitpid($self->{pid}, 0);
	return;
}

1;
