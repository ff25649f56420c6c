#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Streams that go and come within a call: one that is closed has no port, and nothing of it is relayed; one that is
# opened again, or replaced, has another port and another key, and the other party is not told.
. "$(dirname "$0")/lib.sh"

story "a stream is closed, opened and replaced while the others go on"
strowger_start
suite=AES_CM_128_HMAC_SHA1_80
alice_key=$(key $suite)
call_create film \
	"$(jq -nc --arg key "$alice_key" --arg suite $suite '{name: "alice", streams: [
		{remote: {address: "10.77.0.2", port: 4000}, srtp: {suite: $suite, key: $key}},
		{media: "video", remote: {address: "10.77.0.2", port: 5000}}]}')" \
	"$(jq -nc '{name: "bob", streams: [
		{remote: {address: "10.77.0.3", port: 4000}},
		{media: "video", remote: {address: "10.77.0.3", port: 5000}}]}')"
phone_start alice bob 10.77.0.2:4000 "$(local_of alice)" --seal "$suite:$alice_key" --unseal "$(our_key alice)"
phone_start bob alice 10.77.0.3:4000 "$(local_of bob)"
phone_start alice.video bob.video 10.77.0.2:5000 "$(local_of alice 1)"
phone_start bob.video alice.video 10.77.0.3:5000 "$(local_of bob 1)"
hears_all() { # bob, of alice's audio
	wait_for 5 "bob to hear all of it" eval '[ "$(of bob heard)" = "$(of alice sent)" ]'
	heard_nothing_wrong bob
}
first_key=$(our_key alice) first_local=$(local_of alice) video_local=$(local_of alice 1)
tell alice.video send on >/dev/null
tell bob.video send on >/dev/null
talk 0.5
wait_for 3 "both films" eval '[ "$(of alice.video heard)" -gt 5 ] && [ "$(of bob.video heard)" -gt 5 ]'

note "video is closed"
call_update film '{"name": "alice", "streams": [{}, {"closed": true}]}'
expect "what is said of it" "$(json '.legs[0].streams[1].closed' <<<"$call")" is true
expect "where it is" "$(json '.legs[0].streams[1].local' <<<"$call")" is null
arrive alice.video bob.video
a=$(of alice.video heard) b=$(of bob.video heard)
talk 0.5
expect "video that alice hears" "$(of alice.video heard)" = "$a"
expect "video that bob hears" "$(of bob.video heard)" = "$b"
hears_all
expect "what is seen of it" "$(rpc call.get '{"call": "film"}' | json '.legs[0].streams[1].closed')" is true
expect "why bob's goes nowhere" "$(rpc call.get '{"call": "film"}' | json '.legs[1].streams[1].bridge')" has closed

note "strowger is killed, and knows it; then video is opened again"
strowger_kill
strowger_start
expect "what the successor says of it" "$(rpc call.get '{"call": "film"}' | json '.legs[0].streams[1].closed')" is true
call_update film '{"name": "alice", "streams": [{}, {"closed": false}]}'
expect "its port" "$(local_of alice 1)" isnt "$video_local"
tell alice.video to "$(local_of alice 1)" >/dev/null
wait_for 3 "video both ways" eval '[ "$(of alice.video heard)" -gt '"$a"' ] && [ "$(of bob.video heard)" -gt '"$b"' ]'

note "audio is replaced"
call_update film '{"name": "alice", "streams": [{"reopen": true}]}'
expect "its port" "$(local_of alice)" isnt "$first_local"
expect "its key" "$(our_key alice)" isnt "$first_key"
tell alice to "$(local_of alice)" >/dev/null
tell alice unseal "$(our_key alice)" >/dev/null
heard=$(of alice heard)
talk 0.5
hears_all
wait_for 3 "alice to hear bob by it" eval '[ "$(of alice heard)" -gt '"$heard"' ]'
expect "the key of the one before" "$(rpc_error call.update "$(jq -nc --arg key "${first_key#*:}" \
	'{call: "film", legs: [{name: "alice", streams: [{srtp: {our_key: $key}}]}]}')")" has "not known any more"

strowger_stop
done_well
