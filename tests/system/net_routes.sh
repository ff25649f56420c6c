#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The way to a party changes in mid-call: another gateway, one that is not there, another MAC address, no address of
# our own for a while.  strowger follows the kernel, and what it cannot send it counts.
. "$(dirname "$0")/lib.sh"

# no_way: packets that found no way, so far.
no_way() { drop_of_call far no_neighbour; }
no_way_for() { [ "$(no_way)" -ge "$1" ]; }

# lost_exactly NUMBER: what carol has not heard is what was counted for want of a way, NUMBER packets or more.
lost_exactly() {
	local counted

	counted=$(no_way)
	expect "packets counted for want of a way" "$counted" '>=' "$1"
	expect "packets that carol has not heard" \
		$(($(of alice sent) + $(of alice rtcp_sent) - $(of carol heard) - $(of carol rtcp_heard))) = "$counted"
	expect "drops of the call" "$(drops_of_call far)" = "$counted"
	heard_nothing_wrong carol
}

story "the way to a party changes in mid-call"
far_network
strowger_start
alice_key=$(key AES_CM_128_HMAC_SHA1_80)
call_create far "$(leg alice 10.77.0.2:4000 AES_CM_128_HMAC_SHA1_80 "$alice_key")" \
	"$(leg carol 10.78.0.5:4000 none '')"
phone_start alice carol 10.77.0.2:4000 "$(local_of alice)" --pps 200 \
	--seal "AES_CM_128_HMAC_SHA1_80:$alice_key" --unseal "$(our_key alice)"
phone_start carol alice 10.78.0.5:4000 "$(local_of carol)" --pps 200

# The first packets may come before the gateway has answered: counted, not kept.
hear_of_each_other() {
	tell alice burst 1 >/dev/null
	tell carol burst 1 >/dev/null
	arrive alice carol
	[ "$(of alice heard)" -gt 0 ] && [ "$(of carol heard)" -gt 0 ]
}
wait_for 5 "the first packets of both" hear_of_each_other
first=$(no_way)

note "another gateway, nobody has spoken to yet: until it has answered, the one before is used"
speak() { tell alice send on >/dev/null; tell carol send on >/dev/null; }
speak
sleep 0.5
through() { in_ns "$1" cat /sys/class/net/eth1/statistics/tx_packets; }
before=$(through gateb)
relay_ip route replace 10.78.0.0/24 via 10.77.0.12
wait_for 10 "packets by the new gateway" eval '[ $(through gateb) -gt $((before + 60)) ]'
hush alice carol
lost_exactly "$first"
expect "packets without a way meanwhile" "$(no_way)" = "$first"
heard_everything alice carol

note "the gateway changes its MAC address and says so"
ip -n "$ns-gateb" link set eth0 address 02:00:00:00:77:12
in_ns gateb ping -q -c 1 -W 2 10.77.0.1 >/dev/null
knows_it() { relay_ip neigh show 10.77.0.12 | grep -q 02:00:00:00:77:12; }
wait_for 5 "the relay's kernel to know it" knows_it
sleep 0.5 # and strowger
before=$(no_way)
speak
sleep 0.5
hush alice carol
lost_exactly "$before"
expect "packets without a way after it" "$(no_way)" = "$before"

note "its neighbour entry is thrown away: the last one is used until it has answered again"
speak
sleep 0.2
relay_ip neigh flush dev eth0
sleep 0.5
hush alice carol
expect "packets without a way meanwhile" "$(no_way)" = "$before"
heard_everything alice carol

note "a gateway that is not there: counted, once it has failed to answer"
in_ns relay sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=50
relay_ip route replace 10.78.0.0/24 via 10.77.0.99
speak
wait_for 10 "packets without a way" no_way_for $((before + 60))
relay_ip route replace 10.78.0.0/24 via 10.77.0.11
sleep 0.3
hush alice carol
lost_exactly $((before + 60))
heard_everything alice carol

note "a route by an interface that is not strowger's: counted, and said at most once a second"
before=$(no_way) began=$SECONDS
relay_ip link add elsewhere type veth peer name nowhere
relay_ip link set elsewhere up
relay_ip link set nowhere up
speak
sleep 0.2
relay_ip route replace 10.78.0.0/24 dev elsewhere
wait_for 10 "packets without a way" no_way_for $((before + 60))
relay_ip route replace 10.78.0.0/24 via 10.77.0.11
sleep 0.2
hush alice carol
lost_exactly $((before + 60))
lines=$(grep -c 'leads by elsewhere, which is no interface of strowger' "$work/story.log")
expect "lines about it" "$lines" '>=' 1
expect "lines about it" "$lines" '<=' $((SECONDS - began))

note "that interface's route is preferred to one by ours until it goes"
relay_ip route replace 10.78.0.0/24 via 10.77.0.11 metric 200
relay_ip route add 10.78.0.0/24 dev elsewhere metric 100
relay_ip route del 10.78.0.0/24 metric 0
before=$(no_way)
speak
wait_for 10 "packets without a way" no_way_for $((before + 60))
relay_ip link set elsewhere down
heard=$(of carol heard)
hears_more() { [ "$(of carol heard)" -gt $((heard + 20)) ]; }
wait_for 5 "carol to hear alice by ours" hears_more
hush alice carol
lost_exactly $((before + 60))
heard_everything alice carol
relay_ip route add 10.78.0.0/24 via 10.77.0.11

note "our address is taken off and put back"
before=$(no_way)
speak
sleep 0.2
relay_ip addr del 10.77.0.1/24 dev eth0
wait_for 10 "packets without a way" no_way_for $((before + 60))
relay_ip addr add 10.77.0.1/24 dev eth0
relay_ip route replace 10.78.0.0/24 via 10.77.0.11
heard=$(of carol heard)
wait_for 5 "carol to hear alice again" hears_more
hush alice carol
expect "that it is gone" "$(cat "$work/story.log")" has "address number 1 of the configuration has been taken off"
wait_for 5 "word that it is back" grep -q 'address number 1 is back' "$work/story.log"
after=$(no_way) heard=$(of carol heard)
tell alice burst 20 >/dev/null
soon "what carol heard afterwards" = $((heard + 20)) of carol heard
expect "packets without a way afterwards" "$(no_way)" = "$after"

strowger_stop
done_well
