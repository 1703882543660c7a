# packages.sh: installs the Debian packages that are missing, and says which
# and why.  Sourced.  It only adds packages: it upgrades nothing, and it
# makes no database cluster.

# The server version to use: the newest one here that extensions can be built
# for, else the one the distribution calls "postgresql".
packages_server_version() {
	local dir newest=''

	for dir in $(printf '%s\n' /usr/lib/postgresql/*/ | sort -V); do
		if [ -x "$dir/bin/postgres" ] && [ -d "$dir/lib/pgxs" ]; then
			newest=$(basename "$dir")
		fi
	done
	if [ -z "$newest" ]; then
		newest=$(apt-cache depends postgresql 2>/dev/null |
			sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -1)
	fi
	printf '%s' "$newest"
}

# One "package why" a line; $1 is "demo", "check" or "bench".
packages_list() {
	local v

	cat <<-'LIST'
		gcc the C compiler
		libc6-dev the C library's headers
		make runs the build
		perl talks to the emulator in tests and demo
		libcurl4-openssl-dev rsdata's HTTP client
		libssl-dev rsdata's hashes
		libpq-dev the emulator runs SQL through it
		libmicrohttpd-dev the emulator's HTTP server
		libjansson-dev the emulator's JSON
		zlib1g-dev the emulator's compressed replies
	LIST
	if [ -z "${PG_CONFIG:-}" ]; then
		v=$(packages_server_version)
		printf '%s\n' "postgresql-${v:-all} the database server" \
			"postgresql-server-dev-${v:-all} headers and PGXS"
	fi
	if [ "$1" = bench ]; then
		cat <<-'LIST'
			python3-boto3 a peer
			python3-psycopg2 a peer, and what runs the bench
		LIST
		command -v npm >/dev/null ||
			printf '%s\n' 'npm a peer, with its packages'
	fi
	if [ "$1" = check ]; then
		cat <<-'LIST'
			libipc-run-perl PostgreSQL's TAP test modules need it
			python3 the fault server of the transport's tests
			python3-boto3 an independent client of the emulator
			awscli an independent client of the emulator
			clang the fuzz targets' compiler
			libclang-rt-dev libFuzzer and its sanitizers
		LIST
	fi
}

packages_missing() {
	local package why

	packages_list "$1" | while read -r package why; do
		if ! dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null |
			grep -qx installed; then
			printf '%s %s\n' "$package" "$why"
		fi
	done
}

# Runs a command as root.  What it starts is not ours to end: it must not bear
# our mark (see common.sh).
packages_as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env -u SCRATCH "$@"
	else
		sudo "$@"
	fi
}

packages_apt() {
	local log=$SCRATCH/apt.log

	if ! packages_as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		timeout 1200 apt-get -q -y "$@" </dev/null >"$log" 2>&1; then
		cat "$log" >&2
		die "apt-get $1 failed (its output is above)"
	fi
}

# Debian starts a cluster "main" when a server package is installed first.
# Nobody asked for one here, so that is switched off for the length of the
# installation, and the setting put back as it was.
packages_install_server() {
	local conf=/etc/postgresql-common/createcluster.conf failed=''

	packages_apt install --no-install-recommends postgresql-common
	packages_as_root cp -p $conf "$conf.rsdata"
	packages_as_root sh -c "echo 'create_main_cluster = false' >> $conf"
	(packages_apt install --no-install-recommends "$@") || failed=1
	packages_as_root mv "$conf.rsdata" $conf
	[ -z "$failed" ] || exit 1
}

# Installs what $1 ("demo" or "check") needs.  Only what is missing is
# touched; with nothing missing no package tool runs.
packages_need() {
	local missing names

	command -v dpkg-query >/dev/null || {
		say "No dpkg here: taking for granted what packages.sh lists."
		return 0
	}
	missing=$(packages_missing "$1")
	[ -n "$missing" ] || return 0

	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		say "Missing packages (and no sudo to install them with):"
		printf '%s\n' "$missing" | sed 's/^/    /' >&2
		die "install them as root, then run this again"
	fi
	say "Refreshing the package lists (apt-get update) ..."
	packages_apt update
	missing=$(packages_missing "$1")
	say "Installing with apt-get what is missing:"
	printf '%s\n' "$missing" |
		while read -r name why; do
			printf '    %-26s %s\n' "$name" "$why"
		done
	names=$(printf '%s\n' "$missing" | cut -d' ' -f1)
	if printf '%s\n' "$names" | grep -q '^postgresql-[0-9]'; then
		say "    (no database cluster is made; pg_createcluster does that)"
		# shellcheck disable=SC2086
		packages_install_server $names
	else
		# shellcheck disable=SC2086
		packages_apt install --no-install-recommends $names
	fi
}
