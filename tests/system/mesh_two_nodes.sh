#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# SDES telephone, strowger, mesh, strowger, SDES telephone: what the mesh loses is sent again in time, and nothing of it
# is heard.  SEED makes it other datagrams.
#
# Runs alone: there are five switches, and delays are measured.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

losses=(0 5 10 20)

story "speech over a mesh that loses ${losses[*]} percent of the datagrams, between SDES phones"
espeak-ng -v en-gb -s 160 -w "$work/once.wav" "Mister Watson, come here. I want to see you. The line is not clear."
sox -D "$work/once.wav" -r 8000 -c 1 -b 16 "$work/said.wav" trim 0 3.4
home_network
mesh_node story relay <<<"did = 555100"
for loss in "${losses[@]}"; do
	far_node "loss$loss" $((20 + loss)) --loss "$loss" --seed $((${SEED:-7000} + loss)) <<<"did = 5551$((20 + loss))"
	far+=("loss$loss=$loss=$(our_sid)=$work/loss$loss/admin.sock") sids+=("$(our_sid)")
done
instance=story
wait_for 8 "the far nodes to be neighbours" reaches "${sids[@]}"
"$tools/mesh_speech.py" --near "$work/story/admin.sock" --prefix "$ns" --said "$work/said.wav" "${far[@]}" ||
	fail "what is heard is not what it must be"
for loss in "${losses[@]}"; do
	impair_end "loss$loss"
	expect "datagrams that were lost at $loss %" "$(json '[.ways[].lost] | add' <<<"$impaired")" '>=' $((loss * 3))
	expect "what the bad network had no room for" "$(json '[.ways[] | .overrun + .failed] | add' <<<"$impaired")" = 0
done
mesh_stop story "${losses[@]/#/loss}"
done_well
