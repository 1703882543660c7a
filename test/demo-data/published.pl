# published.pl URL COUNT: waits until the emulator's SNS got COUNT messages
# and prints them.

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP;
use Time::HiRes qw(usleep time);

my ($url, $count) = @ARGV;
my $http = HTTP::Tiny->new(timeout => 10);
my $pretty = JSON::PP->new->canonical->pretty->indent_length(2);
my $until = time + 20;
my @messages;

while (1)
{
	my $reply = $http->get("$url/_emulator/published");
	die "the emulator says: $reply->{status} $reply->{content}\n"
	  unless $reply->{success};
	@messages = @{ decode_json($reply->{content})->{messages} // [] };
	last if @messages >= $count || time > $until;
	usleep(50_000);
}

for my $m (@messages)
{
	my $attributes = $m->{attributes} // {};

	print "Topic:      $m->{topic}\n";
	print "Subject:    $m->{subject}\n";
	print 'Attributes: ',
	  join(', ', map { "$_=" . value($attributes->{$_}) } sort keys %$attributes),
	  "\n";
	print $pretty->encode(decode_json($m->{message})), "\n";
}
die "only " . @messages . " of $count messages arrived\n"
  if @messages < $count;

# An attribute's value, told plainly or with its type.
sub value
{
	my ($v) = @_;
	return ref $v ? $v->{value} // $v->{Value} // $v->{StringValue} : $v;
}
