#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Somebody listens to a call of two others, as a recorder does (SIPREC): gets a copy of what each of them sends, by a port
# and, in SRTP, under keys of its own.  It goes on when either process is killed and when a re-offer gives the parties
# other ports, and ends with the subscription.  Nobody hears anything of the listener.  So also of one who publishes: talks
# to nobody, for whoever subscribes.
#
# Begins early: half a minute.
. "$(dirname "$0")/lib.sh"
. "$tools/ng_words.sh"

SUITE=AES_CM_128_HMAC_SHA1_80
ear=${address4[mallory]}

# What the phones say is PCMU.
sdp() { # NAME PORT
	printf '%s\r\n' v=0 "o=- 1 1 IN IP4 ${address4[$1]}" s=- "c=IN IP4 ${address4[$1]}" 't=0 0' "m=audio $2 RTP/AVP 0"
}

say() { # NAME VOICE TEXT
	espeak-ng -v "$2" -s 160 -w "$work/once.wav" "$3"
	sox -D "$work/once.wav" -r 8000 -c 1 -b 16 "$work/$1-said.wav"
}

speak() { # WHO HOST PORT PORT_OF_THE_RELAY: 4 s, in the background; what it hears in WHO.wav, its report in WHO.json
	local host=$2

	spawn "$host" "$tools/g711_phone.py" --bind "${address4[$host]}:$3" --to "10.77.0.1:$4" --say "$work/$host-said.wav" \
		--heard "$work/$1.wav" --seconds 4 --tail 1 >"$work/$1.json"
	speakers+=("$spawned")
}

alike() { # SAID HEARD WRONG: HEARD sounds like SAID, and not like WRONG
	local figures

	figures=$("$tools/likeness.py" "$work/$1-said.wav" "$work/$2.wav" --calibrate "$work/$3-said.wav" --at-least 20) ||
		fail "$2 does not hear $1: $figures"
	note "$2 hears $1: $(jq -r '"\(.likeness_db) dB, \(.wrong_recording_db) dB of the wrong one"' <<<"$figures")"
	expect "the wrong recording is far lower" "$(jq ".likeness_db - .wrong_recording_db > 10" <<<"$figures")" is true
}

# subscribe KEYS, hear PROTOCOL [LINE...]: the recorder asks for all, and takes all that it is offered, at ports $ear_at, and
# 2 more each.
ear_at=5000
subscribe() {
	ok 'subscribe request' "$(jq -c '{flags: ["all"]} + .' <<<"${1:-"{}"}")"
	listener=$(json '."to-tag"' <<<"$answer")
	offered=$(port | wc -l)
	read -r to_ear_a to_ear_b < <(port | tr '\n' ' ')
}
hear() {
	local i medias=()

	for ((i = 0; i < offered; i++)); do
		medias+=("m=audio $((ear_at + 2 * i)) $1 0" a=recvonly "${@:2}")
	done
	ok 'subscribe answer' "$(printf '%s\r\n' v=0 "o=- 1 1 IN IP4 $ear" s=- "c=IN IP4 $ear" 't=0 0' "${medias[@]}" |
		jq -Rs --arg tag "$listener" '{"to-tag": $tag, sdp: .}')"
}

# gets WHO COMPARISON: what it has heard by the end of a short while, compared with before.
gets() {
	local before

	before=$(of "$1" heard)
	talk 0.5
	expect "what $1 hears" "$(of "$1" heard)" "$2" "$before"
}

story "a recorder hears both parties of a call, over kill -9 of either process, and nobody hears the recorder"
config "$work/strowger.conf" <<-END
	[ng]
	listen = 2223
END
strowger_start
id=one
offer a '' '{}' alice 4000
to_bob=$(port)
answer a b '{}' bob 4000
to_alice=$(port)

