#!/bin/bash
# files open with a comment, are short enough and have no stray white space
set -u

awk '
FNR == 1 && FILENAME ~ /\.[ch]$/ && $0 !~ /^\/\*/ {
	complain("does not open with a comment")
}
/[ \t]$/ { complain("line " FNR ": white space at its end") }
/\r/ { complain("line " FNR ": a carriage return") }
FILENAME ~ /\.[ch]$/ && FNR > 600 && !(FILENAME in long) {
	long[FILENAME] = 1
	complain("more than 600 lines")
}
FILENAME ~ /\.[ch]$/ && /^\/\// { complain("line " FNR ": a // comment") }
# A function body, as pgindent lays it out: from "{" to "}" in column one.
FILENAME ~ /\.c$/ && /^\{/ { body = FNR }
FILENAME ~ /\.c$/ && /^\}/ && body {
	if (FNR - body > 100)
		complain("line " body ": a function of " FNR - body " lines")
	body = 0
}
function complain(what) {
	print FILENAME ": " what
	found = 1
}
END { exit found }
' $(find Makefile rsdata.control rsdata--*.sql src test sql .ci -type f \
	\( -name '*.[ch]' -o -name '*.sh' -o -name '*.p[lm]' -o -name '*.sql' \
	-o -name '*.spec' -o -name '*.py' -o -name Makefile -o -name check \
	-o -name demo -o -name run -o -name '*.control' \) 2>/dev/null)
