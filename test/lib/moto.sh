# moto.sh: starts moto's server, an implementation of many AWS services by
# others, which verifies signatures if it is asked to.  Sourced by test/check
# and run as the caller, because moto may live in a Python of the caller's
# own.  It comes from no package here: without it the stage is skipped.

MOTO_PID=

# The first python3 on PATH that has moto.
moto_python() {
	local python

	for python in $(type -ap python3 | uniq); do
		if (cd / && timeout 60 "$python" -c 'import moto.server') \
			2>/dev/null; then
			printf '%s\n' "$python"
			return
		fi
	done
}

# Sets RSDATA_MOTO to its URL if there is one.  The first three calls, which
# make a user, its policy and its key, go unchecked.
moto_start() {
	local python log=$SCRATCH/moto.log i

	python=$(moto_python)
	[ -n "$python" ] || return 0
	: >"$log"
	(cd / && INITIAL_NO_AUTH_ACTION_COUNT=3 PYTHONUNBUFFERED=1 \
		exec "$python" -m moto.server -H 127.0.0.1 -p 0) \
		>"$log" 2>&1 </dev/null &
	MOTO_PID=$!
	for i in $(seq 300); do
		RSDATA_MOTO=$(sed -n 's/.*Running on \(http[^ ]*\).*/\1/p' "$log")
		if [ -n "$RSDATA_MOTO" ]; then
			export RSDATA_MOTO
			return 0
		fi
		kill -0 $MOTO_PID 2>/dev/null || break
		sleep 0.1
	done
	cat "$log" >&2
	die "moto is there but its server does not start"
}

moto_stop() {
	[ -z "$MOTO_PID" ] || kill "$MOTO_PID" 2>/dev/null || true
	MOTO_PID=
}
