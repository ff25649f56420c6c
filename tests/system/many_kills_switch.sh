#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The switch is killed again and again while many calls talk and others come and go: every flow comes back, under
# the right keys and roll-over, no replayed packet is accepted, no good one is refused once its flow is back, and
# counters go on, the node's and each call's.
#
# CALLS, RATE (packets/s), KILLS and PAUSE (seconds between two) make it a measurement: docs/bench.md.
. "$(dirname "$0")/lib.sh"
calls=${CALLS:-200} rate=${RATE:-4000} kills=${KILLS:-5} pause=${PAUSE:-1}
room=$((calls + 100)) # ports for so many calls

# What only grows, a line each: of the node, and of a call of each mix of suites.
counters() {
	local i

	rpc stats.get | json '.rx_packets, .tx_packets'
	for i in {0..7}; do
		rpc call.get "{\"call\": \"bench-$load_pid-$i\"}" | json '.legs[].streams[] | .rx_packets, .tx_packets'
	done
}

# went_on BEFORE AFTER: prints those that did not.
went_on() { paste <(echo "$1") <(echo "$2") | awk '!($2 ~ /^[0-9]+$/ && $2 >= $1)'; }
refused() { rpc drop.list | json "[.drops[] | select(.name == \"$1\").packets] | add // 0"; }

# killed_and_back: kill it, and wait for another that has taken over.
killed_and_back() {
	local old=$1

	load_mark
	kill -KILL "$old"
	wait_for 20 "another switch" eval "new=\$(switch_pid) && [ -n \"\$new\" ] && [ \"\$new\" != $old ]"
	wait_for 20 "it to be up" eval '[ "$(rpc node.info | json ".switch | select(.up) | .pid")" = "$(switch_pid)" ]'
}

story "kill -9 of the switch, $kills times under $calls calls: every flow comes back, and no replay passes"
config "$work/strowger.conf" story 30000-$((30000 + 4 * room - 1)) </dev/null
strowger_start
load_start "$calls" "$rate" $((kills * (10 + pause) + 60))
for _ in $(seq "$kills"); do
	counted=$(counters)
	killed_and_back "$(switch_pid)"
	expect "counters that have not gone on" "$(went_on "$counted" "$(counters)")" is ""
	sleep "$pause.$((RANDOM % 10))"
done
sleep 1
load_end INT
load_was_exact
expect "good packets that were refused" "$(refused auth)" = 0
expect "takeovers" "$(rpc node.info | json .switch.takeovers)" = "$kills"
note "without sound after a kill, of all flows: median $(spread gap_p50), p99 $(spread gap_p99), longest $(spread gap_max)"

note "every port can be had again"
sleep 5.5 # they rest
full_calls "$room"
strowger_stop
done_well
