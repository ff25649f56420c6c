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
strowger_stop
done_well
