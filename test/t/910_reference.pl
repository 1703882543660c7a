# The reference part of README.md against the code: every function, column,
# setting, option and word that there is stands in its place, and the tables
# of settings and options name none that there is not.

use strict;
use warnings;

use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Test;
use Test::More;

my $top = "$FindBin::RealBin/../..";
my $readme = slurp_file("$top/README.md");
my $node = new_node('main');

# The text below a heading, up to the next one.
sub section
{
	my ($heading) = @_;
	my ($text) = $readme =~ /^### \Q$heading\E\n(.*?)(?=^##)/ms;

	ok(defined $text, "there is a section \"$heading\"");
	return $text // '';
}

sub lines
{
	my ($sql) = @_;
	return split(/\n/, $node->safe_psql('postgres', $sql));
}

# Each word stands in the text as code.
sub all_named
{
	my ($text, $what, @words) = @_;
	my @missing = grep { $text !~ /`\Q$_\E`/ } @words;

	ok(@words > 0, "there are $what");
	is("@missing", '', "all $what are named");
	return;
}

# The names in the first column of the tables of a text.
sub first_column
{
	my ($text) = @_;
	return map { /`([^`]+)`/g } $text =~ /^\| (`[^|]+) \|/mg;
}

sub same_names
{
	my ($what, $text, @names) = @_;
	return is(join(' ', sort(first_column($text))),
		join(' ', sort @names), $what);
}

# Rows {"name", ..., function} of a table of options in C that have one.
sub supported_options
{
	my ($file) = @_;
	my $code = slurp_file("$top/src/pg/$file");
	return $code =~ /^\t\{"(\w+)",[^}]*(?:rsd_check|\btake|_take)_\w+\},$/mg;
}

my $functions = section('Functions');
my %exists;
for my $row (
	lines(
		q{SELECT proname || ' ' || array_to_string(proargnames, ' ')
		FROM pg_proc p JOIN pg_depend d
			ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
		JOIN pg_extension e ON e.oid = d.refobjid AND d.deptype = 'e'
		WHERE extname = 'rsdata' AND proname <> 'rsdata_fdw_validator'
		ORDER BY proname}))
{
	my ($name, @arguments) = split(/ /, $row);
	$exists{$name} = 1;
	my ($line) = $functions =~ /^(\| `(?:CALL )?\Q$name\E\(.*)$/m;

	ok(defined $line, "$name has a row") or next;
	next if $name eq 'rsdata_worker_status';
	my @missing = grep { $line !~ /\b\Q$_\E\b/ } @arguments;
	is("@missing", '', "$name: all arguments are named");
}

is( join(' ',
		grep { !$exists{$_} }
		  $functions =~ /^\| `(?:CALL )?(rsdata_\w+)\(/mg),
	'', 'and no function that there is not');

my $views = section('Views');
all_named($views, "columns of $_",
	lines("SELECT attname FROM pg_attribute
		WHERE attrelid = 'rsdata.$_'::regclass AND attnum > 0"))
  for qw(statements parts result_columns stat);
all_named(
	$views,
	'columns of rsdata_worker_status',
	lines(
		q{SELECT unnest(proargnames) FROM pg_proc
		WHERE proname = 'rsdata_worker_status'}));

my $statuses = section('Statuses');
for my $column (qw(status wait_reason))
{
	my ($check) = lines(
		qq{SELECT pg_get_constraintdef(oid) FROM pg_constraint
		WHERE contypid = 'rsdata.$column'::regtype});
	my @words = $check =~ /'(\w+)'/g;
	my @missing = grep { $statuses !~ /\b\Q$_\E\b/ } @words;

	cmp_ok(scalar(@words), '>', 10, "there are words of $column");
	is("@missing", '', "all words of $column are named");
}

same_names('the settings are those of the server',
	section('Settings'),
	lines("SELECT name FROM pg_settings WHERE name LIKE 'rsdata.%'"));
same_names(
	'the options of server and mapping are those of the code',
	section('Options of server and mapping'),
	supported_options('options.c'));
same_names('the options of a statement are those of the code',
	section('Options of a statement'),
	supported_options('submit_options.c'));

done_testing();
