#!/bin/bash
# Stage emulator: clients that others wrote run a query on the emulator from
# start to finish.
set -u
. "$LIB/cluster.sh"
trap 'cluster_stop "$STAGE_DIR"' EXIT
cluster_init "$STAGE_DIR" && cluster_start "$STAGE_DIR" &&
	"$BINDIR/createdb" warehouse || exit 1
bash "$SRC/test/emulator/clients.sh" \
	"host=$PGHOST port=$PGPORT user=postgres dbname=warehouse"
