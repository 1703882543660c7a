#!/bin/bash
# Stage nopreload: what a user meets who forgot shared_preload_libraries.
set -u
. "$LIB/cluster.sh"
. "$LIB/tap.sh"
trap 'cluster_stop "$STAGE_DIR"' EXIT
cluster_init "$STAGE_DIR" && cluster_start "$STAGE_DIR" || exit 1

q() {
	"$BINDIR/psql" -XqAt -v VERBOSITY=verbose -c "$1" 2>&1
}

tap_is "CREATE EXTENSION works" "$(q 'CREATE EXTENSION rsdata')" ''
tap_is "CREATE SERVER works" "$(q "CREATE SERVER wh
	FOREIGN DATA WRAPPER rsdata
	OPTIONS (region 'eu-west-1', workgroup_name 'analytics', database 'dev')")" ''
tap_is "CREATE USER MAPPING works" "$(q "CREATE USER MAPPING FOR postgres
	SERVER wh OPTIONS (access_key_id 'AKIDEXAMPLE',
	secret_access_key 'secretexample')")" ''
answer=$(q "SELECT rsdata_submit('select 1', server => 'wh')")
tap_like "a submit is refused" "$answer" '^ERROR:  55000:'
tap_like "the hint says what to set" "$answer" \
	"HINT: .*shared_preload_libraries.*rsdata"
tap_is "nothing was stored" \
	"$(q 'SELECT count(*) FROM rsdata.statements')" 0
tap_is "no process of ours runs" \
	"$(q "SELECT count(*) FROM pg_stat_activity
	WHERE backend_type LIKE 'rsdata%'")" 0
tap_is "DROP EXTENSION works" \
	"$(q 'SET client_min_messages = warning; DROP EXTENSION rsdata CASCADE')" ''
tap_done
