# Rsdata::Node: a server as PostgreSQL's own tests have it, that a test may
# also talk to while it is down or comes back: a psql that found nobody there
# has done nothing, so it is run again.
package Rsdata::Node;

use strict;
use warnings;

use parent -norequire, 'PostgreSQL::Test::Cluster';

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Time::HiRes qw(time usleep);

# What psql or IPC::Run say if the connection was not made: a psql that ends
# before it has read its script leaves a broken pipe.
my $UNCONNECTED = qr/Broken[ ]pipe
  | connection[ ]to[ ]server[ ].*failed:.*
    (?:No[ ]such[ ]file|Connection[ ]refused|the[ ]database[ ]system[ ]is
      |server[ ]closed[ ]the[ ]connection|Connection[ ]reset)/xs;

# As in the class above, but a psql that had no connection is a psql that
# failed (with status 2, as psql has it), whatever the script.
sub psql
{
	my ($self, @args) = @_;
	my @result;
	my $list = wantarray;

	my $ran = eval {
		@result = $list ? $self->SUPER::psql(@args)
		  : scalar $self->SUPER::psql(@args);
		1;
	};
	return $list ? @result : $result[0] if $ran;
	my (undef, undef, %params) = @args;
	die $@ if $@ !~ /Broken pipe/ || $params{on_error_die};
	return $list ? (2, '', 'psql had no connection') : 2;
}

# As in the class above, but waits for a server that is coming back.
sub safe_psql
{
	my ($self, @args) = @_;
	my $until = time + $PostgreSQL::Test::Utils::timeout_default;

	while (1)
	{
		my $out = eval { $self->SUPER::safe_psql(@args) };
		return $out if defined $out;
		die $@ if $@ !~ $UNCONNECTED || time > $until;
		usleep(50_000);
	}
}

# Runs one command; the seconds that it took, without the start of a psql,
# and what it said on stderr.
sub took
{
	my ($self, $database, $sql) = @_;
	my $clock = 'SELECT extract(epoch FROM clock_timestamp());';
	my (undef, $out, $err) =
	  $self->psql($database, "$clock\n$sql;\n$clock");
	my @lines = split(/\n/, $out);

	return ($err eq '' ? $lines[-1] - $lines[0] : 0, $err);
}

1;
