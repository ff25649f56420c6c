#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A call's keys, the phones' and strowger's own, are nowhere in the writable memory of either process once the call is
# deleted: neither the master keys nor the session keys nor the text in which they came.
. "$(dirname "$0")/lib.sh"

story "after call.delete no key is left in the memory of either process"
transports() { rpc core.list | json '[.cores[].transports] | add'; }
strowger_start
for round in 1 2 3; do # what came first may lie where nothing was written since
	call_between "secret-$round" AES_CM_128_HMAC_SHA1_80 AEAD_AES_128_GCM
	talk 0.5
	heard_everything alice bob
	keys+=("AES_CM_128_HMAC_SHA1_80:$alice_key" "AEAD_AES_128_GCM:$bob_key" "$(our_key alice)" "$(our_key bob)")

	# Re-keyed once, and the old key's 5 seconds not waited for.
	old=$(our_key bob)
	call_update "secret-$round" '{"name": "bob", "streams": [{"srtp": {"rekey": true}}]}'
	expect "the new key" "$(our_key bob)" isnt "$old"
	keys+=("$(our_key bob)")

	# Exported, with all of them in the answer, and brought back.
	rpc call.import "$(rpc call.export "{\"call\": \"secret-$round\"}" | jq -c '{record}')" >/dev/null
	both stop
	rm -f "$work"/*.phone
	[ $round = 3 ] || rpc call.delete "{\"call\": \"secret-$round\"}" >/dev/null
done

pids="$strowger_pid $(switch_pid)"
during=$(for pid in $pids; do "$tools/find_key.py" --pid "$pid" "${keys[@]: -5}"; done)
expect "what the search finds while the call lives" "$during" has "master key"
expect "what the search finds while the call lives" "$during" has "session key"

rpc call.delete '{"call": "secret-3"}' >/dev/null
soon "transports of the switch" = 0 transports
sleep 1
for pid in $pids; do
	found=$("$tools/find_key.py" --pid "$pid" "${keys[@]}")
	expect "keys in the memory of $(cat "/proc/$pid/comm")" "$found" is ""
done
strowger_stop
done_well
