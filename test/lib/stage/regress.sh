#!/bin/bash
# Stage regress: pg_regress over sql/ and expected/, rsdata preloaded, the
# emulator's URL in RSDATA_EMULATOR.
set -u
. "$LIB/cluster.sh"
. "$LIB/stages.sh"
bed_start "$STAGE_DIR" || exit 1
cd "$STAGE_DIR" || exit 1
mapfile -t tests < <(stages_tests "$SRC/sql" .sql)
"$("$PG_CONFIG" --pkglibdir)/pgxs/src/test/regress/pg_regress" \
	--bindir="$BINDIR" --host="$PGHOST" --port="$PGPORT" --user=postgres \
	--inputdir="$SRC" --outputdir="$STAGE_DIR" \
	--dbname=contrib_regression --load-extension=rsdata "${tests[@]}"
status=$?
cat "$STAGE_DIR/regression.diffs" 2>/dev/null
exit $status
