#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Three forwarding cores and a device with one queue: the two legs of a call lie on different cores, so that every
# packet crosses from one to another, and not one is lost, through a roll-over and through the death of the switch.
. "$(dirname "$0")/lib.sh"

# The number of the core that the leg of call "across" belongs to.
core_of() { echo $((($(local_of "$1" | sed 's/.*://') >> 1) % 3)); }
crossed() { rpc core.list | json '[.cores[].handed_over] | add'; }

story "a call whose legs lie on different cores loses nothing"
# Two pairs of ports: a call needs both, and they are not the same core's.
config "$work/strowger.conf" story 30000-30003 <<'END'
[cores]
forwarding = 0,1,1
END
strowger_start
call_between across AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 65500 --pps 100
expect "core of alice's leg" "$(core_of alice)" != "$(core_of bob)"
talk 1.5
heard_everything alice bob
heard_everything bob alice
expect "drops of the call" "$(drops_of_call across)" = 0
expect "packets that crossed" "$(crossed)" '>=' "$(of alice sent)"

pid=$(switch_pid)
kill -9 "$pid"
wait_for 8 "another switch" another_switch "$pid"
heard=$(of bob heard)
talk 1
soon "what bob heard after the switch was killed" '>' $((heard + 80)) of bob heard
heard_nothing_wrong bob
strowger_stop
done_well
