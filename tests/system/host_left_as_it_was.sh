#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What strowger takes from the host it gives back: reserved ports, XDP program, nftables table; at an ordinary stop,
# and after a kill -9 of both by the next start and stop.  With both kinds of kernel device.
. "$(dirname "$0")/lib.sh"

host() { # everything that strowger could have changed
	in_ns relay cat /proc/sys/net/ipv4/ip_local_reserved_ports
	in_ns relay nft list ruleset
	ip -n "$ns-relay" -j link show eth0 | jq -S '.[0] | {flags, mtu, address, xdp, promiscuity, allmulti}'
	ip -n "$ns-relay" -j addr show eth0 | jq -S '[.[0].addr_info[] | {local, prefixlen}]'
	ip -n "$ns-relay" route
	ip -n "$ns-relay" -6 route
}

story "the host is left as it was"
in_ns relay sh -c 'echo 22000-22010 >/proc/sys/net/ipv4/ip_local_reserved_ports'
host >"$work/before"

for DEVICE in xdp packet; do
	note "$DEVICE"
	config "$work/strowger.conf" </dev/null
	for signal in INT TERM; do
		strowger_start
		host >"$work/during"
		expect "reserved ports while it runs" "$(cat "$work/during")" has 30000-30999
		expect "those reserved before" "$(cat "$work/during")" has 22000-22010
		cmp -s "$work/before" "$work/during" && fail "nothing differs while it runs: this story sees nothing"
		strowger_stop $signal
		host >"$work/after"
		diff "$work/before" "$work/after" || fail "the host was changed by $DEVICE, SIG$signal"
	done

	strowger_start
	both_kill
	soon "what nftables does when both are killed" is "" in_ns relay nft list ruleset
	strowger_start
	strowger_stop
	host >"$work/after"
	diff "$work/before" "$work/after" || fail "the host was changed by $DEVICE after kill -9"
done
done_well
