# Rsdata::Crash: worker and server die, and come back.
package Rsdata::Crash;

use strict;
use warnings;

use Carp;
use Exporter 'import';
use Rsdata::Test;

our @EXPORT = qw(launcher_of came_back strike_now set_enabled);

# The launcher's pid: another one after each restart; '' while there is none.
sub launcher_of
{
	my ($node) = @_;
	my $out;

	# While the server is down, psql may be gone before it is spoken to.
	eval {
		(undef, $out) = $node->psql('postgres',
			"SELECT pid FROM pg_stat_activity WHERE backend_type = 'rsdata launcher'"
		);
	};
	return $out // '';
}

# The server died by "kill" (of one process) or "stop" (immediate shutdown)
# while $launcher was the launcher's pid: waits until it is up again.  With
# "stop" $between is run while it is down.
sub came_back
{
	my ($node, $action, $launcher, $between) = @_;

	if ($action eq 'stop')
	{
		wait_for(sub { !-e $node->data_dir . '/postmaster.pid' })
		  // croak('the server did not stop');
		$node->_update_pid(0);
		$between->() if $between;
		$node->start;
	}
	wait_for(
		sub {
			my $now = launcher_of($node);
			return $now ne '' && $now ne $launcher;
		}) // croak('the server did not come back');
	return;
}

# From outside: kill -9 of the worker, or an immediate shutdown.
sub strike_now
{
	my ($node, $action) = @_;
	my ($signal, $pid) =
	    $action eq 'stop'
	  ? ('QUIT', $node->{_pid})
	  : ('KILL', worker_pid($node));

	kill($signal, $pid // croak('there is no worker'));
	return;
}

# Lets workers work, or keeps them away, so that a test can look at rows or
# change them.  Also while the server is down.
sub set_enabled
{
	my ($node, $on) = @_;

	$node->append_conf('postgresql.conf',
		'rsdata.enabled = ' . ($on ? 'on' : 'off'));
	return if !-e $node->data_dir . '/postmaster.pid';
	$node->reload;
	wait_for(sub { !defined worker_pid($node) }) if !$on;
	return;
}

1;
