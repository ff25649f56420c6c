# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# The demo of `run ng`; sourced by run, whose words it uses.
#
#                       10.99.3.0/24, fd00:99:3::/64
#     caller .2 ──┐                              ┌── callee .3
#     (baresip)   ├───────── bridge (lan) ───────┤   (baresip)
#                 └── relay .1                   └── mobile .4
#                     (Kamailio, strowger)           (baresip)

add_host() { # NAME NUMBER
	ip netns add "$ns-$1"
	ip netns exec "$ns-$1" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
	ip link add "$1" netns "$ns-lan" type veth peer name eth0 netns "$ns-$1"
	ip -n "$ns-lan" link set "$1" master br0 up
	ip -n "$ns-$1" link set lo up
	ip -n "$ns-$1" link set eth0 up
	ip -n "$ns-$1" addr add "10.99.3.$2/24" dev eth0
	ip -n "$ns-$1" addr add "fd00:99:3::$2/64" dev eth0 nodad
}

demo_network() {
	ip netns add "$ns-lan"
	ip -n "$ns-lan" link add br0 type bridge mcast_snooping 0
	ip -n "$ns-lan" link set br0 up
	add_host relay 1
	add_host caller 2
	add_host callee 3
	add_host mobile 4
	echo "$ns-caller 10.99.3.2, $ns-callee 10.99.3.3 and $ns-mobile 10.99.3.4 -- lan -- 10.99.3.1 $ns-relay"
}

demo_configuration() {
	cat <<-END
		[ng]
		listen = 127.0.0.1:2223
		delete_delay = 0s

		[interface lan]
		device = $device:eth0
		address = 10.99.3.1
		address = fd00:99:3::1
		ports = 30000-30999
	END
}

demo_calls() {
	packaging/demo/ng.py --namespace "$ns" --out "$work" --seconds "$seconds" $([ $keep = no ] || echo --keep)
}

demo_hints() {
	cat <<-END
		$(cat "$out/dial")
		sudo ip netns exec $ns-relay tcpdump -ni lo -A udp port 2223
	END
}
