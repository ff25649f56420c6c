#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Digits and text of the mesh: what is said on one side, by RTP (RFC 4733), by a signalling server or by an endpoint,
# arrives on the other, once, and takes no frame of sound with it.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

phone='{"codecs": [{"name": "PCMU", "payload_type": 0}, {"name": "telephone-event", "payload_type": 101}]}'

story "DTMF and text between the mesh, RFC 4733 and events"
mesh_node story relay <<<"did = 555100"
events_follow story
endpoint_start bob --did 555002 --broadcast 10.77.0.255:4110 --echo --extras --on-offer answer
wait_for 5 "bob to be a neighbour" are_neighbours bob
call_create keys "$(to_did 555002)" "$(leg alice 10.77.0.2:4000 none "" "$phone")"
wait_for 5 "bob to answer" is_in_call bob
spawn alice "$tools/dtmf_phone.py" --bind 10.77.0.2:4000 --to "$(local_of alice)" --type 101 --digits '1#A' --seconds 3 \
	>"$work/alice.heard" 2>>"$work/phones.log"
alice=$spawned
wait_for 5 "alice's digits at bob's" eval '[ "$(of bob call.dtmf)" = "1#A" ]'

note "bob's digits and text"
tell bob dtmf '42*' >/dev/null
tell bob text Come here, I want you >/dev/null
digits() { happenings story '.event == "mesh.dtmf" and .call == "keys"' | jq -rj .digit; }
wait_for 3 "them to be told" eval '[ "$(digits)" = "42*" ]'
wait_for 3 "the text to be told" happened story '.event == "mesh.text" and .text == "Come here, I want you"'

note "the signalling server's"
rpc call.dtmf '{"call": "keys", "digits": "90"}' >/dev/null
rpc call.text '{"call": "keys", "text": "Ahoy"}' >/dev/null
wait_for 3 "its digits at bob's" eval '[ "$(of bob call.dtmf)" = "1#A90" ]'
wait_for 3 "its text at bob's" eval '[ "$(of bob "call.texts | join(\"|\")")" = Ahoy ]'

wait $alice || fail "alice's phone"
heard=$(cat "$work/alice.heard")
note "$heard"
expect "bob's digits at alice's" "$(json .digits <<<"$heard")" is '42*'
expect "packets of each that had the end bit" "$(json '.ends | unique | tojson' <<<"$heard")" is "[3]"
expect "alice's sound that came back" "$(json .sound <<<"$heard")" '>=' 125
sound=$(of bob call.sound)
expect "sound that bob had twice" "$(json '.overlapping + .repeats' <<<"$sound")" = 0
expect "slots in which alice pressed a key, and said nothing" "$(json .missing <<<"$sound")" '<=' 15
rpc call.delete '{"call": "keys"}' >/dev/null
wait_for 3 "bob to be rung off" has_ended bob
mesh_stop story
done_well
