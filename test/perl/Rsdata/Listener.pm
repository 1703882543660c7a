# Rsdata::Listener: a session that LISTENs and keeps what it has heard, also
# when the server dies under it.  It speaks the protocol itself (version 3.0,
# "Message Formats" in PostgreSQL's documentation), since psql forgets what
# it had not printed.
package Rsdata::Listener;

use strict;
use warnings;

use Carp;
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP ();
use Time::HiRes qw(time);

# start($node [, channel]): listens when this returns.
sub start
{
	my ($class, $node, $channel) = @_;
	my $path = $node->host . '/.s.PGSQL.' . $node->port;
	my $socket = IO::Socket::UNIX->new(Peer => $path)
	  // croak("connect to $path: $!");
	my $user = getpwuid($>);
	my $self = bless { socket => $socket, bytes => '', heard => [] }, $class;

	my $startup = pack('N', 196608) . "user\0$user\0database\0postgres\0\0";
	$socket->syswrite(pack('N', 4 + length $startup) . $startup);
	$self->_read_until('Z');
	my $query = 'LISTEN ' . ($channel // 'rsdata') . "\0";
	$socket->syswrite('Q' . pack('N', 4 + length $query) . $query);
	$self->_read_until('Z');
	return $self;
}

# Takes messages until one of this type has come, or for so many seconds, or
# until the server is gone.
sub _read_until
{
	my ($self, $type, $seconds) = @_;
	my $until = time + ($seconds // 20);
	my $select = IO::Select->new($self->{socket});

	while (1)
	{
		while (length $self->{bytes} >= 5)
		{
			my ($t, $len) = unpack('aN', $self->{bytes});
			last if length $self->{bytes} < 1 + $len;
			my $body = substr($self->{bytes}, 5, $len - 4);
			substr($self->{bytes}, 0, 1 + $len) = '';
			push @{ $self->{heard} },
			  JSON::PP->new->decode((unpack('N Z* Z*', $body))[2])
			  if $t eq 'A';
			return 1 if $t eq $type;
			croak("the server said: $body") if $t eq 'E' && $type eq 'Z';
		}
		my $left = $until - time;
		return 0 if !$select->can_read($left > 0 ? $left : 0);
		return 0
		  if !$self->{socket}
		  ->sysread($self->{bytes}, 65536, length $self->{bytes});
	}
}

# Final notifications heard so far about a statement; waits for the first of
# them up to so many seconds.
sub heard
{
	my ($self, $id, $seconds) = @_;
	my $until = time + ($seconds // 0);
	my @found;

	while (1)
	{
		my $left = $until - time;
		my $more = $self->_read_until('A', $left > 0 ? $left : 0);
		@found = grep { $_->{id} == $id } @{ $self->{heard} };
		last if !$more;
		$until = time if @found;
	}
	return @found;
}

1;
