#!/bin/bash
# Stage isolation: sessions that could get in each other's way.
set -u
. "$LIB/cluster.sh"
. "$LIB/stages.sh"
bed_start "$STAGE_DIR" || exit 1
cd "$STAGE_DIR" || exit 1
mapfile -t tests < <(stages_tests "$SRC/test/isolation/specs" .spec)
"$("$PG_CONFIG" --pkglibdir)/pgxs/src/test/isolation/pg_isolation_regress" \
	--bindir="$BINDIR" --host="$PGHOST" --port="$PGPORT" --user=postgres \
	--inputdir="$SRC/test/isolation" --outputdir="$STAGE_DIR" \
	--dbname=isolation_regression --load-extension=rsdata "${tests[@]}"
status=$?
cat "$STAGE_DIR/regression.diffs" "$STAGE_DIR"/output_iso/regression.diffs \
	2>/dev/null
exit $status
