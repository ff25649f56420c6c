# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Calls and the phones that speak in them, for stories.  Sourced by lib.sh.

key() { # SUITE: a new key and salt, in base64
	local bytes

	case $1 in
	none) return ;;
	AES_CM_128_*) bytes=30 ;;
	AES_192_*) bytes=38 ;;
	AES_256_*) bytes=46 ;;
	AEAD_AES_128_GCM) bytes=28 ;;
	AEAD_AES_256_GCM) bytes=44 ;;
	esac
	head -c "$bytes" /dev/urandom | base64 -w0
}

# leg NAME ADDRESS:PORT SUITE KEY [STREAM_JSON]: one leg with one stream, for call.create and call.update.
# SUITE none: plain RTP.  ADDRESS "-": not known yet.  STREAM_JSON is merged in.
leg() {
	local host=${2%:*} port=${2##*:}

	host=${host#[} host=${host%]}
	jq -nc --arg name "$1" --arg host "$host" --arg port "$port" --arg suite "$3" --arg key "$4" \
		--argjson more "${5:-"{}"}" '
		{name: $name, streams: [
			(if $host == "-" then {} else {remote: {address: $host, port: ($port | tonumber)}} end)
			+ (if $suite == "none" then {} else {srtp: {suite: $suite, key: $key}} end)
			+ $more]}'
}

call_create() { # ID LEG...: the answer is in $call
	local id=$1

	shift
	call=$(rpc call.create "$(jq -nc --arg id "$id" '{call: $id, legs: $ARGS.positional}' --jsonargs "$@")")
}

call_update() { # ID LEG...
	local id=$1

	shift
	call=$(rpc call.update "$(jq -nc --arg id "$id" '{call: $id, legs: $ARGS.positional}' --jsonargs "$@")")
}

local_of() { # LEG [STREAM]: ADDRESS:PORT where that leg is to send, of the answer in $call
	json ".legs[] | select(.name == \"$1\").streams[${2:-0}].local
	      | if .address | contains(\":\") then \"[\(.address)]:\(.port)\" else \"\(.address):\(.port)\" end" <<<"$call"
}

our_key() { # LEG [STREAM]: SUITE:KEY that strowger seals with towards that leg
	json ".legs[] | select(.name == \"$1\").streams[${2:-0}].srtp | \"\(.suite):\(.key)\"" <<<"$call"
}

# phone_start NAME PEER BIND TO [OPTIONS of tests/tools/phone.py]: in the namespace NAME, or that before a dot in it.
phone_start() {
	local name=$1 peer=$2 bind=$3 to=$4

	shift 4
	spawn "${name%%.*}" "$tools/phone.py" --name "$name" --peer "$peer" --bind "$bind" --to "$to" \
		--orders "$work/$name.phone" "$@" >>"$work/phones.log" 2>&1
	wait_for 10 "the phone of $name" test -S "$work/$name.phone"
}

# tell NAME ORDER: what tests/tools/phone.py --help lists; the phone's report, as JSON.
tell() {
	local report

	report=$(nc -NU "$work/$1.phone" <<<"${*:2}") && [ -n "$report" ] || fail "the phone of $1 does not answer"
	[[ $report != '{"error"'* ]] || fail "the phone of $1: $report"
	echo "$report"
}

# of NAME FIELD: one number of a phone's report.
of() { tell "$1" report | json ".$2"; }

# call_between ID ALICE_SUITE BOB_SUITE [phone options]: a call of alice and bob, and their phones, silent yet.
# Keys: $alice_key and $bob_key.  FAMILY_ALICE, FAMILY_BOB: 4 or 6.
call_between() {
	local id=$1 a_suite=$2 b_suite=$3 a_bind b_bind a_srtp=() b_srtp=()

	shift 3
	a_bind=$(bind_of alice "${FAMILY_ALICE:-4}") b_bind=$(bind_of bob "${FAMILY_BOB:-4}")
	alice_key=$(key "$a_suite") bob_key=$(key "$b_suite")
	call_create "$id" "$(leg alice "$a_bind" "$a_suite" "$alice_key")" \
		"$(leg bob "$b_bind" "$b_suite" "$bob_key")"
	[ "$a_suite" = none ] || a_srtp=(--seal "$a_suite:$alice_key" --unseal "$(our_key alice)")
	[ "$b_suite" = none ] || b_srtp=(--seal "$b_suite:$bob_key" --unseal "$(our_key bob)")
	phone_start alice bob "$a_bind" "$(local_of alice)" --ssrc 0xa11ce "${a_srtp[@]}" "$@"
	phone_start bob alice "$b_bind" "$(local_of bob)" --ssrc 0xb0b "${b_srtp[@]}" "$@"
}

bind_of() { # NAME FAMILY
	if [ "$2" = 6 ]; then echo "[${address6[$1]}]:4000"; else echo "${address4[$1]}:4000"; fi
}

# talk SECONDS: both speak, then all that is under way arrives.
talk() {
	both send on
	sleep "$1"
	hush
}

# hush [NAME...]: these, or alice and bob, end speaking, and all that is under way arrives.
hush() {
	local name

	[ $# -gt 0 ] || set -- alice bob
	for name in "$@"; do tell "$name" send off >/dev/null; done
	arrive "$@"
}

# arrive NAME...: until nothing more has come to them for a while.
arrive() {
	local before= now name i

	for i in {1..20}; do
		now=$(for name in "$@"; do tell "$name" report; done | jq -c '[.heard, .repeated, .foreign, .refused, .rtcp_heard]')
		[ "$now" != "$before" ] || return 0
		before=$now
		sleep 0.3
	done
}

both() { # ORDER
	tell alice "$@" >/dev/null
	tell bob "$@" >/dev/null
}

# heard_everything LISTENER SPEAKER: every packet once, none of anybody else, and nothing that did not authenticate.
heard_everything() {
	local sent end=$((SECONDS + 10)) heard

	sent=$(of "$2" sent)
	expect "packets that $2 sent" "$sent" '>' 0
	until heard=$(tell "$1" report) && [ "$(json .heard <<<"$heard")" = "$sent" ]; do
		[ $SECONDS -lt $end ] || fail "what $1 heard of $2's $sent packets: $heard"
		sleep 0.05
	done
	heard_nothing_wrong "$1"
}

heard_nothing_wrong() { # LISTENER
	local report field

	report=$(tell "$1" report)
	for field in repeated foreign refused rtcp_refused; do
		expect "$field at $1" "$(json ".$field" <<<"$report")" = 0
	done
}

# drop_of_call ID REASON: packets of that call dropped for that reason, all streams together.
drop_of_call() { rpc call.get "{\"call\": \"$1\"}" | json "[.. | .drops? // empty | .$2 // 0] | add // 0"; }
drops_of_call() { rpc call.get "{\"call\": \"$1\"}" | json '[.. | .drops? // empty | .[]] | add // 0'; }
