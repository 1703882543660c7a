#!/bin/bash
# each header compiles alone, those below src/pg without PostgreSQL
set -u
: "${PG_CONFIG:=pg_config}"
status=0

for header in src/*/*.h; do
	first=''
	include=()
	case $header in
		src/pg/*)
			first='#include "postgres.h"'
			include=(-isystem "$("$PG_CONFIG" --includedir-server)")
			;;
	esac
	printf '%s\n#include "%s"\nextern int lint;\n' "$first" "${header#src/}" |
		gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter \
			-Werror -fsyntax-only -Isrc "${include[@]}" -x c - || {
		echo "$header does not compile alone"
		status=1
	}
done
exit $status
