#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A party that sends from several places: whoever sends is heard, and the signalled address alone is answered.
. "$(dirname "$0")/lib.sh"

story "any source: all of them are heard, the signalled address is answered, nothing is learned"
strowger_start
call_create any \
	"$(leg alice 10.77.0.2:4000 none - '{"source": "any"}')" \
	"$(leg bob 10.77.0.3:4000 none -)"
phone_start alice bob 10.77.0.2:4000 "$(local_of alice)"
phone_start bob alice 10.77.0.3:4000 "$(local_of bob)"
phone_start mallory bob 10.77.0.4:4444 "$(local_of alice)" --ssrc 0x666

tell mallory burst 20 >/dev/null
wait_for 3 "bob to hear whoever it is" eval '[ "$(of bob foreign)" = 20 ]'
talk 1
soon "what bob heard of alice" = "$(of alice sent)" of bob heard
expect "what bob heard that was not alice's" "$(of bob foreign)" = 20
heard_everything alice bob
expect "what the other one heard" "$(of mallory heard)" = 0
expect "what was learned" "$(rpc call.get '{"call": "any"}' | json '[.legs[].streams[] | select(.learned)] | length')" = 0

strowger_stop
done_well
