# cluster.sh: a throw-away server and an emulator beside it.  Sourced by
# stages and demo, as a user who may run a server.  Both listen where nobody
# else looks: the server on a socket in its own directory, the emulator on a
# loopback port that the kernel chose.

# cluster_init DIR [line of postgresql.conf ...]
cluster_init() {
	local dir=$1 line

	shift
	mkdir -p "$dir"
	"$BINDIR/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 \
		--locale=C.UTF-8 -N >"$dir/initdb.log" 2>&1 || {
		cat "$dir/initdb.log"
		return 1
	}
	{
		cat <<-CONF
			listen_addresses = ''
			unix_socket_directories = '$dir'
			fsync = off
			max_connections = 60
			max_worker_processes = 16
			max_prepared_transactions = 10
			log_line_prefix = '%m %b[%p] %q%a '
			lc_messages = 'C'
			timezone = 'UTC'
		CONF
		for line in "$@"; do
			printf '%s\n' "$line"
		done
	} >>"$dir/data/postgresql.conf"
}

# cluster_start DIR: starts it and makes it the default of psql and friends.
cluster_start() {
	"$BINDIR/pg_ctl" -D "$1/data" -l "$1/server.log" -w -t 60 -s start || {
		cat "$1/server.log"
		return 1
	}
	export PGHOST=$1 PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

cluster_stop() {
	[ ! -e "$1/data/postmaster.pid" ] ||
		"$BINDIR/pg_ctl" -D "$1/data" -m fast -w -t 60 -s stop
}

# emulator_start DIR [option ...]: starts one on the database "warehouse" of
# the default server, with the keys of the tests, and sets RSDATA_EMULATOR to
# its URL and EMULATOR_PID.  It has its own session, as the server has: the
# demo may leave both running.
emulator_start() {
	local dir=$1 i

	shift
	: >"$dir/emulator.log"
	setsid "$EMULATOR" --listen 127.0.0.1:0 \
		--dsn "host=$PGHOST port=$PGPORT user=postgres dbname=warehouse" \
		--access-key AKIDEXAMPLE --secret-key secretexample "$@" \
		>"$dir/emulator.log" 2>&1 </dev/null &
	EMULATOR_PID=$!
	for i in $(seq 100); do
		RSDATA_EMULATOR=$(sed -n 's/^listening on //p' "$dir/emulator.log")
		if [ -n "$RSDATA_EMULATOR" ]; then
			export RSDATA_EMULATOR
			return 0
		fi
		kill -0 "$EMULATOR_PID" 2>/dev/null || break
		sleep 0.1
	done
	echo "the emulator did not start:"
	cat "$dir/emulator.log"
	return 1
}

emulator_stop() {
	[ -n "${EMULATOR_PID:-}" ] || return 0
	kill "$EMULATOR_PID" 2>/dev/null || true
	wait "$EMULATOR_PID" 2>/dev/null || true
	EMULATOR_PID=
}

# A server with rsdata preloaded, the warehouse and an emulator: the test bed
# of the SQL stages.  bed_start DIR; bed_stop is for a trap.
bed_start() {
	BED=$1
	trap bed_stop EXIT
	cluster_init "$1" "shared_preload_libraries = 'rsdata'" &&
		cluster_start "$1" &&
		"$BINDIR/createdb" warehouse &&
		emulator_start "$1"
}

bed_stop() {
	local status=$?

	emulator_stop
	cluster_stop "$BED" || true
	if [ $status -ne 0 ]; then
		echo "--- end of the server log"
		tail -n 60 "$BED/server.log" 2>/dev/null || true
	fi
	return $status
}
