#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Somebody floods the media ports, of live calls and others, with RTP under no key, noise and STUN: the calls lose
# nothing because of it, every packet is counted under its reason, and memory stays as it was.
#
# CALLS, RATE, FLOOD (packets/s) and SECONDS_EACH make it a measurement: docs/bench.md.
. "$(dirname "$0")/lib.sh"
calls=${CALLS:-50} rate=${RATE:-1000} flood=${FLOOD:-5000} seconds=${SECONDS_EACH:-2}
room=$((calls + 150)) # ports for so many calls: who has gone leaves his for a while
ports=30000-$((30000 + 4 * room - 1))

resident_kb() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$(switch_pid)/status"; }

dropped() { rpc drop.list | json "[.drops[] | select(.name == \"$1\").packets] | add // 0"; }

# flooded KIND REASON...: a flood, in which each of these counters rises.
flooded() {
	local kind=$1 reason before=()

	shift
	for reason in "$@"; do before+=("$(dropped "$reason")"); done
	flood "$kind" "$ports" "$flood" "$seconds"
	for reason in "$@"; do
		expect "packets of $kind dropped: $reason" "$(dropped "$reason")" '>' "${before[0]}"
		before=("${before[@]:1}")
	done
	note "$kind: $(jq '.figures | "\(.sent.max) packets, \(.rate.max | round)/s"' "$work/flood.json")"
}

story "RTP without a key, noise and STUN, $flood packets/s, at $calls calls: none of them is hurt"
config "$work/strowger.conf" story "$ports" </dev/null
strowger_start
load_start "$calls" "$rate" 60
flood noise "$ports" 1000 0.5 # what is made once is made
resident=$(resident_kb)
flooded rtp no_transport auth source
flooded noise no_transport kind
flooded stun no_transport kind
expect "growth in KB from $resident" $(($(resident_kb) - resident)) '<' 2048
expect "packets without a buffer" "$(dropped no_mbuf)" = 0
load_end INT
load_was_exact
expect "packets lost" "$(figure lost)" = 0

dropped_of() { # REASON...: packets dropped for one of these
	local reason sum=0

	for reason in "$@"; do sum=$((sum + $(dropped "$reason"))); done
	echo $sum
}
have_been_dropped() { [ "$(dropped_of "${@:2}")" -ge "$1" ]; } # PACKETS REASON...

# beside KIND REASON...: the generator floods beside its own calls.  That is dropped under these reasons, but for noise
# at calls that come and go.
beside() {
	local kind=$1 reason dropped=0 before

	shift
	before=$(dropped_of "$@")
	load_start 10 "$rate" 60 --garbage "$kind:$flood" --garbage-ports "$ports"
	wait_for 5 "what a second has of $kind" have_been_dropped $((before + flood)) "$@"
	load_end INT
	load_was_exact
	expect "packets lost" "$(figure lost)" = 0
	for reason in "$@"; do dropped=$((dropped + $(figure "drop_$reason"))); done
	expect "packets of $kind" "$(figure garbage_sent)" '>' $((flood / 10))
	expect "packets of $kind dropped: $*" "$dropped" '>' $(($(figure garbage_sent) * 3 / 4))
}

note "one generator for both, as over shared memory: what goes to calls' ports, and to others"
beside rtp auth source
beside noise no_transport
strowger_stop
done_well
