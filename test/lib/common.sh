# common.sh: what test/check and test/demo share: messages, a clean
# environment, one scratch directory, and the promise that nothing is left
# behind.  Sourced; owns $SCRATCH and the processes whose program lies in it.
# Never touches a process or a file of anybody else.

say() { printf '%s\n' "$*"; }

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# A test must not depend on who runs it: no proxies, no connection settings,
# no AWS profile, no locale of the caller.
clean_environment() {
	local name

	for name in $(compgen -e); do
		case $name in
			PG_CONFIG | PG_TEST_TIMEOUT_DEFAULT) ;;
			PG* | AWS_* | MAKE* | *_proxy | *_PROXY | PERL5* | PYTHON*)
				unset "$name"
				;;
		esac
	done
	export LC_ALL=C.UTF-8 LANG=C.UTF-8 TZ=UTC no_proxy='*' NO_PROXY='*'
}

# The one scratch directory, removed at the end whatever happens.
scratch_make() {
	SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/rsdata-$1.XXXXXX")
	export SCRATCH
	chmod 755 "$SCRATCH"
	trap scratch_remove EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

scratch_remove() {
	local status=$?

	trap - EXIT
	trap '' INT TERM HUP
	scratch_end_processes
	rm -rf "$SCRATCH"
	exit "$status"
}

# Lists "pid name" of the processes whose program lies in the scratch
# directory: servers and emulators which we built or copied there, so they
# can only be ours.
scratch_processes() {
	local link pid

	for link in /proc/[0-9]*/exe; do
		case $(readlink "$link" 2>/dev/null) in
			"$SCRATCH"/*)
				pid=${link#/proc/}
				pid=${pid%/exe}
				printf '%s %s\n' "$pid" "$(cat "/proc/$pid/comm" 2>/dev/null)"
				;;
		esac
	done
}

# Servers get an immediate shutdown (they would leave shared memory behind
# if they were killed), the others a TERM; what stays after five seconds is
# killed.
scratch_end_processes() {
	local pid name i

	scratch_processes | while read -r pid name; do
		case $name in
			postgres*) kill -QUIT "$pid" ;;
			*) kill -TERM "$pid" ;;
		esac 2>/dev/null || true
	done
	for i in $(seq 50); do
		[ -n "$(scratch_processes)" ] || return 0
		sleep 0.1
	done
	scratch_processes | while read -r pid name; do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# Runs a command as the user who may run a server: initdb refuses root, so
# root becomes postgres; anybody else stays who they are.
as_runner() {
	if [ "$(id -u)" -eq 0 ]; then
		runuser -u postgres -- env HOME="$SCRATCH/home" "$@"
	else
		env HOME="$SCRATCH/home" "$@"
	fi
}

# Gives the scratch directory to that user.
give_to_runner() {
	if [ "$(id -u)" -eq 0 ]; then
		chown -R postgres: "$SCRATCH"
	fi
}
