#!/bin/bash
# every function in a header of src has a comment, and headers are small
# A prototype starts in column one and must follow a comment's end, or stand
# directly (no blank line) under another one that does.
set -u

awk '
FNR == 1 { documented = 0; count = 0; deep = 0; continued = 0 }
/^[ \t]*$/ || /^#/ { documented = 0; next }
/\*\/[ \t]*$/ { documented = 1; next }
/^[A-Za-z].*\(/ && !/^(#|typedef|static|struct|enum|union|RSD_)/ && !/=/ {
	count++
	if (!documented && !continued)
		complain("line " FNR ": no comment on " $0)
}
{ continued = ($0 !~ /[;}][ \t]*$/) }
function complain(what) {
	print FILENAME ": " what
	found = 1
}
END { exit found }
' src/*/*.h
