#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# No more than so many calls at a time with one node: servald falls over at the 17th.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

answered() { [ "$(of bob 'calls | map(select(.state == "incall")) | length')" = "$1" ]; }
none_left() { [ "$(mesh_calls)" = 0 ]; }

story "sixteen calls with one node, and not a seventeenth, whoever begins it"
mesh_node story relay <<<"did = 555100"
events_follow story
endpoint_start bob --did 555002 --broadcast 10.77.0.255:4110 --on-offer answer --ring-s 0
endpoint_start alice --did 555001 --broadcast 10.77.0.255:4110 --on-offer answer --ring-s 0
wait_for 5 "both to be neighbours" are_neighbours bob alice
bob=$(sid_of bob)
for n in {1..16}; do
	call_create "call$n" "$(to_sid "$bob")" "$(sip_leg sip "10.77.0.4:$((4000 + 2 * n))")"
done
wait_for 8 "sixteen to be answered" answered 16

note "ours"
refused=$(rpc_error call.create "$(jq -nc --argjson mesh "$(to_sid "$bob")" '{call: "call17", legs: [$mesh]}')")
expect "what is said of the 17th" "$refused" has peer
note "$(tail -n 1 <<<"$refused")"
sleep 0.3
expect "calls that bob has heard of" "$(of bob 'calls | length')" = 16

note "his"
tell bob call "$(our_sid)" 555100 >/dev/null
wait_for 3 "his 17th to be refused" has_ended bob
expect "calls offered to us" "$(happenings story '.event == "mesh.call_offered"' | wc -l)" = 0

note "another node's is none of them; and one that ends makes room"
call_create other "$(to_sid "$(sid_of alice)")" "$(sip_leg sip 10.77.0.4:4100)"
wait_for 3 "alice to answer" is_in_call alice
rpc call.delete '{"call": "call1"}' >/dev/null
has_room() { "$ctl" --socket "$work/story/admin.sock" rpc call.create "$(jq -nc --argjson mesh "$(to_sid "$bob")" \
	'{call: "call18", legs: [$mesh]}')" >/dev/null 2>&1; }
wait_for 6 "room for another" has_room
wait_for 4 "it to be answered" answered 16
for id in other call{2..16} call18; do
	rpc call.delete "{\"call\": \"$id\"}" >/dev/null
done
wait_for 5 "all to be over" none_left
wait_for 3 "bob to know so" answered 0
mesh_stop story
done_well
