#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A running call is changed 1,000 times, across a roll-over of its sequence numbers: not a packet is lost, and the
# counters are exact.
. "$(dirname "$0")/lib.sh"

story "1,000 changes of a running call, across a roll-over, lose nothing"
strowger_start
call_between changing AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 65300 --pps 100
both send on
sleep 0.3

# Each changes both transports' DSCP, so that transports and flows are replaced each time; in between a hold that
# is taken back in the same breath would lose packets, so there is none.
jq -nc 'range(1000) | {jsonrpc: "2.0", id: ., method: "call.update", params: {call: "changing", legs: [
	{name: "alice", streams: [{dscp: (. % 2 * 46)}]}, {name: "bob", streams: [{dscp: (. % 2 * 34)}]}]}}' |
	while read -r line; do
		echo "$line"
		sleep 0.003
	done | nc -NU "$work/story/admin.sock" >"$work/answers"
expect "changes that were acknowledged" "$(grep -c '"result"' "$work/answers")" = 1000
expect "the roll-over lies within" "$(of alice sent)" '>' 300
hush

heard_everything alice bob
heard_everything bob alice
seen=$(rpc call.get '{"call": "changing"}')
for phone in alice bob; do
	expect "packets counted from $phone" \
		"$(json ".legs[] | select(.name == \"$phone\").streams[0].rx_packets" <<<"$seen")" = "$(of $phone sent)"
done
expect "drops of the call" "$(drops_of_call changing)" = 0
strowger_stop
done_well
