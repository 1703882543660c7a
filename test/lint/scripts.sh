#!/bin/bash
# shell and Perl programs parse, and what is run can be run
set -u
: "${PG_CONFIG:=pg_config}"
pgxs=$("$PG_CONFIG" --pkglibdir)/pgxs/src/test/perl
status=0

for file in $(grep -rlE '^#!/bin/(ba)?sh' test .ci); do
	bash -n "$file" || status=1
done
for file in $(find test -name '*.p[lm]'); do
	perl -I"$pgxs" -Itest/perl -Itest/t -c "$file" 2>&1 | grep -v 'syntax OK$' &&
		status=1
done
for file in test/check test/demo .ci/run; do
	[ -x "$file" ] || {
		echo "$file cannot be run"
		status=1
	}
done
exit $status
