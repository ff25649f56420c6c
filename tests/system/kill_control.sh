#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger is killed in mid-call: no packet is lost, its successor knows the call, can change it and can end it.
. "$(dirname "$0")/lib.sh"

story "kill -9 of strowger in mid-call: no packet is lost, and its successor takes the call over"
strowger_start
call_between lasting AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
both send on
sleep 0.5

for round in 1 2; do
	strowger_kill
	sleep 0.5
	before=$(switch_pid)
	strowger_start
	expect "the switch" "$(switch_pid)" = "$before"
	expect "calls that the successor knows" "$(rpc call.list)" has '"lasting"'
	sleep 0.3
done
hush
heard_everything alice bob
heard_everything bob alice
expect "count across both kills" \
	"$(rpc call.get '{"call": "lasting"}' | json '.legs[] | select(.name == "alice").streams[0].rx_packets')" \
	= "$(of alice sent)"

note "the successor can re-key it"
call_update lasting '{"name": "bob", "streams": [{"srtp": {"rekey": true}}]}'
tell bob unseal "$(our_key bob)" >/dev/null
talk 0.5
heard_everything bob alice

note "and end it"
rpc call.delete '{"call": "lasting"}' >/dev/null
heard=$(of bob heard)
tell alice burst 20 >/dev/null
sleep 0.3
expect "what bob hears after the end" "$(of bob heard)" = "$heard"

note "a successor with another configuration says what the switch does not have of it"
expect "what those with the same said" "$(cat "$work/story.log")" lacks "another configuration"
strowger_kill
printf '\n[cores]\npoll = busy\n' >>"$work/strowger.conf"
strowger_start
expect "what it says" "$(cat "$work/story.log")" has "another configuration: [cores] poll;"
strowger_stop
done_well
