#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ffmpeg on both ends, behind a network that loses, doubles, delays and reorders: what is heard is as much worse as
# the losses are, and no more.
. "$(dirname "$0")/lib.sh"

# likeness SPEAKER LISTENER WAY: what is missing differs from what was said by its own energy, so that a share P of
# the frames lost leaves about -10 log10 P dB.  A frame is as loud as speech is at its moment: 7 dB either way.
likeness() {
	local figure share

	figure=$("$tools/likeness.py" "$work/$1-said.wav" "$work/$2-heard.wav" | json .likeness_db)
	share=$(json ".ways[$3] | .lost / .udp" <<<"$impaired")
	note "$1 -> $2: $figure dB with $(jq -n "$share * 1000 | round / 10") % lost"
	expect "share lost" "$(jq -n "$share > 0.02 and $share < 0.1")" is true
	expect "likeness as the losses say ($figure dB)" \
		"$(jq -n "($figure + 10 * ($share | log10)) | fabs < 7")" is true
}

story "speech through a network that loses 5 %, doubles, delays and reorders"
strowger_start
speech
impair_put alice --seed 7 --loss 5 --duplicate 2 --reorder 1 --reorder-by 30 --delay 20 --jitter 15
a_key=$(key AES_CM_128_HMAC_SHA1_80) b_key=$(key AES_CM_128_HMAC_SHA1_80)
call_create talk "$(leg alice "$(bind_of alice 4)" AES_CM_128_HMAC_SHA1_80 "$a_key")" \
	"$(leg bob "$(bind_of bob 4)" AES_CM_128_HMAC_SHA1_80 "$b_key")"
declare -A phone_address=([alice]=10.77.0.2 [bob]=10.77.0.3)
softphone alice ffmpeg AES_CM_128_HMAC_SHA1_80 "$a_key" 1111 2222
alice=$softphone
softphone bob ffmpeg AES_CM_128_HMAC_SHA1_80 "$b_key" 2222 1111
bob=$softphone
wait "$alice" || fail "alice's ffmpeg failed"
wait "$bob" || fail "bob's ffmpeg failed"
impair_end alice
note "$impaired"
likeness alice bob 0
likeness bob alice 1
expect "repeats that strowger refused" "$(drop_of_call talk replay)" = "$(json '.ways[0].duplicated' <<<"$impaired")"
expect "drops of the call" "$(drops_of_call talk)" = "$(drop_of_call talk replay)"
strowger_stop
done_well
