# Rsdata::Proxy: an HTTP proxy for a test.  It serves whole URLs of this
# machine, refuses every tunnel, so that nothing ever leaves, and keeps a list
# of what it was asked for.
package Rsdata::Proxy;

use strict;
use warnings;

use Carp;
use File::Temp ();
use IO::Select;
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use POSIX ();

# start([user => 'name:password']): with a user all others get 407.
sub start
{
	my ($class, %opts) = @_;
	my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64)
	  or croak("no proxy: $!");
	my $self = bless {
		user => $opts{user},
		port => $socket->sockport,
		log => File::Temp->new(TEMPLATE => 'proxyXXXXXX', TMPDIR => 1),
		owner => $$,
	}, $class;

	$self->{pid} = fork // croak("fork: $!");
	if ($self->{pid} == 0)
	{
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP ALRM);
		$SIG{CHLD} = 'IGNORE';
		while (1)
		{
			my $client = $socket->accept or next;
			my $pid = fork;
			next if !defined $pid || $pid > 0;
			eval { $self->_serve($client) };
			POSIX::_exit(0);
		}
	}
	return $self;
}

# Its URL, with user and password if they are given.
sub url
{
	my ($self, $user) = @_;
	return 'http://' . (defined $user ? "$user\@" : '') . $self->address;
}

sub address { return "127.0.0.1:$_[0]->{port}" }

# What it was asked for, oldest first: "POST http://127.0.0.1:1/ Operation",
# "CONNECT host:443 -"; those that got 407 begin with "!".
sub requests
{
	my ($self, $part) = @_;
	open(my $fh, '<', $self->{log}->filename) or croak("log: $!");
	chomp(my @lines = <$fh>);
	return defined $part ? grep { index($_, $part) >= 0 } @lines : @lines;
}

sub _note
{
	my ($self, $line) = @_;
	open(my $fh, '>>', $self->{log}->filename) or return;
	$fh->syswrite("$line\n");
	return;
}

# A request: its first line, headers as text, body.
sub _read
{
	my ($client) = @_;
	my $data = '';

	while ($data !~ /\r\n\r\n/)
	{
		$client->sysread($data, 65536, length $data) or return;
	}
	my ($head, $body) = split(/\r\n\r\n/, $data, 2);
	my ($length) = $head =~ /^Content-Length:\s*(\d+)/mi;
	while (length $body < ($length // 0))
	{
		$client->sysread($body, 65536, length $body) or return;
	}
	return ($head =~ /\A(.*?)\r\n(.*)\z/s, $body);
}

sub _operation
{
	my ($head, $body) = @_;
	return $1 if $head =~ /^x-amz-target:\s*\w+\.(\w+)/mi;
	return $body =~ /(?:^|&)Action=(\w+)/ ? $1 : '-';
}

sub _serve
{
	my ($self, $client) = @_;
	my ($line, $head, $body) = _read($client) or return;
	my ($method, $target) = split(/ /, $line);
	my $note = "$method $target " . _operation($head, $body);

	if (defined $self->{user})
	{
		my $wanted = encode_base64($self->{user}, '');
		if ($head !~ /^Proxy-Authorization: Basic \Q$wanted\E\r?$/mi)
		{
			$self->_note("!$note");
			$client->syswrite("HTTP/1.1 407 Proxy Authentication Required\r\n"
				  . "Proxy-Authenticate: Basic realm=\"test\"\r\n"
				  . "Content-Length: 0\r\nConnection: close\r\n\r\n");
			return;
		}
	}
	$self->_note($note);
	if ($target =~ m{^http://(127\.0\.0\.1:\d+)(/.*)$})
	{
		_forward($client, $1, "$method $2 HTTP/1.1\r\n", $head, $body);
		return;
	}
	$client->syswrite("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n"
		  . "Connection: close\r\n\r\n");
	return;
}

# One request to one host; the answer ends with its connection.
sub _forward
{
	my ($client, $host, $line, $head, $body) = @_;
	my $server = IO::Socket::INET->new(PeerAddr => $host) or return;

	$head =~ s/^(Proxy-[^\r\n]*|Connection:[^\r\n]*)\r?\n?//mig;
	$head =~ s/\r\n\z//;
	$server->syswrite("$line$head\r\nConnection: close\r\n\r\n$body");
	my $either = IO::Select->new($server, $client);
	while (my @ready = $either->can_read)
	{
		foreach my $from (@ready)
		{
			my $n = $from->sysread(my $data, 65536);
			return if !$n;
			$client->syswrite($data) if $from == $server;
		}
	}
	return;
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $!, $@);
	return if $self->{owner} != $$ || !$self->{pid};
	kill('KILL', $self->{pid});
	waitpid($self->{pid}, 0);
	return;
}

1;
