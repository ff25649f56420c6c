#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Somebody ends the switch in an orderly way while calls go on, as a restart of its systemd unit would: the next one
# takes over where it stopped.
. "$(dirname "$0")/lib.sh"

story "SIGTERM to the switch alone in mid-call: the next one goes on with keys and roll-over"
strowger_start
call_between lasting AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 65500
both send on
sleep 1
both mark
switch_was=$(switch_pid)
kill -TERM "$switch_was"
wait_for 10 "another switch" another_switch "$switch_was"
before=$(of bob heard)
wait_for 10 "bob to hear alice again" eval "[ \$(of bob heard) -gt $((before + 10)) ]"
sleep 0.5
hush
heard_nothing_wrong alice
heard_nothing_wrong bob
soon "the last packet of alice's" = $(($(of alice sent) - 1)) of bob last
expect "what strowger says of it" "$(cat "$work/story.log")" has "state taken over"
note "without sound: alice $(of alice gap_ms) ms, bob $(of bob gap_ms) ms"
strowger_stop
done_well
