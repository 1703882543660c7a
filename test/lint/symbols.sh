#!/bin/bash
# the library exports nothing without our prefix
# Allowed: rsdata_*, the records PostgreSQL looks for, the entry point.
set -u

if nm -D --undefined-only rsdata.so | grep -w 'U rsd_.*\|U rsdata_.*'; then
	echo "^ declared and used, but nowhere defined"
	exit 1
fi
nm -D --defined-only rsdata.so | awk '
$NF !~ /^(rsdata_[a-z0-9_]+|pg_finfo_rsdata_[a-z0-9_]+|Pg_magic_func|_PG_init)$/ {
	print "exported without our prefix: " $NF
	found = 1
}
END {
	if (NR == 0) {
		print "rsdata.so exports nothing at all"
		found = 1
	}
	exit found
}'
