#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The interface loses its carrier, is taken down and up again, gets another MAC address and another interface in its
# place, in mid-call: afterwards everything arrives.
. "$(dirname "$0")/lib.sh"

link_is() { [ "$(rpc device.list | json '.devices[0].up')" = "$1" ]; }

# all_is_well: what both say now arrives, each packet once.
all_is_well() {
	local before_alice before_bob

	both burst 1 # finds the way again
	wait_for 5 "both to hear each other" hear_again
	arrive alice bob
	before_alice=$(of alice heard) before_bob=$(of bob heard)
	both burst 20
	soon "what alice heard" = $((before_alice + 20)) of alice heard
	soon "what bob heard" = $((before_bob + 20)) of bob heard
	heard_nothing_wrong alice
	heard_nothing_wrong bob
}

hear_again() {
	local before_alice before_bob

	before_alice=$(of alice heard) before_bob=$(of bob heard)
	both burst 1
	sleep 0.1
	[ "$(of alice heard)" -gt "$before_alice" ] && [ "$(of bob heard)" -gt "$before_bob" ]
}

# What alice sees of the relay's media has the MAC address of its interface.
leaves_as_it_is_called() {
	both burst 3
	grep -q "$(in_ns relay cat /sys/class/net/eth0/address) > " "$work/seen"
}

# Lines about the link and its MAC address.
news() { grep -cE 'lan: (link |its MAC address)' "$work/story.log"; }

# Another eth0, as when a container is put into its network again.
replace_interface() {
	relay_ip link del eth0
	wait_for 5 "word that it is gone" grep -q 'eth0 has been taken away' "$work/story.log"
	expect "the switch, which may have other interfaces" "$(switch_pid)" is "$before"
	ip link add relay netns "$ns-lan" type veth peer name eth0 netns "$ns-relay"
	ip -n "$ns-lan" link set relay master br0 up
	relay_ip link set eth0 up
	relay_ip addr add 10.77.0.1/24 dev eth0
	relay_ip addr add fd77::1/64 dev eth0 nodad
}

story "an interface that loses its carrier, and one that is taken down and up, in mid-call"
for DEVICE in xdp packet; do
	note "$DEVICE"
	rm -f "$work/strowger.conf" "$work"/*.phone
	strowger_start
	FAMILY_BOB=6 call_between flap AES_CM_128_HMAC_SHA1_80 none
	talk 0.5
	heard_everything alice bob
	heard_everything bob alice

	ip -n "$ns-lan" link set relay down # no carrier
	wait_for 5 "the link to be told as down" link_is false
	both burst 5
	ip -n "$ns-lan" link set relay up
	wait_for 5 "the link to be told as up" link_is true
	all_is_well

	relay_ip link set eth0 down # the kernel takes IPv6 addresses off
	wait_for 5 "the link to be told as down" link_is false
	both burst 5
	relay_ip link set eth0 up
	relay_ip addr add fd77::1/64 dev eth0 nodad
	wait_for 5 "the link to be told as up" link_is true
	all_is_well

	note "a link that flaps is told of once a second, and so is its MAC address"
	before=$(news) began=$SECONDS
	for i in {10..59}; do
		ip -n "$ns-lan" link set relay down
		ip -n "$ns-lan" link set relay up
		relay_ip link set eth0 address 02:00:00:00:98:$i
	done
	wait_for 5 "the last one" grep -q 'MAC address is now 02:00:00:00:98:59' "$work/story.log"
	wait_for 5 "how it is in the end" eval '[[ $(grep "lan: link " "$work/story.log" | tail -n 1) == *up ]]'
	expect "lines about it" $(($(news) - before)) '<=' $((2 * (SECONDS - began + 2)))
	all_is_well

	note "another MAC address"
	relay_ip link set eth0 address 02:00:00:00:99:01
	spawn alice tcpdump -i eth0 -nel --immediate-mode udp and src host 10.77.0.1 >"$work/seen" 2>/dev/null
	wait_for 5 "media under the new address" leaves_as_it_is_called
	kill "$spawned"
	expect "the address that is told" "$(rpc device.list | json '.devices[0].mac')" is 02:00:00:00:99:01
	all_is_well

	note "another interface of that name"
	before=$(switch_pid)
	replace_interface
	wait_for 5 "a switch on the new one" another_switch "$before"
	all_is_well
	expect "lines about the address" "$(grep -c 'address number 2 is back' "$work/story.log")" '>=' 1
	both stop
	strowger_stop
done
done_well
