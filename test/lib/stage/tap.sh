#!/bin/bash
# Stage tap: each program of test/t under prove, two at a time.  The log has
# the test lines of each, and more of a program that failed.
set -u
. "$LIB/stages.sh"
pgxs=$("$PG_CONFIG" --pkglibdir)/pgxs/src/test
export PERL5LIB=$pgxs/perl:$SRC/test/perl
export PG_REGRESS=$pgxs/regress/pg_regress
# Also the life of a background psql, which may be as long as its test.
export PG_TEST_TIMEOUT_DEFAULT=${PG_TEST_TIMEOUT_DEFAULT:-180}
export TESTROOT=$STAGE_DIR

# What a program that failed said, but for the talk of background psqls, and
# the ends of its servers' logs.
failed() {
	local log

	sed '/^# \(connect output\|issuing query\|results query\)/,/^# }/d' "$2"
	grep -q '^not ok' "$2" || echo "not ok - $1 ended badly"
	for log in "$TESTLOGDIR"/*; do
		echo "    # end of ${log##*/}"
		awk '/^[0-9]/ { skip = / LOG:  statement: / } !skip' "$log" |
			tail -n 30 | sed 's/^/    # /'
	done
}

run_one() {
	local name status=0

	name=$(basename "$1" .pl)
	export TESTDIR=$TESTROOT/$name
	export TESTDATADIR=$TESTDIR/tmp_check TESTLOGDIR=$TESTDIR/tmp_check/log
	mkdir -p "$TESTLOGDIR"
	timeout -k 10 500 prove -v "$1" >"$TESTDIR/said" 2>&1 || status=1
	if [ $status -eq 0 ]; then
		grep '^\(not \)\{0,1\}ok [0-9]\|^1\.\.0' "$TESTDIR/said"
	else
		failed "$name" "$TESTDIR/said"
	fi >"$TESTDIR/out"
	rm -rf "$TESTDATADIR"/t_*_data
	return $status
}
export -f run_one failed

cd "$SRC" || exit 1
# The biggest first: they take longest, and should not be left for the end.
stages_tests test/t .pl | sed 's,.*,test/t/&.pl,' | xargs -r ls -S |
	xargs -P 2 -I{} bash -c 'run_one {}'
status=$?
cat "$STAGE_DIR"/*/out
exit $status
