#!/bin/bash
# clients.sh: programs that others wrote, the AWS CLI, boto3 and the SDK for
# JavaScript, use the emulator from start to finish.
#
# usage: test/emulator/clients.sh [DSN]
#
# DSN (or EMULATOR_DSN) is a libpq connection string of a database in which
# anything may be created.  Prints TAP without numbers and closes with one
# line "N passed, N failed, N skipped"; what is not installed is skipped, with
# the reason.
set -u

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DSN=${1:-${EMULATOR_DSN:-}}
WORK=$(mktemp -d)
LOG=$WORK/tests
EMULATOR_PID=

export AWS_ACCESS_KEY_ID=AKIDEXAMPLE
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
export AWS_DEFAULT_REGION=eu-west-1 AWS_REGION=eu-west-1
export AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=1 AWS_PAGER=
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
# The members of 2026, for clients whose own model is older.
export AWS_DATA_PATH=$HERE/models PYTHONDONTWRITEBYTECODE=1
unset AWS_PROFILE AWS_SESSION_TOKEN http_proxy https_proxy HTTP_PROXY \
	HTTPS_PROXY
TOPIC=arn:aws:sns:eu-west-1:123456789012:outcome
ROLES=arn:aws:iam::123456789012:role
WEB_TOKEN=header.payload.signature
CONTAINER_TOKEN='Basic c2VzYW1l'
PLACE=(--database dev --workgroup-name wg-1)

stop() {
	[ -z "$EMULATOR_PID" ] || kill "$EMULATOR_PID" 2>/dev/null
	rm -rf "$WORK"
}
trap stop EXIT

# start [OPTION ...]
start() {
	: >"$WORK/out"
	"$HERE/rsdata-emulator" --listen 127.0.0.1:0 --dsn "$DSN" \
		--access-key "$AWS_ACCESS_KEY_ID" \
		--secret-key "$AWS_SECRET_ACCESS_KEY" \
		--access-key ASIATEMPORARY --secret-key passing \
		--session-token 'TOKEN+/=' --topic "$TOPIC" --topic "$TOPIC.fifo" \
		--role "$ROLES/reader" --role "$ROLES/team/guarded" \
		--external-id 'open:sesame' --web-identity-token "$WEB_TOKEN" \
		--container-token "$CONTAINER_TOKEN" \
		--page-bytes 10000 --csv-chunk-bytes 10000 \
		--csv-page-bytes 30000 --waiters-max 2 --sessions-max 9 \
		--ledger "$WORK/ledger" "$@" \
		>"$WORK/out" 2>"$WORK/err" </dev/null &
	EMULATOR_PID=$!
	for _ in $(seq 100); do
		URL=$(sed -n 's/^listening on //p' "$WORK/out")
		CANNED=$(sed -n 's/^canned on //p' "$WORK/out")
		[ -z "$URL" ] || return 0
		sleep 0.1
	done
	echo "Bail out! the emulator did not start"
	cat "$WORK/err"
	exit 1
}

# Ends it, and tells how it went.
finish() {
	kill "$EMULATOR_PID"
	wait "$EMULATOR_PID"
	is "it ends cleanly on SIGTERM" $? 0 >"$WORK/end"
	EMULATOR_PID=
	is "it wrote no complaint" "$(cat "$WORK/err")" "" >>"$WORK/end"
	tee -a "$LOG" <"$WORK/end"
}

# is NAME GOT EXPECTED; like NAME GOT GLOB
is() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		printf '# got      %s\n# expected %s\n' "$2" "$3"
	fi
}

like() {
	# shellcheck disable=SC2053
	if [[ $2 == $3 ]]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		printf '# got      %s\n# expected %s\n' "$2" "$3"
	fi
}

cli() {
	timeout 60 aws --endpoint-url "$URL" --output text \
		--cli-connect-timeout 5 --cli-read-timeout 40 "$@" 2>&1
}

data() {
	cli redshift-data "$@"
}

cli_tests() {
	local id

	id=$(data execute-statement "${PLACE[@]}" --wait-time-seconds 10 \
		--sql 'select 42 as answer, null::text as nothing' --query Id)
	like "CLI: a statement gets an id" "$id" '????????-????-????-????-????????????'
	is "CLI: describe it" "$(data describe-statement --id "$id" \
		--query '[Status,HasResultSet,ResultRows]')" $'FINISHED\tTrue\t1'
	is "CLI: its columns" "$(data get-statement-result --id "$id" \
		--query 'ColumnMetadata[].[name,typeName]')" \
		$'answer\tint4\nnothing\ttext'
	is "CLI: its values" "$(data get-statement-result --id "$id" \
		--query 'Records[0][].[longValue,isNull]')" $'42\tNone\nNone\tTrue'

	id=$(data execute-statement "${PLACE[@]}" --sql 'selec 1' --query Id \
		--wait-time-seconds 10)
	is "CLI: a failing statement" "$(data describe-statement --id "$id" \
		--query '[Status,Error]')" \
		$'FAILED\tERROR: syntax error at or near "selec"\n  Position: 1'

	id=$(data execute-statement "${PLACE[@]}" --sql 'select pg_sleep(60)' \
		--query Id)
	is "CLI: cancel" "$(data cancel-statement --id "$id" --query Status)" True
	is "CLI: the cancelled ends aborted" "$(data describe-statement \
		--id "$id" --wait-time-seconds 10 --query Status)" ABORTED

	like "CLI: a wrong secret is refused" "$(AWS_SECRET_ACCESS_KEY=wrong \
		data describe-statement --id "$id")" '*InvalidSignatureException*'
	like "CLI: an SNS message" "$(cli sns publish --topic-arn "$TOPIC" \
		--message 'from the CLI' --query MessageId)" \
		'????????-????-????-????-????????????'
	like "CLI: SNS refuses a wrong secret" "$(AWS_SECRET_ACCESS_KEY=wrong \
		cli sns publish --topic-arn "$TOPIC" --message m)" \
		'*SignatureDoesNotMatch*'
}

