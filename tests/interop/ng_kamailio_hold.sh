#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A call through Kamailio from a plain phone to one with SDES.  Each side holds it and takes it up again: re-INVITEs of
# both.  Who holds hears nothing; then both hear everything again, from the same ports and under keys that they know.
# baresip does not write down what it hears after a hold, so this is heard on the wire.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_relay.sh"
. "$tools/sip.sh"

now() { date +%s.%N; }

capture() { # HOST INTERFACE: in HOST.pcap
	spawn "$1" tcpdump -nU --immediate-mode -i "$2" -w "$work/$1.pcap" udp 2>"$work/tcpdump-$1.log"
	captures+=("$spawned")
}

ear() { # NAME BEGAN
	local host=${phone_host[$1]}

	"$tools/wire_sound.py" "$work/$host.pcap" "${address4[$host]}" "$work/ear.wav" --keys "$work/relay.pcap" \
		--since "$2" --seconds 1.2
}

# heard_since NAME BEGAN SPEAKER OTHER: in this time the relay sent NAME what SPEAKER said, from the port it had at first.
heard_since() {
	local seen ports

	seen=$(ear "$1" "$2")
	expect "packets to $1: $seen" "$(json .packets <<<"$seen")" '>' 50
	expect "packets to $1 that no key opens" "$(json .refused <<<"$seen")" = 0
	ports=$(json '.ports | keys | join(" ")' <<<"$seen")
	expect "ports that they come from" "$ports" is "${port_of[$1]:=$ports}"
	alike "$work/ear.wav" "$work/$3.wav" "$work/$4.wav" 25 "$3 -> $1, $5"
}
declare -A port_of=()

both_heard() { # BEGAN WHEN
	heard_since alice "$1" secure alice "$2"
	heard_since secure "$1" alice secure "$2"
}

# hold_and_resume HOLDER: $held and $resumed say since when.
hold_and_resume() {
	phone_tell "$1" hold
	sleep 1
	held=$(now)
	sleep 1.3
	phone_tell "$1" resume
	sleep 1
	resumed=$(now)
	sleep 1.3
}

nothing_for() { # HOLDER BEGAN
	expect "packets to $1, who holds" "$(ear "$1" "$2" | json .packets)" = 0
}

story "hold and resume through Kamailio, by the caller and by the callee"
speech
for name in alice bob; do # again and again, without the pause at its end
	sox -D "$work/$name-said.wav" "$work/$name-long.wav" reverse silence 1 0.1 1% reverse repeat 4
done
exchange_start
captures=()
capture alice eth0
capture bob eth0
capture relay lo
phone alice alice PCMA "$work/alice-long.wav"
phone secure bob PCMA "$work/bob-long.wav" --srtp
phones_ready alice secure
dial alice secure
all_talk alice secure
sleep 0.7 # they begin with silence
began=$(now)
sleep 1.3
hold_and_resume alice
held_by_alice=$held resumed_by_alice=$resumed
hold_and_resume secure
phones_quit alice secure
kill -INT "${captures[@]}"
wait "${captures[@]}"

both_heard "$began" "at first"
nothing_for alice "$held_by_alice"
both_heard "$resumed_by_alice" "after she held"
nothing_for secure "$held"
both_heard "$resumed" "after the other one held"
exchange_stop
done_well
