#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# kill -9 in a call with the mesh, of control and of the switch: sound goes on, in slots that go on, and the call
# is known and can be ended afterwards by either side.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

hears_more() { [ "$(of alice heard)" -ge $(($1 + 25)) ]; }
is_gone() { rpc_error call.get "{\"call\": \"$1\"}" >/dev/null; }
another_switch() { [ -n "$(switch_pid)" ] && [ "$(switch_pid)" != "$old" ]; }

story "kill -9 in the middle of a call with the mesh"
mesh_node story relay <<<"did = 555100"
endpoint_start bob --did 555002 --broadcast 10.77.0.255:4110 --echo --extras --on-offer answer
wait_for 5 "bob to be a neighbour" are_neighbours bob
ours=$(our_sid)
call_create call "$(to_sid "$(sid_of bob)")" "$(sip_leg alice 10.77.0.2:4000)"
phone_start alice alice 10.77.0.2:4000 "$(local_of alice)" --ssrc 0xa11ce
wait_for 3 "bob to answer" is_in_call bob
tell alice send on >/dev/null
wait_for 3 "the echo" hears_more 0

note "control: not a packet is missing; its successor has an address more, which the next switch will have"
strowger_kill
ip -n "$ns-relay" addr add 10.77.0.9/24 dev eth0
sed -i '/^address = 10\.77\.0\.1$/a address = 10.77.0.9' "$work/story.conf"
sleep 0.6
mesh_start story
wait_for 3 "the echo" hears_more "$(of alice heard)"
hush alice
soon "what has come back of $(of alice sent) packets" = "$(of alice sent)" of alice heard
tell alice send on >/dev/null
expect "our SID" "$(our_sid)" is "$ours"
expect "calls with the mesh" "$(mesh_calls)" = 1

note "the switch: a gap, and it goes on where it was"
old=$(switch_pid)
kill -KILL "$old"
wait_for 5 "another switch" another_switch
wait_for 5 "the echo" hears_more "$(of alice heard)"
expect "what the log says of it" "$(grep "process $(switch_pid), is up" "$work/story.log")" has "state taken over"
expect "the new address" "$(rpc device.list)" has 10.77.0.9

tell alice send off >/dev/null
sound=$(of bob call.sound)
note "at bob's: $(jq -c '[.heard, .missing, .repeats, .first, .last]' <<<"$sound")"
expect "slots that were filled twice" "$(json '.repeats + .overlapping' <<<"$sound")" = 0
heard_nothing_wrong alice
expect "bob's call" "$(of bob call.state)" is incall

note "bob rings off, and it is over"
tell bob hangup >/dev/null
wait_for 5 "our call to end" is_gone call
expect "calls with the mesh" "$(mesh_calls)" = 0
mesh_stop story
done_well
