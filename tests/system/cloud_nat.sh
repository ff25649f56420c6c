#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# strowger between two networks, as in a cloud: `internal` towards a switchboard, and `external`, whose address the
# world knows by another name, which a gateway translates one to one (as clouds do; nftables, without states).
#
#     caller 198.51.100.2 ── gate [203.0.113.9 = 10.77.0.1] ── lan ── relay ── 10.79.0.0/24 ── board .2
. "$(dirname "$0")/lib.sh"

far_host() { # NAME ADDRESS ROUTER ROUTERS_ADDRESS ROUTERS_INTERFACE: a host with a cable to ROUTER
	ip netns add "$ns-$1"
	ip link add eth0 netns "$ns-$1" type veth peer name "$5" netns "$ns-$3"
	ip -n "$ns-$1" link set lo up
	ip -n "$ns-$1" link set eth0 up
	ip -n "$ns-$1" addr add "$2" dev eth0
	ip -n "$ns-$3" link set "$5" up
	ip -n "$ns-$3" addr add "$4/24" dev "$5"
	ip -n "$ns-$1" route add default via "$4"
}

gateway() {
	add_host gate 9
	far_host caller 198.51.100.2/24 gate 198.51.100.1 eth1
	in_ns gate sysctl -qw net.ipv4.ip_forward=1
	in_ns gate nft -f - <<-'END'
		table ip cloud {
			chain inwards {
				type filter hook prerouting priority -300
				iifname eth1 ip daddr 203.0.113.9 ip daddr set 10.77.0.1
			}
			chain outwards {
				type filter hook postrouting priority 300
				oifname eth1 ip saddr 10.77.0.1 ip saddr set 203.0.113.9
			}
		}
	END
	ip -n "$ns-relay" route add 198.51.100.0/24 via 10.77.0.9
}

configured() { # NAME_OUTSIDE: of 10.77.0.1
	cat >"$work/strowger.conf" <<-END
		[node]
		name = story
		run_dir = $work/story
		user = nobody
		switch = $switch
		[cores]
		forwarding = 0,1
		[interface external]
		device = $DEVICE:eth0
		address = 10.77.0.1 advertised $1
		ports = 30000-30999
		[interface internal]
		device = $DEVICE:eth1
		address = 10.79.0.1
		address = 10.79.0.101
		ports = 40000-40999
	END
}

of_call() { rpc call.get '{"call": "across"}' | json "[.legs[].streams[0].$1] | join(\" \")"; }

story "a call from one network to the other, the one side behind a one-to-one NAT"
gateway
far_host board 10.79.0.2/24 relay 10.79.0.1 eth1
ip -n "$ns-relay" addr add 10.79.0.101/24 dev eth1
configured 203.0.113.9
strowger_start

suite=AES_CM_128_HMAC_SHA1_80
caller_key=$(key $suite)
call_create across "$(leg caller 198.51.100.2:4000 $suite "$caller_key" | jq -c '.interface = "external"')" \
	"$(leg board 10.79.0.2:4000 none '' | jq -c '.interface = "internal"')"
expect "where the caller is to send" "$(local_of caller)" has 203.0.113.9:30
expect "where that arrives" "$(json '.legs[0].streams[0].bound.address' <<<"$call")" is 10.77.0.1
expect "where the switchboard is to send" "$(local_of board)" has 10.79.0.1
expect "what else it is told" "$(json '.legs[1].streams[0].bound' <<<"$call")" is null
expect "cores of the call" "$(rpc call.list | json '.calls[0].cores | length')" = 1

phone_start caller board 198.51.100.2:4000 "$(local_of caller)" --ssrc 0xca11 \
	--seal "$suite:$caller_key" --unseal "$(our_key caller)"
phone_start board caller 10.79.0.2:4000 "$(local_of board)" --ssrc 0xb0a
spoke() {
	tell caller send on >/dev/null
	tell board send on >/dev/null
	sleep 1
	hush caller board
	heard_everything caller board
	heard_everything board caller
}
spoke
expect "whom the caller hears" "$(tell caller report | json '[.from[] | sub(":[0-9]+$"; "")] | unique[]')" is 203.0.113.9
expect "drops of the call" "$(drops_of_call across)" = 0

# The world gets another name for the address while the call runs: it stays where it is, and is told anew.
ports=$(of_call local.port)
strowger_kill
configured 203.0.113.77
strowger_start
expect "ports of the call" "$(of_call local.port)" is "$ports"
expect "addresses of the call" "$(of_call local.address)" is "203.0.113.77 $(json '.legs[1].streams[0].local.address' <<<"$call")"
expect "bound addresses" "$(of_call bound.address)" is "10.77.0.1 "
spoke

# Calls spread over the addresses of an interface: the one with more ports left is the next.
for i in 1 2 3 4 5 6 7; do
	rpc call.create "{\"call\": \"c$i\", \"legs\": [{\"name\": \"a\", \"interface\": \"internal\", \"streams\": [{}]}]}"
done >"$work/made"
expect "calls at the second address" "$(jq -s '[.[].legs[0].streams[0].local | select(.address == "10.79.0.101")] | length' "$work/made")" = 4
expect "what device.list says" \
	"$(rpc device.list | json '[.devices[] | .name, .addresses[].address, .addresses[0].advertised] | join(" ")')" \
	is "external 10.77.0.1 203.0.113.77 internal 10.79.0.1 10.79.0.101 "
strowger_stop
done_well
