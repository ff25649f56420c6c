#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What nodes of a mesh do for each other beside calls: they find each other, explain addresses, answer echoes, tell
# their signing keys and numbers; and strowger does so with whoever speaks the protocol in an old or a terse way.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

nodes=(alice bob mallory)
declare -A number=([alice]=555001 [bob]=555002 [mallory]=555003)

found_by() { happened "$1" '.event == "found" and .did == "555100" and .name == "Almon Strowger"'; }
is_missed() { ! reaches "$(sid_of "$1")"; }

story "ping, key map and numbers, both ways, with neighbours of every kind"
mesh_node story relay <<-END
	did = 555100
	name = Almon Strowger
	peers = 10.77.0.4:45110
END
ours=$(our_sid)
# As servald does it; as its ancestors did; and one that never broadcasts, at another port, that is configured.
endpoint_start alice --did 555001 --callee-name Alice --broadcast 10.77.0.255:4110 --short
endpoint_start bob --did 555002 --callee-name Bob --broadcast 10.77.0.255:4110 --version-0 --encapsulation 2
endpoint_start mallory --did 555003 --callee-name Mallory --bind 10.77.0.4:45110 --resend-ms 0
began=$(date +%s%N)
wait_for 5 "all to be neighbours" are_neighbours "${nodes[@]}"
note "neighbours after $((($(date +%s%N) - began) / 1000000)) ms"

for name in "${nodes[@]}"; do
	note "$name"
	sid=$(sid_of "$name")
	tell "$name" ping "$ours" >/dev/null
	tell "$name" keymap "$ours" >/dev/null
	tell "$name" lookup 555100 >/dev/null
	answer=$(rpc mesh.ping "{\"sid\": \"$sid\"}")
	expect "the answer to our ping: $answer" "$(json '.rtt_ms < 1000' <<<"$answer")" is true
	answer=$(rpc mesh.lookup "{\"did\": \"${number[$name]}\"}")
	expect "who has ${number[$name]}" "$(json '.found[0] | "\(.sid | ascii_downcase) \(.did) \(.name)"' <<<"$answer")" \
		is "$sid ${number[$name]} ${name^}"
	wait_for 3 "the answer to $name's ping" happened "$name" ".event == \"pong\" and .sid == \"$ours\""
	wait_for 3 "our key at $name's" happened "$name" ".event == \"keymap\" and .sid == \"$ours\" and .derived"
	wait_for 3 "our number at $name's" found_by "$name"
	expect "how often $name was asked for its key" "$(of "$name" 'keymap_asked // 0')" '>' 0
	for field in malformed unopened badly_signed; do
		expect "$field at $name's" "$(of "$name" "$field // 0")" = 0
	done
done
expect "the explanations that alice gave" "$(of alice 'explanations_given // 0')" '>' 0

note "nobody has this number, and nobody is there"
expect "answers" "$(rpc mesh.lookup '{"did": "555999", "timeout_ms": 600}' | json '.found | length')" = 0
rpc_error mesh.ping "{\"sid\": \"$(sid_of nobody)\", \"timeout_ms\": 600}" >"$work/error"
tell alice stop >/dev/null
wait_for 6 "alice to be missed" is_missed alice
mesh_stop story
done_well
