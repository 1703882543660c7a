# stages.sh: the stages of test/check: their names, limits and order.
# Sourced by test/check and by the runner; runs nothing.
#
# One line a stage: wave, name, seconds it may take, what it does.  Stages of
# one wave run side by side; they were put together so that two processors
# are busy and no test that measures time has a neighbour.

stages_table() {
	cat <<-'TABLE'
		1 build 600 compile the extension and the emulator, warnings are errors
		1 unit 600 C unit tests under the address and undefined sanitizers
		2 lint 300 include arrows, headers, symbols, dependencies, layout
		2 emulator 420 the AWS CLI, boto3 and the SDK for JavaScript against the emulator
		2 fuzz 300 libFuzzer on every parser of bytes from outside, corpus first
		2 call 300 rsdata-call against the emulator, as the README shows it
		3 regress 240 pg_regress: sql/ and expected/
		3 isolation 240 isolation tests: test/isolation
		4 tap 2400 test/t: crashes, processes, exactly once
		5 nopreload 180 CREATE EXTENSION and submit without the preload
		5 pgupgrade 240 nothing of rsdata runs under pg_upgrade
		5 peers 300 against moto's services with signatures verified
	TABLE
}

stages_names() {
	stages_table | cut -d' ' -f2
}

stages_known() {
	stages_names | grep -qx -- "$1"
}

stages_list() {
	stages_table | while read -r _ name _ what; do
		printf '%-10s %s\n' "$name" "$what"
	done
}

# What must be built before a stage can run: everything but the unit tests
# and the fuzz targets works on what the stage "build" leaves.
stages_needs_build() {
	[ "$1" != unit ] && [ "$1" != build ] && [ "$1" != fuzz ]
}

# Only what needs software that no package brings may be skipped as a whole.
stages_may_skip() {
	[ "$1" = peers ]
}

# stages_tests DIRECTORY SUFFIX: the tests of a directory by name, as far as
# ONLY picks them.
stages_tests() {
	find "$1" -maxdepth 1 -name "*${ONLY:-}*$2" -printf '%f\n' |
		sed "s/$2\$//" | sort
}
