#!/bin/bash
# Stage unit: the C unit tests, in a copy of their own, so that their build
# does not meet the one of the extension.
cp -a "$SRC" "$STAGE_DIR/src" && exec make -s --no-print-directory \
	-C "$STAGE_DIR/src" unit
