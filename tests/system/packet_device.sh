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
