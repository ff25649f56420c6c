#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Both of strowger's interfaces are taken away at once, and come back one by one: the switch waits for the second,
# and then its successor goes on with the calls of both.
. "$(dirname "$0")/lib.sh"

hear_again() {
	local before_alice before_carol

	before_alice=$(of alice heard) before_carol=$(of carol heard)
	tell alice burst 1 >/dev/null
	tell carol burst 1 >/dev/null
	sleep 0.1
	[ "$(of alice heard)" -gt "$before_alice" ] && [ "$(of carol heard)" -gt "$before_carol" ]
}

story "both interfaces taken away at once, and back one by one"
far_network
far_interface
strowger_start
alice_key=$(key AEAD_AES_128_GCM)
call_create both "$(leg alice 10.77.0.2:4000 AEAD_AES_128_GCM "$alice_key")" \
	"$(leg carol 10.78.0.5:4000 none '' | jq -c '.interface = "far"')"
phone_start alice carol 10.77.0.2:4000 "$(local_of alice)" --pps 200 \
	--seal "AEAD_AES_128_GCM:$alice_key" --unseal "$(our_key alice)"
phone_start carol alice 10.78.0.5:4000 "$(local_of carol)" --pps 200
expect "where carol sends to" "$(local_of carol)" has "10.78.0.1:"
wait_for 5 "both to hear each other" hear_again

before=$(switch_pid)
relay_ip -b - <<<$'link del eth0\nlink del eth1'
wait_for 5 "word that one is gone" grep -q 'eth0 has been taken away' "$work/story.log"
wait_for 5 "word that the other is gone" grep -q 'eth1 has been taken away' "$work/story.log"
far_link relay eth1 1
sleep 1
expect "the switch, while one is missing" "$(switch_pid)" is "$before"
ip link add relay netns "$ns-lan" type veth peer name eth0 netns "$ns-relay"
ip -n "$ns-lan" link set relay master br0 up
relay_ip link set eth0 up
relay_ip addr add fd77::1/64 dev eth0 nodad
sleep 0.5
expect "the switch, while an address is missing" "$(switch_pid)" is "$before"
relay_ip addr add 10.77.0.1/24 dev eth0
wait_for 5 "a switch on the new ones" another_switch "$before"
wait_for 5 "both to hear each other again" hear_again
expect "takeovers" "$(rpc node.info | json .switch.takeovers)" = 1
heard_nothing_wrong alice
heard_nothing_wrong carol
strowger_stop
done_well
