#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# New keys in mid-call, on both sides of strowger, while both phones speak: not one packet is lost.
. "$(dirname "$0")/lib.sh"

story "re-keying in mid-call loses no packet"
strowger_start
call_between rekeyed AES_CM_128_HMAC_SHA1_80 AEAD_AES_256_GCM
both send on
sleep 0.7

for round in 1 2 3; do
	note "round $round"
	# A phone announces its new key, goes on under the old one for a moment, and then uses it.
	new=$(key AES_CM_128_HMAC_SHA1_80)
	call_update rekeyed "$(jq -nc --arg key "$new" \
		'{name: "alice", streams: [{srtp: {suite: "AES_CM_128_HMAC_SHA1_80", key: $key}}]}')"
	sleep 0.3
	tell alice seal "AES_CM_128_HMAC_SHA1_80:$new" >/dev/null
	sleep 0.3

	# strowger makes a new key of its own towards bob.
	old=$(our_key bob)
	call_update rekeyed '{"name": "bob", "streams": [{"srtp": {"rekey": true}}]}'
	expect "the new key towards bob" "$(our_key bob)" isnt "$old"
	tell bob unseal "$(our_key bob)" >/dev/null
	sleep 0.3
done

# Another suite altogether, in both directions of alice's leg at once.
new=$(key AEAD_AES_128_GCM)
call_update rekeyed "$(jq -nc --arg key "$new" \
	'{name: "alice", streams: [{srtp: {suite: "AEAD_AES_128_GCM", key: $key}}]}')"
expect "the suite towards alice" "$(our_key alice)" has AEAD_AES_128_GCM
tell alice unseal "$(our_key alice)" >/dev/null
sleep 0.2
tell alice seal "AEAD_AES_128_GCM:$new" >/dev/null
sleep 0.7

hush
heard_everything alice bob
heard_everything bob alice

strowger_stop
done_well
