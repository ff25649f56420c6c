#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A stranger replays and forges what it has heard of a call, from its own address and in the name of others, invents ten
# thousand nodes and sends sound in no box: the call goes on to the last bit, and nothing grows.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

mallory() { # WHAT [OPTIONS]
	in_ns mallory "$tools/mesh_mallory.py" "$@" --to 10.77.0.1:4110 --sid "$ours" --log "$work/wire.heard" \
		>>"$work/mallory.log" 2>&1 || fail "mallory: $(tail -n 5 "$work/mallory.log")"
}
resident() { awk '/^Rss/ { print $2 }' "/proc/$1/smaps_rollup"; } # kB

story "replays, forgeries, inventions and sound in no box, in the middle of a call"
mesh_node story relay <<<"did = 555100"
ours=$(our_sid)
spawn lan "$tools/wire.py" relay >"$work/wire.heard" 2>"$work/wire.err"
wire=$spawned
endpoint_start bob --did 555002 --broadcast 10.77.0.255:4110 --echo --extras --on-offer answer --short
wait_for 5 "bob to be a neighbour" are_neighbours bob
call_create call "$(to_sid "$(sid_of bob)")" "$(sip_leg alice 10.77.0.2:4000)"
phone_start alice alice 10.77.0.2:4000 "$(local_of alice)" --ssrc 0xa11ce
wait_for 3 "bob to answer" is_in_call bob
sessions=(--session "$(of bob call.session)" --session "$(of bob call.far)")
tell alice send on >/dev/null
sleep 1
kill -TERM $wire

note "replays and forgeries"
mallory replay --count 400 --spoof
mallory forge --count 400 --spoof
said=$(of alice sent)
say_more() { [ "$(of alice sent)" -gt $((said + 200)) ]; }
wait_for 5 "the call to go on for longer than a replay window" say_more
mallory replay --count 400 --spoof
note "sound in no box"
heard=$(of alice foreign)
mallory plain --count 300 "${sessions[@]}" --spoof
expect "of that, at alice's" "$(of alice foreign)" = "$heard"
note "ten thousand inventions, and noise; some before that take what room there is for them"
mallory invent --count 2000 --spoof
before=$(resident $strowger_pid) switch_before=$(resident "$(switch_pid)")
mallory invent --count 10000 --spoof --seed 2
mallory noise --count 1000 --spoof
mallory replay --count 300
sleep 0.5
tell alice send off >/dev/null
all_back() { [ "$(of alice heard)" = "$(of alice sent)" ]; }
wait_for 3 "the last of the echo" all_back

heard_everything alice alice
bob=$(of bob call)
note "alice said $(of alice sent) packets; at bob's: $(json '.sound | [.heard, .missing, .delay_ms] | tojson' <<<"$bob")"
expect "what bob has missed" "$(json '.sound.missing + .sound.overlapping' <<<"$bob")" = 0
expect "bob's call" "$(json .state <<<"$bob")" is incall
expect "digits and texts that bob never sent" "$(json '.dtmf + (.texts | join(""))' <<<"$bob")" is ""
expect "nodes that are told of" "$(rpc mesh.peers | json '.peers | length')" '<=' 256
are_neighbours bob || fail "bob is a neighbour no more"
grown=$(($(resident $strowger_pid) - before)) switch_grown=$(($(resident "$(switch_pid)") - switch_before))
note "strowger has grown by $grown kB, its switch by $switch_grown kB"
room=1024 # kB: 100 bytes a node
! ldd "$strowger" | grep -q libasan || room=32768 # which keeps for a while what is freed
expect "growth of strowger, in kB" "$grown" '<' $room
expect "growth of the switch, in kB" "$switch_grown" '<' $room

note "what bob is asked in the name of others is nothing to us, either"
tell bob plain on >/dev/null
plain=$(of alice heard)
tell alice send on >/dev/null
sleep 0.4
tell alice send off >/dev/null
sleep 0.4
expect "what alice has heard of bob, who boxes nothing now" "$(of alice heard)" = "$plain"
rpc call.delete '{"call": "call"}' >/dev/null
mesh_stop story
done_well
