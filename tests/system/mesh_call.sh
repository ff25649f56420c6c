#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Calls between a SIP telephone, which speaks RTP, and one of the mesh, either way: every byte of G.711 comes through.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

# What alice says in two seconds comes back to her from bob, who returns it: bit by bit, each packet once.
echoes() {
	local said heard bob

	tell bob mark >/dev/null
	before=$(of alice heard)
	tell alice send on >/dev/null
	sleep 2.1
	tell alice send off >/dev/null
	wait_for 3 "the last of the echo" all_back
	said=$(of alice sent) heard=$(of alice heard) bob=$(of bob call.sound)
	note "alice said $said packets and has heard $heard; at bob's: $(jq -c '[.heard, .missing, .delay_ms]' <<<"$bob")"
	expect "packets of this call" $((heard - before)) '>=' 100
	heard_everything alice alice
	expect "frames that bob missed" "$(json '.missing + .overlapping' <<<"$bob")" = 0
	expect "what bob heard" "$(json '[.codecs, .sizes] | tojson' <<<"$bob")" is '[["PCMU"],[160]]'
	expect "the first slot" "$(json .first <<<"$bob")" '<' 1000
}
all_back() { [ "$(of alice heard)" = "$(of alice sent)" ]; }

in_the_mesh() { rpc call.get "{\"call\": \"$1\"}" | json '.legs[] | select(.name == "mesh")'; }
is_gone() { rpc_error call.get "{\"call\": \"$1\"}" >/dev/null; }

story "a telephone of the mesh calls one of SIP, and is called: the same bytes come back"
mesh_node story relay <<<"did = 555100
name = strowger"
events_follow story
endpoint_start bob --did 555002 --broadcast 10.77.0.255:4110 --short --echo --extras --on-offer answer
wait_for 5 "bob to be a neighbour" are_neighbours bob

note "bob calls us"
tell bob call "$(our_sid)" 555100 >/dev/null
wait_for 3 "the offer" was_offered
id=$(offered)
offer=$(happenings story '.event == "mesh.call_offered"')
expect "who calls whom" "$(json '"\(.from) \(.did) \(.sid | ascii_downcase)"' <<<"$offer")" is "555002 555100 $(sid_of bob)"
call_update "$id" "$(sip_leg alice 10.77.0.2:4000)"
phone_start alice alice 10.77.0.2:4000 "$(local_of alice)" --ssrc 0xa11ce
rpc call.ring "{\"call\": \"$id\"}" >/dev/null
wait_for 3 "bob to hear it ring" happened bob '.event == "ringing"'
expect "bob's call meanwhile" "$(of bob call.state)" is ringingout
rpc call.answer "{\"call\": \"$id\"}" >/dev/null
wait_for 3 "bob's call to be answered" is_in_call bob
echoes
tell bob hangup >/dev/null
wait_for 3 "our call to end" is_gone "$id"
happened story '.event == "mesh.call_ended"' || fail "nobody was told that bob rang off"

note "we call bob, by his SID"
call_create out "$(to_sid "$(sid_of bob)")" "$(sip_leg alice 10.77.0.2:4000)"
tell alice to "$(local_of alice)" >/dev/null
wait_for 3 "bob to answer" is_in_call bob
wait_for 3 "us to be told so" happened story '.event == "mesh.call_answered" and .call == "out"'
happened story '.event == "mesh.call_ringing" and .call == "out"' || fail "nobody was told that it rang"
echoes
expect "mesh.calls" "$(mesh_calls)" = 1
expect "call.get" "$(in_the_mesh out | json '.type')" is vomp
rpc call.delete '{"call": "out"}' >/dev/null
wait_for 3 "bob to be rung off" has_ended bob

note "we call bob, by his SID, and tell him a number"
call_create both "$(to_sid "$(sid_of bob)" | jq -c '. + {did: "555777"}')" "$(sip_leg alice 10.77.0.2:4000)"
wait_for 3 "bob to answer" is_in_call bob
expect "the number that he is called by" "$(of bob 'call.dids | last')" is 555777
rpc call.delete '{"call": "both"}' >/dev/null
wait_for 3 "bob to be rung off" has_ended bob

note "we call bob, by his number"
call_create number "$(to_did 555002)" "$(sip_leg alice 10.77.0.2:4000)"
tell alice to "$(local_of alice)" >/dev/null
wait_for 5 "bob to answer" is_in_call bob
expect "the number that he is called by" "$(of bob 'call.dids | last')" is 555002
expect "caller and callee, by the sessions" "$(of bob 'call.caller')" is false
rpc call.delete '{"call": "number"}' >/dev/null
wait_for 3 "bob to be rung off" has_ended bob
expect "datagrams that bob could not read" "$(of bob 'malformed // 0')" = 0
expect "boxes that he could not open" "$(of bob 'unopened // 0')" = 0
expect "the longest datagram" "$(of bob in_bytes_most)" '<=' 1200
mesh_stop story
done_well
