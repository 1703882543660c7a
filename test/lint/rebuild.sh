#!/bin/bash
# a changed header rebuilds what includes it
# Asks make what it would do after each header was touched, in the copy of
# the tree that the build stage left.
set -u
cd "$SCRATCH/plain" || exit 1
status=0

pending() {
	make -n --no-print-directory "$@" RSDATA_CFLAGS=-Werror 2>&1
}

if pending all | grep -q -- ' -c '; then
	echo "make has something to do right after make"
	status=1
fi

for header in src/*/*.h; do
	touch "$header"
	plan=$(pending all)
	for source in $(grep -l "\"${header#src/}\"" src/*/*.c); do
		printf '%s\n' "$plan" | grep -q -- "$source" || {
			echo "$source is not rebuilt when $header changes"
			status=1
		}
	done
	touch -r rsdata.control "$header"
done

cd "$SRC/test/emulator" || exit 1
for header in *.h; do
	[ -e "$header" ] || continue
	touch "$header"
	plan=$(make -n --no-print-directory 2>&1)
	for source in $(grep -l "\"$header\"" ./*.c); do
		printf '%s\n' "$plan" | grep -q -- "${source#./}" || {
			echo "test/emulator/$source is not rebuilt when $header changes"
			status=1
		}
	done
done
make -s --no-print-directory >/dev/null 2>&1 || status=1
exit $status
