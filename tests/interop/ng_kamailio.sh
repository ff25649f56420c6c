#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Kamailio with its rtpengine module, and baresip telephones that say files and write down what they hear: plain RTP,
# SRTP with SDES on one side or both, and codecs that only the relay can turn into each other.  All calls at once.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_relay.sh"
. "$tools/sip.sh"

# Caller, its codec and options; callee, its codec and options; likeness that G.711, or the coarser codec, leaves (dB).
calls="a1 PCMA -;      plain PCMA -;        30
       a2 PCMA --srtp; secure PCMA --srtp;  30
       a3 PCMA --srtp; bob PCMA -;          30
       a4 PCMA -;      opus opus -;         6
       a5 PCMA -;      wide G722 -;         25"

each_call() { # FUNCTION: with caller, codec, options, callee, codec, options, figure
	local caller callee figure

	while IFS=';' read -r caller callee figure; do
		# shellcheck disable=SC2086 # words
		"$1" $caller $callee $figure
	done <<<"$calls"
}

start_both() {
	phone "$1" alice "$2" "$work/alice-said.wav" ${3%-}
	phone "$4" bob "$5" "$work/bob-said.wav" ${6%-}
	names+=("$1" "$4")
}

dial_it() { dial "$1" "$4"; }

both_heard() {
	heard "$4" "$1" "$4" "$7"
	heard "$1" "$4" "$1" "$7"
}

story "calls through Kamailio: plain, SDES, Opus and G.722 to G.711"
speech
exchange_start
names=()
each_call start_both
phones_ready "${names[@]}"
each_call dial_it
all_talk "${names[@]}"
sleep 6 # what they say takes 5
phones_quit "${names[@]}"
each_call both_heard
exchange_stop
done_well
