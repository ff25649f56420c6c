#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Audio and video in one call: each stream has ports and keys of its own, and ends where its own order says.
. "$(dirname "$0")/lib.sh"

story "audio and video in one call, each under its own keys, each to its own port"
strowger_start
audio=AES_CM_128_HMAC_SHA1_80 video=AEAD_AES_256_GCM
stream() { # MEDIA ADDRESS PORT SUITE KEY
	jq -nc '{media: $ARGS.positional[0], remote: {address: $ARGS.positional[1], port: ($ARGS.positional[2] | tonumber)},
		srtp: {suite: $ARGS.positional[3], key: $ARGS.positional[4]}}' --args "$@"
}
declare -A keys
for party in alice bob; do
	keys[$party]=$(key $audio) keys[$party.video]=$(key $video)
	legs+=("$(jq -nc --arg name $party '{name: $name, streams: $ARGS.positional}' --jsonargs \
		"$(stream audio "${address4[$party]}" 4000 $audio "${keys[$party]}")" \
		"$(stream video "${address4[$party]}" 5000 $video "${keys[$party.video]}")")")
done
call_create film "${legs[@]}"

for pair in "alice bob" "bob alice"; do
	read -r name peer <<<"$pair"
	phone_start $name $peer "${address4[$name]}:4000" "$(local_of $name)" \
		--seal "$audio:${keys[$name]}" --unseal "$(our_key $name)"
	phone_start $name.video $peer.video "${address4[$name]}:5000" "$(local_of $name 1)" --pps 200 \
		--seal "$video:${keys[$name.video]}" --unseal "$(our_key $name 1)"
done
tell alice.video send on >/dev/null
tell bob.video send on >/dev/null
talk 1
hush alice.video bob.video

for kind in "" .video; do
	heard_everything alice$kind bob$kind
	heard_everything bob$kind alice$kind
done
expect "DSCP of audio" "$(of bob 'dscp | join(" ")')" is 46
expect "DSCP of video" "$(of bob.video 'dscp | join(" ")')" is 34

note "video is held, audio goes on"
call_update film '{"name": "bob", "streams": [{}, {"direction": "inactive"}]}'
before=$(of bob.video heard)
tell alice.video send on >/dev/null
talk 0.5
tell alice.video send off >/dev/null
expect "video that bob hears while it is held" "$(of bob.video heard)" = "$before"
heard_everything bob alice
strowger_stop
done_well
