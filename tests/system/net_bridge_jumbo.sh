#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Interfaces that are more than a wire: a bridge (strowger stands on the bridge, not on its port), and one whose frames
# may be longer than a packet buffer.
. "$(dirname "$0")/lib.sh"

on() { # KIND INTERFACE: the configuration
	config "$work/strowger.conf" </dev/null
	sed -i "s/^device = .*/device = $1:$2/" "$work/strowger.conf"
}

a_call() {
	strowger_start
	FAMILY_BOB=6 call_between through AES_CM_128_HMAC_SHA1_80 none
	talk 0.5
	heard_everything alice bob
	heard_everything bob alice
}

hang_up() {
	both stop
	strowger_stop
	rm -f "$work"/*.phone
}

refused() { # what strowger says that does not start
	! in_ns relay timeout 20 "$strowger" -c "$work/strowger.conf" 2>&1 || fail "it was to refuse"
}

mtu() { # of all links of the lan
	local name

	for name in relay alice bob mallory; do
		ip -n "$ns-$name" link set eth0 mtu "$1"
		ip -n "$ns-lan" link set "$name" mtu "$1"
	done
	ip -n "$ns-lan" link set br0 mtu "$1"
}

story "a bridge of the kernel's, and jumbo frames"
note "frames of up to 9000 bytes by the kind packet: those that a packet buffer holds are relayed"
mtu 9000
on packet eth0
a_call
expect "what the log says" "$(cat "$work/story.log")" has "bytes of IP packet, of an MTU of 9000"
tell alice send on >/dev/null
in_ns alice python3 - 10.77.0.1 "$(rpc call.get '{"call": "through"}' |
	json '.legs[] | select(.name == "alice").streams[0].local.port')" <<-'END'
	import socket, sys
	sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	for _ in range(10):
	    sock.sendto(bytes([128]) + bytes(7000), (sys.argv[1], int(sys.argv[2])))
END
sleep 0.3
hush alice bob
heard_everything bob alice
misfits() { rpc drop.list | json '.drops[] | select(.name == "malformed").packets'; }
soon "frames counted that did not fit" = 10 misfits
hang_up

note "the kind xdp refuses that MTU, and says what would help"
on xdp eth0
expect "what it says" "$(refused)" has "the MTU may be too large for it, here or at the other end of a veth pair"
mtu 1500

note "strowger on a bridge"
relay_ip link add lan0 type bridge mcast_snooping 0
relay_ip link set eth0 master lan0
relay_ip addr flush dev eth0
relay_ip link set lan0 up
relay_ip addr add 10.77.0.1/24 dev lan0
relay_ip addr add fd77::1/64 dev lan0 nodad
for kind in xdp packet; do
	on $kind eth0
	expect "what $kind says on the port of a bridge" "$(refused)" has \
		"address number 1 of the configuration is not on eth0"
	on $kind lan0
	a_call
	hang_up
done
done_well
