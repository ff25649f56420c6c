#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Two instances on one host, each with an interface of its own, and neither touches the other's things.
. "$(dirname "$0")/lib.sh"

story "two instances on one host"
ip link add relay2 netns "$ns-lan" type veth peer name eth1 netns "$ns-relay"
ip -n "$ns-lan" link set relay2 master br0 up
ip -n "$ns-relay" link set eth1 up
ip -n "$ns-relay" addr add 10.78.0.1/24 dev eth1
for host in "alice 2" "bob 3"; do
	read -r name number <<<"$host"
	ip -n "$ns-$name" addr add "10.78.0.$number/24" dev eth0
done

config "$work/one.conf" one 30000-30199 </dev/null
config "$work/two.conf" two 31000-31199 </dev/null
sed -i -e "s/:eth0/:eth1/" -e "s/10\.77\.0\.1/10.78.0.1/" -e /fd77/d "$work/two.conf"

instance=one
strowger_start "$work/one.conf"
one_pid=$strowger_pid
instance=two
strowger_start "$work/two.conf"
two_pid=$strowger_pid

instance=one
call_between same none AES_CM_128_HMAC_SHA1_80
talk 0.5
heard_everything alice bob
expect "the other instance's calls" "$(instance=two rpc call.list | json '.calls | length')" = 0

note "one ends, the other goes on"
instance=two
call_create same "$(leg alice 10.78.0.2:5000 none -)" "$(leg bob 10.78.0.3:5000 none -)"
strowger_pid=$one_pid instance=one strowger_stop
both stop
rm -f "$work"/*.phone
phone_start alice bob 10.78.0.2:5000 "$(local_of alice)"
phone_start bob alice 10.78.0.3:5000 "$(local_of bob)"
talk 0.5
heard_everything alice bob
heard_everything bob alice
strowger_pid=$two_pid
strowger_stop
done_well
