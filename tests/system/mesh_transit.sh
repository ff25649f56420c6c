#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A call between two telephones of the mesh that do not hear each other, with strowger in the middle: two legs of VoMP, of
# which one came and the other is called.  Sound and digits go through, and an end on either side is one on both.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

returned() { [ "$(of bob call.sound.heard)" = 100 ]; }
payloads() { # FILE: of 160 bytes each, with two of length in front
	od -An -v -tx1 -w162 "$1" | cut -c7- | tr -d ' \n'
}
none_left() { [ "$(rpc call.list | json '.calls | length')" = 0 ]; }

story "from one telephone of the mesh to another, through strowger"
mesh_node story relay <<<"did = 555100"
events_follow story
endpoint_start bob --did 555002 --neighbour 10.77.0.1:4110 --extras
endpoint_start alice --did 555001 --neighbour 10.77.0.1:4110 --extras --echo --on-offer answer
wait_for 5 "both to be neighbours" are_neighbours bob alice

tell bob call "$(our_sid)" 555100 >/dev/null
wait_for 3 "the offer" was_offered
id=$(offered)
call_update "$id" "$(to_did 555001 | jq -c '.name = "alice"')"
wait_for 5 "alice to answer" happened story '.event == "mesh.call_answered" and .leg == "alice"'
rpc call.answer "{\"call\": \"$id\"}" >/dev/null
wait_for 3 "bob's call to be answered" is_in_call bob

head -c 16000 /dev/urandom >"$work/said.raw"
tell bob play PCMU "$work/said.raw" >/dev/null
wait_for 6 "all of it to come back" returned
tell bob record "$work/heard" >/dev/null
expect "what came back" "$(payloads "$work/heard.packets" | sha256sum)" is "$(od -An -v -tx1 "$work/said.raw" | tr -d ' \n' | sha256sum)"
expect "frames that alice missed" "$(of alice 'call.sound | .missing + .overlapping + .repeats')" = 0

note "digits, and the end"
tell bob dtmf '7*' >/dev/null
wait_for 3 "bob's digits at alice's" eval '[ "$(of alice call.dtmf)" = "7*" ]'
tell alice hangup >/dev/null
wait_for 4 "bob to be rung off" has_ended bob
wait_for 4 "the call to end" none_left
mesh_stop story
done_well
