#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Endpoints that lose datagrams, both ways: not one frame is missing, only later.  FATE makes it other ones.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

losses=(0 5 10 20)
declare -A heard_least=([0]=100 [5]=98 [10]=97 [20]=90) # percent that are not later than strowger waits for them

all_in_call() {
	local loss

	for loss in "${losses[@]}"; do is_in_call "bob.$loss" || return 1; done
}
endpoints() { # ORDER...
	local loss

	for loss in "${losses[@]}"; do tell "bob.$loss" "$@" >/dev/null; done
}
phones() { # likewise
	local loss

	for loss in "${losses[@]}"; do tell "alice.$loss" "$@" >/dev/null; done
}

story "datagrams are lost at one end, ${losses[*]} percent each way: all frames arrive"
mesh_node story relay <<<"did = 555100"
for loss in "${losses[@]}"; do
	endpoint_start "bob.$loss" --bind "10.77.0.3:$((5000 + loss))" --neighbour 10.77.0.1:4110 --echo --on-offer answer \
		--lose-in "$loss" --lose-out "$loss" --fate $((${FATE:-1} + loss))
done
for loss in "${losses[@]}"; do
	wait_for 8 "bob.$loss to be a neighbour" are_neighbours "bob.$loss"
	call_create "loss$loss" "$(to_sid "$(sid_of "bob.$loss")")" "$(sip_leg alice "10.77.0.2:$((4000 + 4 * loss))")"
	phone_start "alice.$loss" "alice.$loss" "10.77.0.2:$((4000 + 4 * loss))" "$(local_of alice)"
done
wait_for 8 "all to answer" all_in_call
phones send on
sleep 3
phones send off
sleep 1
endpoints report # what comes late has come
for loss in "${losses[@]}"; do
	said=$(of "alice.$loss" sent) bob=$(tell "bob.$loss" report) heard=$(of "alice.$loss" heard)
	stream=$(rpc call.get "{\"call\": \"loss$loss\"}" | json '.legs[] | select(.name == "mesh").streams[0]')
	heard_how=$(json '.call.sound | "\(.heard), \(.late) out of order, later by \(.delay_ms)"' <<<"$bob")
	note "$loss %: of $said frames bob has heard $heard_how ms; alice $heard of what came back"
	expect "datagrams that bob lost" "$(json '(.in_lost // 0) + (.out_lost // 0)' <<<"$bob")" '>=' $((loss * 4))
	expect "frames that bob has heard" "$(json .call.sound.heard <<<"$bob")" = "$said"
	expect "slots without one" "$(json .call.sound.missing <<<"$bob")" = 0
	expect "frames that came from bob" "$(json .rx_packets <<<"$stream")" = "$(json .call.sent <<<"$bob")"
	expect "what alice has heard of $said" "$heard" '>=' $((said * heard_least[$loss] / 100))
	heard_nothing_wrong "alice.$loss"
done
mesh_stop story
done_well
