# Types in every spelling that the service is documented to use, or was seen
# to use, in both formats: read with rsdata_result, as JSON, and loaded into a
# table that is made for them.  What the emulator's database can hold itself
# is in 530_types.

use strict;
use warnings;

use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Rsdata::Canned;
use Rsdata::Test;
use Test::More;

# typeName, type that a table made for it has, values: on the wire as JSON
# fields, in CSV (as they stand in the file), and as PostgreSQL shows them.  A
# field that is no hash is a stringValue.  NULL is added to each.
my $S = sub { return { stringValue => $_[0] } };
my @cases = (
	[ int2 => 'smallint', [ { longValue => -32768 }, '-32768', '-32768' ] ],
	[ int4 => 'integer', [ { longValue => 2147483647 }, '2147483647', '2147483647' ] ],
	[ int8 => 'bigint', [ '{"longValue":-9223372036854775808}', '-9223372036854775808', '-9223372036854775808' ] ],
	[ float4 => 'real', [ '{"doubleValue":1.5}', '1.5', '1.5' ],
		[ '{"doubleValue":"NaN"}', 'NaN', 'NaN' ],
		[ '{"doubleValue":3.4028235E38}', '3.4028235E38', '3.4028235e+38' ] ],
	[ float8 => 'double precision', [ '{"doubleValue":1.0E10}', '1.0E10', '10000000000' ],
		[ '{"doubleValue":"-Infinity"}', '-Infinity', '-Infinity' ],
		[ '{"doubleValue":0.30000000000000004}', '0.30000000000000004', '0.30000000000000004' ] ],
	[ numeric => 'numeric(38,10)',
		[ $S->('1234567890123456789012345678.0123456789'), '1234567890123456789012345678.0123456789',
			'1234567890123456789012345678.0123456789' ],
		[ $S->('-0.0000000001'), '"-0.0000000001"', '-0.0000000001' ] ],
	[ bool => 'boolean', [ { booleanValue => JSON::PP::true }, 't', 'true' ],
		[ { booleanValue => JSON::PP::false }, 'false', 'false' ] ],
	[ bpchar => 'text', [ $S->('ab   '), 'ab   ', 'ab   ' ] ],
	[ varchar => 'text', [ $S->(q{a,"b"}), '"a,""b"""', q{a,"b"} ] ],
	[ text => 'text', [ $S->("two\r\nlines"), "\"two\r\nlines\"", "two\r\nlines" ] ],
	[ name => 'text', [ $S->('pg_class'), 'pg_class', 'pg_class' ] ],
	[ date => 'date', [ $S->('2024-02-29'), '2024-02-29', '2024-02-29' ] ],
	[ time => 'time without time zone', [ $S->('20:00:00'), '20:00:00', '20:00:00' ],
		[ $S->('23:59:59.999999'), '23:59:59.999999', '23:59:59.999999' ] ],
	[ timetz => 'time with time zone', [ $S->('20:00:00-08'), '20:00:00-08', '20:00:00-08' ],
		[ $S->('12:34:56.5+05:30'), '12:34:56.5+05:30', '12:34:56.5+05:30' ] ],
	[ timestamp => 'timestamp without time zone',
		map({ [ $S->("2022-02-22 01:02:03$_"), "2022-02-22 01:02:03$_", '2022-02-22 01:02:03' . ($_ eq '.0' ? '' : $_) ] }
			'', qw(.0 .1 .12 .123 .1234 .12345 .123456)) ],
	[ timestamptz => 'timestamp with time zone',
		map({ [ $S->("2008-01-01 20:00:00${_}+00"), "2008-01-01 20:00:00${_}+00", "2008-01-01 20:00:00${_}+00" ] }
			'', qw(.1 .12 .123 .1234 .12345 .123456)),
		map({ [ $S->("2008-01-01 20:00:00$_->[0]"), "2008-01-01 20:00:00$_->[0]", $_->[1] ] }
			[ '-08', '2008-01-02 04:00:00+00' ], [ '+05:30', '2008-01-01 14:30:00+00' ],
			[ '.5+00:00', '2008-01-01 20:00:00.5+00' ], [ '+14', '2008-01-01 06:00:00+00' ]) ],
	[ super => 'jsonb', [ $S->('{"foo":[1.50,null]}'), '"{""foo"":[1.50,null]}"', '{"foo": [1.50, null]}' ],
		[ $S->('"text"'), '"""text"""', '"text"' ], [ $S->('null'), 'null', 'null' ] ],
	[ varbyte => 'bytea', [ $S->('deadbeef'), 'deadbeef', '\xdeadbeef' ],
		[ $S->('00FF'), '00FF', '\x00ff' ], [ '{"blobValue":"AP8Q"}', '00ff10', '\x00ff10' ] ],
	[ hllsketch => 'text',
		[ $S->('{"version":1,"logm":15,"sparse":{"indices":[4878],"values":[1]}}'),
			'"{""version"":1,""logm"":15,""sparse"":{""indices"":[4878],""values"":[1]}}"',
			'{"version":1,"logm":15,"sparse":{"indices":[4878],"values":[1]}}' ] ],
	[ geometry => 'text', [ $S->('[B@f69ae81'), '[B@f69ae81', '[B@f69ae81' ],
		[ $S->('0101000000000000000000F03F0000000000000040'), '0101000000000000000000F03F0000000000000040',
			'0101000000000000000000F03F0000000000000040' ] ],
	[ geography => 'text', [ $S->('POINT(1 2)'), 'POINT(1 2)', 'POINT(1 2)' ] ],
	[ intervaly2m => 'interval', [ $S->('1-2'), '1-2', '1 year 2 mons' ],
		[ $S->('1 years 2 mons'), '1 years 2 mons', '1 year 2 mons' ] ],
	[ intervald2s => 'interval', [ $S->('4 05:06:07.891'), '4 05:06:07.891', '4 days 05:06:07.891' ],
		[ $S->('4 days 5 hours 6 mins 7.891 secs'), '4 days 5 hours 6 mins 7.891 secs', '4 days 05:06:07.891' ] ],
	[ made_up => 'text', [ $S->('anything'), 'anything', 'anything' ] ],
	[ '' => 'text', [ $S->('no type said'), 'no type said', 'no type said' ] ]);

