#!/bin/bash
# Stage peers: rsdata against moto, see test/peers/moto.py.
set -u
. "$LIB/cluster.sh"
if [ -z "${RSDATA_MOTO:-}" ]; then
	echo "1..0 # SKIP no python3 on PATH has moto (pip install 'moto[server]')"
	exit 0
fi
trap 'cluster_stop "$STAGE_DIR"' EXIT
cluster_init "$STAGE_DIR" "shared_preload_libraries = 'rsdata'" &&
	cluster_start "$STAGE_DIR" || exit 1
python3 "$SRC/test/peers/moto.py" "$RSDATA_MOTO" || {
	status=$?
	tail -n 40 "$STAGE_DIR/server.log"
	exit $status
}
