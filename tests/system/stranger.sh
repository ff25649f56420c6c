#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A third host sprays RTP, SRTP, RTCP, STUN and noise at every port before, during and after a call's set-up, also
# with a phone's address as its source.  Nothing of the call reaches it, nothing of its reaches a phone.
. "$(dirname "$0")/lib.sh"

spray() { # SECONDS [OPTIONS]: in the background; what it heard goes to $work/spray.json
	spawn mallory "$tools/spray.py" --to 10.77.0.1 --ports 30000-30199 --seconds "$@" >"$work/spray.json"
	sprayer=$spawned
	wait_for 5 "mallory to spray" eval 'in_ns mallory ss -Hlun sport = :4000 | grep -q .'
	sleep 0.5
}

sprayed() {
	wait "$sprayer" || fail "the sprayer failed"
	note "mallory: $(cat "$work/spray.json")"
	expect "what mallory heard" "$(json .heard <"$work/spray.json")" = 0
	expect "what mallory sent" "$(json .sent <"$work/spray.json")" '>' 1000
}

story "a stranger sprays every port before, during and after set-up, and gets and gives nothing"
config "$work/strowger.conf" story 30000-30199 </dev/null
strowger_start

spray 60 --spoof 10.77.0.2:4000
call_between secret AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
talk 2
kill -TERM "$sprayer"
sprayed
heard_everything alice bob
heard_everything bob alice
expect "drops for failed authentication" "$(drop_of_call secret auth)" '>' 0
rpc call.delete '{"call": "secret"}' >/dev/null

# Plain RTP has only the signalled address to go by: that much must hold without any key.
both stop
rm -f "$work"/*.phone
spray 60
call_between plain none none
talk 2
kill -TERM "$sprayer"
sprayed
heard_everything alice bob
heard_everything bob alice
expect "drops for a wrong source" "$(drop_of_call plain source)" '>' 0
rpc call.delete '{"call": "plain"}' >/dev/null

spray 1
sprayed
expect "what alice heard that was not bob's" "$(of alice foreign)" = 0
strowger_stop
done_well
