#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What NG's commands for one party do to its media, and what is told of a call when it is deleted.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

# What the phones say is PCMU.
sdp() { # NAME PORT
	printf '%s\r\n' v=0 "o=- 1 1 IN IP4 ${address4[$1]}" s=- "c=IN IP4 ${address4[$1]}" 't=0 0' "m=audio $2 RTP/AVP 0"
}

story "NG blocks and silences one party, and tells of a call what Kamailio asks for"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
strowger_start
id=one
offer a '' '{}' alice 4000
to_bob=$(port)
answer a b '{"label": "callee"}' bob 4000
to_alice=$(port)
phone_start alice bob "$(bind_of alice 4)" "10.77.0.1:$to_alice" --ssrc 0xa11ce
phone_start bob alice "$(bind_of bob 4)" "10.77.0.1:$to_bob" --ssrc 0xb0b
talk 0.6

# hears NAME COMPARISON: what it has heard by the end of a short while, compared with before.
hears() {
	local before

	before=$(of "$1" heard)
	talk 0.3
	expect "what $1 hears" "$(of "$1" heard)" "$2" "$before"
}

note "one party is blocked, the other one is not"
ok 'block media' '{"from-tag": "a", "flags": ["directional"]}'
sleep 0.1
hears bob =
hears alice '>'
note "the block lasts over a re-offer, and ends when it is told to"
offer a b '{}' alice 4000
answer a b '{}' bob 4000
hears bob =
ok 'unblock media'
hears bob '>'

note "silence comes in the place of what is said"
ok 'silence media' '{"from-tag": "a", "flags": ["directional"]}'
sleep 0.1
silent=$(of bob foreign)
hears bob =
expect "packets of silence" "$(of bob foreign)" '>' "$silent"
ok 'unsilence media'
hears bob '>'

note "an echo goes back to one party, and the other one hears nothing"
offer a b '{"media-echo": "forward"}' alice 4000
answer a b '{}' bob 4000
sleep 0.1
echoed=$(of bob foreign)
hears alice =
hears bob =
expect "packets of bob's that he heard himself" "$(of bob foreign)" '>' "$echoed"
offer a b '{"drop-traffic": "stop"}' alice 4000
answer a b '{}' bob 4000
sleep 0.1
hears alice '>'
hears bob '>'

note "what was counted, and how it sounded"
talk 1.5 # the pauses above were jitter, which fades
# While nobody speaks these do not change: nobody looks at a stream of which nothing came.
figures=
stands_still() {
	local before=$figures

	seen=$(rpc call.get '{"call": "one"}' | json '.legs[0].streams[0]')
	figures=$(json '[.packets, .jitter_ms, .loss, .mos, .mos_mean]' <<<"$seen")
	[ "$figures" = "$before" ] || { sleep 1.5; false; }
}
wait_for 10 "her figures to stand still" stands_still
ok delete '{"from-tag": "a", "delete-delay": 0}'
expect "what alice sent" "$(json '.tags.a.medias[0].streams[0].stats.packets' <<<"$answer")" = "$(of alice sent)"
expect "her codec" "$(json '.tags.a.medias[0].codec' <<<"$answer")" is PCMU/8000
opinion=$(json ".SSRC[\"$((0xa11ce))\"][\"average MOS\"]" <<<"$answer")
expect "her jitter, in ms" "$(json .jitter <<<"$opinion")" = "$(json '.jitter_ms | round' <<<"$seen")"
# One is rounded.
mean=$(json '.mos_mean // .mos' <<<"$seen")
expect "how she sounded, in tenths, at a mean of $mean" "$(json ".MOS - $mean * 10 | fabs < 0.6" <<<"$opinion")" is true
said=$("$tools/emodel.py" "$(json .jitter_ms <<<"$seen")" "$(json .loss <<<"$seen")")
expect "whether she sounds as ITU-T G.107 has it, $said: $seen" "$(json ".mos - $said | fabs < 0.01" <<<"$seen")" is true
strowger_stop
done_well
