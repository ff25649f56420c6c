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
expect "drops for want of a listener" "$(drop_of_call held no_sink)" '>' 150

call_update held '{"name": "bob", "streams": [{"direction": "sendrecv"}]}'
talk 1
expect "what bob heard after it" "$(of bob heard)" '>=' $((before_bob + 45))
expect "the last packet of alice's" "$(of bob last)" = $(($(of alice sent) - 1))
expect "the last packet of bob's" "$(of alice last)" = $(($(of bob sent) - 1))
heard_nothing_wrong alice
heard_nothing_wrong bob

# One way: alice listens only.
before_alice=$(of alice heard) before_bob=$(of bob heard)
call_update held '{"name": "alice", "streams": [{"direction": "recvonly"}]}'
talk 1
expect "what bob heard of a listener" "$(of bob heard)" = "$before_bob"
expect "what the listener heard" "$(of alice heard)" '>=' $((before_alice + 45))

strowger_stop
done_well
