#!/bin/bash
# Stage call: rsdata-call against the emulator: the commands of the README,
# and what a person must be able to read off when something is wrong.
set -u
. "$LIB/cluster.sh"
. "$LIB/tap.sh"
bed_start "$STAGE_DIR" || exit 1
CALL=$SRC/test/call/rsdata-call
make -s --no-print-directory -C "$SRC/test/call" -j2 RSDATA_CFLAGS=-Werror || exit 1
cd "$SRC" || exit 1

export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=secretexample
export AWS_EC2_METADATA_DISABLED=true HOME=$STAGE_DIR
mkdir -p "$HOME/.aws"

here() {
	"$@" --endpoint-url "$RSDATA_EMULATOR" --sns-endpoint-url "$RSDATA_EMULATOR" \
		--sts-endpoint-url "$RSDATA_EMULATOR" --timeout 20
}

# call WORD...: sets OUT and STATUS.
call() {
	STATUS=0
	OUT=$(here "$CALL" --region eu-west-1 --workgroup-name w --database dev \
		"$@" 2>&1) || STATUS=$?
}

# The commands of the README as they stand there.
commands=0
while IFS= read -r line; do
	commands=$((commands + 1))
	eval "tap_ok \"README: \${line#*/rsdata-}\" here $line"
done < <(sed -n '/^<!-- rsdata-call -->/,/^```$/p' README.md | grep '^test/call/')
tap_ok "the README has commands" [ $commands -gt 0 ]

call execute "select 42 as n, 'x' as t"
tap_is "execute: exit status" $STATUS 0
tap_like "execute: the rows" "$OUT" '"Records":\[\[\{"longValue":42\},\{"stringValue":"x"\}\]\]'
tap_like "execute: where the keys come from" "$OUT" '^credentials: environment'
id=$(printf '%s' "$OUT" | sed -n 's/^{"Id":"\([^"]*\)".*/\1/p' | head -n 1)
call describe "$id"
tap_like "describe" "$STATUS $OUT" '"Status":"FINISHED"'
call result "$id"
tap_like "result" "$STATUS $OUT" '"longValue":42'
call cancel "$id"
tap_like "cancel of an ended one: its class" "$OUT" '^class: not_cancellable'
call execute 'select nothing'
tap_is "a statement that fails: exit status" $STATUS 1
tap_like "a statement that fails: Redshift's words" "$OUT" '^ERROR: .*nothing'
call publish arn:aws:sns:eu-west-1:123456789012:t hello
tap_is "publish: exit status" $STATUS 0
tap_like "publish" "$OUT" '<MessageId>'

AWS_SECRET_ACCESS_KEY=other-than-that call execute 'select 1'
tap_is "a wrong secret: exit status" $STATUS 1
tap_like "a wrong secret: its class" "$OUT" '^class: auth '
tap_ok "no secret is shown" bash -c '! grep -q other-than-that <<<"$1"' - "$OUT"
RSDATA_EMULATOR=http://127.0.0.1:1 call execute 'select 1'
tap_like "nobody there" "$STATUS $OUT" '^fault: connect$'
call execute
tap_is "a wrong command line: exit status" $STATUS 2

# Endpoints and proxies that no option names.
bare() {
	STATUS=0
	OUT=$("$CALL" --region eu-west-1 --timeout 20 "$@" 2>&1) || STATUS=$?
}
AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_ENDPOINT_URL_STS=$RSDATA_EMULATOR bare identity
tap_is "STS of the environment: exit status" $STATUS 0
AWS_ENDPOINT_URL=$RSDATA_EMULATOR bare publish arn:aws:sns:eu-west-1:123456789012:t hello
tap_like "SNS of the environment" "$STATUS $OUT" '<MessageId>'
no_proxy= NO_PROXY= HTTPS_PROXY=http://me:hidden-word@127.0.0.1:1 AWS_USE_FIPS_ENDPOINT=true bare identity
tap_like "a proxy of the environment" "$OUT" '^  through proxy http://127\.0\.0\.1:1$'
tap_like "the FIPS host" "$OUT" 'POST https://sts-fips\.eu-west-1\.amazonaws\.com/'
tap_like "the proxy is not there" "$OUT" '^no reply: could not connect to the proxy'
tap_ok "its password is not shown" bash -c '! grep -q hidden-word <<<"$1"' - "$OUT"
AWS_ENDPOINT_URL=$RSDATA_EMULATOR bare --proxy http://127.0.0.1:1 identity
tap_like "a proxy by option" "$STATUS $OUT" '^no reply: could not connect to the proxy'

unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
call credentials
tap_is "no credentials: exit status" $STATUS 3
tap_like "no credentials: what was tried" "$OUT" 'tried: environment: AWS_ACCESS_KEY_ID is not set'
cat >"$HOME/keys" <<-'KEYS'
	#!/bin/sh
	echo '{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"secretexample"}'
KEYS
chmod 755 "$HOME/keys"
printf '[profile p]\nregion = us-east-2\ncredential_process = %s\n' "$HOME/keys" \
	>"$HOME/.aws/config"
STATUS=0
OUT=$(here "$CALL" --profile p identity 2>&1) || STATUS=$?
tap_is "a profile's credential_process: exit status" $STATUS 0
tap_like "a profile's credential_process: the source" "$OUT" '^credentials: profile p \(credential_process\)'
tap_like "a profile's region" "$OUT" 'signed for us-east-2'
tap_ok "again no secret is shown" bash -c '! grep -q secretexample <<<"$1"' - "$OUT"
printf '#!/bin/sh\nexec sleep 60\n' >"$HOME/keys"
STATUS=0
OUT=$(timeout 20 "$CALL" --profile p --timeout 1 credentials 2>&1) || STATUS=$?
tap_is "a credential_process that hangs: exit status" $STATUS 3
tap_like "a credential_process that hangs: why" "$OUT" 'did not end in time|not in time'
tap_done
