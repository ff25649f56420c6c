#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A call with the mesh at every stage, and what ends it there; control is killed, or becomes a newer program, in between,
# and goes on where the call has come.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

another_control() {
	strowger_kill
	mesh_start story
	events_follow story
}
is_over() { # CALL REASON: as its events say
	happened story ".event == \"mesh.call_ended\" and .call == \"$1\" and .reason == \"$2\"" &&
		happened story ".event == \"call.ended\" and .call == \"$1\" and .reason == \"mesh_$2\""
}
state_is() { [ "$(rpc mesh.calls | json ".calls[] | select(.call == \"$1\").state")" = "$2" ]; }
bob_is() { [ "$(of bob call.state)" = "$1" ]; }
bob_calls() {
	: >"$work/story.mesh"
	events_follow story
	tell bob call "$(our_sid)" 555100 >/dev/null
	wait_for 3 "bob's offer" was_offered
	id=$(offered)
}

story "a call with the mesh, stage by stage, with a new control at each"
mesh_node story relay <<<"did = 555100"
events_follow story
endpoint_start bob --did 555002 --broadcast 10.77.0.255:4110
endpoint=$endpoint_pid
wait_for 5 "bob to be a neighbour" are_neighbours bob
bob=$(sid_of bob)

note "nobody has the number; and a successor asks for it again"
call_create nobody "$(to_did 555999)"
expect "its stage" "$(rpc mesh.calls | json '.calls[0].state')" is looked_up
another_control
wait_for 5 "that to be said" is_over nobody not_found

note "we call; bob's phone rings; bob refuses"
call_create refused "$(to_sid "$bob")"
wait_for 3 "bob to be called" bob_is nocall
another_control
tell bob ring >/dev/null
wait_for 3 "it to ring" state_is refused ringing
tell bob reject >/dev/null
wait_for 3 "that to be said" is_over refused refused

note "we call; control is another one when bob answers, and then we end it while he hears nothing"
call_create talked "$(to_sid "$bob")"
wait_for 3 "bob to be called" bob_is nocall
tell bob ring >/dev/null
wait_for 3 "it to ring" state_is talked ringing
another_control
tell bob answer >/dev/null
wait_for 3 "bob to be in the call" is_in_call bob
wait_for 3 "us to be" state_is talked talking
rpc node.upgrade >/dev/null
wait_for 5 "the newer program to answer" answers
expect "its stage" "$(rpc mesh.calls | json '.calls[0].state')" is talking
kill -STOP "$endpoint"
rpc call.delete '{"call": "talked"}' >/dev/null
another_control
kill -CONT "$endpoint"
wait_for 5 "bob to learn that it is over" has_ended bob

note "bob calls; control is another one when he is answered"
bob_calls
another_control
expect "its stage" "$(rpc mesh.calls | json '.calls[0].state')" is offered
rpc call.ring "{\"call\": \"$id\"}" >/dev/null
another_control
rpc call.answer "{\"call\": \"$id\"}" >/dev/null
wait_for 3 "bob to be in the call" is_in_call bob
expect "a second answer" "$(rpc_error call.answer "{\"call\": \"$id\"}")" has wrong_state
tell bob hangup >/dev/null
wait_for 3 "that to be said" is_over "$id" far_hung_up

note "bob calls, and is rejected"
bob_calls
rpc call.reject "{\"call\": \"$id\"}" >/dev/null
wait_for 3 "bob to be told" has_ended bob
expect "how many were in the mesh, by their ends" "$(rpc stats.get | json '.mesh_calls.ended | tojson')" has '"hung_up":1'

note "bob calls, and the node ends"
bob_calls
rpc call.answer "{\"call\": \"$id\"}" >/dev/null
wait_for 3 "bob to be in the call" is_in_call bob
mesh_stop story
wait_for 1 "bob to be told" has_ended bob
done_well
