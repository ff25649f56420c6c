#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Three nodes in a row, of which the outer ones do not hear each other: with forwarding on in the middle they find each
# other, and a call goes through; without it, which is how a node is by itself, they do not.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

middle() { # FORWARD: the middle one, so
	mesh_node middle middle <<-END
		broadcast = no
		peers = 10.77.0.1
		peers = 10.77.0.42
		forward = $1
	END
}
outer() { # of either, which speaks with the middle alone
	printf 'did = 555%s\nname = %s\nbroadcast = no\npeers = 10.77.0.41\n' "$1" "$2"
}
pings() { "$ctl" --socket "$work/$1/admin.sock" rpc mesh.ping "{\"sid\": \"$2\", \"count\": 1}" >"$work/ping" 2>&1; }

story "a call through a node that forwards"
add_host middle 41
add_host outer 42
address4[middle]=10.77.0.41 address4[outer]=10.77.0.42
mesh_node story relay < <(outer 100 First)
first=$(our_sid)
mesh_node outer outer < <(outer 142 Last)
last=$(our_sid)
events_follow outer

note "the middle forwards nothing"
middle no
middle=$(our_sid)
for name in story outer; do
	wait_for 5 "$name to reach the middle" on $name reaches "$middle"
done
! pings story "$last" || fail "the first node reaches the last one"
mesh_stop middle

note "it does"
middle yes
for name in story outer; do
	wait_for 8 "$name to reach the middle again" on $name reaches "$middle"
done
wait_for 8 "the first to reach the last" pings story "$last"
wait_for 8 "and the last the first" pings outer "$first"
instance=story
! reaches "$last" || fail "the first hears the last one itself"
expect "the way to the last one" "$(rpc mesh.routes | jq -r --arg sid "$last" \
	'.routes[] | select((.sid | ascii_downcase) == $sid).next_hop | ascii_downcase')" is "$middle"
found=$(rpc mesh.lookup '{"did": "555142"}')
expect "who has the last one's number" "$(json '.found[0].sid | ascii_downcase' <<<"$found")" is "$last"

alice_key=$(key AEAD_AES_128_GCM)
call_create out "$(to_did 555142)" "$(sip_leg alice 10.77.0.2:4000 AEAD_AES_128_GCM "$alice_key")"
phone_start alice bob 10.77.0.2:4000 "$(local_of alice)" --ssrc 0xa11ce --seal "AEAD_AES_128_GCM:$alice_key" \
	--unseal "$(our_key alice)"
instance=outer
wait_for 5 "the offer" was_offered
id=$(offered)
call_update "$id" "$(sip_leg bob 10.77.0.3:4000)"
phone_start bob alice 10.77.0.3:4000 "$(local_of bob)" --ssrc 0xb0b
rpc call.answer "{\"call\": \"$id\"}" >/dev/null
instance=story
answered() { [ "$(rpc mesh.calls | json '.calls[0].state')" = talking ]; }
wait_for 5 "the call to be answered" answered
talk 2
sleep 0.5
heard_everything alice bob
heard_everything bob alice
expect "what the middle has forwarded" "$(on middle rpc mesh.peers | json '[.peers[].forwarded] | add')" '>=' 200
expect "calls of the middle" "$(on middle rpc call.list | json '.calls | length')" = 0
rpc call.delete '{"call": "out"}' >/dev/null
mesh_stop story middle outer
done_well
