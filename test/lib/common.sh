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

# Lists the pids of our processes: those that have our SCRATCH in their
# environment, and those whose program lies in the scratch directory (a
# server overwrites its environment with its title).
scratch_processes() {
	local mark="SCRATCH=$SCRATCH" link

	{
		SCRATCH='' grep -lzxF -e "$mark" /proc/[0-9]*/environ
		for link in /proc/[0-9]*/exe; do
			case $(readlink "$link") in
				"$SCRATCH"/*) printf '%s\n' "$link" ;;
			esac
		done
	} 2>/dev/null | cut -d/ -f3 | sort -u
}

# Runs kill on each of them; a server gets another signal than the rest.
scratch_signal() {
	local pid

	for pid in $(scratch_processes); do
		case $(cat "/proc/$pid/comm" 2>/dev/null) in
			postgres*) kill "-$2" "$pid" ;;
			*) kill "-$1" "$pid" ;;
		esac 2>/dev/null || true
	done
}

# Servers get an immediate shutdown (they would leave shared memory behind
# if they were killed), the others a TERM; what stays after five seconds is
# killed.
scratch_end_processes() {
	local i

	scratch_signal TERM QUIT
	for i in $(seq 50); do
		[ -n "$(scratch_processes)" ] || return 0
		sleep 0.1
	done
	scratch_signal KILL KILL
}

# Runs a command as the user who may run a server: initdb refuses root, so
# root becomes postgres; anybody else stays who they are.
as_runner() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups \
			env HOME="$SCRATCH/home" "$@"
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
