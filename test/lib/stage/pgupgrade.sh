#!/bin/bash
# Stage pgupgrade: pg_upgrade from this version to itself, rsdata preloaded
# in both clusters: nothing of ours may run meanwhile, and the tables come
# through with their rows.
set -u
. "$LIB/cluster.sh"
. "$LIB/tap.sh"
old=$STAGE_DIR/old
new=$STAGE_DIR/new
trap 'cluster_stop "$old"; cluster_stop "$new"' EXIT

cluster_init "$old" "shared_preload_libraries = 'rsdata'" &&
	cluster_init "$new" "shared_preload_libraries = 'rsdata'" &&
	cluster_start "$old" &&
	"$BINDIR/psql" -Xq -v ON_ERROR_STOP=1 <<-'SQL' || exit 1
		CREATE EXTENSION rsdata;
		CREATE SERVER wh FOREIGN DATA WRAPPER rsdata
			OPTIONS (region 'eu-west-1', workgroup_name 'analytics',
				database 'dev', endpoint_url 'http://127.0.0.1:1',
				enabled 'false');
		CREATE USER MAPPING FOR postgres SERVER wh OPTIONS (
			access_key_id 'AKIDEXAMPLE', secret_access_key 'secretexample');
		SELECT rsdata_submit('select 1', server => 'wh');
	SQL
cluster_stop "$old"

upgrade() {
	cd "$STAGE_DIR" && "$BINDIR/pg_upgrade" -b "$BINDIR" -B "$BINDIR" \
		-d "$old/data" -D "$new/data" -U postgres -s "$STAGE_DIR" -N -r || {
		find "$new/data/pg_upgrade_output.d" -name '*.log' -exec cat {} +
		return 1
	}
}

# How pg_upgrade starts a server: -b.
start_as_upgrade() {
	"$BINDIR/pg_ctl" -D "$new/data" -l "$new/server.log" -w -s \
		-o '-b -c log_min_messages=debug1' start
}

ours() {
	"$BINDIR/psql" -XAt -h "$new" -c "SELECT count(*) FROM pg_stat_activity
		WHERE backend_type LIKE 'rsdata%'"
}

tap_ok "a server starts in upgrade mode" start_as_upgrade
tap_is "no process of ours runs in it" "$(ours)" 0
tap_ok "none was started and left" \
	bash -c "! grep -n 'background worker \"rsdata' '$new/server.log'"
cluster_stop "$new"
tap_ok "pg_upgrade succeeds" upgrade
cluster_start "$new" || exit 1
tap_is "the extension is there" "$("$BINDIR/psql" -XAtc \
	"SELECT extname FROM pg_extension WHERE extname = 'rsdata'")" rsdata
tap_is "the statement is there, not sent" "$("$BINDIR/psql" -XAtc \
	'SELECT id, status FROM rsdata.statements')" '1|queued'
tap_done
