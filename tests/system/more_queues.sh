#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# An interface gets more receive queues while strowger runs: what comes by those is lost, and the log
# says so.
DEVICE=xdp
. "$(dirname "$0")/lib.sh"

# channels HOST INTERFACE RX TX: what `ethtool -L` does, which not every machine has.
channels() {
	ip netns exec "$ns-$1" python3 - "${@:2}" <<-'END'
		import array, fcntl, socket, struct, sys
		SIOCETHTOOL, ETHTOOL_SCHANNELS = 0x8946, 0x3D
		rx, tx = int(sys.argv[2]), int(sys.argv[3])
		channels = array.array("I", [ETHTOOL_SCHANNELS, 0, 0, 0, 0, rx, tx, 0, 0])
		request = struct.pack("16sP16x", sys.argv[1].encode(), channels.buffer_info()[0])
		fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), SIOCETHTOOL, request)
	END
}

story "more receive queues than strowger reads"
strowger_start
said() { grep -c "has $1 receive queues now" "$work/story.log"; }
channels relay eth0 2 1
soon "lines that say so" = 1 said 2
channels relay eth0 1 1
sleep 1.5
channels relay eth0 2 1
soon "lines that say so, the second time" = 2 said 2
expect "lines about the queues that strowger reads" "$(said 1)" = 0
strowger_stop
done_well
