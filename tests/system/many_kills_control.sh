#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger is killed again and again while many calls talk and others come and go: no media packet is lost, each
# successor lists exactly the calls that were acknowledged, half-made ones are gone, and no port is lost to anybody.
#
# CALLS, RATE (packets/s) and KILLS make it a measurement: docs/bench.md.
. "$(dirname "$0")/lib.sh"
calls=${CALLS:-200} rate=${RATE:-4000} kills=${KILLS:-5}
room=$((calls + 100)) # ports for so many calls

story "kill -9 of strowger, $kills times under $calls calls: nothing is lost, and its successors know everything"
config "$work/strowger.conf" story 30000-$((30000 + 4 * room - 1)) </dev/null
strowger_start
load_start "$calls" "$rate" $((kills * 4 + 60))
switch_was=$(switch_pid)
for _ in $(seq "$kills"); do
	sleep "$((RANDOM % 2)).$((3 + RANDOM % 7))"
	strowger_kill
	spawn relay "$strowger" -c "$work/strowger.conf" >>"$work/story.log" 2>&1
	strowger_pid=$spawned
	wait_for 20 "strowger to answer" alive_and_answers
done
sleep 1
load_end INT
load_was_exact
expect "packets lost" "$(figure lost)" = 0
expect "the switch" "$(switch_pid)" = "$switch_was"
expect "successors that the load saw" "$(jq '.figures.answer.values | length' "$work/load.json")" '>' 0
expect "ms until the slowest successor answered" "$(figure answer)" '<' 5000
note "a successor's first answer after: $(spread answer); packets were late by $(spread delay_max) at most"

note "every port can be had again"
sleep 5.5 # they rest
full_calls "$room"
strowger_stop
done_well
