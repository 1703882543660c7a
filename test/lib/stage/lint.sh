#!/bin/bash
# Stage lint: the scripts of test/lint, each of which prints what it found
# and fails, or prints nothing.
set -u
. "$LIB/tap.sh"
cd "$SRC" || exit 1
for script in test/lint/*.sh; do
	tap_ok "$(sed -n '2s/^# //p' "$script")" bash "$script"
done
tap_done
