# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For calls between programs that we did not write: tests/system/lib.sh with real phones and speech.
. "$(dirname "${BASH_SOURCE[0]}")/../system/lib.sh"

# Two recordings of speech, 8 kHz, in $work.
speech() {
	espeak-ng -v en-gb -s 150 -w "$work/a.wav" "Mister Watson, come here. I want to see you. The line is clear."
	espeak-ng -v en-us+f3 -s 150 -w "$work/b.wav" "Ahoy! The exchange has put us through. Every word is plain."
	sox -D "$work/a.wav" -r 8000 -c 1 -b 16 "$work/alice-said.wav"
	sox -D "$work/b.wav" -r 8000 -c 1 -b 16 "$work/bob-said.wav"
}

softphone() { # NAME PROGRAM SUITE KEY SSRC PEER_SSRC: in the background, its process id in $softphone
	local name=$1 peer=bob our

	[ "$name" != bob ] || peer=alice
	our=$(our_key "$name")
	spawn "$name" "$tools/softphone.py" --program "$2" --name "$name" --work "$work" \
		--address "${phone_address[$name]}" --port 4000 --relay "$(local_of "$name")" \
		--say "$work/$name-said.wav" --say-suite "$3" --say-key "$4" \
		--heard "$work/$name-heard.wav" --hear-suite "${our%%:*}" --hear-key "${our#*:}" \
		--ssrc "$5" --peer-ssrc "$6" --peer $peer --until 9
	softphone=$spawned
}

# call_of ALICES_PROGRAM ALICES_SUITE BOBS_PROGRAM BOBS_SUITE: both speak, both must have heard.
call_of() {
	local a_key b_key alice bob speaker listener figures

	note "$1 $2 <-> $3 $4"
	a_key=$(key "$2") b_key=$(key "$4")
	call_create talk "$(leg alice "$(bind_of alice "${FAMILY_ALICE:-4}")" "$2" "$a_key")" \
		"$(leg bob "$(bind_of bob "${FAMILY_BOB:-4}")" "$4" "$b_key")"
	declare -gA phone_address=(
		[alice]=$([ "${FAMILY_ALICE:-4}" = 6 ] && echo fd77::2 || echo 10.77.0.2)
		[bob]=$([ "${FAMILY_BOB:-4}" = 6 ] && echo fd77::3 || echo 10.77.0.3))
	rm -f "$work"/*.listens "$work"/*.has-spoken
	softphone alice "$1" "$2" "$a_key" 1111 2222
	alice=$softphone
	softphone bob "$3" "$4" "$b_key" 2222 1111
	bob=$softphone
	wait "$alice" || fail "alice's $1 failed"
	wait "$bob" || fail "bob's $3 failed"

	for speaker in alice bob; do
		listener=bob other=bob
		[ $speaker = alice ] || listener=alice other=alice
		figures=$("$tools/likeness.py" "$work/$speaker-said.wav" "$work/$listener-heard.wav" \
			--calibrate "$work/$other-said.wav" --at-least 20) ||
			fail "$listener did not hear $speaker properly: $figures"
		note "$speaker -> $listener: $(jq -r '"\(.likeness_db) dB; with 5 % lost \(.five_percent_lost_db), against the wrong recording \(.wrong_recording_db)"' <<<"$figures")"
		expect "likeness with 5 % of the frames lost is clearly lower" \
			"$(jq '.likeness_db - .five_percent_lost_db > 5' <<<"$figures")" is true
		expect "likeness to the wrong recording is lower still" \
			"$(jq '.five_percent_lost_db - .wrong_recording_db > 5' <<<"$figures")" is true
	done
	seen=$(rpc call.delete '{"call": "talk"}')
	expect "packets that did not authenticate" "$(json '[.. | .drops? // empty | .auth // 0] | add // 0' <<<"$seen")" = 0
}
