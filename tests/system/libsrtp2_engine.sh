#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The portable SRTP engine: calls work as with the other one, also over a killed switch, but only so many.
. "$(dirname "$0")/lib.sh"

story "the libsrtp2 engine carries a call and its limit is said"
config "$work/strowger.conf" <<-END
	[srtp]
	engine = libsrtp2
	libsrtp2_calls = 1
END
strowger_start
expect "what the switch says at start" "$(cat "$work/story.log")" has "locks and allocates for every packet"
call_between portable AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 65500
talk 2
heard_everything alice bob
heard_everything bob alice

one_more='{"call": "more", "legs": [{"name": "x", "streams": [{"srtp": {"suite": "AEAD_AES_128_GCM"}}]}]}'
expect "one call more with SRTP" "$(rpc_error call.create "$one_more")" has libsrtp2
rpc call.create '{"call": "plain", "legs": [{"name": "x", "streams": [{}]}]}' >/dev/null

both send on
sleep 0.5
kill -KILL "$(switch_pid)"
sleep 0.2
before=$(of bob heard)
wait_for 10 "bob to hear alice again" eval "[ \$(of bob heard) -gt $((before + 10)) ]"
hush
heard_nothing_wrong alice
heard_nothing_wrong bob
strowger_stop
done_well
