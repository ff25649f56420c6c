#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The twin of a memif, whose peer is testpmd: the same path as a NIC's that DPDK drives by itself.
. "$(dirname "$0")/lib.sh"
. "$tools/cable.sh"

story "what is not media crosses to the twin and back, over memif, under media load"
cable_config "memif:$work/memif.sock" "twin = media0" "address = 10.77.0.1/24" "address = fd77::1/64" </dev/null
strowger_start
expect "the twin without a peer" "$(in_ns relay ip link show media0)" has NO-CARRIER
cable_from "net_memif0,role=client,socket=$work/memif.sock,socket-abstract=no,bsize=2048"
expect "the twin with a peer" "$(in_ns relay ip link show media0)" has LOWER_UP
call_between load AES_CM_128_HMAC_SHA1_80 none
both send on
pings alice 10.77.0.1
pings alice fd77::1
types_by_tcp mallory
hush
heard_everything alice bob
heard_everything bob alice

fragments() { rpc drop.list | json '[.drops[] | select(.name == "fragment").packets] | add // 0'; }
note "media in fragments is counted, and not answered by the kernel behind the twin"
before=$(fragments)
in_ns relay nstat -n
in_ns mallory python3 - 10.77.0.1 fd77::1 <<-'END'
	import socket, sys
	for family, host in ((socket.AF_INET, sys.argv[1]), (socket.AF_INET6, sys.argv[2])):
	    for _ in range(5):
	        socket.socket(family, socket.SOCK_DGRAM).sendto(bytes(3000), (host, 30000))
END
soon "fragments dropped (the first of each datagram)" = $((before + 10)) fragments
expect "ICMP errors that the kernel sent" \
	"$(in_ns relay nstat -asj | json '.kernel | (.IcmpOutDestUnreachs // 0) + (.Icmp6OutDestUnreachs // 0)')" = 0
strowger_stop
done_well
