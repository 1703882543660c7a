#!/bin/bash
# includes follow the arrows: base <- aws <- stmt, base <- net, pg on all
# Each line printed is "file: what it must not include".
set -u

awk '
BEGIN {
	may["base"] = " base "
	may["aws"] = " base aws "
	may["stmt"] = " base aws stmt "
	may["net"] = " base net "
	may["pg"] = " base aws stmt net pg "
}
/^[ \t]*#[ \t]*include/ {
	split(FILENAME, part, "/")
	from = part[2]
	name = $0
	sub(/^[^<"]*[<"]/, "", name)
	sub(/[>"].*/, "", name)
	to = name
	sub(/\/.*/, "", to)
	if (from != "pg" && name ~ /^(postgres|c\.h|fmgr|miscadmin|libpq|utils|access|catalog|storage|executor|nodes|commands|port)/)
		complain(name " (only src/pg knows PostgreSQL)")
	else if (name ~ /^curl\// && FILENAME != "src/net/http_curl.c")
		complain(name " (only src/net/http_curl.c knows libcurl)")
	else if (name ~ /^openssl\// && FILENAME != "src/base/hash.c")
		complain(name " (only src/base/hash.c knows OpenSSL)")
	else if (to in may && index(may[from], " " to " ") == 0)
		complain(name " (" from " does not stand on " to ")")
	else if ($0 ~ /"/ && !(to in may) &&
			 (from != "pg" || (getline line < ("src/pg/" name)) >= 0))
		complain(name " (ours are written \"folder/name.h\")")
}
function complain(what) {
	print FILENAME ": " what
	found = 1
}
END { exit found }
' src/*/*.[ch]
