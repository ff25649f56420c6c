#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Two interfaces of strowger's.  Parties on either side speak; then the route to one moves to the other interface in
# mid-call, and its packets go there, from the address that they always came from.
. "$(dirname "$0")/lib.sh"

sent_by() { in_ns relay cat "/sys/class/net/$1/statistics/tx_packets"; }
speak() { tell alice send on >/dev/null; tell carol send on >/dev/null; }

story "two interfaces, and a route that moves from one to the other in mid-call"
far_network
far_interface
relay_ip route flush table main dev eth1 # strowger's address is there, the far network is by the gateway
strowger_start
both_interfaces=$(rpc device.list | json '[.devices[].addresses[].interface] | unique | join(" ")')
expect "interfaces" "$both_interfaces" is "far lan"

alice_key=$(key AEAD_AES_128_GCM)
call_create moves "$(leg alice 10.77.0.2:4000 AEAD_AES_128_GCM "$alice_key")" "$(leg carol 10.78.0.5:4000 none '')"
phone_start alice carol 10.77.0.2:4000 "$(local_of alice)" --pps 200 \
	--seal "AEAD_AES_128_GCM:$alice_key" --unseal "$(our_key alice)"
phone_start carol alice 10.78.0.5:4000 "$(local_of carol)" --pps 200
expect "where carol sends to" "$(local_of carol)" has "10.77.0.1:"
hears_alice() { tell alice burst 1 >/dev/null && arrive carol && [ "$(of carol heard)" -gt 0 ]; }
wait_for 5 "the gateway to be found" hears_alice
first=$(drop_of_call moves no_neighbour)

note "the route moves while they speak"
before=$(sent_by eth1)
speak
sleep 0.5
relay_ip route replace 10.78.0.0/24 dev eth1
wait_for 10 "packets by the other interface" eval '[ $(sent_by eth1) -gt $((before + 60)) ]'
hush alice carol
expect "packets without a way" "$(drop_of_call moves no_neighbour)" = "$first"
expect "drops of the call" "$(drops_of_call moves)" = "$first"
expect "what carol has not heard" $(($(of alice sent) + $(of alice rtcp_sent) - $(of carol heard) - $(of carol rtcp_heard))) \
	= "$first"
heard_nothing_wrong carol
expect "where carol hears it from" "$(of carol 'from | map(split(":")[0]) | unique | join(" ")')" is 10.77.0.1
heard_everything alice carol

note "the other interface loses its link: the route is gone, and then back by the gateway"
speak
sleep 0.2
relay_ip link set eth1 down
no_way() { [ "$(drop_of_call moves no_neighbour)" -ge $((first + 200)) ]; }
wait_for 5 "packets without a way" no_way
relay_ip route add 10.78.0.0/24 via 10.77.0.11
heard=$(of carol heard)
hears_more() { [ "$(of carol heard)" -gt $((heard + 20)) ]; }
wait_for 5 "carol to hear alice again" hears_more
hush alice carol
lost=$(drop_of_call moves no_neighbour)
untold=$(($(of alice sent) + $(of alice rtcp_sent) - $(of carol heard) - $(of carol rtcp_heard) - lost))
expect "what carol has not heard more, from before strowger was told" $untold '<=' 100
expect "what has been counted twice, or was heard all the same" $((-untold)) '<=' 5
heard=$(of carol heard)
tell alice burst 20 >/dev/null
soon "what carol heard afterwards" = $((heard + 20)) of carol heard
rpc call.delete '{"call": "moves"}' >/dev/null
strowger_stop
done_well
