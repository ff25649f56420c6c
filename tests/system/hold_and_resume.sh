#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Hold and resume: while one party is inactive nothing crosses; afterwards the same keys and numbers go on.
. "$(dirname "$0")/lib.sh"

story "hold and resume: silence while held, and the same SRTP numbering afterwards"
strowger_start
call_between held AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 65400
talk 1
heard_everything alice bob
heard_everything bob alice

# Held: both may go on sending (music, comfort noise): nobody hears it.
before_alice=$(of alice heard) before_bob=$(of bob heard)
call_update held '{"name": "bob", "streams": [{"direction": "inactive"}]}'
talk 2 # the roll-over falls into it
expect "what bob heard while held" "$(of bob heard)" = "$before_bob"
expect "what alice heard while held" "$(of alice heard)" = "$before_alice"
soon "drops for want of a listener" '>' 150 drop_of_call held no_sink

call_update held '{"name": "bob", "streams": [{"direction": "sendrecv"}]}'
talk 1
soon "what bob heard after it" '>=' $((before_bob + 45)) of bob heard
soon "the last packet of alice's" = $(($(of alice sent) - 1)) of bob last
soon "the last packet of bob's" = $(($(of bob sent) - 1)) of alice last
heard_nothing_wrong alice
heard_nothing_wrong bob

# One way: alice listens only.
before_alice=$(of alice heard) before_bob=$(of bob heard)
call_update held '{"name": "alice", "streams": [{"direction": "recvonly"}]}'
talk 1
expect "what bob heard of a listener" "$(of bob heard)" = "$before_bob"
soon "what the listener heard" '>=' $((before_alice + 45)) of alice heard

strowger_stop
done_well