note "the recorder is offered two streams, and hears the sound of both; control is killed meanwhile"
say alice en-gb "Mister Watson, come here. I want to see you."
say bob en-us+f3 "Ahoy! The exchange has put us through."
say mallory en-us "Nobody is to hear a word of this, whoever may listen."
subscribe
expect "whom it listens to" "$(json '."from-tags" | join(" ")' <<<"$answer")" is "a b"
expect "what it is offered" "$(json .sdp <<<"$answer" | grep -c '^a=sendonly')" = 2
hear RTP/AVP
speak alice alice 4000 "$to_alice"
speak bob bob 4000 "$to_bob"
speak ear_a mallory 5000 "$to_ear_a"
speak ear_b mallory 5002 "$to_ear_b"
sleep 2
strowger_kill
strowger_start
wait "${speakers[@]}"
alike alice ear_a bob
alike bob ear_b alice
alike bob alice mallory
alike alice bob mallory
for who in alice:bob bob:alice ear_a:alice ear_b:bob; do
	expect "packets heard by ${who%:*}, who hears ${who#*:} alone" "$(json .heard <"$work/${who%:*}.json")" = \
		"$(json .sent <"$work/${who#*:}.json")"
done
expect "who listens" "$(rpc call.get '{"call": "one"}' | json '.listeners[0].name')" is "$listener"
ok unsubscribe "{\"to-tag\": \"$listener\"}"
expect "listeners" "$(rpc call.get '{"call": "one"}' | json '.listeners | length')" = 0

note "in SRTP, under keys of its own"
subscribe '{"transport-protocol": "RTP/SAVP"}'
key=$(key $SUITE)
mapfile -t ours < <(crypto | sed "s/^a=crypto:1 \([^ ]*\) inline:\([^|]*\).*/\1:\2/")
expect "keys of the two streams" "${#ours[@]}" = 2
expect "they differ" "$([ "${ours[0]}" != "${ours[1]}" ] && echo yes)" is yes
hear RTP/SAVP "a=crypto:1 $SUITE inline:$key"
phone_start alice bob "$(bind_of alice 4)" "10.77.0.1:$to_alice" --ssrc 0xa11ce
phone_start bob alice "$(bind_of bob 4)" "10.77.0.1:$to_bob" --ssrc 0xb0b
phone_start mallory.a alice "$ear:5000" "10.77.0.1:$to_ear_a" --ssrc 0xea4a --seal "$SUITE:$key" --unseal "${ours[0]}"
phone_start mallory.b bob "$ear:5002" "10.77.0.1:$to_ear_b" --ssrc 0xea4b --seal "$SUITE:$key" --unseal "${ours[1]}"
tell mallory.a send on >/dev/null
talk 1
arrive mallory.a mallory.b
heard_everything mallory.a alice
heard_everything mallory.b bob
heard_everything alice bob
heard_everything bob alice
expect "reports of alice's at the recorder" "$(of mallory.a rtcp_heard)" '>' 0

note "the switch is killed"
before=$(switch_pid)
kill -KILL "$before"
wait_for 10 "another switch" another_switch "$before"
talk 0.5
gets mallory.a '>'
gets mallory.b '>'
expect "what does not authenticate" "$(of mallory.a refused)$(of mallory.b refused)" is 00

note "alice is elsewhere now, and bob has another port: the copies go on"
offer a b '{}' alice 4100
to_bob=$(port)
answer a b '{}' bob 4000
to_alice=$(port)
tell alice bind "${address4[alice]}:4100" >/dev/null
tell alice to "10.77.0.1:$to_alice" >/dev/null
tell bob to "10.77.0.1:$to_bob" >/dev/null
gets mallory.a '>'
gets mallory.b '>'

note "nothing more when it has left"
ok unsubscribe "{\"to-tag\": \"$listener\"}"
gets mallory.a =
gets mallory.b =
gets alice '>'
gets bob '>'
expect "anything of the recorder's at the parties" "$(of alice foreign)$(of bob foreign)" is 00
ng unsubscribe "{\"call-id\": \"one\", \"to-tag\": \"$listener\"}"
expect "leaving again" "$(json '."error-reason"' <<<"$answer")" is "To-tag not found"

note "whoever listens to the end is gone with the call"
subscribe
hear RTP/AVP
ok delete '{"from-tag": "a", "delete-delay": 0}'
expect "calls" "$(calls)" is ""

note "bob publishes; the recorder hears him, also when control is killed"
publication=$(printf '%s\n%s\n' "$(sdp bob 4004)" a=sendonly | jq -Rs '{sdp: .}')
ng publish "$publication"
expect "result of publish: $answer" "$(json .result <<<"$answer")" is ok
expect "its direction" "$(json .sdp <<<"$answer" | grep -c '^a=recvonly')" = 1
id=$(json '."call-id"' <<<"$answer")
to_bob=$(port)
ear_at=5004
subscribe
hear RTP/AVP
speakers=()
speak bob bob 4004 "$to_bob"
speak ear mallory $ear_at "$to_ear_a"
sleep 2
strowger_kill
strowger_start
wait "${speakers[@]}"
alike bob ear alice
expect "packets that the recorder heard" "$(json .heard <"$work/ear.json")" = "$(json .sent <"$work/bob.json")"
expect "packets that bob heard" "$(json .heard <"$work/bob.json")" = 0
ok query
expect "who hears bob" "$(json '.tags[].subscribers[].tag' <<<"$answer")" is "$listener"
ok delete '{"delete-delay": 0}'
expect "calls" "$(calls)" is ""
strowger_stop
done_well
