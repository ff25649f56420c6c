#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# kill -9 of the switch, of which the mesh notices nothing but a pause: the next one knows the neighbours, the way to each,
# where their links were, and the keys of peers, before control says a word.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

# link NAME FIELD: of the neighbour NAME, as our node has it.
link() { rpc mesh.peers | jq --arg sid "$(sid_of "$1")" ".peers[] | select((.sid | ascii_downcase) == \$sid) | .$2"; }
another_switch() { [ -n "$(switch_pid)" ] && [ "$(switch_pid)" != "$old" ]; }
has_taken_over() { grep -q "took over .* in the mesh" "$work/story.log"; }
hears_more() { [ "$(of alice heard)" -ge $(($1 + 25)) ]; }

story "the switch is killed, and in the mesh nobody leaves"
mesh_node story relay <<<"did = 555100"
endpoint_start bob --did 555002 --broadcast 10.77.0.255:4110 --echo --on-offer answer
endpoint_start mallory --did 555003 --broadcast 10.77.0.255:4110
wait_for 5 "bob and mallory to be neighbours" are_neighbours bob mallory
events_follow story
call_create call "$(to_sid "$(sid_of bob)")" "$(sip_leg alice 10.77.0.2:4000)"
phone_start alice alice 10.77.0.2:4000 "$(local_of alice)" --ssrc 0xa11ce
wait_for 3 "bob to answer" is_in_call bob
tell alice send on >/dev/null
wait_for 3 "the echo" hears_more 0
since=$(link mallory since_s | cut -d. -f1)
before=$(link mallory rx_datagrams)
sound=$(link bob rx_audio)

old=$(switch_pid)
kill -KILL "$old"
wait_for 5 "another switch" another_switch
wait_for 5 "what it took over" has_taken_over
wait_for 5 "the echo" hears_more "$(of alice heard)"
expect "what it took over" "$(grep -o "took over .* in the mesh" "$work/story.log")" is \
	"took over 2 neighbours and 1 peers in the mesh"
expect "lines of what was dropped" "$(grep -c "reconciled: dropped" "$work/story.log")" = 0
expect "a neighbour's age, in s" "$(link mallory since_s | cut -d. -f1)" '>=' "$since"
expect "datagrams of mallory's" "$(link mallory rx_datagrams)" '>=' "$before"
expect "sound of bob's" "$(link bob rx_audio)" '>' "$sound"
sleep 1
expect "neighbours that were said to be gone" "$(happenings story '.event == "mesh.peer_down"' | wc -l)" = 0
expect "bob's call" "$(of bob call.state)" is incall
expect "neighbours that hear mallory" "$(of mallory 'neighbours | map(select(.hears_us)) | length')" = 2
tell alice send off >/dev/null
heard_nothing_wrong alice
mesh_stop story
done_well
