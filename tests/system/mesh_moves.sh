#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A neighbour whose link comes and goes, who moves to another address, and who is started again: the call goes on, as far
# as there is still one, and a stranger cannot move anybody.
. "$(dirname "$0")/lib.sh"
. "$tools/mesh_words.sh"

# Alice hears bob's echo again: so many more packets.
hears_more() { [ "$(of alice heard)" -ge $(($1 + 25)) ]; }
address_of_bob() {
	rpc mesh.peers | jq -r --arg sid "$(sid_of bob)" '.peers[] | select(.sid == ($sid | ascii_upcase)) | "\(.address):\(.port)"'
}
bob_is_at() { [ "$(address_of_bob)" = "$1" ]; }

story "a flapping link, another address, another start, in the middle of a call"
mesh_node story relay <<<"did = 555100"
events_follow story
endpoint_start bob --did 555002 --neighbour 10.77.0.1:4110 --echo --on-offer answer
wait_for 5 "bob to be a neighbour" are_neighbours bob
call_create call "$(to_sid "$(sid_of bob)")" "$(sip_leg alice 10.77.0.2:4000)"
phone_start alice alice 10.77.0.2:4000 "$(local_of alice)" --ssrc 0xa11ce
wait_for 3 "bob to answer" is_in_call bob
tell alice send on >/dev/null
wait_for 3 "the echo" hears_more 0

note "the link is gone for 0.25 s, twice: what was said is sent again as long as that makes sense"
for _ in 1 2; do
	tell bob lose both 100 0.25 >/dev/null # by bob's clock: a second of it would be too late for what was said first
	sleep 0.3
	wait_for 3 "the echo" hears_more "$(of alice heard)"
done
expect "what bob has missed" "$(of bob call.sound.missing)" = 0

note "for 3.2 s: the neighbour is forgotten, and found again"
tell bob lose both 100 3.2 >/dev/null
sleep 3.3
wait_for 4 "the echo" hears_more "$(of alice heard)"
expect "bob's call" "$(of bob call.state)" is incall

note "another port: after a box from there, all goes there"
tell bob bind 10.77.0.3:4777 >/dev/null
wait_for 4 "the echo" hears_more "$(of alice heard)"
wait_for 2 "bob's new address to be told" bob_is_at 10.77.0.3:4777

note "a stranger in bob's name moves nobody"
in_ns mallory python3 -c "
import socket, sys; sys.path.insert(0, '$tools')
import mesh_wire as mesh
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(200):
    sock.sendto(mesh.envelope(mesh.address(bytes.fromhex('$(sid_of bob)')), mesh.UNICAST, n), ('10.77.0.1', 4110))"
wait_for 3 "the echo" hears_more "$(of alice heard)"
expect "where bob is" "$(address_of_bob)" is 10.77.0.3:4777

note "bob's node forgets all links and begins other numbers"
tell bob forget >/dev/null
wait_for 4 "the echo" hears_more "$(of alice heard)"
heard_nothing_wrong alice

note "bob is killed and started again: the link is there at once, and another call"
tell alice send off >/dev/null
kill -KILL $endpoint_pid
wait $endpoint_pid 2>/dev/null
endpoint_start bob --did 555002 --neighbour 10.77.0.1:4110 --bind 10.77.0.3:4777 --echo --on-offer answer
wait_for 5 "bob to be a neighbour again" are_neighbours bob
rpc call.delete '{"call": "call"}' >/dev/null
call_create again "$(to_sid "$(sid_of bob)")" "$(sip_leg alice 10.77.0.2:4000)"
tell alice to "$(local_of alice)" >/dev/null
wait_for 3 "bob to answer" is_in_call bob
tell alice send on >/dev/null
wait_for 4 "the echo" hears_more "$(of alice heard)"
tell alice send off >/dev/null
rpc call.delete '{"call": "again"}' >/dev/null
mesh_stop story
done_well
