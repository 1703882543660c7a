#!/bin/bash
# Stage build: the two commands of the README, with warnings as errors; then
# the build that the other stages use, with fault points, installed into the
# private tree; then the emulator.
set -u
. "$LIB/tap.sh"

PLAIN=$SCRATCH/plain

run_make() {
	make -s --no-print-directory "$@"
}

# What a stranger types; it must print no warning either.
plain_build() {
	run_make -C "$PLAIN" -j2 RSDATA_CFLAGS=-Werror all >"$STAGE_DIR/plain" 2>&1 || {
		cat "$STAGE_DIR/plain"
		return 1
	}
	! grep -n 'warning:' "$STAGE_DIR/plain"
}

plain_install() {
	local dest=$STAGE_DIR/dest file

	run_make -C "$PLAIN" RSDATA_CFLAGS=-Werror install DESTDIR="$dest" ||
		return 1
	for file in "$("$PG_CONFIG" --pkglibdir)/rsdata.so" \
		"$("$PG_CONFIG" --sharedir)/extension/rsdata.control"; do
		[ -f "$dest$file" ] || {
			echo "make install did not bring $file"
			return 1
		}
	done
}

# What the other stages test: with fault points, and with the assertions that
# a server of the usual build leaves out.
fault_build() {
	local flags="-Werror -DUSE_ASSERT_CHECKING"

	run_make -C "$SRC" -j2 FAULT_POINTS=1 RSDATA_CFLAGS="$flags" \
		with_llvm=no all &&
		run_make -C "$SRC" FAULT_POINTS=1 RSDATA_CFLAGS="$flags" \
			with_llvm=no install
}

emulator_build() {
	run_make -C "$SRC/test/emulator" -j2 RSDATA_CFLAGS=-Werror \
		>"$STAGE_DIR/emulator" 2>&1
	[ -x "$EMULATOR" ] && ! grep -n 'warning:' "$STAGE_DIR/emulator" || {
		cat "$STAGE_DIR/emulator"
		return 1
	}
}

tap_ok "make, without a warning" plain_build
tap_ok "make install goes where PG_CONFIG says" plain_install
tap_ok "make install with fault points" fault_build
tap_ok "the emulator, without a warning" emulator_build
if [ "$TAP_FAILED" -eq 0 ]; then
	touch "$SCRATCH/built"
fi
tap_done
