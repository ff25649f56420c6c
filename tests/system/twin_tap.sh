#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A device that has no kernel interface, with a twin: Linux does ARP, NDP, ping, TCP and routing there, while media
# goes past it.
. "$(dirname "$0")/lib.sh"
. "$tools/cable.sh"

# A host behind a gateway, which mallory is.
gateway_up() {
	ip netns add "$ns-far"
	ip link add far netns "$ns-mallory" type veth peer name eth0 netns "$ns-far"
	ip -n "$ns-mallory" addr add 10.88.0.1/24 dev far
	ip -n "$ns-mallory" link set far up
	ip -n "$ns-far" addr add 10.88.0.2/24 dev eth0
	ip -n "$ns-far" link set eth0 up
	ip -n "$ns-far" route add default via 10.88.0.1
	in_ns mallory sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
}

story "what is not media crosses to the twin and back, over a tap, under media load"
gateway_up
cable_config tap:wire0 "twin = media0" "address = 10.77.0.1/24" "address = fd77::1/64" </dev/null
strowger_start
cable_of_tap wire0
call_between load none none --pps 500
both send on
pings alice 10.77.0.1
pings alice fd77::1
pings relay 10.77.0.3
pings relay fd77::3
expect "alice's neighbour" "$(in_ns alice ip neigh show 10.77.0.1)" has \
	"$(in_ns relay ip -o link show media0 | grep -o 'ether [^ ]*' | cut -c7-)"
types_by_tcp mallory
hush
heard_everything alice bob
heard_everything bob alice

note "a route through a gateway, for TCP and for media"
in_ns relay ip route add 10.88.0.0/24 via 10.77.0.4
pings far 10.77.0.1
types_by_tcp far
call_create routed "$(leg far 10.88.0.2:4000 none "")" "$(leg bob 10.77.0.3:4002 none "")"
phone_start far bob.2 10.88.0.2:4000 "$(local_of far)" --ssrc 0xfa4
phone_start bob.2 far 10.77.0.3:4002 "$(local_of bob)" --ssrc 0xb0b2
for name in far bob.2; do tell $name send on >/dev/null; done
sleep 0.7
hush far bob.2
heard_everything far bob.2
heard_everything bob.2 far
strowger_stop
expect "what is left of the twin" "$(in_ns relay ip link show media0 2>&1)" has "does not exist"

note "a twin that the operator has made keeps its addresses and routes when the switch is killed"
in_ns relay ip tuntap add media0 mode tap
in_ns relay ip addr add 10.77.0.1/24 dev media0
in_ns relay ip link set media0 up
in_ns relay ip route add 10.88.0.0/24 via 10.77.0.4
both stop
rm -f "$work"/*.phone
cable_config tap:wire0 "twin = media0" "address = 10.77.0.1" </dev/null
strowger_start
cable_of_tap wire0
call_between again none none
talk 0.5
switch_was=$(switch_pid)
kill -KILL "$switch_was"
wait_for 10 "the next switch" another_switch "$switch_was"
cable_of_tap wire0
pings far 10.77.0.1
talk 0.5
heard_everything alice bob
heard_everything bob alice
strowger_stop
expect "the operator's twin" "$(in_ns relay ip route show 10.88.0.0/24)" has "via 10.77.0.4 dev media0"
done_well