my $json = JSON::PP->new->utf8->canonical;
my $rows = 0;
for my $case (@cases)
{
	my (undef, undef, @values) = @$case;
	$rows = @values if @values > $rows;
}
$rows++;						# the last are NULL

sub field
{
	my ($value) = @_;
	return '{"isNull":true}' unless defined $value;
	return ref $value->[0] ? $json->encode($value->[0]) : $value->[0];
}

# The columns are named c1, c2, ...; those that say nothing of NULL may be it.
my @labels = map { "c$_" } 1 .. @cases;
my @metadata = map {
	{ label => $labels[$_], name => '', typeName => $cases[$_][0], nullable => 1,
		($cases[$_][0] eq 'numeric' ? (precision => 38, scale => 10) : ()) }
} 0 .. $#cases;
my (@fields, @lines);
for my $n (0 .. $rows - 1)
{
	my @values = map { $_->[ 2 + $n ] } @cases;
	push @fields, '[' . join(',', map { field($_) } @values) . ']';
	push @lines, join(',', map { defined $_ ? $_->[1] : '' } @values) . "\r\n";
}

# A service that has this result, in both formats; its server is "name".
sub serve
{
	my ($node, $name, $n, $columns, $records, $chunks) = @_;
	my $ended = { Id => '5b4dd1e4-2d4a-4b5e-9a7e-6f1f5c0c1d2e', Status => 'FINISHED',
		HasResultSet => JSON::PP::true };
	my $rest = '"ColumnMetadata":' . $json->encode($columns) . ",\"TotalNumRows\":$n";
	my $csv = $json->encode([ map { { CSVRecords => $_ } } @$chunks ]);
	my $peer = Rsdata::Canned->start(
		ExecuteStatement => [$ended],
		DescribeStatement => [ { %$ended, ResultRows => $n, ResultSize => 1000 } ],
		GetStatementResult => ["{\"Records\":[$records],$rest}"],
		GetStatementResultV2 => ["{\"Records\":$csv,$rest,\"ResultFormat\":\"csv\"}"]);

	create_server($node, $peer, name => $name, options => { map { $_ => undef }
		qw(topic_arns success_topic_arn failure_topic_arn sns_endpoint_url) });
	return $peer;
}

