# tap.sh: a stage written in shell reports its tests in TAP, one line each,
# as PostgreSQL's own tests do.  Sourced.

TAP_COUNT=0
TAP_FAILED=0

# tap_ok NAME COMMAND...: the test holds if the command succeeds; what the
# command prints is shown only if it does not.
tap_ok() {
	local name=$1 output

	shift
	TAP_COUNT=$((TAP_COUNT + 1))
	if output=$("$@" 2>&1); then
		echo "ok $TAP_COUNT - $name"
	else
		echo "not ok $TAP_COUNT - $name"
		printf '%s\n' "$output" | sed 's/^/#   /'
		TAP_FAILED=$((TAP_FAILED + 1))
	fi
}

# tap_is NAME GOT EXPECTED
tap_is() {
	tap_ok "$1" tap_equal "$2" "$3"
}

# tap_like NAME GOT EXTENDED-REGEX
tap_like() {
	tap_ok "$1" tap_matches "$2" "$3"
}

tap_equal() {
	[ "$1" = "$2" ] || {
		printf 'got:      %s\nexpected: %s\n' "$1" "$2"
		return 1
	}
}

tap_matches() {
	printf '%s\n' "$1" | grep -Eq -- "$2" || {
		printf 'got:           %s\nshould match:  %s\n' "$1" "$2"
		return 1
	}
}

tap_skip() {
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT - $1 # SKIP $2"
}

# The last line and the exit status of a stage.
tap_done() {
	echo "1..$TAP_COUNT"
	[ "$TAP_FAILED" -eq 0 ]
}
