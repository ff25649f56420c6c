#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A switch that is to end while one of its cores hangs does not wait for that core for ever; the next one puts the host
# back and takes the calls over.
. "$(dirname "$0")/lib.sh"

story "a core that hangs does not keep the switch from ending"
strowger_start
call_between lasting AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
talk 0.3
first=$(switch_pid)
core=$(grep -l -- 'worker-1$' "/proc/$first"/task/*/comm | cut -d/ -f5)
"$tools/hold_thread.py" "$core" 300 2>/dev/null &
holder=$!
wait_for 5 "the core to be held" grep -q 'State:.*tracing stop' "/proc/$first/task/$core/status"
kill -TERM "$first"
wait_for 8 "word of it" grep -q "a forwarding core does not come to its end" "$work/story.log"
kill "$holder" # the process is gone when the holder lets go
wait_for 8 "another switch" another_switch "$first"
before=$(of bob heard)
talk 0.3
soon "what bob hears again" '>' "$before" of bob heard
heard_nothing_wrong bob
strowger_stop
done_well