my $node = new_node('main', conf => ["timezone = 'UTC'"]);
my $types = serve($node, 'wh', $rows, \@metadata, join(',', @fields),
	[ join('', join(',', @labels) . "\r\n", @lines[ 0 .. 1 ]), join('', @lines[ 2 .. $#lines ]) ]);

# In CSV what has no length is NULL, if that is said.
for my $way ([ JSON => '"result_format": "json"' ],
	[ CSV => '"result_format": "csv", "empty_as_null": true' ])
{
	my ($format, $options) = @$way;

	subtest $format => sub {
		my $id = submit_ok($node, 'select everything', more => "options => '{$options}'");
		my $loaded = submit_ok($node, 'select everything',
			more => "target => 'made_$format', options => '{$options, \"target_mode\": \"create\"}'");
		my @list = map { "c$_ " . ($cases[ $_ - 1 ][1]) } 1 .. @cases;
		my $from = "rsdata_result($id) AS t(" . join(', ', @list) . ')';

		wait_status($node, $id, 'finished');
		wait_status($node, $loaded, 'finished');
		for my $i (0 .. $#cases)
		{
			my ($type, $here, @values) = @{ $cases[$i] };
			my @expected = map { $_->[2] } @values;
			my $name = "\"$type\"";
			my $read = sub {
				my ($what, $where) = @_;
				return $json->decode($node->safe_psql('postgres', "SELECT json_agg($what) FROM $where"));
			};

			$#expected = $rows - 1;
			is_deeply($read->("c${\($i + 1)}::text", $from), \@expected, "$name is read");
			is_deeply($read->("(data->>'c${\($i + 1)}')::${here}::text", "rsdata_rows($id)"),
				\@expected, "$name as JSON")
			  unless $type eq 'super';
			is_deeply($read->("c${\($i + 1)}::text", "made_$format"), \@expected, "$name is loaded");
			is($node->safe_psql('postgres', "SELECT format_type(atttypid, atttypmod) FROM pg_attribute
					WHERE attrelid = 'made_$format'::regclass AND attnum = $i + 1"),
				$here, "into $here");
		}
	};
}

# The first two and the last have no label, nor a name.
my $labels = serve($node, 'labels', 1,
	[ map { { label => $_, name => '', typeName => 'int4', nullable => 1 } } '', '', 'x', 'x', '?column?_2', '' ],
	'[' . join(',', map { qq({"longValue":$_}) } 1 .. 6) . ']', [ "1,2,3,4,5,6\r\n" ]);
for my $format (qw(json csv))
{
	subtest "empty and equal labels in \U$format" => sub {
		my $id = submit_ok($node, 'select', server => 'labels',
			more => "options => '{\"result_format\": \"$format\"}'");
		my $loaded = submit_ok($node, 'select', server => 'labels',
			more => "target => 'labels_$format', options => '{\"result_format\": \"$format\", \"target_mode\": \"create\"}'");
		my %values = ('?column?' => 1, '?column?_3' => 2, x => 3, x_2 => 4, '?column?_2' => 5, '?column?_4' => 6);

		wait_status($node, $id, 'finished');
		wait_status($node, $loaded, 'finished');
		is_deeply($json->decode($node->safe_psql('postgres', "SELECT data FROM rsdata_rows($id)")),
			\%values, 'have names in JSON');
		is_deeply($json->decode($node->safe_psql('postgres', "SELECT to_json(t) FROM labels_$format t")),
			\%values, 'and in a table that is made for them');
		rows_are($node, $id, join(', ', map { "c$_ int" } 1 .. 6), '1|2|3|4|5|6');
	};
}

stayed_up($node);
$node->stop('fast');
done_testing();
