#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The device kind `packet`: the kernel sees all packets too, and must not answer "port unreachable" for media.
DEVICE=packet
. "$(dirname "$0")/lib.sh"

story "a call through the device kind packet, and no ICMP from the kernel"
strowger_start
in_ns relay nstat -n
call_between framed AES_CM_128_HMAC_SHA1_80 none
talk 2
heard_everything alice bob
heard_everything bob alice
expect "ICMP errors that the kernel sent" \
	"$(in_ns relay nstat -asj | json '.kernel | .IcmpOutDestUnreachs // 0')" = 0
FAMILY_ALICE=6 FAMILY_BOB=6
both stop
rm -f "$work"/*.phone
call_between framed6 AES_CM_128_HMAC_SHA1_80 AES_CM_128_HMAC_SHA1_80
talk 1
heard_everything alice bob
heard_everything bob alice

note "nor while a killed switch is replaced"
both send on
for _ in 1 2; do
	before=$(switch_pid)
	kill -KILL "$before"
	wait_for 5 "another switch" another_switch "$before"
done
strowger_kill # a new control learns it anew
strowger_start
before=$(switch_pid)
kill -KILL "$before"
wait_for 5 "another switch" another_switch "$before"
both send off
expect "ICMP errors that the kernel sent" \
	"$(in_ns relay nstat -asj | json '.kernel | (.IcmpOutDestUnreachs // 0) + (.Icmp6OutDestUnreachs // 0)')" = 0
expect "tables that drop media" "$(in_ns relay nft list tables | wc -l)" = 1

fragments() { rpc drop.list | json '[.drops[] | select(.name == "fragment").packets] | add // 0'; }
note "datagrams in fragments that are not media reach the kernel's own sockets, and are no drops"
before=$(fragments)
in_ns relay timeout 10 python3 - >"$work/heard" 2>&1 <<-'END' &
	import socket
	sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	sock.bind(("10.77.0.1", 5060))
	print("ready", flush=True)
	print(len(sock.recv(65535)), flush=True)
END
wait_for 5 "somebody on the media address" grep -q ready "$work/heard"
send_long() { # PORT
	in_ns mallory python3 -c 'import socket, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(bytes(3000), ("10.77.0.1", int(sys.argv[1])))' "$1"
}
send_long 5060
wait_for 5 "the long datagram to be heard" grep -qx 3000 "$work/heard"
send_long 30000
soon "fragments dropped (the first of the one to a media port)" = $((before + 1)) fragments

ticks() { awk '{print $14 + $15}' "/proc/$(switch_pid)/stat"; } # hundredths of a second of CPU time
note "a link that flaps leaves an error on the socket, which is not waited for busily"
both stop
in_ns relay ip link set eth0 down
in_ns relay ip link set eth0 up
sleep 0.3
before=$(ticks)
sleep 1
expect "CPU time of an idle second (of 100)" $(($(ticks) - before)) '<' 50
strowger_stop
done_well
