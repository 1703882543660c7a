#!/bin/bash
# the folders below src/pg are clean under the strict warnings
set -u
status=0

for file in src/base/*.c src/aws/*.c src/stmt/*.c src/net/*.c; do
	[ -e "$file" ] || continue
	gcc -std=c11 -D_GNU_SOURCE -O1 -pedantic -Wall -Wextra -Wconversion \
		-Wsign-conversion -Wshadow -Wcast-qual -Wstrict-prototypes \
		-Wmissing-prototypes -Wformat=2 -Werror -Isrc -S -o /dev/null \
		"$file" || status=1
done
exit $status
