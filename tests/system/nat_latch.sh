#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A plain phone behind NAT: its signalled address is private; strowger latches on to the first plausible source,
# once, and a second source gets and gives nothing.
. "$(dirname "$0")/lib.sh"

story "NAT latch: the first source is answered, a second one is refused"
strowger_start
call_create nat \
	"$(leg alice 192.168.1.2:6000 none - '{"source": "latch", "latch_ms": 60000}')" \
	"$(leg bob 10.77.0.3:4000 none -)"
phone_start alice bob 10.77.0.2:4444 "$(local_of alice)"
phone_start bob alice 10.77.0.3:4000 "$(local_of bob)"
phone_start mallory alice 10.77.0.4:4444 "$(local_of alice)" --ssrc 0x666

# Nothing that bob says goes to the private address, nor anywhere else, before alice has spoken.
tell bob burst 10 >/dev/null
sleep 0.2
expect "heard before the latch closed" $(($(of alice heard) + $(of mallory heard))) = 0

tell alice send on >/dev/null
wait_for 3 "bob to hear alice" eval '[ "$(of bob heard)" -gt 5 ]'
before=$(of alice heard)
tell mallory send on >/dev/null
talk 1
tell mallory send off >/dev/null

expect "what mallory heard" "$(of mallory heard)" = 0
expect "what bob heard that was not alice's" "$(of bob foreign)" = 0
heard_everything bob alice
expect "what alice heard of bob" "$(of alice heard)" '>=' $((before + 45))
soon "packets of a second source" '>=' 45 drop_of_call nat second_source
expect "where strowger answers alice" "$(rpc call.get '{"call": "nat"}')" has 4444

strowger_stop
done_well
