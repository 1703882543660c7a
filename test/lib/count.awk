# count.awk: reads the log of a stage and prints how many tests passed,
# failed and were skipped.  Knows TAP, pg_regress before PostgreSQL 16, and a
# program's own closing line "N passed, N failed", which wins over the rest.

/^[0-9]+ passed, [0-9]+ failed/ {
	closing = 1
	own_passed += $1
	own_failed += $3
	if ($0 ~ /, [0-9]+ skipped/)
		own_skipped += $5
	next
}
/^not ok .*# *TO[D]O/ { next }
/^ok .*# *(SKIP|skip)/ { skipped++; next }
/^1\.\.0.*# *(SKIP|skip)/ { skipped++; next }
/^not ok +[0-9-]/ { failed++; next }
/^ok +[0-9-]/ { passed++; next }
/^(test )? *[^ ]+ +\.\.\. ok / { passed++; next }
/^(test )? *[^ ]+ +\.\.\. FAILED/ { failed++; next }

END {
	if (closing)
		print own_passed + 0, own_failed + 0, own_skipped + 0
	else
		print passed + 0, failed + 0, skipped + 0
}