# The CLI as a process that has no keys in its environment.
keyless() {
	env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$@"
}

# Who the CLI is when only the settings given, NAME=VALUE, say so.
identity() {
	keyless env "$@" timeout 60 aws --endpoint-url "$URL" --output text \
		sts get-caller-identity --query Arn 2>&1
}

cli_credentials_tests() {
	local keys sts=arn:aws:sts::123456789012:assumed-role

	is "CLI: who one is" "$(cli sts get-caller-identity \
		--query '[Account,Arn]')" \
		$'123456789012\tarn:aws:iam::123456789012:user/AKIDEXAMPLE'
	keys=$(cli sts assume-role --role-arn "$ROLES/reader" \
		--role-session-name session-1 --query \
		'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
	like "CLI: a role is assumed" "$keys" $'ASIA*\t*\t*'
	set -- $keys
	is "CLI: its keys are good" "$(identity AWS_ACCESS_KEY_ID="$1" \
		AWS_SECRET_ACCESS_KEY="$2" AWS_SESSION_TOKEN="$3")" \
		"$sts/reader/session-1"
	like "CLI: not without their token" "$(identity AWS_ACCESS_KEY_ID="$1" \
		AWS_SECRET_ACCESS_KEY="$2")" '*InvalidClientTokenId*'

	is "CLI: keys of the instance" "$(identity \
		AWS_EC2_METADATA_DISABLED=false \
		AWS_EC2_METADATA_SERVICE_ENDPOINT="$URL/")" \
		"$sts/rsdata-instance/i-0123456789abcdef0"
	like "CLI: keys of the container" "$(identity \
		AWS_CONTAINER_CREDENTIALS_FULL_URI="$URL/v2/credentials/7" \
		AWS_CONTAINER_AUTHORIZATION_TOKEN="$CONTAINER_TOKEN")" \
		"$sts/rsdata-task/*"
	like "CLI: a container without the token" "$(identity \
		AWS_CONTAINER_CREDENTIALS_FULL_URI="$URL/v2/credentials/7")" \
		'*401*'
}

# The first python3 that has boto3.
find_python() {
	local candidate

	for candidate in python3 /usr/bin/python3; do
		if "$candidate" -c 'import boto3' 2>/dev/null; then
			echo "$candidate"
			return
		fi
	done
}

# boto3_program NAME [ARGUMENT]
boto3_program() {
	timeout 150 "$PYTHON" "$HERE/clients_$1.py" "$URL" "$TOPIC" "${@:2}" ||
		echo "not ok - boto3, $1: the program ended early"
}

# The SDK for JavaScript, installed beside the log: its model is newer than
# that of boto3.
js_tests() {
	local skip=

	if [ -z "$(type -p npm)" ] || [ -z "$(type -p node)" ]; then
		skip="there is no node with npm (nodejs, npm)"
	elif ! cp -R "$HERE/js" "$WORK/js" ||
		! (cd "$WORK/js" && timeout 90 npm ci --ignore-scripts --no-audit \
			--no-fund --loglevel=error) >"$WORK/npm" 2>&1; then
		sed 's/^/# /' "$WORK/npm"
		skip="npm could not install the SDK"
	fi
	if [ -n "$skip" ]; then
		echo "ok - the SDK for JavaScript # SKIP $skip"
	else
		timeout 100 node "$WORK/js/clients.js" "$URL" ||
			echo "not ok - JS: the program ended early"
	fi
}

# Where the service is undocumented the emulator can play another answer.
other_tests() {
	[ -n "$PYTHON" ] || return
	boto3_program csv marked
	boto3_program canned "$CANNED"
}

all_tests() {
	local program

	if [ -n "$(type -p aws)" ]; then
		cli_tests
		cli_credentials_tests
	else
		echo "ok - the AWS CLI # SKIP there is no command aws (awscli)"
	fi
	if [ -n "$PYTHON" ]; then
		for program in boto3 batch sessions catalog limits "csv plain"; do
			boto3_program $program
		done
		timeout 100 "$PYTHON" "$HERE/clients_credentials.py" "$URL" \
			"$WEB_TOKEN" "$CONTAINER_TOKEN" "$WORK" ||
			echo "not ok - boto3 and keys: the program ended early"
	else
		echo "ok - boto3 # SKIP no python3 has it (python3-boto3)"
	fi
	js_tests
}

if [ -z "$DSN" ]; then
	echo "1..0 # SKIP no database: give a connection string"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
PYTHON=$(find_python)
start
all_tests 2>&1 | tee "$LOG"
finish
start --csv-quote all --csv-empty quoted --csv-null NULL --csv-name csv \
	--csv-header chunk --csv-no-rows header --gzip 500 --undone aborted \
	--canned-listen 127.0.0.1:0
other_tests 2>&1 | tee -a "$LOG"
finish

failed=$(grep -c '^not ok' "$LOG")
skipped=$(grep -c '^ok.*# SKIP' "$LOG")
passed=$(($(grep -c '^ok' "$LOG") - skipped))
echo "1..$((passed + failed + skipped))"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
