#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# One forwarding core is held still, as by a fault of the machine: it is reported, calls of the other core go on, its
# own calls lose what was said meanwhile and nothing else.
. "$(dirname "$0")/lib.sh"

# The thread of forwarding core $1; EAL calls lcore 1 + $1 "lcore-worker-N" or "rte-worker-N".
thread_of() { grep -l -- "worker-$((1 + $1))$" "/proc/$(switch_pid)"/task/*/comm | cut -d/ -f5; }
stalled() { rpc core.list | json ".cores[$1].stalled"; }

story "a core that is held still harms nobody else's calls, and is reported"
# One pair of ports at each address, and it is core 0's, as the device's only queue is: the call needs nobody else.
config "$work/strowger.conf" story 30000-30001 <<'END'
[cores]
forwarding = 0,1
END
strowger_start
FAMILY_BOB=6 call_between steady AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
both send on
sleep 0.5

"$tools/hold_thread.py" "$(thread_of 1)" 5 &
holder=$!
wait_for 5 "core 1 to be reported" eval '[ "$(stalled 1)" = true ]'
expect "core 0 stalled" "$(stalled 0)" is false
wait $holder
wait_for 3 "core 1 to be back" eval '[ "$(stalled 1)" = false ]'
hush
heard_everything alice bob
heard_everything bob alice
grep -q "forwarding core 1 .*has taken no turn" "$work/story.log" || fail "the log says nothing"
# Its thread takes the turns of the transcode core, too.
grep -q "transcode core 0 .*has taken no turn" "$work/story.log" || fail "the log does not say that it transcodes"

both send on
sleep 0.3
"$tools/hold_thread.py" "$(thread_of 0)" 2
sleep 0.5
hush
heard_nothing_wrong bob
expect "what bob heard after its own core was held: more than before" "$(of bob gap_ms | cut -d. -f1)" '>' 1000
strowger_stop
done_well
