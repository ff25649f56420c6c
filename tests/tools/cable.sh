# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For stories about devices that have no kernel interface: strowger has one in the relay's place, with a twin, and a
# cable leads from it into the bridge.  Of a tap that is the TAP's other end; from memif and vhost testpmd carries
# frames to a TAP.  Sourced after tests/system/lib.sh; the relay has no eth0 any more.  testpmd can also be a NIC with
# several queues: what it sends by a queue of a TAP, the kernel receives by that queue.

ip -n "$ns-relay" link del eth0

# The configuration: interface lan on DEVICE with these lines, and the sections that standard input holds.
cable_config() { # DEVICE LINE...
	cat - /dev/fd/3 >"$work/strowger.conf" 3<<-END

		[node]
		name = story
		run_dir = $work/story
		user = nobody
		switch = $switch

		[log]
		level = debug

		[interface lan]
		device = $1
		ports = 30000-30999
		$(printf '%s\n' "${@:2}")
	END
}

# Put interface $1 of the namespace lan into the bridge, and wait until alice and bob can be reached: what was asked
# before is asked again.
cable_plug() {
	local name

	ip -n "$ns-lan" link set "$1" master br0 up || fail "cannot plug $1 in"
	for name in alice bob; do
		wait_for 5 "an answer of $name" eval "in_ns relay ping -q -c 1 -W 1 ${address4[$name]} >/dev/null"
	done
}

# Of a tap, whose other end strowger has made in the relay's namespace.
cable_of_tap() { # NAME
	wait_for 10 "the other end of the cable" eval "in_ns relay ip link show $1 >/dev/null 2>&1"
	ip -n "$ns-relay" link set "$1" netns "$ns-lan"
	cable_plug "$1"
}

# testpmd between two ports of its own, the second of them a TAP that is put into the bridge; its process is $cable.
cable_between() { # VDEV [OPTIONS of testpmd]
	spawn lan dpdk-testpmd --no-huge --no-pci --no-shconf --no-telemetry --file-prefix="$ns-cable" -m 96 \
		--lcores '0@(0-1),1@(0-1)' --vdev="$1" --vdev=net_tap9,iface=far0 \
		-- --forward-mode=io --total-num-mbufs=8192 --stats-period=60 "${@:2}" >>"$work/cable.log" 2>&1
	cable=$spawned
	wait_for 10 "testpmd to start" eval 'in_ns lan ip link show far0 2>/dev/null | grep -q ,UP'
}

# Between DPDK's port VDEV, the peer of strowger's device, and the bridge.
cable_from() { # VDEV
	cable_between "$1"
	cable_plug far0
}

# A kernel interface nic0 of the relay's with two queues and its addresses, instead of eth0.
cable_of_nic() {
	cable_between net_tap8,iface=nic0 --rxq=2 --txq=2
	ip -n "$ns-lan" link set nic0 netns "$ns-relay" &&
		ip -n "$ns-relay" addr add 10.77.0.1/24 dev nic0 &&
		ip -n "$ns-relay" link set nic0 up || fail "cannot make nic0"
	cable_plug far0
}

# ---- What Linux does on the twin. ----

pings() { # FROM ADDRESS
	in_ns "$1" ping -q -i 0.02 -c 20 -W 2 "$2" >"$work/ping" || fail "ping from $1 to $2: $(cat "$work/ping")"
	expect "ping from $1 to $2" "$(cat "$work/ping")" has " 0% packet loss"
}

types_by_tcp() { # FROM: each byte that is typed comes back
	spawn relay "$tools/tcp_typing.py" serve 10.77.0.1:2222
	wait_for 5 "the TCP server" eval '[ -n "$(in_ns relay ss -Hltn sport = :2222)" ]'
	in_ns "$1" "$tools/tcp_typing.py" type 10.77.0.1:2222 --seconds 1 >"$work/typing" || fail "no TCP from $1"
	expect "bytes echoed to $1" "$(json .echoed <"$work/typing")" = "$(json .typed <"$work/typing")"
}
