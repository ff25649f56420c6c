#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
. "$(dirname "$0")/../system/lib.sh"
. "$tools/mesh_words.sh"

has_called() { [ "$(mesh_calls)" = "$1" ]; }

story "every example of docs/rpc.md is one: a node takes it, and answers what its tables say"

mesh_node story relay <<<"did = 555100"
endpoint_start bob --did 5550100 --broadcast 10.77.0.255:4110 --extras --ring-s 0 # whom mesh.lookup asks for
wait_for 5 "bob to be a neighbour" are_neighbours bob
for n in 1 2; do # for call.ring and call.answer, and for call.reject
	tell bob call "$(our_sid)" 555100 >/dev/null
	wait_for 3 "bob to call" has_called $n
done
in_ns relay "$tools/rpc_examples.py" "$work/story/admin.sock" >"$work/examples" || fail "$(cat "$work/examples")"
note "$(tail -n 1 "$work/examples")"
tell bob hangup_all >/dev/null # a node that is to stop waits for its calls
wait_for 10 "the node to end, as the last example wants" ended "$strowger_pid"
done_well
