#!/bin/bash
# run.sh: the runner behind test/check: runs the stages it is given, wave by
# wave, in the scratch copy and as a user who may run a server; prints a line
# for each, the log of those that failed, and the sum.
set -uo pipefail

SRC=$SCRATCH/src
LIB=$SRC/test/lib
LOGS=$SCRATCH/logs
EMULATOR=$SRC/test/emulator/rsdata-emulator
export SRC LIB EMULATOR
. "$LIB/stages.sh"

# Short names: sockets lie in there.
export TMPDIR=$SCRATCH/t
mkdir -p "$LOGS" "$SCRATCH/stage" "$TMPDIR"

# What builds in a way of its own does so in a copy of its own.
cp -a "$SRC" "$SCRATCH/plain"
cp -a "$SRC" "$SCRATCH/unit"

passed=0
failed=0
skipped=0

# Runs one stage; leaves its log, exit status and seconds beside each other.
stage_run() {
	local name=$1 limit=$2 log=$LOGS/$1 start=$EPOCHSECONDS status=0

	mkdir -p "$SCRATCH/stage/$name"
	STAGE_DIR=$SCRATCH/stage/$name timeout -k 20 "$limit" \
		bash "$LIB/stage/$name.sh" >"$log.log" 2>&1 || status=$?
	[ $status -ne 124 ] || echo "stopped after $limit s" >>"$log.log"
	echo "$status $((EPOCHSECONDS - start))" >"$log.status"
}

# Adds a finished stage to the sums and prints its line.
stage_report() {
	local name=$1 status seconds p f s word=ok

	read -r status seconds <"$LOGS/$name.status"
	read -r p f s < <(awk -f "$LIB/count.awk" "$LOGS/$name.log")
	if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
		f=1
	elif [ $((p + f)) -eq 0 ]; then
		word=skip
		if [ "$s" -eq 0 ] || ! stages_may_skip "$name"; then
			echo "this stage ran no test" >>"$LOGS/$name.log"
			f=1
		fi
	fi
	[ "$f" -eq 0 ] || word=FAIL
	printf '%-4s %-10s %4d passed, %d failed%s (%d s)\n' "$word" "$name" \
		"$p" "$f" "$([ "$s" -eq 0 ] || echo ", $s skipped")" "$seconds"
	sed -nE 's/^(ok [0-9]+|1\.\.0)[^#]*# *(SKIP|skip) */     skipped: /p' \
		"$LOGS/$name.log" | sort -u
	[ "$f" -eq 0 ] || sed '/^ok [0-9]/d; /^1\.\.[1-9]/d; s/^/    | /' "$LOGS/$name.log"
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
}

# Stages asked for, plus the build if they stand on it.
wanted=" $* "
for name in "$@"; do
	if stages_needs_build "$name"; then
		wanted="$wanted build "
	fi
done

for wave in 1 2 3 4 5; do
	running=()
	while read -r w name limit _; do
		[ "$w" = $wave ] && [[ $wanted = *" $name "* ]] || continue
		stage_run "$name" "$limit" &
		running+=("$name")
	done < <(stages_table)
	wait
	for name in "${running[@]}"; do
		stage_report "$name"
	done
	if [[ $wanted = *" build "* ]] && [ ! -e "$SCRATCH/built" ]; then
		echo "nothing else can run without the build"
		break
	fi
done

if [ $skipped -eq 0 ]; then
	echo "$passed passed, $failed failed"
else
	echo "$passed passed, $failed failed, $skipped skipped"
fi
[ $failed -eq 0 ]
