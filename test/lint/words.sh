#!/bin/bash
# no notes to oneself, secrets, or paths of somebody's machine
# The names of the owner of a path are split so that this file passes itself.
set -u
status=0

look() {
	local why=$1

	shift
	if grep -rnIE "$@" --exclude=.git --exclude-dir=.git --exclude-dir=bin \
		--exclude='*.d' . |
		grep -v '^\./test/lint/words\.sh:'; then
		echo "^ $why"
		status=1
	fi
}

look "a note to oneself" -w 'TODO|FIXME|XXX|HACK'
look "a path of somebody's machine" '(^|[^A-Za-z0-9_.])/(root|home|work|Users)/'
look "looks like a real access key" '(AKIA|ASIA)[0-9A-Z]{16}'
look "a merge left this" '^(<<<<<<<|>>>>>>>) '
exit $status
