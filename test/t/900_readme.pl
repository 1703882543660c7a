# The examples of README.md, in their order, each in a psql session of its
# own.  What the README does not show is added here and nothing else: tables
# in the warehouse, and, after a block that made a server, the options that
# send its calls to the emulator.
#
# <!-- error: SQLSTATE --> before a block: it must raise this error.
# <!-- output --> and a text block behind it: what psql prints, white space at
# the ends of lines and empty lines aside.

use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

# The blocks of SQL: line, sql, error (or undef), output (or undef).
sub read_blocks
{
	my ($path) = @_;
	my (@blocks, %next, $fence, $text, $start);

	open(my $fh, '<', $path) or die "$path: $!";
	while (my $line = <$fh>)
	{
		if (defined $fence)
		{
			if ($line =~ /^```\s*$/)
			{
				take_block(\@blocks, \%next, $fence, $text, $start);
				$fence = undef;
			}
			else
			{
				$text .= $line;
			}
		}
		elsif ($line =~ /^```(\w*)/)
		{
			($fence, $text, $start) = ($1, '', $.);
		}
		elsif ($line =~ /^<!--\s*error:\s*(\w{5})\s*-->/)
		{
			$next{error} = $1;
		}
		elsif ($line =~ /^<!--\s*output\s*-->/)
		{
			$next{output} = 1;
		}
	}
	die "$path: a block is not closed\n" if defined $fence;
	return @blocks;
}

# A comment belongs to the very next block.
sub take_block
{
	my ($blocks, $next, $fence, $text, $start) = @_;

	if ($fence eq 'sql')
	{
		push @$blocks, { line => $start, sql => $text, error => $next->{error} };
	}
	elsif ($next->{output})
	{
		$blocks->[-1]{output} = $text;
	}
	%$next = ();
	return;
}

# Sends the calls of every server that goes to AWS to the emulator instead.
sub redirect_servers
{
	my ($node, $emulator) = @_;
	my $url = $emulator->url;

	$node->safe_psql(
		'postgres', qq{
		SELECT format('ALTER SERVER %I OPTIONS (ADD endpoint_url %L,
			ADD sns_endpoint_url %L)', srvname, '$url', '$url')
		FROM pg_foreign_server s
		JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
		WHERE fdwname = 'rsdata'
			AND srvoptions::text NOT LIKE '%endpoint_url=%' \\gexec});
	return;
}

sub run_block
{
	my ($node, $block) = @_;
	my ($out, $err);
	my @command = (
		'psql', '-X', '-q', '-d', $node->connstr('postgres'),
		'-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-f', '-');
	my $ok = IPC::Run::run(\@command, '<', \$block->{sql}, '>', \$out, '2>',
		\$err, IPC::Run::timeout($Rsdata::Test::TIMEOUT));

	return ($ok, $out, $err);
}

sub plain
{
	my ($text) = @_;
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n{2,}/\n/g;
	return $text;
}

sub test_block
{
	my ($node, $block) = @_;
	my $name = "README.md line $block->{line}";
	my ($ok, $out, $err) = run_block($node, $block);
	my ($state) = $err =~ /ERROR:  (\w{5}): /;

	is($state // ($ok ? 'none' : 'lost'), $block->{error} // 'none',
		"$name: error") or diag("$block->{sql}$err");
	return if !defined $block->{output};
	is(plain($out), plain($block->{output}), "$name: output");
	return;
}

my @blocks = read_blocks("$FindBin::RealBin/../../README.md");
my $warehouse = new_warehouse();
$warehouse->safe_psql(
	'warehouse', q{
	CREATE TABLE sales (region varchar(20), amount numeric(12,2), sold_on date);
	INSERT INTO sales VALUES ('north', 120.50, '2026-01-05'),
		('north', 80.00, '2026-01-06'), ('south', 99.90, '2026-01-06');});
my $emulator = new_emulator($warehouse);
my $node = new_node('main', extension => 0);

cmp_ok(scalar(@blocks), '>', 15, 'the README has examples');
for my $block (@blocks)
{
	test_block($node, $block);
	redirect_servers($node, $emulator);
}
done_testing();
