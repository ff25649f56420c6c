#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# SIPp calls SIPp through Kamailio: one call with speech and a re-INVITE in its midst, heard on the wire at the callee and,
# as its echo, at the caller; then many calls at once, of which none may fail and none may be left.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_relay.sh"
. "$tools/sip.sh"
scenarios=$root/tests/interop/sipp

sipp() { # NAME SCENARIO [OPTIONS]: its output is in NAME.sipp.log
	local name=$1 scenario=$2

	shift 2
	(cd "$work" && in_ns "$name" sipp "${address4[relay]}:5060" -sf "$scenarios/$scenario.xml" -i "${address4[$name]}" \
		-mi "${address4[$name]}" -nostdin "$@" >"$work/$name.sipp.log" 2>&1)
}

capture() { # NAME: what comes to it, in NAME.pcap
	spawn "$1" tcpdump -nU --immediate-mode -i eth0 -w "$work/$1.pcap" udp 2>/dev/null
	captures+=("$spawned")
}

ear() { # NAME WHAT
	local seen

	seen=$("$tools/wire_sound.py" "$work/$1.pcap" "${address4[$1]}" "$work/ear.wav")
	expect "packets that $1 heard" "$(json .packets <<<"$seen")" '>' 150
	alike "$work/said.wav" "$work/ear.wav" "$work/bob-said.wav" 20 "$2"
}

story "SIPp to SIPp, with speech and with many calls"
speech
sox -D "$work/alice-said.wav" "$work/said.wav" trim 0 3.5
sox -D "$work/said.wav" "$work/speech.al"
exchange_start
sipp bob register -key contact "${address4[bob]}:5060" -m 1 -p 5080 || fail "the echo is not registered"
sipp bob echo -p 5060 -mp 6000 -rtp_echo &
captures=()
capture alice
capture bob

note "one call, heard"
sipp alice caller -p 5060 -m 1 || fail "SIPp: status $?; $(tail -n 30 "$work/alice.sipp.log")"
kill -INT "${captures[@]}"
wait "${captures[@]}"
ear bob "the caller -> the callee"
ear alice "the callee's echo -> the caller"
wait_for 3 "the relay to forget the call" no_calls

note "sixty calls, twenty a second"
sipp alice caller -p 5060 -m 60 -r 20 || fail "SIPp: status $?; $(tail -n 30 "$work/alice.sipp.log")"
wait_for 3 "the relay to forget the calls" no_calls
exchange_stop
done_well
