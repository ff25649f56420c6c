#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The device kind `pci` as far as it goes without a NIC: a port of EAL's own that DPDK was told of in [dpdk]
# extra_args, opened by its name, with a twin.
. "$(dirname "$0")/lib.sh"
. "$tools/cable.sh"

story "a port of DPDK's own, by its name, with a twin"
cable_config pci:net_memif7 "twin = media0" "address = 10.77.0.1/24" <<-END
	[dpdk]
	extra_args = --vdev=net_memif7,role=server,socket=$work/memif.sock,socket-abstract=no,bsize=2048
END
strowger_start
cable_from "net_memif0,role=client,socket=$work/memif.sock,socket-abstract=no,bsize=2048"
expect "the twin's MAC address" "$(in_ns relay ip link show media0)" has \
	"$(rpc device.list | json '.devices[0].mac')"
call_between load AES_CM_128_HMAC_SHA1_80 none
both send on
pings alice 10.77.0.1
hush
heard_everything alice bob
heard_everything bob alice
strowger_stop
done_well
