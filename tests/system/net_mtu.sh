#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Packets that are too long for the way, before or behind strowger: counted, never cut into pieces.
. "$(dirname "$0")/lib.sh"

too_long() { drop_of_call far too_long; }
not_heard() { echo $(($(of alice sent) - $(of carol heard))); }
# XDP counts all three of a datagram; packet sockets take the first, which has the port.
fragments() {
	case $DEVICE in
	xdp) rpc device.list | json '.devices[0].fragments' ;;
	*) rpc drop.list | json '[.drops[] | select(.name == "fragment").packets] | add // 0' ;;
	esac
}

burst() {
	tell alice burst "$1" >/dev/null
	arrive carol
}

# known HOW: whether packets are too long now, yes or no; which is found out with some of them.
known() {
	local before

	before=$(too_long)
	burst 1
	[ "$(too_long)" "$1" "$before" ]
}

story "a way that is too narrow, and fragments"
far_network
strowger_start
carol_key=$(key AES_CM_128_HMAC_SHA1_80)
call_create far "$(leg alice 10.77.0.2:4000 none '')" \
	"$(leg carol 10.78.0.5:4000 AES_CM_128_HMAC_SHA1_80 "$carol_key")"
phone_start alice carol 10.77.0.2:4000 "$(local_of alice)"
phone_start carol alice 10.78.0.5:4000 "$(local_of carol)" \
	--seal "AES_CM_128_HMAC_SHA1_80:$carol_key" --unseal "$(our_key carol)"
burst 10 # and the gateway becomes known, if it was not
first=$(drop_of_call far no_neighbour)

note "a route with a small MTU, and a larger one again"
# 12 + 160 bytes of RTP, 10 of SRTP's tag, 8 of UDP and 20 of IP are 210.
relay_ip route replace 10.78.0.0/24 via 10.77.0.11 mtu 209
wait_for 5 "the small MTU to be known" known '>'
heard=$(of carol heard) before=$(too_long)
burst 20
soon "packets counted as too long" = $((before + 20)) too_long
expect "what went over it" "$(of carol heard)" = "$heard"
relay_ip route replace 10.78.0.0/24 via 10.77.0.11 mtu 210
wait_for 5 "the larger MTU to be known" known =
heard=$(of carol heard)
burst 20
soon "what went over it" = $((heard + 20)) of carol heard

note "an interface with a small MTU, of just what comes in"
relay_ip link set eth0 mtu 205
wait_for 5 "the small MTU to be known" known '>'
heard=$(of carol heard) before=$(too_long)
burst 20
soon "packets counted as too long" = $((before + 20)) too_long
expect "what went over it" "$(of carol heard)" = "$heard"
relay_ip link set eth0 mtu 1500
relay_ip -6 addr add fd77::1/64 dev eth0 nodad # below 1280 bytes there is no IPv6
wait_for 5 "the usual MTU to be known" known =
heard=$(of carol heard) before=$(too_long)
burst 20
soon "what went over it" = $((heard + 20)) of carol heard
expect "packets counted as too long" "$(too_long)" = "$before"
expect "what was dropped otherwise" "$(drops_of_call far)" = $((before + first))

note "datagrams in fragments are counted, and hurt nobody"
before=$(fragments) each=3
[ "$DEVICE" = xdp ] || each=1
tell alice send on >/dev/null
in_ns mallory python3 - 10.77.0.1 30000 fd77::1 <<-'END'
	import socket, sys
	for family, host in ((socket.AF_INET, sys.argv[1]), (socket.AF_INET6, sys.argv[3])):
	    sock = socket.socket(family, socket.SOCK_DGRAM)
	    for _ in range(10):
	        sock.sendto(bytes(3000), (host, int(sys.argv[2])))
END
sleep 0.5
hush alice carol
soon "fragments counted ($each of each datagram)" = $((before + 20 * each)) fragments
heard_nothing_wrong carol
soon "what carol has not heard" = $(($(too_long) + first)) not_heard
strowger_stop
done_well
