#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A vhost device, whose peer is testpmd's virtio card: killed, it comes back, and calls go on.
. "$(dirname "$0")/lib.sh"
. "$tools/cable.sh"

links() { grep -c "lan: link $1" "$work/story.log"; }              # how often it went up, or down
went() { [ "$(links "$1")" -gt "$2" ] && [ "$(carrier)" = "$1" ]; } # WHERE BEFORE: oftener than that, and the twin too
carrier() { in_ns relay ip link show media0 | grep -q LOWER_UP && echo up || echo down; }

story "a vhost device survives kill -9 of its peer"
cable_config "vhost:$work/vhost.sock" "twin = media0" "address = 10.77.0.1/24" </dev/null
strowger_start
before=$(switch_pid)
# The kernel tells of carriers within a second; what goes and comes within that, nobody hears of.
no_link() { [ "$(rpc device.list | json '.devices[0].up')" = false ]; }
wait_for 5 "the link to be down without a peer" no_link
for life in 1 2 3; do
	ups=$(links up)
	cable_from "net_virtio_user0,path=$work/vhost.sock"
	[ $life = 1 ] && call_between load none AEAD_AES_128_GCM
	wait_for 5 "word of the link" went up "$ups"
	both send on
	pings alice 10.77.0.1
	hush
	heard_everything alice bob
	heard_everything bob alice
	downs=$(links down)
	kill -KILL "$cable"
	wait "$cable" 2>/dev/null
	wait_for 5 "word of the link" went down "$downs"
done
expect "the switch" "$(switch_pid)" is "$before"
strowger_stop
done_well
