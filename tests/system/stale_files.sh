#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a killed strowger leaves in its run directory, and rubbish in its lock files, hinder no start.
# A second start beside a running one is refused, and takes nothing from it.
. "$(dirname "$0")/lib.sh"

story "stale sockets and lock files do not hinder a start; a living instance does"
strowger_start
both_kill
expect "what was left" "$(ls "$work/story")" has admin.sock
strowger_start
call_between after none none
talk 0.5
heard_everything alice bob
strowger_stop

note "sockets that nobody listens on, and rubbish in the lock files"
for file in admin.sock switch.sock; do
	rm -f "$work/story/$file"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/story/$file"
	chown nobody "$work/story/$file"
done
for file in switch.lock control.lock; do
	echo 99999999 rubbish >"$work/story/$file"
done
strowger_start

note "a second start"
in_ns relay timeout 20 "$strowger" -c "$work/strowger.conf" >"$work/second.out" 2>&1
expect "status of the second" $? != 0
expect "what it says" "$(tr '[:upper:]' '[:lower:]' <"$work/second.out")" has "another"
answers || fail "the first instance no longer answers"
expect "the switch of the first" "$(switch_pid | wc -l)" = 1

strowger_stop

note "after a run as root a start as nobody names whose socket is in the way"
sed 's/^user = .*/user = root/' "$work/strowger.conf" >"$work/root.conf"
rm -rf "$work/story"
strowger_start "$work/root.conf"
strowger_kill
in_ns relay timeout 20 "$strowger" -c "$work/strowger.conf" >"$work/second.out" 2>&1
expect "status beside root's switch" $? = 1
expect "what it says of root's switch" "$(cat "$work/second.out")" has "the socket belongs to user 0"
kill -KILL $(switch_pid)
wait_for 5 "root's switch to be gone" no_switch
in_ns relay timeout 20 "$strowger" -c "$work/strowger.conf" >"$work/second.out" 2>&1
expect "status with root's admin.sock" $? = 1
expect "what it says of root's admin.sock" "$(cat "$work/second.out")" has "cannot remove the stale socket"
no_switch || fail "the switch that was started in vain is left"
done_well
