#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger-switch is killed in mid-call, once before and once after the sequence numbers roll over: the SRTP media
# comes back under the same keys and with the right roll-over counter, and no index is sealed twice.
. "$(dirname "$0")/lib.sh"

# Kill the switch while both speak, and wait until both hear again.
kill_switch() {
	local alice bob

	both mark
	kill -KILL "$(switch_pid)"
	sleep 0.1
	alice=$(of alice heard) bob=$(of bob heard)
	wait_for 10 "alice to hear bob again" eval "[ \$(of alice heard) -gt $((alice + 10)) ]"
	wait_for 10 "bob to hear alice again" eval "[ \$(of bob heard) -gt $((bob + 10)) ]"
	note "without sound: alice $(of alice gap_ms) ms, bob $(of bob gap_ms) ms"
}

story "kill -9 of the switch in mid-call: SRTP comes back, keys and roll-over intact"
strowger_start
call_between lasting AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 65470
both send on
sleep 0.5
kill_switch
wait_for 10 "the roll-over" eval '[ "$(of alice sent)" -gt 100 ]' # 65470 + 100 > 65536
sleep 0.5
kill_switch
sleep 0.5
hush

for phone in alice bob; do
	heard_nothing_wrong $phone
	note "$phone: $(tell $phone report | jq -c '{sent, heard, missing, late}')"
done
soon "the last packet of alice's" = $(($(of alice sent) - 1)) of bob last
soon "the last packet of bob's" = $(($(of bob sent) - 1)) of alice last
expect "calls that strowger knows" "$(rpc call.list)" has '"lasting"'
expect "switches" "$(switch_pid | wc -l)" = 1

note "after it all, nothing more is lost"
lost=$(of bob missing)
talk 1
expect "packets missing at bob" "$(of bob missing)" = "$lost"
rpc call.delete '{"call": "lasting"}' >/dev/null
strowger_stop
done_well
