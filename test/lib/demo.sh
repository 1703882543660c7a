#!/bin/bash
# demo.sh: the part of test/demo that runs as a user who may run a server:
# builds, starts the server and the emulator, shows the session.  With the
# argument "keep" it leaves them running.
set -euo pipefail

SRC=$SCRATCH/src
EMULATOR=$SRC/test/emulator/rsdata-emulator
DATA=$SRC/test/demo-data
BED=$SCRATCH/db
. "$SRC/test/lib/cluster.sh"

heading() {
	printf '\n=== %s\n\n' "$*"
}

build() {
	local log=$SCRATCH/build.log

	{
		make -s -C "$SRC" -j2 with_llvm=no install &&
			make -s -C "$SRC/test/emulator" -j2
	} >"$log" 2>&1 || {
		cat "$log"
		exit 1
	}
}

start() {
	cluster_init "$BED" "shared_preload_libraries = 'rsdata'"
	cluster_start "$BED"
	"$BINDIR/createdb" warehouse
	"$BINDIR/createdb" demo
	"$BINDIR/psql" -Xq -d warehouse -v ON_ERROR_STOP=1 -f "$DATA/warehouse.sql"
	emulator_start "$BED"
}

# A script that ends what --keep left, and removes every trace.
write_stop() {
	cat >"$SCRATCH/stop" <<-STOP
		#!/bin/bash
		# Ends the demo that was kept here and removes it.
		kill -INT \$(head -n 1 '$BED/data/postmaster.pid')
		kill $EMULATOR_PID
		for i in \$(seq 100); do
			[ -e '$BED/data/postmaster.pid' ] || break
			sleep 0.1
		done
		rm -rf '$SCRATCH'
	STOP
	chmod 755 "$SCRATCH/stop"
}

build
start

heading "What runs now"
cat <<TEXT
A PostgreSQL $("$BINDIR/psql" -XAtc 'SHOW server_version') with rsdata preloaded, in $BED;
beside it an emulator of the Redshift Data API and of SNS at
$RSDATA_EMULATOR; it runs the SQL it gets for real, on a small warehouse of
$("$BINDIR/psql" -XAt -d warehouse -c "SELECT to_char(count(*), 'FM99,999') FROM sale") sales.  What follows is one psql session, as you would type it.
TEXT

heading "psql"
"$BINDIR/psql" -X -d demo --echo-queries -P null='(null)' \
	<"$DATA/session.sql" 2>&1

heading "What SNS got meanwhile"
perl "$DATA/published.pl" "$RSDATA_EMULATOR" 3

heading "What this was"
cat "$DATA/closing.txt"

if [ "${1:-}" = keep ]; then
	write_stop
	cat <<-TEXT

		It is still running.
		  connect:      $BINDIR/psql -h $BED -U postgres demo
		  the emulator: $RSDATA_EMULATOR
		  end it all:   $SCRATCH/stop
	TEXT
else
	emulator_stop
	cluster_stop "$BED"
fi
