# Rsdata::Tls: https before an emulator: a relay with certificates of its own
# authority, one that is good for localhost and some that are not.  It needs
# python3 and the openssl command.
package Rsdata::Tls;

use strict;
use warnings;

use Carp;
use File::Basename qw(dirname);
use File::Temp ();
use IPC::Run ();

# The certificates: their host, and what else the openssl command is told.
# Newer versions of it want the dates themselves.
my @PAST = ([ '-days', '-1' ],
	[ '-not_before', '20240101000000Z', '-not_after', '20240102000000Z' ]);
my %CERTIFICATES = (
	good => [ 'localhost', [ '-days', '2' ] ],
	expired => [ 'localhost', @PAST ],
	elsewhere => [ 'elsewhere.test', [ '-days', '2' ] ]);
my @NAMES = sort keys %CERTIFICATES;

# start($url): before this http URL of the local machine.
sub start
{
	my ($class, $url) = @_;
	my $self = bless {
		dir => File::Temp->newdir(TEMPLATE => 'tlsXXXXXX', TMPDIR => 1),
		owner => $$,
	}, $class;
	my ($port) = $url =~ /:(\d+)/ or croak("no port in $url");

	chmod(0755, $self->{dir});
	$self->_authority($_) for qw(ca other);
	$self->_certificate($_, @{ $CERTIFICATES{$_} }) for @NAMES;
	$self->_serve($port);
	return $self;
}

sub _try
{
	my ($self, @arguments) = @_;
	my $output;
	return IPC::Run::run([ 'openssl', @arguments ], '>&', \$output)
	  ? 1
	  : do { $self->{problem} = $output; 0 };
}

sub _openssl
{
	my ($self, @arguments) = @_;
	return $self->_try(@arguments)
	  || croak("openssl @arguments: $self->{problem}");
}

# An authority: NAME.crt, NAME.key.
sub _authority
{
	my ($self, $name) = @_;
	$self->_openssl(
		qw(req -x509 -newkey rsa:2048 -nodes -days 2),
		'-subj' => "/CN=authority $name",
		'-keyout' => "$self->{dir}/$name.key",
		'-out' => "$self->{dir}/$name.crt");
	return;
}

# Key and certificate of a host in NAME.pem; @ages: the first that openssl
# understands counts.
sub _certificate
{
	my ($self, $name, $host, @ages) = @_;
	my $path = "$self->{dir}/$name";

	$self->_openssl(
		qw(req -newkey rsa:2048 -nodes),
		'-subj' => "/CN=$host",
		'-keyout' => "$path.pem",
		'-out' => "$path.csr");
	_append("$path.ext", "subjectAltName = DNS:$host\n");
	my @sign = (
		qw(x509 -req -CAcreateserial),
		'-in' => "$path.csr",
		'-CA' => "$self->{dir}/ca.crt",
		'-CAkey' => "$self->{dir}/ca.key",
		'-extfile' => "$path.ext",
		'-out' => "$path.crt");
	my ($age) = grep { $self->_try(@sign, @$_) } @ages;
	croak("openssl @sign: $self->{problem}") if !$age;
	_append("$path.pem", _read("$path.crt"));
	return;
}

sub _read
{
	my ($path) = @_;
	open(my $fh, '<', $path) or croak("$path: $!");
	local $/;
	return scalar <$fh>;
}

sub _append
{
	my ($path, $text) = @_;
	open(my $fh, '>>', $path) or croak("$path: $!");
	print $fh $text;
	close($fh) or croak("$path: $!");
	return;
}

# It ends when its standard input does: with us, whatever happens.
sub _serve
{
	my ($self, $port) = @_;
	my $log = "$self->{dir}/log";
	my $program = dirname(__FILE__) . '/tls_relay.py';
	my ($in, $out) = ('', '');

	_append($log, '');
	$self->{run} = IPC::Run::start(
		[ 'python3', $program, $port, $log, map { "$self->{dir}/$_.pem" } @NAMES ],
		'<', \$in, '>', \$out);
	$self->{run}->pump until $out =~ /\n/;
	my @ports = split(' ', $out);
	@{ $self->{ports} }{@NAMES} = @ports;
	return;
}

# The URL behind the certificate of this name: good, expired, elsewhere.
sub url
{
	my ($self, $name) = @_;
	return "https://localhost:$self->{ports}{$name}";
}

# The files of our authority, and of one that has signed nothing.
sub ca { return "$_[0]->{dir}/ca.crt" }
sub other_ca { return "$_[0]->{dir}/other.crt" }

# How many connections there were whose certificate was found to be signed as
# it should be; a name that does not fit is found later.
sub accepted
{
	my ($self, $name) = @_;
	my ($number) = grep { $NAMES[$_] eq $name } 0 .. $#NAMES;
	return scalar(() = _read("$self->{dir}/log") =~ /^$number open$/mg);
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $!, $@);
	return if $self->{owner} != $$ || !$self->{run};
	$self->{run}->kill_kill;
	return;
}

1;
