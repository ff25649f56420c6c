#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger-switch is killed again and again while it transcodes between two parties in SRTP: what it says under keys
# of its own, RTP and RTCP, goes on behind where it was, and no index is sealed twice.
. "$(dirname "$0")/lib.sh"

SUITE=AES_CM_128_HMAC_SHA1_80
KILLS=${KILLS:-4}

codec() { jq -nc --arg name "$1" --argjson type "$2" '{codecs: [{name: $name, payload_type: $type, clock: 8000, ptime: 10}]}'; }

heard() { tail -n 1 "$work/phones.out"; } # alice's RTP, her RTCP, bob's

# heard_more RTP RTCP BEFORE: since BEFORE, which heard said, each has heard so many packets more.
heard_more() {
	local before now

	read -ra before <<<"$3"
	read -ra now <<<"$(heard)"
	[ ${#now[@]} = 4 ] && [ "${now[0]}" -ge $((before[0] + $1)) ] && [ "${now[1]}" -ge $((before[1] + $2)) ] &&
		[ "${now[2]}" -ge $((before[2] + $1)) ] && [ "${now[3]}" -ge $((before[3] + $2)) ]
}

# What is counted of what PARTY says, in packets that left for the other one.
counted() { rpc call.get '{"call": "talk"}' | json ".legs[] | select(.name == \"$1\").streams[0].transcode.packets_out"; }

report() { json "select(.name == \"$1\").$2" <"$work/report"; } # PARTY FIELD

story "kill -9 of the switch while it transcodes: numbers go on, and no index is sealed twice"
strowger_start
alice_key=$(key $SUITE) bob_key=$(key $SUITE)
call_create talk "$(leg alice 10.77.0.2:4000 $SUITE "$alice_key" "$(codec PCMU 0)")" \
	"$(leg bob 10.77.0.2:5000 $SUITE "$bob_key" "$(codec L16 96)")"
spawn alice "$tools/sealed_once.py" \
	10.77.0.2:4000 "$(local_of alice)" alice 0 80 "$SUITE:$alice_key" "$(our_key alice)" \
	10.77.0.2:5000 "$(local_of bob)" bob 96 160 "$SUITE:$bob_key" "$(our_key bob)" >"$work/phones.out"
phones=$spawned
wait_for 10 "them to hear each other and of us" heard_more 20 1 "0 0 0 0"

for ((i = 1; i <= KILLS; i++)); do
	kill -KILL "$(switch_pid)"
	before=$(heard)
	wait_for 10 "sound after kill $i" heard_more 20 0 "$before"
	sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
done
wait_for 10 "our reports after all" heard_more 20 1 "$(heard)"
kill -TERM $phones
wait $phones || fail "the phones"
grep '^{' "$work/phones.out" >"$work/report"

for party in alice bob; do
	note "$(jq -c "select(.name == \"$party\")" "$work/report")"
	expect "RTP to $party that was sealed twice" "$(report $party twice)" = 0
	expect "RTCP to $party that was sealed twice" "$(report $party rtcp_twice)" = 0
	expect "what did not authenticate at $party" "$(($(report $party refused) + $(report $party rtcp_refused)))" = 0
	expect "sources that $party heard" "$(report $party ssrcs)" = 1
	expect "numbers missing at $party" "$(report $party missing)" '<=' $((KILLS * 64))
	expect "packets to $party" "$(report $party heard)" '>' $((KILLS * 20))
done
# A turn of eight packets may be lost to a kill.
expect "packets to bob that are counted" "$(counted alice)" '>=' $(($(report bob heard) - KILLS * 8))
expect "packets to alice that are counted" "$(counted bob)" '>=' $(($(report alice heard) - KILLS * 8))
rpc call.delete '{"call": "talk"}' >/dev/null
strowger_stop
done_well
