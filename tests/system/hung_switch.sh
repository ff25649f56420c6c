#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A switch that hangs (here: is stopped) is noticed by control, killed and replaced; calls go on.  One that only
# stumbles is left alone.
. "$(dirname "$0")/lib.sh"

story "a hung switch is replaced within seconds; one that goes on in time is not"
strowger_start
call_between lasting AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM --seq 65300
both send on
sleep 1
first=$(switch_pid)

note "stopped for 1 s"
# By one program's clock: two seconds of it would be too long.
python3 -c 'import os, signal, sys, time
pid = int(sys.argv[1])
os.kill(pid, signal.SIGSTOP)
time.sleep(1)
os.kill(pid, signal.SIGCONT)' "$first"
sleep 1
expect "the switch after a stop of 1 s" "$(switch_pid)" is "$first"
expect "what strowger says" "$(cat "$work/story.log")" lacks "lost the switch"

note "stopped for good"
kill -STOP "$first"
SECONDS=0
wait_for 5 "a request to be refused" eval \
	'"$ctl" --socket "$work/story/admin.sock" call update lasting --leg name=alice,dscp=1 2>&1 | grep -q "switch is not there"'
wait_for 10 "another switch" another_switch "$first"
expect "seconds until another one is there" $SECONDS '<=' 20
expect "what strowger says" "$(cat "$work/story.log")" has "hangs; sending SIGKILL"
before=$(of bob heard)
wait_for 10 "bob to hear alice again" eval "[ \$(of bob heard) -gt $((before + 10)) ]"
hush
heard_nothing_wrong alice
heard_nothing_wrong bob
expect "what strowger says" "$(cat "$work/story.log")" has "state taken over"
strowger_stop
done_well
