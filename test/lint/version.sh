#!/bin/bash
# the control file, the extension script and META.json name one version
set -u

version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" rsdata.control)
[ -f "rsdata--$version.sql" ] || {
	echo "rsdata.control says $version: there is no rsdata--$version.sql"
	exit 1
}
grep -q "rsdata--$version.sql" Makefile || {
	echo "the Makefile does not install rsdata--$version.sql"
	exit 1
}
[ ! -f META.json ] || grep -q "\"$version\"" META.json || {
	echo "META.json does not name $version"
	exit 1
}
